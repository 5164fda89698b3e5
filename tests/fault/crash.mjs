/* crash.mjs - a command that crashes its service each time: after two crashes it is set aside, and nobody else suffers.
 * How:    the process that stores the command of a certain id aborts (tests/fault/inject.c). Its client sends it again and
 *         again, as phones do. Others go on under load. When the fault is gone, a supervisor started anew lets it through.
 * Usage:  node crash.mjs [BUILD] */
import { Chance, Rasad, Tests, check, same, sleep } from '../lib/rasad.mjs';
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

await tests.run();
await sleep(10);
await world.close();
inject.close();
tests.end();
