/* kill.mjs - SIGKILL of any process or of all, under load, again and again: what was acknowledged is there exactly once.
 * How:    clients send facts over HTTP with ids of their own and remember every answer. Meanwhile processes are killed at
 *         random moments; the supervisor starts them again, or this script the supervisor. What got no answer is sent
 *         again under its id. At the end the journal is read and everything in it is accounted for.
 * Then:   a backup made under load restores to the same head.
 * Again:  SEED=n plays the same kills (their moments fall elsewhere); ROUNDS=n sets how many.
 * Usage:  node kill.mjs [BUILD] */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chance, Rasad, Tests, check, cli, number, same, sleep, temporary, uuid } from '../lib/rasad.mjs';
import { entriesOf } from '../lib/books.mjs';
import { Load, rounds, summary } from '../lib/load.mjs';
import { World } from '../lib/world.mjs';

const SEED = Number(process.env.SEED || Date.now() % 1000000007);
const ROUNDS = rounds(20, 100);
const WRITERS = ['materials', 'production', 'distribution'];
const TARGETS = ['registry', 'quality', 'reports', 'doorkeeper', 'gateway', ...WRITERS, ...WRITERS, ...WRITERS, 'tree', 'tree', 'tree'];

const tests = new Tests();
const chance = new Chance(SEED);
console.log(`SEED=${SEED}`);

const world = await World.build({ people: false });
const { rasad, today } = world;
const load = new Load(world, chance);

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

tests.test(`${ROUNDS} kills under the load of ${load.clients} clients`, async () => {
  await load.during(async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await sleep(chance.between(40, 350));
      await kill(chance.of(TARGETS));
      if (chance.often(0.7)) await rasad.healthy(); // else the next one falls before it is up again
    }
    await rasad.healthy();
    await sleep(300);
  });
  same(load.wrong, [], 'answers that nobody should get');
  summary('kill', `${ROUNDS} rounds (${Object.entries(killed).map(([who, times]) => `${who} ${times}`).join(', ')}), ${load.counts()}`);
  check(load.answered().length > 100, 'hardly any commands got through');
}, { needed: true });

tests.test('what was acknowledged is there exactly once, what was not at most once', () => load.onceEach());
tests.test('sent again under its id, every one is there once, with one answer for ever', () => load.sentAgain());
tests.test('nothing else is there: the reactions once for each cause', () => load.reacted());
tests.test('the books are those of the facts, and add up at every level', () => load.booksClose());
tests.test('verify finds the same tables', () => load.verified());

// ---- backup under load

const backup = temporary('rasad-backup');
let taken = 0; // entries in the backup

/** Last sequence in the backup's manifest. */
function backedUp() {
  const path = join(backup, 'MANIFEST');
  const lines = existsSync(path) ? readFileSync(path, 'utf8').match(/^journal-\S+ \d+ (\d+)/gm) ?? [] : [];
  return Math.max(0, ...lines.map(line => number(line.split(' ')[2])));
}

tests.test('backup while it is loaded; one that is killed leaves the one before whole', async () => {
  await rasad.ask('Registry/AddPeople', { requestId: uuid(), lines: [{ code: 'keeper', name: 'A name of nobody', roles: [{ role: 'ROLE_STORE_KEEPER', place: 'd1' }] }] });
  await rasad.ask('Registry/SetPassword', { person: 'keeper', password: 'lentils and rice' });
  await load.during(async () => {
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
  same(load.wrong, [], 'answers');
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
    const old = load.sent.find(command => command.answer && number(command.answer.sequence) <= taken);
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

await tests.run();
await world.close();
tests.end();
