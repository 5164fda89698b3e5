/* fields.mjs - every field that can stand in the journal: those of Entry and of all messages and enums reachable from it.
 * Use:    node fields.mjs        shows what proto/ says now
 *         node fields.mjs --add  adds what is new to fields.txt; refuses where a listed one is gone or changed
 * A line: message <message> <number> <name> <type> <label>, the label single, repeated or oneof:<name>;
 *         value <enum> <number> <name>. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT_MESSAGE = 'rasad.v1.Entry';
export const LIST = join(HERE, 'fields.txt');

// ---- a descriptor set, just as much of it as is needed (google/protobuf/descriptor.proto)

function* parts(bytes) {
  let at = 0;
  const varint = () => {
    let value = 0n, shift = 0n, byte;
    do {
      byte = bytes[at++];
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
    } while (byte >= 0x80);
    return BigInt.asIntN(64, value);
  };
  while (at < bytes.length) {
    const key = Number(varint()), kind = key & 7;
    if (kind === 0) { yield [key >> 3, Number(varint())]; continue; }
    const size = kind === 2 ? Number(varint()) : kind === 1 ? 8 : 4;
    yield [key >> 3, bytes.subarray(at, at + size)];
    at += size;
  }
}

const all = (bytes, number) => [...parts(bytes)].filter(([n]) => n === number).map(([, value]) => value);
const text = (bytes, number) => all(bytes, number)[0]?.toString() ?? '';
const value = (bytes, number) => all(bytes, number)[0] ?? 0;
const TYPES = { 1: 'double', 2: 'float', 3: 'int64', 4: 'uint64', 5: 'int32', 6: 'fixed64', 7: 'fixed32', 8: 'bool', 9: 'string', 12: 'bytes', 13: 'uint32', 15: 'sfixed32', 16: 'sfixed64', 17: 'sint32', 18: 'sint64' };

function readMessage(found, scope, bytes) {
  const name = `${scope}.${text(bytes, 1)}`, oneofs = all(bytes, 8).map(oneof => text(oneof, 1));
  found.messages.set(name, all(bytes, 2).map(field => {
    const oneof = all(field, 9), type = text(field, 6).replace(/^\./, '');
    return { number: value(field, 3), name: text(field, 1), type: type || TYPES[value(field, 5)], label: oneof.length ? `oneof:${oneofs[oneof[0]]}` : value(field, 4) === 3 ? 'repeated' : 'single' };
  }));
  for (const nested of all(bytes, 3)) readMessage(found, name, nested);
  for (const nested of all(bytes, 4)) readEnum(found, name, nested);
}

function readEnum(found, scope, bytes) {
  found.enums.set(`${scope}.${text(bytes, 1)}`, all(bytes, 2).map(entry => ({ number: value(entry, 2), name: text(entry, 1) })));
}

function descriptors(proto) {
  const folder = mkdtempSync(join(tmpdir(), 'rasad-fields-')), file = join(folder, 'set');
  try {
    execFileSync('protoc', [`--proto_path=${proto}`, '--include_imports', `--descriptor_set_out=${file}`, 'journal.proto']);
    const found = { messages: new Map(), enums: new Map() };
    for (const each of all(readFileSync(file), 1)) {
      for (const message of all(each, 4)) readMessage(found, text(each, 2), message);
      for (const list of all(each, 5)) readEnum(found, text(each, 2), list);
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The lines, by message and number. */
export function fieldsOf(proto = resolve(HERE, '../../proto')) {
  const { messages, enums } = descriptors(proto), lines = [], seen = new Set(), waiting = [ROOT_MESSAGE];
  while (waiting.length > 0) {
    const name = waiting.shift();
    if (seen.has(name)) continue;
    seen.add(name);
    for (const entry of enums.get(name) ?? []) lines.push(['value', name, entry.number, entry.name]);
    for (const field of messages.get(name) ?? []) {
      lines.push(['message', name, field.number, field.name, field.type, field.label]);
      if (messages.has(field.type) || enums.has(field.type)) waiting.push(field.type);
    }
  }
  const order = (a, b) => a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : a[2] - b[2];
  return lines.sort(order).map(line => line.join(' '));
}

export const listed = () => readFileSync(LIST, 'utf8').split('\n').filter(line => line && !line.startsWith('#'));

/** Listed ones that are no longer so, with what stands there now. */
export function broken(list, now) {
  const place = line => line.split(' ').slice(0, 3).join(' ');
  const at = new Map(now.map(line => [place(line), line]));
  return list.filter(line => at.get(place(line)) !== line).map(line => `${line}: now ${at.get(place(line)) ?? 'gone'}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const now = fieldsOf();
  if (!process.argv.includes('--add')) {
    console.log(now.join('\n'));
  } else {
    let head = '';
    try { head = readFileSync(LIST, 'utf8').split('\n').filter(line => line.startsWith('#')).join('\n'); } catch { /* the first time */ }
    const faults = head ? broken(listed(), now) : [];
    if (faults.length > 0) {
      console.error(faults.join('\n'));
      process.exit(1);
    }
    writeFileSync(LIST, `${head || '# Every field that stands in a journal somewhere. Lines are added (node fields.mjs --add), never changed or taken out.'}\n${now.join('\n')}\n`);
  }
}
