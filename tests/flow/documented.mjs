/* documented.mjs - every message, field and rpc of proto/ says what it is: a comment above it or behind it on its line.
 * Flow:   protoc writes a descriptor set with the comments; a small reader of protobuf's wire format walks it.
 * Counts: what stands directly at the thing. A comment that a blank line parts from it is none.
 * Usage:  node documented.mjs */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROTO = resolve(dirname(fileURLToPath(import.meta.url)), '../../proto');
const folder = mkdtempSync(join(tmpdir(), 'rasad-documented-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

// ---- the wire format, just as much of it as a descriptor set needs

function varints(bytes) {
  const values = [];
  for (let at = 0, value = 0, scale = 1; at < bytes.length; at++) {
    value += (bytes[at] & 0x7f) * scale;
    scale *= 128;
    if (bytes[at] < 0x80) { values.push(value); value = 0; scale = 1; }
  }
  return values;
}

function* parts(bytes) {
  let at = 0;
  const varint = () => {
    const from = at;
    while (bytes[at++] >= 0x80);
    return varints(bytes.subarray(from, at))[0];
  };
  while (at < bytes.length) {
    const key = varint(), kind = key % 8, number = Math.floor(key / 8);
    if (kind === 0) { yield [number, varint()]; continue; }
    const size = kind === 2 ? varint() : kind === 1 ? 8 : 4;
    yield [number, bytes.subarray(at, at + size)];
    at += size;
  }
}

const all = (bytes, number) => [...parts(bytes)].filter(([n]) => n === number).map(([, value]) => value);
const text = (bytes, number) => all(bytes, number)[0]?.toString() ?? '';

// ---- google/protobuf/descriptor.proto: the numbers of what is walked

const SET_FILE = 1;
const FILE = { name: 1, message: 4, service: 6, sourceInfo: 9 };
const MESSAGE = { name: 1, field: 2, nested: 3 };
const SERVICE = { name: 1, method: 2 };
const LOCATION = { list: 1, path: 1, leading: 3, trailing: 4 };

/** Paths, as "4,0,2,1", at which a comment stands. */
function commentedPaths(file) {
  const paths = new Set();
  for (const info of all(file, FILE.sourceInfo))
    for (const location of all(info, LOCATION.list))
      if ((text(location, LOCATION.leading) + text(location, LOCATION.trailing)).trim() !== '')
        paths.add(all(location, LOCATION.path).flatMap(varints).join());
  return paths;
}

function* thingsOfMessage(bytes, path, scope) {
  const name = `${scope}${text(bytes, MESSAGE.name)}`;
  yield ['message', name, path];
  for (const [i, field] of all(bytes, MESSAGE.field).entries()) yield ['field', `${name}.${text(field, 1)}`, [...path, MESSAGE.field, i]];
  for (const [i, nested] of all(bytes, MESSAGE.nested).entries()) yield* thingsOfMessage(nested, [...path, MESSAGE.nested, i], `${name}.`);
}

function* thingsOfService(bytes, path) {
  const name = text(bytes, SERVICE.name);
  for (const [i, method] of all(bytes, SERVICE.method).entries()) yield ['rpc', `${name}.${text(method, 1)}`, [...path, SERVICE.method, i]];
}

function* thingsOfFile(file) {
  for (const [i, message] of all(file, FILE.message).entries()) yield* thingsOfMessage(message, [FILE.message, i], '');
  for (const [i, service] of all(file, FILE.service).entries()) yield* thingsOfService(service, [FILE.service, i]);
}

/** Each file of the contract: {name, things, bare}; bare: "field LineRef.line" and so on, without a comment. */
function read(proto) {
  const set = join(folder, 'set'), names = readdirSync(proto).filter(name => name.endsWith('.proto'));
  execFileSync('protoc', [`--proto_path=${proto}`, '--include_source_info', `--descriptor_set_out=${set}`, ...names]);
  return all(readFileSync(set), SET_FILE).map(file => {
    const commented = commentedPaths(file), things = [...thingsOfFile(file)];
    const bare = things.filter(([, , path]) => !commented.has(path.join())).map(([kind, name]) => `${kind} ${name}`);
    return { name: text(file, FILE.name), things, bare };
  });
}

// ---- the tests

let passed = 0, failed = 0;
function report(name, fault) {
  if (fault) failed++;
  else passed++;
  console.log(fault ? `FAIL - ${name}: ${fault}` : `ok - ${name}`);
}

const contract = read(PROTO);
for (const { name, things, bare } of contract) {
  for (const each of bare) report(`${name}: ${each}`, 'no comment');
  if (bare.length === 0) report(`${name}: ${things.length} messages, fields and rpcs say what they are`, things.length === 0 && 'nothing found');
}

/* A test that can not fail tests nothing: with its comment taken away each kind of thing is named. */
function seen(file, line, expected) {
  const copy = join(folder, 'proto'), path = join(copy, file);
  cpSync(PROTO, copy, { recursive: true });
  const lines = readFileSync(path, 'utf8').split('\n'), at = lines.findIndex(each => each.startsWith(line));
  if (at < 0) return `${line} is not in ${file}`;
  lines[at] = lines[at].replace(/\s*\/\/.*/, '');
  for (let above = at - 1; /^\s*\/\//.test(lines[above]); above--) lines[above] = '';
  writeFileSync(path, lines.join('\n'));
  const bare = read(copy).flatMap(each => each.bare);
  return bare.join() !== expected && `named were: ${bare.join(', ') || 'none'}`;
}

for (const [file, line, expected] of [
  ['common.proto', 'message LineRef {', 'message LineRef'],
  ['common.proto', '  string request_id = 1;', 'field LineRef.request_id'],
  ['journal.proto', '    Served served = 105;', 'field Event.served'],
  ['store.proto', '  message Parent {', 'message PlaceRow.Parent'],
  ['production.proto', '  rpc HandIn(', 'rpc Production.HandIn'],
]) report(`seen: no comment at ${expected}`, seen(file, line, expected));

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
