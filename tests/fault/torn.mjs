/* torn.mjs - what was stored comes back changed: bits flipped and pages torn, in the store and in backups.
 * How:    a stopped store is copied, damaged, and read again. An entry is named when it is read; any other page by `rasad verify`;
 *         what is not the journal is made anew by `rasad rebuild`. A store whose journal is damaged comes back from its backup.
 * Usage:  node torn.mjs [BUILD]; SEED=n damages the same pages */
import { cpSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chance, Rasad, Tests, check, cli, number, remove, same, temporary, uuid } from '../lib/rasad.mjs';
import { Load, rounds, summary } from '../lib/load.mjs';
import { World } from '../lib/world.mjs';

const SEED = Number(process.env.SEED || Date.now() % 1000000007);
const ROUNDS = rounds(30, 300);
const COMMANDS = 400;
const PAGE = 4096;

const tests = new Tests();
const chance = new Chance(SEED);
console.log(`SEED=${SEED}`);

const world = await World.build({ people: false });
const { rasad, today } = world;
const load = new Load(world, chance);
const backup = temporary('rasad-backup');
const LABEL = 'FLIP-ME-77';
let last, middle, middleHash; // the head; an entry in the middle

tests.test('a store and its backup', async () => {
  await rasad.ask('Registry/AddPeople', { requestId: uuid(), lines: [{ code: 'keeper', name: 'A name of nobody', roles: [{ role: 'ROLE_STORE_KEEPER', place: 'd1' }] }] });
  await rasad.ask('Registry/SetPassword', { person: 'keeper', password: 'lentils and rice' });
  for (let i = 0; i < COMMANDS; i++) await load.sendThrough(load.command());
  const receipt = await rasad.command('Materials/Receive', { day: today, place: 'st_d', lines: [{ item: 'rice', quantity: 7, supplierLot: LABEL }] });
  middle = Math.floor(number(receipt.sequence) / 2);
  [middleHash] = (await rasad.ask('Reports/ListEntries', { after: middle - 1, limit: 1 })).entries.map(view => Buffer.from(view.hash, 'base64'));
  same((await rasad.cli(['backup', backup])).code, 0, 'backup');
  await rasad.stop();
  const [, sequence, hash] = /^ok (\d+) (\S+)/.exec((await rasad.cli(['verify'])).stdout) ?? [];
  last = { sequence: number(sequence), hash };
  check(last.sequence > COMMANDS, `head ${sequence}`);
}, { needed: true });

// ---- backups

for (const [name, pick, change] of [
  ['a segment with a byte changed', file => /^journal-.*\.seg$/.test(file), bytes => { bytes[chance.below(bytes.length)] ^= 1 << chance.below(8); return bytes; }],
  ['a segment cut short', file => /^journal-.*\.seg$/.test(file), bytes => bytes.subarray(0, chance.below(bytes.length))],
  ['the local file changed', file => /^local-.*\.bin$/.test(file), bytes => { bytes[chance.below(bytes.length)] ^= 1 << chance.below(8); return bytes; }],
  ['a manifest changed', file => file === 'MANIFEST', bytes => { const at = bytes.indexOf('journal-'); const digit = bytes.indexOf('\n', at) - 1; bytes[digit] = bytes[digit] === 0x61 ? 0x62 : 0x61; return bytes; }],
]) {
  tests.test(`${name}: restore refuses, and leaves nothing behind`, async () => {
    for (let round = 0; round < Math.max(1, ROUNDS / 10); round++) {
      const copy = temporary('rasad-tampered'), target = temporary('rasad-target');
      cpSync(backup, copy, { recursive: true });
      const file = join(copy, readdirSync(copy).find(pick));
      writeFileSync(file, change(readFileSync(file)));
      const got = await cli(target, ['restore', copy]);
      check(got.code === 1 && got.stderr.length > 0, `exit ${got.code}: ${got.stdout} ${got.stderr}`);
      check(!existsSync(join(target, 'rasad.lmdb')), 'a store is there');
      remove(copy);
      remove(target);
    }
  });
}

// ---- the store

function damagedCopy(change) {
  const copy = temporary('rasad-flipped');
  cpSync(rasad.data, copy, { recursive: true, filter: from => !/\.(sock|bell)$|-lock$/.test(from) });
  const path = join(copy, 'rasad.lmdb'), store = readFileSync(path);
  change(store);
  writeFileSync(path, store);
  return copy;
}

/** One byte changed wherever these bytes stand, so many after them: the lowest bit. */
const flipped = (...changes) => damagedCopy(store => {
  for (const [bytes, after] of changes) {
    let found = 0;
    for (let at = store.indexOf(bytes); at >= 0; at = store.indexOf(bytes, at + bytes.length), found++)
      store[at + after] ^= 1; // old pages hold it too; they mean nothing
    check(found > 0, 'the bytes are not in the store');
  }
});

async function faulty(copy, line) {
  const got = await cli(copy, ['verify']);
  same(got.code, 1, `exit of verify, which said ${got.stdout} ${got.stderr}`);
  check(got.stdout.startsWith(line), `${got.stdout.trim()}, wanted ${line}`);
}

const lotRow = Buffer.from(`\x2a\x0a${LABEL}`, 'latin1'); // number of the lot's row; in the event it has another tag

tests.test('an entry is named when it is read, and by verify', async () => {
  for (const after of [32 + 9, 3]) { // in the entry, behind its hash; in the hash itself
    const copy = flipped([middleHash, after]);
    await faulty(copy, `fault entry ${middle}`);
    const started = await Rasad.start({ data: copy });
    const got = await started.call('Reports/ListEntries', { after: middle - 1, limit: 1 });
    if (after > 32) check(got.code === 'data_loss' || started.log.includes(`sequence=${middle}`) || got.ok, `it says ${JSON.stringify(got.body)}`);
    await started.healthy();
    await started.close();
    remove(copy);
  }
});

tests.test('a row that is not what the journal gives is named by verify, and made anew', async () => {
  for (const [what, line, rebuilt] of [[[lotRow, 5], 'fault table lot', true], [[Buffer.from('A name of nobody'), 4], 'fault private row of keeper', false]]) {
    const copy = flipped(what);
    await faulty(copy, line);
    same((await cli(copy, ['rebuild'])).code, 0, 'rebuild');
    if (rebuilt) same((await cli(copy, ['verify'])).stdout.trim(), `ok ${last.sequence} ${last.hash}`, 'verify after it');
    else await faulty(copy, line); // outside the journal: it comes back from the backup alone
    remove(copy);
  }
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

const found = { 'means nothing': 0, entry: 0, table: 0, 'not opened': 0 };
let rebuilt = 0, restored = 0;

/** A page torn in the middle, zeroed, or with bits flipped. Not the two meta pages: those are LMDB's own pair. */
function tear(store) {
  const page = PAGE * chance.between(2, Math.floor(store.length / PAGE) - 1);
  switch (chance.below(4)) {
    case 0: store.fill(0, page + PAGE / 2, page + PAGE); break;
    case 1: store.fill(0, page, page + PAGE); break;
    case 2: store.copy(store, page + 512, page, page + PAGE - 512); break;
    default: for (let i = 0; i < 1 + chance.below(8); i++) store[page + chance.below(PAGE)] ^= 1 << chance.below(8);
  }
}

tests.test(`${ROUNDS} pages damaged by chance: found, and mended`, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const copy = damagedCopy(tear);
    const got = await cli(copy, ['verify']);
    const said = got.stdout.trim();
    if (got.code === 0) {
      same(said, `ok ${last.sequence} ${last.hash}`, 'verify');
      found['means nothing']++;
    } else {
      check(got.code === 1 || got.code === 2, `verify ended with ${got.code}: ${said} ${got.stderr.slice(-300)}`);
      check(/^fault (store|entry \d+|table \w+|private row)/.test(said) || /can not be opened/.test(got.stderr), `verify says ${said} ${got.stderr.slice(-300)}`);
      found[said.startsWith('fault entry') ? 'entry' : said.startsWith('fault table') || said.startsWith('fault private') ? 'table' : 'not opened']++;
      const anew = await cli(copy, ['rebuild']);
      const mended = anew.code === 0 ? (await cli(copy, ['verify'])).stdout.trim() : '';
      if (mended === `ok ${last.sequence} ${last.hash}`) rebuilt++;
      else {
        check(anew.code !== 0, `rebuilt without a word, and verify says ${mended}`);
        const target = temporary('rasad-target');
        same((await cli(target, ['restore', backup])).code, 0, 'restore');
        same((await cli(target, ['verify'])).stdout.trim(), `ok ${last.sequence} ${last.hash}`, 'verify of the restored');
        remove(target);
        restored++;
      }
    }
    remove(copy);
  }
});

await tests.run();
summary('torn and flipped', `${ROUNDS} pages of the store: ${Object.entries(found).map(([what, times]) => `${what} ${times}`).join(', ')}; ${rebuilt} made anew from the journal, ${restored} from the backup`);
await world.close();
tests.end();
