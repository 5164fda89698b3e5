/* crash.mjs - a command that crashes its service each time: after two crashes it is set aside, and nobody else suffers.
 * How:    the process that stores the command of a certain id aborts (tests/fault/inject.c). Its client sends it again and
 *         again, as phones do. Others go on under load. When the fault is gone, a supervisor started anew lets it through.
 *         A reaction that crashes, or is refused, is parked as a question, and tried again until its cause is put right.
 * Usage:  node crash.mjs [BUILD] */
import { Chance, Rasad, Tests, check, cli, exchange, number, same, sleep, temporary, uuid } from '../lib/rasad.mjs';
import { entriesOf } from '../lib/books.mjs';
import { Inject } from '../lib/inject.mjs';
import { Load, rounds, summary } from '../lib/load.mjs';
import { MASK_RATE, RATES, World } from '../lib/world.mjs';

const SEED = Number(process.env.SEED || Date.now() % 1000000007);
const ROUNDS = rounds(4, 40);
const SORTS = ['came', 'logged', 'delivered', 'issued', 'handed_in', 'served'];

const AGAIN_MS = 12000;     // what is parked is tried again within it: REACTION_AGAIN_MS, with room
const PARKED_MS_MAX = 40000;
const RATE_MAX = 10 ** 9, PIECES = 1001; // together one past 10^12

const tests = new Tests();
const chance = new Chance(SEED);
console.log(`SEED=${SEED}`);

const inject = new Inject();
const world = await World.build({ people: false, rasad: await Rasad.start({ env: inject.env }) });
const { rasad } = world;
const load = new Load(world, chance);
const setAside = [];

tests.test(`${ROUNDS} commands that crash their service`, async () => {
  await load.during(async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const command = load.command(SORTS[round % SORTS.length]);
      inject.crashOn(command.id);
      await load.sendThrough(command);
      check(command.setAside, `it was answered ${JSON.stringify(command.answer)}`);
      same(inject.crashed(), 2, 'crashes before it was set aside');
      for (let i = 0; i < 3; i++) check(await load.send(command) && command.setAside, 'it is tried again');
      same(inject.crashed(), 2, 'crashes after it');
      inject.crashNoMore();
      setAside.push(command);
      await load.sendThrough(load.command());
      await rasad.healthy();
      if (round % 3 === 2) { await rasad.kill(); await rasad.up(); } // the pauses of a service that crashes grow
    }
  });
  same(load.wrong, [], 'answers that nobody should get');
});

tests.test('with the fault gone, and Rasad started anew, they go through', async () => {
  await rasad.stop();
  await rasad.up();
  for (const command of setAside) {
    command.setAside = false;
    await load.sendThrough(command);
    check(command.answer, `${command.method} is set aside still`);
  }
});

tests.test('every command is there once, the books close, the tables are those of the journal', async () => {
  await load.settled();
  summary('crashing command', `${ROUNDS} set aside after two crashes each, all accepted later; ${load.counts()}`);
});

// ---- what follows by itself

const parkedAt = async where => (await where.ask('Reports/ListQuestions', { place: 'd1' })).questions?.find(question => question.kind === 'QUESTION_KIND_PARKED');
const metricOf = async where => Number(/^rasad_reactions_parked (\d+)$/m.exec((await exchange(where.url, { path: '/metrics' })).bytes.toString())?.[1]);
const stored = name => { const [sequence, line] = name.split('.').map(Number); return sequence * 4096 + line; }; // in the journal
const earningsOf = async name => (await entriesOf(rasad)).map(({ entry }) => entry).filter(entry => number(entry.header.cause) === stored(name));
const until = async (sought, words) => { for (const end = Date.now() + PARKED_MS_MAX; !await sought(); await sleep(50)) check(Date.now() < end, words); };
const handOver = () => rasad.command('Distribution/Deliver', { day: world.today, from: 'g11', lines: [{ to: 'dl2', item: 'mask', quantity: 5, outOfMade: true }] });
const crashing = { process: 'production', kind: 'put', deed: 'abort', lasting: true };

/** A reaction that crashes its service until it is parked; its question. */
async function parkOne() {
  inject.order(crashing);
  const given = await handOver();
  await until(() => inject.fired() >= 2, 'nothing crashed');
  inject.cancel();
  await rasad.healthy();
  let parked;
  await until(async () => (parked = await parkedAt(rasad)), 'no question');
  same([parked.place, parked.item, parked.name], ['g11', 'mask', `${given.sequence}.1`], 'what is asked');
  return { given, parked };
}

tests.test('a reaction that crashes its service is parked as a question; a new start tries it again, and it is done once', async () => {
  const { parked } = await parkOne();
  await until(async () => await metricOf(rasad) === 1, 'no alarm');
  await rasad.command('Materials/Waste', { day: world.today, lines: [{ place: 'st_d', item: 'rice', quantity: 1 }] });
  await load.verified();
  same((await earningsOf(parked.name)).length, 0, 'earnings while it is parked');
  const backup = temporary('rasad-backup'), restored = temporary('rasad-restored');
  same((await rasad.cli(['backup', backup])).code, 0, 'backup');
  same((await cli(restored, ['restore', backup])).code, 0, 'restore');
  await rasad.stop();
  await rasad.up();
  await until(async () => !await parkedAt(rasad), 'started anew, and asked still');
  await until(async () => await metricOf(rasad) === 0, 'the alarm stays');
  const [earning, ...more] = await earningsOf(parked.name);
  check(earning && more.length === 0, `${more.length} earnings too many, or none`);
  await load.verified();
  // The restored one has the question from the backup. There it crashes again: twice, and no more.
  const again = new Inject();
  again.crashOn(Buffer.from(earning.header.requestId, 'base64').toString('hex'));
  const copy = await Rasad.start({ data: restored, env: again.env });
  await until(() => again.crashed() >= 2, 'it is not tried again');
  await copy.healthy();
  same(await parkedAt(copy), parked, 'the question in the restored one');
  await sleep(AGAIN_MS);
  same([again.crashed(), await parkedAt(copy)], [2, parked], 'once it is set aside');
  await copy.close();
  again.close();
});

tests.test('a reversal of what it follows from takes the question away', async () => {
  const { given } = await parkOne();
  await rasad.command('Distribution/Reverse', { lines: [{ requestId: given.id, line: 1 }] });
  await until(async () => !await parkedAt(rasad), 'reversed, and asked still');
  same((await earningsOf(`${given.sequence}.1`)).length, 0, 'earnings');
});

tests.test('wages past the bound are parked; with the right rate they are booked by themselves', async () => {
  const rate = perPiece => rasad.ask('Registry/SetRates', { requestId: uuid(), lines: [{ ...RATES.find(line => line.item === 'mask'), perPiece, fromDay: world.today }] });
  await rate(RATE_MAX); // a slip of the hand
  const given = await rasad.command('Production/HandIn', { day: world.today, to: 'v1', lines: [{ place: 'g12', item: 'mask', good: PIECES }] });
  await until(() => parkedAt(rasad), 'no question');
  await sleep(AGAIN_MS);
  check(await parkedAt(rasad), 'it is gone, and nothing was put right');
  await rate(MASK_RATE);
  await until(async () => !await parkedAt(rasad), 'put right, and asked still');
  same((await earningsOf(`${given.sequence}.1`)).map(entry => entry.events.map(event => number(event.earned.amount))), [[PIECES * MASK_RATE]], 'earnings');
  await load.verified();
});

await tests.run();
await sleep(10);
await world.close();
inject.close();
tests.end();
