/* build.mjs - bundles the app and writes it down as a C array for the gateway.
 * Use:    node build.mjs assets.c [directory]   the array; with a directory also the files themselves, to look at
 * Shape:  app.js is what every phone needs; what it imports with import() (screens of the desk, of the slip, ...) becomes a
 *         file of its own, fetched when it is first wanted, or by the worker once the line is idle. The words stand in one
 *         file a language: a phone reads one; those that only the desk's screens say are a second, read with these.
 *         /s/ is a page of its own for whoever holds a slip: one small script with its few words in all languages, and of
 *         the stylesheet what that script can need.
 * Names:  scripts, words and the stylesheet carry a hash of their content and never change; the page, the worker and the
 *         manifest keep their names and are asked for again each time.
 * Fails:  above the weight a first visit may have on a slow line. */
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { LANGUAGES, words } from './src/words.js';

const FIRST_VISIT_GZ_BYTES_MAX = 100 * 1024; // everything the first visit fetches
const SCRIPT_GZ_BYTES_MAX = 60 * 1024;       // of it scripts and the words of one language
const SLIP_GZ_BYTES_MAX = 20 * 1024;         // everything the page of a slip fetches: opened once, on any phone

const JAVASCRIPT = 'text/javascript; charset=utf-8';

const here = dirname(fileURLToPath(import.meta.url));
const source = name => readFileSync(join(here, 'src', name), 'utf8');
const hash = bytes => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

/** Some words of each language by themselves: {en: asset, hi: asset, fa: asset}. */
function wordAssets(name, fits) {
  return Object.fromEntries(LANGUAGES.map((language, i) => {
    const bytes = Buffer.from(JSON.stringify(Object.fromEntries(Object.entries(words).filter(([key]) => fits(key)).map(([key, row]) => [key, row[i]]))));
    return [language, { path: `/${name}-${language}-${hash(bytes)}.json`, type: 'application/json', bytes, immutable: true }];
  }));
}
const pathsOf = assets => JSON.stringify(Object.fromEntries(Object.entries(assets).map(([language, asset]) => [language, asset.path])));

/** Says of a word whether the files of the desk alone name it, whole or by what it begins with. */
function ofDeskAlone() {
  const desk = new Set([...source('desk.js').matchAll(/from '\.\/(screens\/\w+\.js)'/g)].map(found => found[1]));
  const text = inDesk => readdirSync(join(here, 'src'), { recursive: true })
    .filter(file => file.endsWith('.js') && file !== 'words.js' && desk.has(file) === inDesk).map(source).join('\n');
  const others = text(false);
  const quoted = new Set([...others.matchAll(/['"`](\w+)['"`]/g)].map(found => found[1]));
  const begun = [...others.matchAll(/['"`]([a-z_]+_)['"`] \+/g)].map(found => found[1]);
  return key => !quoted.has(key) && !begun.some(each => key.startsWith(each));
}

/** The words a file names, in all languages: for a page that carries its own. */
function wordsOf(file) {
  const keys = [...new Set([...source(file).matchAll(/\bt\('(\w+)'/g)].map(found => found[1]))];
  for (const key of keys) if (!words[key]) throw new Error(`${file}: no word ${key}`);
  return Object.fromEntries(LANGUAGES.map((language, i) => [language, Object.fromEntries(keys.map(key => [key, words[key][i]]))]));
}

/** The rules of a stylesheet that a page can need: those that name no class but its script's. */
function styleOf(css, script) {
  const named = new Set(script.match(/[\w-]+/g));
  const fits = selector => [...selector.replace(/:not\([^)]*\)/g, '').matchAll(/\.([a-z][\w-]*)/g)].every(found => named.has(found[1]));
  let rules = '';
  for (let at = 0, end; at < css.length && css.includes('{', at); at = end) {
    const open = css.indexOf('{', at), head = css.slice(at, open);
    end = open + 1;
    for (let depth = 1; depth; end++) depth += { '{': 1, '}': -1 }[css[end]] || 0;
    const body = css.slice(open + 1, end - 1);
    const kept = head.startsWith('@media') ? head : head.startsWith('@') ? '' : head.split(/,(?![^(]*\))/).filter(fits).join();
    const inner = head.startsWith('@media') ? styleOf(body, script) : body;
    if (kept && inner) rules += `${kept}{${inner}}`;
  }
  return rules;
}

async function bundle(entry, define) {
  const script = entry.endsWith('.js');
  const result = await build({
    entryPoints: [join(here, 'src', entry)], bundle: true, minify: true, charset: 'utf8', write: false, legalComments: 'none',
    format: script ? 'esm' : undefined, splitting: script, outdir: '/', outbase: join(here, 'src'), entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]', target: ['chrome92', 'firefox98', 'safari15.4'], metafile: true, define,
    loader: { '.js': 'jsx' }, jsx: 'automatic', jsxImportSource: 'preact', logLevel: 'warning', logLimit: 10,
  });
  const made = result.metafile.outputs;
  const name = Object.keys(made).find(each => made[each].entryPoint?.endsWith(`src/${entry}`));
  const first = new Set([name]); // the entry and what it imports at once, not what it may import later
  for (const each of first) for (const next of made[each].imports) if (next.kind === 'import-statement') first.add(next.path);
  const type = script ? JAVASCRIPT : 'text/css; charset=utf-8';
  const plain = path => '/' + path.split('/').pop();
  return result.outputFiles.map(file => ({
    path: plain(file.path), type, bytes: Buffer.from(file.contents), immutable: true,
    entry: plain(file.path) === plain(name), first: [...first].some(each => plain(each) === plain(file.path)),
  })).sort((a, b) => b.entry - a.entry);
}

function fill(text, values) {
  return Buffer.from(text.replace(/\{\{(\w+)\}\}/g, (_, name) => {
    if (!(name in values)) throw new Error(`nothing to put in for ${name}`);
    return values[name];
  }));
}

/** Paths and what must come from them: a page of somebody between us and the phone is never kept as ours. */
const marks = list => JSON.stringify(Object.fromEntries(list.map(asset =>
  [asset.path, `sha256-${createHash('sha256').update(asset.bytes).digest('base64')}`])));

async function assets() {
  const late = ofDeskAlone();
  const wordFiles = wordAssets('words', key => !late(key)), deskWords = wordAssets('desk-words', late);
  const scripts = await bundle('app.js', { WORD_PATHS: pathsOf(wordFiles), DESK_WORD_PATHS: pathsOf(deskWords) });
  const [style] = await bundle('style.css');
  const [slip] = await bundle('slip.js', { WORD_PATHS: '{}', DESK_WORD_PATHS: '{}', SLIP_WORDS: JSON.stringify(wordsOf('slip.js')) });
  const slipRules = Buffer.from(styleOf(String(style.bytes), String(slip.bytes)));
  const slipStyle = { ...style, path: `/slip-style-${hash(slipRules)}.css`, bytes: slipRules, first: false };
  const page = fill(source('index.html'), {
    script: scripts[0].path, style: style.path,
    preload: scripts.slice(1).filter(script => script.first).map(script => `<link rel="modulepreload" href="${script.path}">`).join('\n'),
  });
  const slipPage = { path: '/s/', type: 'text/html; charset=utf-8', bytes: fill(source('slip.html'), { script: slip.path, style: slipStyle.path }) };
  const icon = { path: '/icon.svg', type: 'image/svg+xml', bytes: Buffer.from(source('icon.svg')) };
  const manifest = { path: '/manifest.webmanifest', type: 'application/manifest+json', bytes: Buffer.from(source('manifest.webmanifest')) };
  const index = { path: '/index.html', type: 'text/html; charset=utf-8', bytes: page };
  const kept = [index, ...scripts, ...Object.values(wordFiles), ...Object.values(deskWords), style, icon, manifest];
  const first = kept.filter(asset => asset.first !== false && asset.type !== 'application/json');
  const worker = fill(source('sw.js'), {
    version: hash(Buffer.concat(kept.map(asset => asset.bytes))),
    shell: marks(first.map(asset => asset === index ? { ...asset, path: '/' } : asset)),
    rest: marks(kept.filter(asset => !first.includes(asset))),
  });
  const slips = [slipPage, { ...slip, first: false }, slipStyle, {
    path: '/s/sw.js', type: JAVASCRIPT, bytes: fill(source('slip-sw.js'), {
      version: hash(Buffer.concat([slipPage.bytes, slip.bytes, slipStyle.bytes])),
      files: JSON.stringify(['/s/', slip.path, slipStyle.path, '/icon.svg']),
    }),
  }];
  return [...kept.map(asset => ({ ...asset, first: first.includes(asset) })), { path: '/sw.js', type: JAVASCRIPT, bytes: worker, first: true }, ...slips]
    .map(asset => ({ ...asset, gz: gzipSync(asset.bytes, { level: 9 }) }));
}

function weigh(list) {
  for (const asset of list) console.log(`${String(asset.gz.length).padStart(7)} gz ${String(asset.bytes.length).padStart(7)} ${asset.first ? '*' : ' '} ${asset.path}`);
  const sum = fits => list.filter(fits).reduce((bytes, asset) => bytes + asset.gz.length, 0);
  const oneLanguage = Math.max(...list.filter(asset => asset.path.startsWith('/words-')).map(asset => asset.gz.length));
  const script = sum(asset => asset.first && asset.type === JAVASCRIPT) + oneLanguage;
  const first = sum(asset => asset.first) + oneLanguage;
  console.log(`${String(first).padStart(7)} gz  first visit (*, and the heaviest language), ${script} of it script and words`);
  const slip = sum(asset => /^\/(s\/|slip-|icon)/.test(asset.path));
  console.log(`${String(slip).padStart(7)} gz  the page of a slip`);
  if (slip > SLIP_GZ_BYTES_MAX) throw new Error(`the page of a slip above ${SLIP_GZ_BYTES_MAX} bytes gz`);
  if (script > SCRIPT_GZ_BYTES_MAX) throw new Error(`script above ${SCRIPT_GZ_BYTES_MAX} bytes gz`);
  if (first > FIRST_VISIT_GZ_BYTES_MAX) throw new Error(`first visit above ${FIRST_VISIT_GZ_BYTES_MAX} bytes gz`);
}

function array(name, bytes) {
  const rows = [];
  for (let i = 0; i < bytes.length; i += 24) rows.push('    ' + [...bytes.subarray(i, i + 24)].join(',') + ',');
  return `static const unsigned char ${name}[] = {\n${rows.join('\n')}\n};\n`;
}

function toC(list) {
  const parts = ['/* Made by web/build.mjs: the app as the gateway serves it. */\n#include "gateway/assets.h"\n'];
  list.forEach((asset, i) => parts.push(array(`raw_${i}`, asset.bytes), array(`gz_${i}`, asset.gz)));
  parts.push('const struct asset assets[] = {');
  list.forEach((asset, i) => parts.push(
    `    {"${asset.path}", "${asset.type}", "\\"${hash(asset.bytes)}\\"", gz_${i}, sizeof gz_${i}, raw_${i}, sizeof raw_${i}, ` +
    `${asset.immutable ? 'true' : 'false'}},`));
  parts.push('};', 'const size_t assets_count = sizeof assets / sizeof assets[0];', '');
  return parts.join('\n');
}

const [target, directory] = process.argv.slice(2);
if (!target) throw new Error('usage: node build.mjs assets.c [directory]');
const list = await assets();
weigh(list);
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, toC(list));
if (directory) {
  mkdirSync(directory, { recursive: true });
  for (const asset of list) {
    const path = join(directory, asset.path.endsWith('/') ? asset.path + 'index.html' : asset.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, asset.bytes);
  }
}
