/* test_sandbox.mjs - what a process may no longer do once it serves, tried by a program that enters the same sandbox; and
 * from outside, what is in force in each process of a running Rasad.
 * Usage:  node test_sandbox.mjs [BUILD] */
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { BUILD, Rasad, Tests, check, cli, remove, run, same, temporary } from '../lib/rasad.mjs';

const PROBE = join(BUILD, 'tests', 'sandbox_probe');
const tests = new Tests();

// Nothing but these; everything else that the probe knows is refused.
const ALLOWED = {
  service: ['remove_own_socket', 'socket_unix', 'wait_for_answers', 'write_at', 'write_pipe'],
  gateway: ['socket_unix', 'wait_for_answers', 'write_pipe'],
};

function directory() {
  const made = temporary('rasad-sandbox');
  mkdirSync(join(made, 'run'));
  writeFileSync(join(made, 'run', 'own.sock'), '');
  writeFileSync(join(made, 'other'), '');
  return made;
}

const status = (pid, field) => new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];

async function tries(role, thing, mode) {
  const place = directory();
  const got = await run(PROBE, [role, place, thing], { env: { RASAD_SANDBOX: mode } });
  const what = { said: got.stdout.trim(), ended: got.code, landlock: Number(/landlock=(\d+)/.exec(got.stderr)?.[1]) };
  remove(place);
  return what;
}

const things = (await run(PROBE, [])).stdout.trim().split('\n');
for (const role of ['service', 'gateway']) {
  tests.test(`${role}: all that is not needed is refused`, async () => {
    check(things.length >= 30, `${things.length} things to try`);
    for (const thing of things) {
      const { said, ended, landlock } = await tries(role, thing, 'refuse');
      if (role === 'service' && thing === 'remove_other') {
        if (landlock > 0) same(said, 'EACCES', `${thing}: landlock`); // the call is allowed, the path is not
      } else same([said, ended], [ALLOWED[role].includes(thing) ? 'ok' : 'EPERM', 0], thing);
    }
  });
  tests.test(`${role}: in the mode of the tests it ends the process`, async () => {
    for (const thing of things) {
      if (thing === 'remove_other') continue;
      const { said, ended } = await tries(role, thing, 'kill');
      same([said, ended], ALLOWED[role].includes(thing) ? ['ok', 0] : ['', 'SIGSYS'], thing);
    }
  });
}

tests.test('another word than refuse, kill and off is a mistake', async () => {
  const got = await run(PROBE, ['service', directory(), 'socket_v4'], { env: { RASAD_SANDBOX: 'yes' } });
  same(got.code, 2, 'exit');
  check(got.stderr.includes('RASAD_SANDBOX'), got.stderr);
});

tests.test('off, it says so', async () => {
  const got = await run(PROBE, ['service', directory(), 'socket_v4'], { env: { RASAD_SANDBOX: 'off' } });
  same([got.code, got.stdout.trim()], [0, 'ok'], 'what it may');
  check(got.stderr.includes('level=warn') && got.stderr.includes('seccomp=off'), got.stderr);
});

const PROCESSES = ['registry', 'materials', 'production', 'quality', 'distribution', 'reports', 'doorkeeper', 'gateway'];

function fenced(rasad, capabilities) {
  for (const name of PROCESSES) {
    const pid = rasad.pids.get(name);
    check(pid > 0, `${name} does not run`);
    same([status(pid, 'Seccomp'), status(pid, 'NoNewPrivs')], ['2', '1'], `${name}: /proc/${pid}/status`);
    for (const set of ['CapPrm', 'CapEff', 'CapInh', 'CapAmb'])
      same(Number(`0x${status(pid, set)}`) & ~capabilities, 0, `${name}: ${set}`);
    check(/^Max core file size +0 +0 /m.test(readFileSync(`/proc/${pid}/limits`, 'utf8')), `${name}: core files`);
    check(new RegExp(`proc=${name} event=sandbox seccomp=\\w+ landlock=\\d`).test(rasad.log), `${name} does not say it`);
  }
}

tests.test('every process of a running Rasad is fenced in, and it works', async () => {
  const rasad = await Rasad.start({ env: { RASAD_SANDBOX: 'refuse' } });
  const root = process.getuid() === 0;
  fenced(rasad, root ? 2 : 0); // of root CAP_DAC_OVERRIDE
  await rasad.ask('Registry/AddPeople', { requestId: '6f0e5c1e-5c1b-4a53-9a60-0d3b5f0e7a11', lines: [{ code: 'keeper', name: 'Keeper', roles: [] }] });
  await rasad.close();
});

// Only root can become somebody else.
if (process.getuid() === 0) {
  const NOBODY = 65534;
  tests.test('started as root with RASAD_USER, it is that user in every process, and so is the command line', async () => {
    const place = temporary('rasad-user'), data = join(place, 'data'), programs = join(place, 'bin');
    chmodSync(place, 0o755);
    mkdirSync(programs);
    for (const name of ['rasad', 'rasad-gateway']) copyFileSync(join(BUILD, name), join(programs, name));
    const env = { ...process.env, RASAD_DATA: data, RASAD_USER: 'nobody', RASAD_PORT: '995' }; // a port of root's
    const child = spawn(join(programs, 'rasad'), ['up'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const rasad = { pids: new Map(), log: '' };
    child.stderr.on('data', text => {
      rasad.log += text;
      for (const [, name, pid] of String(text).matchAll(/event=started child=(\w+) pid=(\d+)/g)) rasad.pids.set(name, Number(pid));
    });
    await new Promise((done, fail) => {
      child.stdout.on('data', text => { if (/^ready/m.test(text)) done(); });
      child.on('exit', () => fail(new Error(rasad.log.slice(-1500))));
    });
    try {
      fenced(rasad, 0);
      for (const pid of [child.pid, ...rasad.pids.values()])
        same(status(pid, 'Uid').split(/\s+/).map(Number), [NOBODY, NOBODY, NOBODY, NOBODY], `Uid of ${pid}`);
      same(Number(`0x${status(child.pid, 'CapEff')}`), 1 << 10, 'the supervisor keeps the right to the port alone');
      same([statSync(data).uid, statSync(join(data, 'rasad.lmdb')).uid], [NOBODY, NOBODY], 'whose the data are');
      const options = { env: { RASAD_DATA: data } }; // by the owner of the directory
      const called = await run(join(programs, 'rasad'), ['call', 'Reports/GetHead', '{}'], options);
      same(called.code, 0, called.stderr);
      same((await run(join(programs, 'rasad'), ['verify'], options)).code, 0, 'verify');
    } finally {
      child.kill('SIGTERM');
      await new Promise(done => child.on('exit', done));
    }
    check(!existsSync(join(data, 'run', 'registry.sock')), 'its socket is gone');
    remove(place);
  });

  tests.test('a user that is not there is refused, with its name', async () => {
    const got = await run(join(BUILD, 'rasad'), ['up'], { env: { RASAD_DATA: temporary('rasad-user'), RASAD_USER: 'no-such-user' } });
    same(got.code, 2, 'exit');
    check(got.stderr.includes('no-such-user'), got.stderr);
  });

  tests.test('a data directory of another user decides by itself', async () => {
    const data = temporary('rasad-user'), backup = temporary('rasad-backup'), rasad = await Rasad.start();
    same((await rasad.cli(['backup', backup])).code, 0, 'backup');
    await rasad.close();
    chmodSync(data, 0o700);
    chownSync(data, NOBODY, NOBODY);
    const refused = await cli(data, ['restore', backup]); // it is root's, and closed
    check(refused.code === 2 && refused.stderr.includes('must be able to read it'), `${refused.code} ${refused.stderr}`);
    for (const path of [backup, ...readdirSync(backup).map(name => join(backup, name))]) chownSync(path, NOBODY, NOBODY);
    const got = await cli(data, ['restore', backup]);
    same(got.code, 0, got.stderr);
    same(statSync(join(data, 'rasad.lmdb')).uid, NOBODY, 'whose the store is');
    for (const path of [data, backup]) remove(path);
  });
}

await tests.run();
tests.end();
