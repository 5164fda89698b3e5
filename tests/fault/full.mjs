/* full.mjs - no room: a full disk, a full map, a backup with no room. A clear no, reads go on, and it goes on when there is room.
 * How:    disk: every write to a file fails with ENOSPC while the clients go on (tests/fault/inject.c); where we may mount,
 *         also a file system of a few MiB that fills up in earnest. Map: RASAD_MAP_MIB. Backup: a limit on the size of files.
 * Usage:  node full.mjs [BUILD] */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Chance, RASAD, Rasad, Tests, check, cli, number, remove, run, same, sleep, temporary } from '../lib/rasad.mjs';
import { ENOSPC, Inject } from '../lib/inject.mjs';
import { FAILING, Load, rounds, summary } from '../lib/load.mjs';
import { World } from '../lib/world.mjs';

const SEED = Number(process.env.SEED || Date.now() % 1000000007);
const ROUNDS = rounds(3, 100);
const LONG_LINES = 200;
const STARTS_AGAIN_MS_MAX = 10000;
const SMALL_MIB = 8; // of a map or a file system: some thousand entries

const tests = new Tests();
const chance = new Chance(SEED);
const counts = {};
console.log(`SEED=${SEED}`);

/** While there is no room: refused with words about it, and never acknowledged; what only reads is answered. A service whose
 * commit broke off in its very last write can not know, and starts again first. */
async function refusedClearly(load, words) {
  const command = load.command('came', { lines: LONG_LINES });
  for (const until = Date.now() + STARTS_AGAIN_MS_MAX; ; await sleep(50)) {
    check(!await load.send(command), `a command was answered ${command.said}`);
    if (command.said !== 'unavailable' && command.said !== 'cut off') break;
    check(Date.now() < until, `it says ${command.said}`);
  }
  same(command.said, 'resource_exhausted', 'its code');
  const got = await load.rasad.call(command.method, command.request);
  check(!got.ok && words.test(got.message), `it says ${got.message}`);
  await load.rasad.ask('Reports/GetFlow', { place: 'd1', from: load.world.today, to: load.world.today });
  await load.rasad.healthy();
}

tests.test(`the disk is full ${ROUNDS} times, under load`, async () => {
  const inject = new Inject();
  const world = await World.build({ people: false, rasad: await Rasad.start({ env: inject.env }) });
  const load = new Load(world, chance, { later: FAILING });
  await load.during(async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await sleep(chance.between(50, 200));
      inject.order({ kind: 'file_write', code: ENOSPC, lasting: true });
      await sleep(50);
      await refusedClearly(load, /disk is full/);
      await sleep(chance.between(0, 150));
      inject.cancel();
      await load.sendThrough(load.command());
    }
  });
  await load.settled();
  check(inject.fired() > 0, 'nothing failed');
  counts.disk = `disk full ${ROUNDS} times, ${load.counts()}`;
  await world.close();
  inject.close();
});

/** Until there is no room, also for what is short; how many went in. */
async function fill(load) {
  for (let i = 0, inARow = 0; i < 20000; i++) {
    const command = load.command('came', { lines: inARow > 0 ? 1 : LONG_LINES });
    inARow = await load.send(command) ? 0 : inARow + 1;
    if (inARow > 0) same(command.said, 'resource_exhausted', 'what it says when it is full');
    if (inARow > 0) await sleep(5); // what readers still hold comes free
    if (inARow === 25) return load.answered().length;
  }
  throw new Error('it does not fill up');
}

tests.test('the map is full; with a larger one it goes on', async () => {
  const world = await World.build({ people: false, rasad: await Rasad.start({ env: { RASAD_MAP_MIB: String(SMALL_MIB) } }) });
  const load = new Load(world, chance, { later: FAILING });
  const held = await fill(load);
  for (let i = 0; i < 5; i++) await refusedClearly(load, /map is full/);
  const [before, again] = [await world.rasad.head(), load.answered().slice(-20)];
  for (const command of again) check(await load.send(command), `an old command: ${command.said}`); // the same answer still
  await world.rasad.kill();
  await world.rasad.up();
  same(await world.rasad.head(), before, 'head');
  await world.rasad.stop();
  world.rasad.env = { RASAD_MAP_MIB: '64' };
  await world.rasad.up();
  await load.settled();
  counts.map = `map of ${SMALL_MIB} MiB full after ${held} commands`;
  await world.close();
});

/** A file system of a few MiB, where we may. */
function mounted() {
  const directory = temporary('rasad-small');
  const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', `mode=700,size=${SMALL_MIB}m`, 'tmpfs', directory]);
  return mount.status === 0 ? directory : '';
}

tests.test('a small file system fills up; with room again it goes on', async () => {
  const data = mounted();
  if (!data) { counts.filesystem = 'no file system may be mounted here'; return; }
  try {
    const load = new Load(await World.build({ people: false, rasad: await Rasad.start({ data }) }), chance, { later: FAILING });
    const ballast = join(data, 'ballast');
    writeFileSync(ballast, Buffer.alloc((SMALL_MIB / 2) << 20));
    const held = await fill(load);
    for (let i = 0; i < 5; i++) await refusedClearly(load, /disk is full/);
    const failed = load.rasad.log.split('\n').filter(line => line.includes('store failed'));
    check(failed.length > 0 && failed.every(line => /No space left/.test(line)), `the log says: ${failed.slice(-3).join('; ')}`);
    await load.rasad.kill(); // and comes back with no room at all
    rmSync(ballast);
    await load.rasad.up();
    await load.onceEach();
    await load.sentAgain();
    await load.reacted();
    await load.booksClose();
    const head = await load.rasad.head();
    await load.rasad.stop();
    const copy = temporary('rasad-copy'); // verify wants room of its own
    cpSync(data, copy, { recursive: true, filter: from => !/\.(sock|bell)$/.test(from) });
    same((await cli(copy, ['verify'])).stdout.trim(), `ok ${head.sequence} ${head.hash}`, 'verify');
    remove(copy);
    counts.filesystem = `file system of ${SMALL_MIB} MiB full after ${held} commands`;
    await load.world.close();
  } finally {
    spawnSync('umount', ['-l', data]);
  }
});

tests.test('a backup without room says so, and leaves the one before whole', async () => {
  const world = await World.build({ people: false });
  const load = new Load(world, chance), backup = temporary('rasad-backup');
  for (let i = 0; i < 30; i++) await load.sendThrough(load.command());
  same((await world.rasad.cli(['backup', backup])).code, 0, 'the first');
  for (let i = 0; i < 300; i++) await load.sendThrough(load.command());
  const before = readdirSync(backup).sort();
  const got = await run('/bin/sh', ['-c', `ulimit -f 16; trap '' XFSZ; exec "${RASAD}" backup "${backup}"`], { env: { RASAD_DATA: world.rasad.data } });
  check(got.code !== 0 && got.stderr.length > 0, `exit ${got.code}: ${got.stdout}`);
  const restored = temporary('rasad-restored');
  same((await cli(restored, ['restore', backup])).code, 0, 'the one before');
  check(/^ok \d+ /.test((await cli(restored, ['verify'])).stdout), 'verify of it');
  check(before.every(file => existsSync(join(backup, file))), 'a file of the one before is gone');
  same((await world.rasad.cli(['backup', backup])).code, 0, 'with room again');
  check(number(/^backup (\d+) entries/m.exec((await world.rasad.cli(['backup', backup])).stdout)?.[1]) >= 330, 'all entries');
  await world.close();
});

await tests.run();
summary('no room', Object.values(counts).join('; '));
tests.end();
