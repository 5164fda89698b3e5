/* stuck.mjs - a writer stops in the middle of its transaction and holds everybody up: the supervisor ends it.
 * How:    the n-th put of a process stops it (SIGSTOP) while it has the store's lock, under the load of clients.
 * Usage:  node stuck.mjs [BUILD] */
import { Chance, Rasad, Tests, alive, check, same, sleep } from '../lib/rasad.mjs';
import { Inject } from '../lib/inject.mjs';
import { Load, rounds, summary } from '../lib/load.mjs';
import { World } from '../lib/world.mjs';

const SEED = Number(process.env.SEED || Date.now() % 1000000007);
const ROUNDS = rounds(3, 30);
const STUCK_MS = 5000, SPARE_MS = 3000; // after which it is ended; and what that may take
const WRITERS = ['materials', 'production', 'distribution'];

const tests = new Tests();
const chance = new Chance(SEED);
console.log(`SEED=${SEED}`);

const inject = new Inject();
const world = await World.build({ people: false, rasad: await Rasad.start({ env: inject.env }) });
const { rasad } = world;
const load = new Load(world, chance);
let longest = 0;

tests.test(`a writer is stuck ${ROUNDS} times, under load`, async () => {
  await load.during(async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const name = WRITERS[round % WRITERS.length], pid = rasad.pids.get(name);
      inject.order({ process: name, kind: 'put', deed: 'stop', n: chance.between(1, 30) });
      for (const until = Date.now() + 10000; inject.fired() === 0; await sleep(5)) check(Date.now() < until, `${name} puts nothing`);
      const from = Date.now();
      await rasad.ask('Reports/GetFlow', { place: 'd1', from: world.today, to: world.today }); // reads go on
      for (; alive(pid); await sleep(20)) check(Date.now() - from < STUCK_MS + SPARE_MS, `${name} is stuck for ${Date.now() - from} ms`);
      longest = Math.max(longest, Date.now() - from);
      check(Date.now() - from > STUCK_MS - 1000, `${name} was ended after ${Date.now() - from} ms`);
      inject.cancel();
      await rasad.healthy();
      await load.sendThrough(load.command());
    }
  });
  same(load.wrong, [], 'answers that nobody should get');
  await load.settled();
  summary('stuck writer', `${ROUNDS} rounds, ended after ${longest} ms at most; ${load.counts()}`);
});

await tests.run();
await world.close();
inject.close();
tests.end();
