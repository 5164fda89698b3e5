/* words.mjs - every word on a screen stands in three languages, is used, and no screen uses one that is not there. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { words } from '../../web/src/words.js';

const source = fileURLToPath(new URL('../../web/src/', import.meta.url));
const proto = fileURLToPath(new URL('../../proto/', import.meta.url));

function text(directory, ext) {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter(file => file.isFile() && file.name.endsWith(ext) && file.name !== 'words.js')
    .map(file => readFileSync(`${file.parentPath ?? file.path}/${file.name}`, 'utf8')).join('\n');
}

/** Codes of an enum of the contract without its prefix. */
function codesOf(protoText, name, prefix) {
  const body = new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(protoText)[1];
  return [...body.matchAll(/^\s*([A-Z_0-9]+)\s*=/gm)].map(match => match[1].replace(prefix, ''));
}

/** A list of what is wrong; empty when all is well. */
export function wordFaults() {
  const faults = [];
  const code = text(source, '.js');
  const contract = text(proto, '.proto');
  const said = new Set();
  for (const [, key] of readFileSync(source + 'words.js', 'utf8').matchAll(/^  (\w+): \[/gm)) {
    if (said.has(key)) faults.push(`${key}: stands twice`);
    said.add(key);
  }
  for (const [key, row] of Object.entries(words)) {
    if (row.length !== 3) faults.push(`${key}: ${row.length} languages`);
    row.forEach((word, i) => { if (!word || !word.trim()) faults.push(`${key}: nothing in ${['en', 'hi', 'fa'][i]}`); });
    if (/[\u0900-\u097f\u0600-\u06ff]/.test(row[0])) faults.push(`${key}: English is not English`);
    if (!/[\u0900-\u097f]/.test(row[1]) && !/^\{?\w*\}?$/.test(row[1]) && /[a-z]/i.test(row[1])) faults.push(`${key}: Hindi is not Hindi`);
    if (!/[\u0600-\u06ff]/.test(row[2]) && !/^\{?\w*\}?$/.test(row[2])) faults.push(`${key}: Persian is not Persian`);
    if (/[يك]/.test(row[2])) faults.push(`${key}: Arabic letters in Persian`);
    const names = row.map(word => (word.match(/\{\w+\}/g) || []).sort().join());
    if (new Set(names).size > 1) faults.push(`${key}: not the same {…} in all languages`);
  }
  const quoted = new Set([...code.matchAll(/['"`]([A-Za-z][A-Za-z_0-9]*)['"`]/g)].map(match => match[1]));
  const prefixes = [...code.matchAll(/['"`]([a-z_]+_)['"`] \+/g)].map(match => match[1]);
  for (const key of Object.keys(words)) {
    if (!quoted.has(key) && !prefixes.some(prefix => key.startsWith(prefix))) faults.push(`${key}: used nowhere`);
  }
  for (const match of code.matchAll(/\bt\('([A-Za-z_]+)'[,)]/g)) if (!words[match[1]]) faults.push(`${match[1]}: not in words.js`);
  // What the contract may send has a word.
  const need = (prefix, codes) => codes.forEach(each => { if (!words[prefix + each]) faults.push(`${prefix}${each}: not in words.js`); });
  const without = (codes, ...names) => codes.filter(each => !names.includes(each));
  const reasons = without(codesOf(contract, 'Reason', 'REASON_'), 'NONE');
  need('reason_', reasons);
  need('next_', reasons);
  need('stage_', codesOf(contract, 'Stage', 'STAGE_'));
  need('no_work_', without(codesOf(contract, 'NoWork', 'NO_WORK_'), 'NONE'));
  need('question_', codesOf(contract, 'QuestionKind', 'QUESTION_KIND_'));
  need('channel_', codesOf(contract, 'Channel', 'CHANNEL_'));
  need('role_', codesOf(contract, 'Role', 'ROLE_').map(role => role.toLowerCase()));
  for (const file of readdirSync(proto)) {
    const body = readFileSync(proto + file, 'utf8');
    const service = /service (\w+)/.exec(body)?.[1];
    for (const match of body.matchAll(/rpc (\w+)\(\w+\) returns \(Receipt\)/g)) need('method_', [`${service}_${match[1]}`]);
  }
  return [...new Set(faults)];
}
