/* crash.mjs - a command that crashes its service each time: after two crashes it is set aside, and nobody else suffers.
 * How:    the process that stores the command of a certain id aborts (tests/fault/inject.c). Its client sends it again and
 *         again, as phones do. Others go on under load. When the fault is gone, a supervisor started anew lets it through.
 * Usage:  node crash.mjs [BUILD] */
import { Chance, Rasad, Tests, check, cli, same, sleep, temporary } from '../lib/rasad.mjs';
import { Inject } from '../lib/inject.mjs';
import { Load, rounds, summary } from '../lib/load.mjs';
import { World } from '../lib/world.mjs';

const SEED = Number(process.env.SEED || Date.now() % 1000000007);
const ROUNDS = rounds(4, 40);
const SORTS = ['came', 'logged', 'delivered', 'issued', 'handed_in', 'served'];

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

tests.test('a reaction that crashes its service is parked as a question, which a backup brings back', async () => {
  const parkedAt = async where => (await where.ask('Reports/ListQuestions', { place: 'd1' })).questions?.find(question => question.kind === 'QUESTION_KIND_PARKED');
  inject.order({ process: 'production', kind: 'put', deed: 'abort', lasting: true });
  const given = await rasad.command('Distribution/Deliver', { day: world.today, from: 'g11', lines: [{ to: 'dl2', item: 'mask', quantity: 5, outOfMade: true }] });
  for (const until = Date.now() + 10000; inject.fired() < 2; await sleep(2)) check(Date.now() < until, 'nothing crashed');
  inject.cancel();
  await rasad.healthy();
  let parked;
  for (const until = Date.now() + 10000; !(parked = await parkedAt(rasad)); await sleep(50)) check(Date.now() < until, 'no question');
  same([parked.place, parked.item, parked.name], ['g11', 'mask', `${given.sequence}.1`], 'what is asked');
  await rasad.command('Materials/Waste', { day: world.today, lines: [{ place: 'st_d', item: 'rice', quantity: 1 }] });
  await load.verified();
  const backup = temporary('rasad-backup'), restored = temporary('rasad-restored');
  same((await rasad.cli(['backup', backup])).code, 0, 'backup');
  same((await cli(restored, ['restore', backup])).code, 0, 'restore');
  const copy = await Rasad.start({ data: restored });
  same(await parkedAt(copy), parked, 'the question in the restored one');
  await copy.close();
  await rasad.command('Distribution/Reverse', { lines: [{ requestId: given.id, line: 1 }] });
  for (const until = Date.now() + 10000; await parkedAt(rasad); await sleep(50)) check(Date.now() < until, 'reversed, and asked still');
});

await tests.run();
await sleep(10);
await world.close();
inject.close();
tests.end();
