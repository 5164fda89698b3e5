/* clock.mjs - the machine's clock jumps, by minutes or by days, forward and back, under load.
 * How:    what the processes take for the time of day is moved (tests/fault/inject.c), at once or one after another as they
 *         are started again. The journal's time never falls, nothing waits for a clock to come back, no fact is refused
 *         for it but one from past tomorrow, and deadlines go by the other clock.
 * Usage:  node clock.mjs [BUILD] */
import { Chance, Rasad, Tests, check, dayAfter, dayNumber, same, sleep, uuid } from '../lib/rasad.mjs';
import { Inject } from '../lib/inject.mjs';
import { Load, rounds, summary } from '../lib/load.mjs';
import { World } from '../lib/world.mjs';

const SEED = Number(process.env.SEED || Date.now() % 1000000007);
const ROUNDS = rounds(8, 100);
const DAY_MS = 86400000;
const FARTHEST_DAYS = 3;
const ANSWER_MS_MAX = 5000; // however the clock stands

const tests = new Tests();
const chance = new Chance(SEED);
console.log(`SEED=${SEED}`);

const inject = new Inject();
const world = await World.build({ rasad: await Rasad.start({ env: inject.env }) });
const { rasad } = world;
const load = new Load(world, chance);
let farthest = 0, jumps = 0, slowest = 0;

const today = async () => (await rasad.ask('Registry/GetMe', {})).today;

tests.test(`the clock jumps ${ROUNDS} times under load`, async () => {
  await load.during(async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const by = Math.round(chance.of([-1, 1]) * chance.of([60000, 3600000, DAY_MS, FARTHEST_DAYS * DAY_MS]) * (0.5 + chance.next() / 2));
      inject.clock(by);
      farthest = Math.max(farthest, by);
      jumps++;
      const from = Date.now();
      await load.sendThrough(load.command());
      slowest = Math.max(slowest, Date.now() - from);
      await sleep(chance.between(50, 200));
      if (chance.often(0.3)) { process.kill(rasad.pids.get('production'), 'SIGKILL'); await sleep(30); await rasad.healthy(); }
    }
  });
  same(load.wrong, [], 'answers that nobody should get');
  check(slowest < ANSWER_MS_MAX, `an answer took ${slowest} ms`);
});

tests.test('after a jump forward and back the days of the journal stand, and facts of today are taken', async () => {
  inject.clock(2 * DAY_MS);
  const there = await today();
  same(dayNumber(there) - dayNumber(world.today) >= 2, true, `today is ${there}`);
  await rasad.command('Materials/Receive', { day: there, place: 'st_d', lines: [{ item: 'rice', quantity: 1 }] });
  inject.clock(0);
  await rasad.command('Materials/Waste', { day: world.today, lines: [{ place: 'st_d', item: 'rice', quantity: 1 }] });
  const far = await rasad.call('Materials/Receive', { requestId: uuid(), day: dayAfter(there, 30), place: 'st_d', lines: [{ item: 'rice', quantity: 1 }] });
  check(!far.ok, 'a fact of next month was taken');
});

tests.test('who signed in is signed in, or signs in again; nobody is locked out', async () => {
  for (const by of [-3 * DAY_MS, 3 * DAY_MS, 0]) {
    inject.clock(by);
    const token = await world.signIn('keeper');
    await rasad.ask('Materials/GetStock', { place: 'st_d' }, { token });
  }
});

tests.test('every command is there once, the journal never went back, the tables are those of the journal', async () => {
  inject.clock(0);
  await load.onceEach();
  await load.sentAgain();
  await load.verified();
  summary('clock jumps', `${jumps} jumps of up to ${FARTHEST_DAYS} days either way, slowest answer ${slowest} ms; ${load.counts()}`);
});

await tests.run();
await world.close();
inject.close();
tests.end();
