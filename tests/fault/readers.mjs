/* readers.mjs - somebody who reads the store dies, or sleeps in the middle, while others write.
 * How:    tests/fault/reader.c begins a read and sleeps; it is killed, or wakes up. Then services do: one that reads is stopped in
 *         the middle of a read. Old pages stay as long as a reader may want them, so the file grows; it must stop growing once
 *         the reader is gone, and its slot must be free again. A service that sleeps in a read is ended by the supervisor.
 * Usage:  node readers.mjs [BUILD] */
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD, Chance, Rasad, Tests, alive, check, sleep } from '../lib/rasad.mjs';
import { Inject } from '../lib/inject.mjs';
import { Load, rounds, summary } from '../lib/load.mjs';
import { World } from '../lib/world.mjs';

const SEED = Number(process.env.SEED || Date.now() % 1000000007);
const ROUNDS = rounds(2, 100);
const STOPS = rounds(1, 20);
const WRITES = 60;          // commands while a reader sleeps
const GROWTH_BYTES = 256 * 4096; // that is no reader's: 1,200 lines are some 70 pages, and sweeps take 64 at once (store/pages.c)
const STUCK_MS_MAX = 20000;  // until the supervisor has ended who sleeps in a read

const tests = new Tests();
const chance = new Chance(SEED);
console.log(`SEED=${SEED}`);

const inject = new Inject();
const world = await World.build({ people: false, rasad: await Rasad.start({ env: inject.env }) });
const { rasad } = world;
const load = new Load(world, chance);
const bytes = () => statSync(join(rasad.data, 'rasad.lmdb')).size;

async function reader() {
  const child = spawn(join(BUILD, 'tests', 'reader'), [rasad.data], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise((done, fail) => {
    child.stdout.once('data', done);
    child.once('exit', () => fail(new Error('the reader ended')));
  });
  child.ended = new Promise(done => child.once('exit', done));
  return child;
}

async function writes(n = WRITES) {
  for (let i = 0; i < n; i++) await load.sendThrough(load.command('came', { lines: 20, day: world.today }));
}

/** Who opens the store forgets the slots of the dead: so does a service that starts, and each of them every minute. */
async function slotsCleared() {
  process.kill(rasad.pids.get('quality'), 'SIGKILL');
  await sleep(100);
  await rasad.healthy();
}

tests.test(`a reader sleeps, then dies or wakes up, ${ROUNDS} times`, async () => {
  await writes();
  for (let round = 0; round < ROUNDS; round++) {
    const child = await reader();
    const before = bytes();
    await writes();
    const held = bytes() - before;
    if (chance.often(0.5)) child.kill('SIGKILL');
    else child.stdin.end();
    await child.ended;
    if (child.signalCode) await slotsCleared();
    await writes(5); // pages come free with the commits after it
    const after = bytes();
    await writes();
    check(bytes() - after <= Math.max(held / 2, GROWTH_BYTES), `the file grew by ${bytes() - after} bytes after the reader had gone, by ${held} while it slept`);
  }
}, { needed: true });

tests.test(`more readers die than there are slots`, async () => {
  for (let i = 0; i < 30; i++) {
    const ten = await Promise.all(Array.from({ length: 10 }, reader));
    for (const child of ten) child.kill('SIGKILL');
    await Promise.all(ten.map(child => child.ended));
    if (i % 15 === 14) await slotsCleared();
  }
  await slotsCleared();
  await rasad.ask('Reports/GetHead', {});
});

tests.test(`a service sleeps in a read, ${STOPS} times: it is ended, the others go on`, async () => {
  for (let round = 0; round < STOPS; round++) {
    const pid = rasad.pids.get('reports');
    inject.order({ process: 'reports', kind: 'get', deed: 'stop' });
    const asked = rasad.call('Reports/GetFlow', { place: 'd1', from: world.today, to: world.today }, { timeout: STUCK_MS_MAX }).catch(() => null);
    await writes(20);
    for (const until = Date.now() + STUCK_MS_MAX; alive(pid); await sleep(50)) check(Date.now() < until, 'it sleeps on');
    inject.cancel();
    await asked;
    await rasad.healthy();
    await rasad.ask('Reports/GetFlow', { place: 'd1', from: world.today, to: world.today });
  }
});

tests.test('every command is there once, the books close, the tables are those of the journal', async () => {
  await load.settled();
  summary('readers', `${ROUNDS} slept and died or woke, 300 died at once, ${STOPS} services stopped in a read; ${load.counts()}`);
});

await tests.run();
await world.close();
inject.close();
tests.end();
