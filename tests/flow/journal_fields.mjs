/* journal_fields.mjs - what stands in a journal keeps its number, name, type and label for ever: proto/ against the frozen
 * list tests/journals/fields.txt. New fields may come; `node tests/journals/fields.mjs --add` lists them.
 * Usage:  node journal_fields.mjs */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, Tests, check, remove, same, temporary } from '../lib/rasad.mjs';
import { broken, fieldsOf, listed } from '../journals/fields.mjs';

const tests = new Tests();
const list = listed();

tests.test('every listed field is as it was', async () => {
  const now = fieldsOf();
  same(broken(list, now), [], 'changed');
  const fresh = now.filter(line => !list.includes(line));
  if (fresh.length > 0) console.log(`   ${fresh.length} not listed yet: ${fresh.slice(0, 5).join('; ')}`);
});

tests.test('the list is whole: the events and what they are made of', async () => {
  for (const message of ['Entry', 'Header', 'Event', 'Movement', 'Came', 'OutputLogged', 'RecipeInput', 'Names', 'RoleAt'])
    check(list.some(line => line.startsWith(`message rasad.v1.${message} `)), `${message} is missing`);
  for (const name of ['Stage', 'Channel', 'Reason', 'CameFrom']) check(list.some(line => line.startsWith(`value rasad.v1.${name} `)), `${name} is missing`);
  const facts = [...readFileSync(join(ROOT, 'services/store/facts.def'), 'utf8').matchAll(/^FACT\(\w+,\s*(\w+),\s*(\w+),/gm)];
  check(facts.length > 30, `${facts.length} facts`);
  for (const [, member, type] of facts)
    check(list.some(line => line.startsWith('message rasad.v1.Event ') && line.endsWith(` ${member} rasad.v1.${type} oneof:fact`)), `${member} is missing`);
});

/* A test that can not fail tests nothing: each kind of change in a copy of the contract is seen. */
for (const [name, from, to] of [
  ['another number', /\bint64 sequence = 4;/, 'int64 sequence = 24;'],
  ['another type', /\bint32 epoch = 3;/, 'int64 epoch = 3;'],
  ['another name', /\bbytes request_id = 9;/, 'bytes request = 9;'],
  ['another label', /\brepeated Movement movements = 5;/, 'Movement movements = 5;'],
  ['gone', /\bint64 draws_for = 13;/, ''],
  ['out of the oneof', /\bServed served = 105;/, ''],
  ['another number of an enum\'s value', /\bWASTE_REASON_WET = 4;/, 'WASTE_REASON_WET = 14;'],
]) {
  tests.test(`seen: ${name}`, async () => {
    const copy = temporary('rasad-proto');
    cpSync(join(ROOT, 'proto'), copy, { recursive: true });
    const file = join(copy, 'journal.proto'), text = readFileSync(file, 'utf8');
    check(from.test(text), `${from} is not in journal.proto`);
    writeFileSync(file, text.replace(from, to));
    check(broken(list, fieldsOf(copy)).length > 0, 'not seen');
    remove(copy);
  });
}

await tests.run();
tests.end();
