/* kill.mjs - SIGKILL of any process or of all, under load, again and again: what was acknowledged is there exactly once.
 * How:    clients send facts over HTTP with ids of their own and remember every answer. Meanwhile processes are killed at
 *         random moments; the supervisor starts them again, or this script the supervisor. What got no answer is sent
 *         again under its id. At the end the journal is read and everything in it is accounted for.
 * Then:   a backup made under load restores to the same head; what was tampered with is found.
 * Again:  SEED=n plays the same kills (their moments fall elsewhere); ROUNDS=n sets how many.
 * Usage:  node kill.mjs [BUILD] */
import { cpSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { Chance, Rasad, Tests, check, cli, dayAfter, number, remove, same, sleep, temporary, uuid } from '../lib/rasad.mjs';
import { booksAddUp, entriesOf, stockOf } from '../lib/books.mjs';
import { Model, handsIn, keeps, makes, serves, takerOf } from '../lib/model.mjs';
import { ITEMS, PLACES, RECIPES, World } from '../lib/world.mjs';

const SEED = Number(process.env.SEED || Date.now() % 1000000007);
const ROUNDS = Number(process.env.ROUNDS || 20);
const CLIENTS = 5;
const LINES_OF_A_LOAD = 200; // now and then a long command, so that kills fall inside transactions
const REACTION_MS_MAX = 20000;
const WRITERS = ['materials', 'production', 'distribution'];
const TARGETS = ['registry', 'quality', 'reports', 'gateway', ...WRITERS, ...WRITERS, ...WRITERS, 'tree', 'tree', 'tree'];

const tests = new Tests();
const chance = new Chance(SEED);
console.log(`SEED=${SEED}`);

const world = await World.build({ people: false });
const { rasad, today } = world;
const places = PLACES.map(line => line.code).filter(code => keeps(code));
const goods = ['cloth', 'mask', 'rice', 'ppe_kit'];

// ---- facts, each its own command

function fact() {
  const type = chance.of(['came', 'came', 'issued', 'logged', 'logged', 'handed_in', 'delivered', 'served', 'wasted']);
  const base = { type, day: dayAfter(today, -chance.below(6)), item: chance.of(goods), quantity: chance.between(1, 90) };
  switch (type) {
    case 'came': return { ...base, place: chance.of(places), lines: chance.often(0.08) ? LINES_OF_A_LOAD : 1 };
    case 'issued': { const place = chance.of(places); return { ...base, place, to: chance.of(places.filter(to => to !== place)) }; }
    case 'logged': return { ...base, place: chance.of(places.filter(makes)), item: chance.of(['mask', 'ppe_kit']), good: 2 * chance.below(50), spoiled: 2, remade: 0 };
    case 'handed_in': { const place = chance.of(places.filter(handsIn)); return { ...base, place, to: takerOf(place), item: 'mask', good: chance.between(1, 60), spoiled: 0, rework: 0 }; }
    case 'delivered': { const place = chance.of(places); return { ...base, place, to: chance.of(['dl1', 'dl2', 'k1', 'st_b'].filter(to => to !== place)), outOfMade: false }; }
    case 'served': return { ...base, place: chance.of(places.filter(serves)), sold: false };
    default: return { ...base, place: chance.of(places), stage: 'STOCK' };
  }
}

function requestOf({ type, day, place, to, item, quantity, good, spoiled, lines }) {
  switch (type) {
    case 'came': return ['Materials/Receive', { day, place, lines: Array.from({ length: lines }, () => ({ item, quantity })) }];
    case 'issued': return ['Materials/Issue', { day, from: place, lines: [{ to, item, quantity }] }];
    case 'logged': return ['Production/LogOutput', { workDate: day, lines: [{ place, item, good, spoiled, membersAtWork: 4 }] }];
    case 'handed_in': return ['Production/HandIn', { day, to, lines: [{ place, item, good }] }];
    case 'delivered': return ['Distribution/Deliver', { day, from: place, lines: [{ to, item, quantity }] }];
    case 'served': return ['Distribution/Serve', { day, lines: [{ place, item, quantity }] }];
    default: return ['Materials/Waste', { day, lines: [{ place, item, quantity }] }];
  }
}

// ---- clients

const sent = [];        // {id, fact, method, request, answer: the body or null, tries}
const wrong = [];       // answers that nobody should get
let loading = true;

/** Send once. True: answered; else nobody knows. */
async function send(command, agent) {
  command.tries++;
  let got;
  try {
    got = await rasad.call(command.method, command.request, { agent, timeout: 15000 });
  } catch {
    return false; // cut off
  }
  if (['unavailable', 'deadline_exceeded', 'canceled'].includes(got.code)) return false;
  if (got.refusal?.reason === 'REASON_SET_ASIDE') {
    command.setAside = true;
    return true;
  }
  if (!got.ok) {
    wrong.push(`${command.method} ${got.status} ${got.message}`);
    return true;
  }
  if (command.answer) {
    const [a, b] = [JSON.stringify(command.answer), JSON.stringify(got.body)];
    if (a !== b) wrong.push(`${command.method} ${command.id}: answered ${a}, then ${b}`);
  }
  command.answer = got.body;
  return true;
}

async function client() {
  const agent = new http.Agent({ keepAlive: true });
  const unknown = [];
  while (loading) {
    if (unknown.length > 0 && chance.often(0.5)) {
      const again = unknown.shift();
      if (!await send(again, agent)) { unknown.push(again); await sleep(20); }
      continue;
    }
    const made = fact(), [method, request] = requestOf(made), id = uuid();
    const command = { id, fact: made, method, request: { requestId: id, ...request }, answer: null, tries: 0 };
    sent.push(command);
    if (!await send(command, agent)) { unknown.push(command); await sleep(20); }
  }
  agent.destroy();
}

// ---- kills

const killed = {};

async function kill(target) {
  killed[target] = (killed[target] ?? 0) + 1;
  if (target === 'tree') {
    await rasad.kill();
    await rasad.up();
    return;
  }
  const pid = rasad.pids.get(target);
  try { process.kill(pid, 'SIGKILL'); } catch { return; } // it is being started again just now
  for (const until = Date.now() + 15000; rasad.pids.get(target) === pid; await sleep(10))
    check(Date.now() < until, `${target} was not started again: ${rasad.log.slice(-500)}`);
}

tests.test(`${ROUNDS} kills under the load of ${CLIENTS} clients`, async () => {
  const clients = Array.from({ length: CLIENTS }, client);
  for (let round = 0; round < ROUNDS; round++) {
    await sleep(chance.between(40, 350));
    await kill(chance.of(TARGETS));
    if (chance.often(0.7)) await rasad.healthy(); // else the next one falls before it is up again
  }
  await rasad.healthy();
  await sleep(300);
  loading = false;
  await Promise.all(clients);
  same(wrong, [], 'answers that nobody should get');
  console.log(`   ${sent.length} commands, ${sent.filter(each => each.tries > 1).length} sent again, ${sent.filter(each => !each.answer).length} never answered; killed ${JSON.stringify(killed)}`);
  check(sent.filter(each => each.answer).length > 100, `only ${sent.length} commands got through`);
}, { needed: true });

/** Entries by request id, in hex. */
async function byId() {
  const map = new Map(), entries = await entriesOf(rasad);
  for (const { entry } of entries) {
    const id = Buffer.from(entry.header.requestId, 'base64').toString('hex');
    map.set(id, [...map.get(id) ?? [], entry]);
  }
  return { map, entries };
}
const hex = id => id.replaceAll('-', '');

tests.test('what was acknowledged is there exactly once, what was not at most once', async () => {
  const { map, entries } = await byId();
  for (const command of sent) {
    const found = map.get(hex(command.id)) ?? [];
    if (command.answer) {
      same(found.length, 1, `entries of an acknowledged ${command.method}`);
      same(number(found[0].header.sequence), number(command.answer.sequence), 'its sequence');
    } else check(found.length <= 1, `${found.length} entries of ${command.method}`);
  }
  entries.forEach(({ entry }, i) => same(number(entry.header.sequence), i + 1, 'sequences without gaps'));
});

tests.test('sent again under its id, every one is there once, with one answer for ever', async () => {
  for (const command of sent) {
    for (let times = command.answer ? 1 : 2; times > 0; times--) check(await send(command), `${command.method}: no answer`);
  }
  same(wrong, [], 'answers');
  const { map } = await byId();
  for (const command of sent) same((map.get(hex(command.id)) ?? []).length, command.setAside ? 0 : 1, `entries of ${command.method}`);
});

tests.test('nothing else is there: the reactions once for each cause', async () => {
  const ours = new Set(sent.map(command => hex(command.id)));
  for (const until = Date.now() + REACTION_MS_MAX; ; await sleep(50)) {
    const { entries } = await byId();
    const causes = entries.filter(({ entry }) => entry.header.actor === 'system').map(({ entry }) => entry.header.cause);
    same(new Set(causes).size, causes.length, 'earnings of the same cause');
    const strangers = entries.filter(({ entry }) => entry.header.actor !== 'system' && !entry.header.method.startsWith('Registry/') && !ours.has(Buffer.from(entry.header.requestId, 'base64').toString('hex')));
    same(strangers.length, 0, 'entries of nobody');
    const wanted = entries.filter(({ entry }) => entry.header.method === 'Production/HandIn').length;
    if (causes.length === wanted) return;
    check(Date.now() < until, `${causes.length} earnings for ${wanted} hand-ins`);
  }
});

tests.test('the books are those of the facts, and add up at every level', async () => {
  const facts = sent.filter(command => !command.setAside).map(({ fact: made }, i) => ({ ...made, name: `f${i}`, quantity: made.quantity * (made.lines ?? 1) }));
  const wanted = Model.nets(new Model({ items: ITEMS, recipes: RECIPES }).movements(facts));
  const { stocks } = await booksAddUp(world, { periods: [[dayAfter(today, -3), dayAfter(today, -2)]] });
  const got = {};
  for (const [place, stock] of Object.entries(stocks)) for (const [item, stages] of Object.entries(stock)) for (const [stage, net] of Object.entries(stages)) if (net !== 0) got[`${place} ${item} ${stage}`] = net;
  same(Object.entries(got).sort(), Object.entries(wanted).sort(), 'stock');
});

tests.test('verify finds the same tables', async () => {
  const got = await rasad.cli(['verify']), head = await rasad.head();
  same([got.code, got.stdout.trim()], [0, `ok ${head.sequence} ${head.hash}`], 'verify');
});

// ---- backup under load, and what is wrong with a store

const backup = temporary('rasad-backup');
let taken = 0; // entries in the backup

/** Last sequence in the backup's manifest. */
function backedUp() {
  const path = join(backup, 'MANIFEST');
  const lines = existsSync(path) ? readFileSync(path, 'utf8').match(/^journal-\S+ \d+ (\d+)/gm) ?? [] : [];
  return Math.max(0, ...lines.map(line => number(line.split(' ')[2])));
}

async function load(work) {
  loading = true;
  const clients = Array.from({ length: CLIENTS }, client);
  try {
    return await work();
  } finally {
    loading = false;
    await Promise.all(clients);
  }
}

tests.test('backup while it is loaded; one that is killed leaves the one before whole', async () => {
  await rasad.ask('Registry/AddPeople', { requestId: uuid(), lines: [{ code: 'keeper', name: 'A name of nobody', roles: [{ role: 'ROLE_STORE_KEEPER', place: 'd1' }] }] });
  await rasad.ask('Registry/SetPassword', { person: 'keeper', password: 'lentils and rice' });
  await load(async () => {
    await sleep(100);
    for (let i = 0; i < 3; i++) {
      const before = backedUp();
      const got = await rasad.cli(['backup', backup]);
      const [, entries, more] = /^backup (\d+) entries, (\d+) new$/m.exec(got.stdout) ?? [];
      same(got.code, 0, `backup: ${got.stderr}`);
      same([number(entries), number(entries) - number(more)], [backedUp(), before], 'entries, and those of before');
      check(number(entries) >= Math.max(before, 1), `${entries} entries after ${before}`);
      await sleep(100);
      await rasad.cli(['backup', backup], { timeout: chance.between(1, 12) }); // killed somewhere, or done
      const verified = await rasad.cli(['verify']);
      same([verified.code, verified.stdout.slice(0, 3)], [0, 'ok '], `verify under load: ${verified.stdout} ${verified.stderr}`);
    }
    same((await rasad.cli(['backup', backup])).code, 0, 'the last backup');
    taken = backedUp();
  });
  same(wrong, [], 'answers');
});

const restored = temporary('rasad-restored');

tests.test('restored into a new directory: the same head as that prefix, the same tables', async () => {
  const got = await cli(restored, ['restore', backup]);
  same(got.code, 0, `restore: ${got.stdout} ${got.stderr}`);
  const view = (await rasad.ask('Reports/ListEntries', { after: taken - 1, limit: 1 })).entries[0];
  const hash = Buffer.from(view.hash, 'base64').toString('hex');
  same((await cli(restored, ['verify'])).stdout.trim(), `ok ${taken} ${hash}`, 'verify');
});

tests.test('the restored one runs: people sign in, the epoch has risen, old ids are known', async () => {
  const copy = await Rasad.start({ data: restored });
  try {
    const reactions = await entriesOf(copy, taken); // of facts whose earnings were not in the backup yet
    check(reactions.every(({ entry }) => entry.header.actor === 'system'), 'entries that nobody made');
    const session = await copy.ask('Registry/SignIn', { login: 'keeper', password: 'lentils and rice' }, { token: '' });
    same(session.name, 'A name of nobody', 'her name');
    const old = sent.find(command => command.answer && number(command.answer.sequence) <= taken);
    same(await copy.ask(old.method, old.request), old.answer, 'an old request');
    await copy.ask('Materials/Waste', { requestId: uuid(), day: today, lines: [{ place: 'st_d', item: 'rice', quantity: 1 }] });
    const epochs = (await entriesOf(copy, taken - 1)).map(({ entry }) => entry.header.epoch);
    check(epochs.slice(1).every(epoch => epoch === epochs[0] + 1), `epochs ${epochs}`);
    same((await copy.cli(['verify'])).code, 0, 'verify');
  } finally {
    await copy.close();
  }
});

tests.test('a restore does not overwrite', async () => {
  const before = (await cli(restored, ['verify'])).stdout;
  const got = await cli(restored, ['restore', backup]);
  check(got.code !== 0 && got.stderr.length > 0, `exit ${got.code}`);
  same((await cli(restored, ['verify'])).stdout, before, 'verify');
});

for (const [name, pick, change] of [
  ['a segment with a byte changed', file => /^journal-.*\.seg$/.test(file), bytes => { bytes[Math.floor(bytes.length / 2)] ^= 1; return bytes; }],
  ['a segment cut short', file => /^journal-.*\.seg$/.test(file), bytes => bytes.subarray(0, bytes.length - 1)],
  ['the local file changed', file => /^local-.*\.bin$/.test(file), bytes => { bytes[bytes.length - 1] ^= 1; return bytes; }],
  ['a manifest with another hash', file => file === 'MANIFEST', bytes => { const at = bytes.indexOf('journal-'); const digit = bytes.indexOf('\n', at) - 1; bytes[digit] = bytes[digit] === 0x61 ? 0x62 : 0x61; return bytes; }],
]) {
  tests.test(`${name}: restore refuses, and leaves nothing behind`, async () => {
    const copy = temporary('rasad-tampered'), target = temporary('rasad-target');
    cpSync(backup, copy, { recursive: true });
    const file = join(copy, readdirSync(copy).find(pick));
    writeFileSync(file, change(readFileSync(file)));
    const got = await cli(target, ['restore', copy]);
    check(got.code === 1 && got.stderr.length > 0, `exit ${got.code}: ${got.stdout} ${got.stderr}`);
    check(!existsSync(join(target, 'rasad.lmdb')), 'a store is there');
    remove(copy);
    remove(target);
  });
}

/** A copy of the stopped store, with one byte changed wherever these bytes stand, so many after them: the lowest bit. */
function flipped(...changes) {
  const copy = temporary('rasad-flipped');
  cpSync(rasad.data, copy, { recursive: true, filter: from => !/\.(sock|bell)$/.test(from) });
  const path = join(copy, 'rasad.lmdb'), store = readFileSync(path);
  for (const [bytes, after] of changes) {
    let found = 0;
    for (let at = store.indexOf(bytes); at >= 0; at = store.indexOf(bytes, at + bytes.length), found++)
      store[at + after] ^= 1; // old pages hold it too; they mean nothing
    check(found > 0, 'the bytes are not in the store');
  }
  writeFileSync(path, store);
  return copy;
}

async function faulty(copy, line) {
  const got = await cli(copy, ['verify']);
  same(got.code, 1, `exit of verify, which said ${got.stdout} ${got.stderr}`);
  check(got.stdout.startsWith(line), `${got.stdout.trim()}, wanted ${line}`);
  remove(copy);
}

const LABEL = 'FLIP-ME-77';
const lotRow = Buffer.from(`\x2a\x0a${LABEL}`, 'latin1'); // number of the lot's row; in the event it has another tag
let last; // the head

tests.test('one byte flipped in the store: verify says where', async () => {
  const receipt = await rasad.command('Materials/Receive', { day: today, place: 'st_d', lines: [{ item: 'rice', quantity: 7, supplierLot: LABEL }] });
  const middle = Math.floor(number(receipt.sequence) / 2);
  const [hash] = (await rasad.ask('Reports/ListEntries', { after: middle - 1, limit: 1 })).entries.map(view => Buffer.from(view.hash, 'base64'));
  last = await rasad.head();
  await rasad.stop();
  same((await rasad.cli(['verify'])).code, 0, 'before');
  await faulty(flipped([hash, hash.length + 9]), `fault entry ${middle}`); // in the entry, behind its hash
  await faulty(flipped([hash, 3]), `fault entry ${middle}`);               // in the hash itself
  await faulty(flipped([lotRow, 5]), 'fault table lot');
  await faulty(flipped([Buffer.from('A name of nobody'), 4]), 'fault private row of keeper');
  same((await rasad.cli(['verify'])).code, 0, 'after');
});

tests.test('tables of another build are made anew from the journal before anybody is served', async () => {
  const key = Buffer.from('projection\0');
  const copy = await Rasad.start({ data: flipped([key, key.length], [lotRow, 5]) });
  try {
    same(await copy.head(), last, 'head');
    const verified = await copy.cli(['verify']);
    same([verified.code, verified.stdout.trim()], [0, `ok ${last.sequence} ${last.hash}`], 'verify');
  } finally {
    await copy.close();
    remove(copy.data);
  }
});

await tests.run();
await world.close();
tests.end();
