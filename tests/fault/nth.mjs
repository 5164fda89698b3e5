/* nth.mjs - the n-th call fails, n = 1, 2, ... until a pass in which none did: every point where a command can break.
 * How:    tests/fault/inject.c is preloaded into all processes. One command at a time is sent while the n-th call of a kind in
 *         its process fails: LMDB's puts, deletes, reads, transactions and commits (before, and after they were done), what
 *         LMDB writes to the file and its sync, what goes into sockets, memory. Then the same command is sent again, with
 *         nothing failing: it must be accepted by the process as it is, or as the supervisor has started it again.
 * Short:  of many n a share, beginning by chance; FULL=1: every n.
 * Usage:  node nth.mjs [BUILD] */
import { Chance, Rasad, Tests, alive, check, same, sleep, uuid } from '../lib/rasad.mjs';
import { EIO, ECONNRESET, ENOMEM, ENOSPC, Inject, MAP_FULL } from '../lib/inject.mjs';
import { FAILING, FULL, Load, summary } from '../lib/load.mjs';
import { World } from '../lib/world.mjs';

const SEED = Number(process.env.SEED || Date.now() % 1000000007);
const TRIES_OF_A_KIND = FULL ? Infinity : 7; // points tried of one kind in one command
const POINTS_MAX = 5000;                     // more is no end
const ENDS_WITHIN_MS = 400;                  // the last answers are sent first
const EXITS_BEFORE_ANEW = 2;                 // the supervisor's pauses grow: it is started anew

const KINDS = [
  ['put', { kind: 'put', code: MAP_FULL }], ['put', { kind: 'put', code: EIO }], ['put', { kind: 'put', code: ENOMEM }],
  ['delete', { kind: 'del', code: EIO }], ['read', { kind: 'get', code: EIO }], ['scan', { kind: 'cursor', code: ENOMEM }],
  ['begin', { kind: 'begin', code: ENOMEM }],
  ['commit', { kind: 'commit', code: ENOSPC }], ['commit', { kind: 'commit', code: EIO }], ['commit', { kind: 'commit', deed: 'fail_after', code: EIO }],
  ['page write', { kind: 'file_write', code: ENOSPC }], ['page write', { kind: 'file_write', code: EIO }],
  ['sync', { kind: 'file_sync', code: EIO }], ['socket', { kind: 'socket_write', code: ECONNRESET }], ['memory', { kind: 'memory', code: ENOMEM }],
];

const tests = new Tests();
const chance = new Chance(SEED);
console.log(`SEED=${SEED}`);

const inject = new Inject();
const world = await World.build({ people: false, rasad: await Rasad.start({ env: inject.env }) });
const { rasad } = world;
const load = new Load(world, chance, { later: FAILING });
const totals = { points: 0, refused: 0, cut: 0, withstood: 0, restarts: 0 };
const byKind = {};

/** The next command of this sort. */
function commandOf(sort) {
  if (sort !== 'people') return load.command(sort);
  const id = uuid();
  return { id, method: 'Registry/AddPeople', tries: 0, request: { requestId: id, lines: [{ code: `p-${id.slice(0, 8)}`, name: 'Somebody' }] } };
}

let exits = 0;

/** Whoever ends because it can not know whether it committed is there again. */
async function whole(pid, mayEnd) {
  for (const until = Date.now() + (mayEnd ? ENDS_WITHIN_MS : 0); alive(pid); await sleep(10)) if (Date.now() >= until) return;
  totals.restarts++;
  if (++exits < EXITS_BEFORE_ANEW) return rasad.healthy();
  exits = 0;
  await rasad.kill();
  await rasad.up();
}

/** One pass: does it fail at n? True: it did. */
async function point(name, sort, what, n) {
  const pid = rasad.pids.get(name), command = commandOf(sort);
  inject.order({ process: name, n, ...what });
  const answered = await load.send(command, { timeout: 8000 });
  const fired = inject.fired() > 0;
  inject.cancel();
  if (fired) {
    totals.points++;
    totals[answered ? 'withstood' : command.said === 'cut off' ? 'cut' : 'refused']++;
  }
  await whole(pid, fired && command.said === 'unavailable' && ['commit', 'file_write', 'file_sync'].includes(what.kind));
  await load.sendThrough(command);
  return fired;
}

async function passes(name, sort, label, what) {
  const stride = FULL ? 1 : await strideOf(name, sort, what);
  let n = 1 + chance.below(stride), fired = true;
  for (; fired; n += stride) {
    check(n < POINTS_MAX, `${label} of ${sort} has no end`);
    fired = await point(name, sort, what, n);
    if (fired) byKind[label] = (byKind[label] ?? 0) + 1;
  }
}

/** How many calls of the kind a command makes, and so how far apart the tried ones are. */
async function strideOf(name, sort, what) {
  let calls = 1;
  while (calls < POINTS_MAX && await point(name, sort, what, calls)) calls *= 3;
  return Math.max(1, Math.ceil(calls / TRIES_OF_A_KIND));
}

for (const [name, sort] of [['materials', 'came'], ['materials', 'issued'], ['production', 'logged'], ['production', 'handed_in'], ['distribution', 'delivered'], ['registry', 'people'], ['gateway', 'wasted']]) {
  tests.test(`${name}: each call of ${sort} that can fail, fails once`, async () => {
    for (const [label, what] of KINDS) {
      if (name === 'gateway' && !['socket', 'memory'].includes(label)) continue;
      await passes(name, sort, label, what);
    }
    same(load.wrong, [], 'answers that nobody should get');
  });
}

tests.test('every command is there once, the books close, the tables are those of the journal', async () => {
  await load.settled();
  check(totals.points > 100, `only ${totals.points} failures`);
  summary('n-th call fails', `${totals.points} failures (${Object.entries(byKind).map(([kind, times]) => `${kind} ${times}`).join(', ')}): ${totals.refused} refused, ${totals.cut} cut off, ${totals.withstood} withstood, ${totals.restarts} restarts; ${load.counts()}`);
});

await tests.run();
await sleep(10);
await world.close();
inject.close();
tests.end();
