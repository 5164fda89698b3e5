// run.mjs BUILD [part ...]: every test there is, one after another; the last line sums them up.
// A part is a folder of tests/ (lint, unit, service, flow, breakin, simulate, fault, browser, lighthouse, fuzz) or `sanitized`; without
// one, all.
// FUZZ_SECONDS: for each fuzz target, 60 where CI is set and 10 elsewhere.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [build, ...wanted] = process.argv.slice(2);
// Without names all of it: two lanes side by side (a browser mostly waits), then what wants the machine for itself. What the
// last ones need is compiled while the browser is busy still.
const ALL = [[['lint', 'unit', 'service', 'flow', 'breakin', 'simulate', 'fault', 'compile'], ['browser']], [['lighthouse']], [['sanitized', 'fuzz']]];
const rounds = wanted.length ? [[wanted]] : ALL;
const LONGEST_MS = (process.env.FULL || wanted.includes('screens') ? 90 : 12) * 60 * 1000; // one program; more is a hang
const logs = join(build, 'test-logs');
process.env.RASAD_SANDBOX ??= 'kill'; // what a process may not do ends it here, so that nobody overlooks it
let passed = 0, failed = 0;

function run(command, args, env = {}) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
    const take = (data) => { output += data; };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => { output += error; });
    child.on('close', (code) => { clearTimeout(timer); resolve({ code, output }); });
  });
}

// cmocka prints "[  PASSED  ] 12 test(s)."; our scripts end with "12 passed, 0 failed".
function counted({ code, output }) {
  const line = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)].pop();
  let good = 0, bad = 0;
  if (line) [good, bad] = [Number(line[1]), Number(line[2])];
  else {
    for (const m of output.matchAll(/\[ {2}PASSED {2}\] (\d+) test/g)) good += Number(m[1]);
    for (const m of output.matchAll(/\[ {2}FAILED {2}\] (\d+) test/g)) bad += Number(m[1]);
  }
  if (code !== 0 && bad === 0) bad = 1; // it died, or ran nothing
  if (good + bad === 0) bad = 1;
  return [good, bad];
}

async function test(name, command, args, env) {
  const began = Date.now();
  const result = await run(command, args, env);
  const [good, bad] = counted(result);
  passed += good;
  failed += bad;
  writeFileSync(join(logs, name.replaceAll('/', '-') + '.log'), result.output);
  console.log(`${bad ? 'FAIL' : 'ok  '} ${name}: ${good} passed, ${bad} failed (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  for (const [, line] of result.output.matchAll(/^summary: (.*)$/gm)) console.log(`     ${line}`);
  if (bad) console.log(result.output.split('\n').slice(-60).join('\n'));
}

const files = (folder, ending) => existsSync(folder) ? readdirSync(folder).filter((f) => f.endsWith(ending)).sort() : [];
const unit = async (dir, label, env) => {
  for (const file of files('tests/unit', '.c')) {
    const name = file.slice(0, -2);
    await test(`${label}/${name}`, join(dir, 'tests', name), [], env);
  }
};
const scripts = async (folder, env) => {
  for (const file of files(join('tests', folder), '.mjs'))
    await test(`${folder}/${file}`, process.execPath, [join('tests', folder, file), build], env);
};

const freePort = () => new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

// The app is tried on the demonstration district, in a store of its own. Store and browser profiles are kept in memory: beside
// tests that sync without end a profile's disk stands still for many seconds, and it is the app that is tried here.
const IN_MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
// Between midnight and four the app's day is the one before the programme's, and around midnight the day changes under a
// suite: so in India's night the demonstration is where it is the afternoon.
const INDIA_MIN = 330, AFTERNOON_MIN = -300;
const indiaHour = () => (Date.now() / 3600000 + INDIA_MIN / 60) % 24;
const offsetMin = () => (indiaHour() >= 23 || indiaHour() < 4 ? AFTERNOON_MIN : INDIA_MIN);

async function withDemo(use) {
  const RASAD_OFFSET_MIN = String(offsetMin());
  const data = mkdtempSync(join(IN_MEMORY, 'rasad-demo-'));
  const port = await freePort();
  const demo = spawn(join(build, 'rasad'), ['demo'], { env: { ...process.env, RASAD_DATA: data, RASAD_PORT: String(port), RASAD_OFFSET_MIN, RASAD_HELP_PHONE: '+91 1800 123 456' }, stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  await new Promise((resolve) => {
    const timer = setTimeout(resolve, 60000);
    demo.stdout.on('data', (text) => { said += text; if (/^ready /m.test(said)) { clearTimeout(timer); resolve(); } });
    demo.on('close', resolve);
  });
  writeFileSync(join(logs, 'logins.txt'), said);
  await use({ RASAD_OFFSET_MIN, RASAD_URL: `http://localhost:${port}`, RASAD_LOGINS: join(logs, 'logins.txt'), TMPDIR: IN_MEMORY });
  demo.kill('SIGTERM');
  await new Promise((resolve) => { if (demo.exitCode !== null) resolve(); demo.on('close', resolve); });
  rmSync(data, { recursive: true, force: true });
}

// Each parser under libFuzzer, two side by side: the kept inputs first, then new ones for a while. What stops a target is
// left in the logs as an input, and belongs into tests/fuzz/corpus once it is mended. A gate says the same twice: its seed is fixed.
const FUZZ_S = Number(process.env.FUZZ_SECONDS || (process.env.CI ? 60 : 10));
const AT_ONCE = 2;

async function fuzz(target) {
  const began = Date.now(), kept = join('tests/fuzz/corpus', target), found = mkdtempSync(join(tmpdir(), 'rasad-fuzz-'));
  const options = ['-rss_limit_mb=4096', ...(process.env.CI ? ['-seed=1'] : []), '-timeout=25', `-artifact_prefix=${join(logs, `fuzz-${target}-`)}`];
  const { code, output } = await run(join(build, 'clang/fuzz', target), [`-max_total_time=${FUZZ_S}`, ...options, found, kept]);
  const runs = Number(/^Done (\d+) runs/m.exec(output)?.[1] ?? 0), good = code === 0 && runs >= files(kept, '').length && files(kept, '').length > 0;
  rmSync(found, { recursive: true, force: true });
  writeFileSync(join(logs, `fuzz-${target}.log`), output);
  passed += good ? 1 : 0;
  failed += good ? 0 : 1;
  console.log(`${good ? 'ok  ' : 'FAIL'} fuzz/${target}: ${runs} inputs (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  if (!good) console.log(output.split('\n').filter((line) => !/^#\d+\t/.test(line)).slice(-40).join('\n')); // its last line is the input, in Base64
}

function make(what, before = []) {
  const [program, ...words] = [...before, 'make', '--no-print-directory', `BUILD=${build}`, what];
  return run(program, words);
}

const run_part = {
  lint: () => scripts('lint'),
  unit: () => unit(build, 'unit'),
  service: async () => {
    await test('service/gateway', process.execPath,
      ['tests/service/test_gateway.mjs', join(build, 'rasad-gateway'), join(build, 'tests', 'fake_service')]);
    for (const name of ['sandbox', 'tls']) await test(`service/${name}`, process.execPath, [`tests/service/test_${name}.mjs`, build]);
    await scripts('package');
  },
  flow: () => scripts('flow'),
  simulate: () => test('simulate', join(build, 'tests', 'simulate'), ['12000']), // the seed is in its log
  fault: () => scripts('fault'),
  browser: async () => { // each suite on a demonstration district of its own
    const parts = ['lib.mjs', 'words.mjs'];
    for (const file of files('tests/browser', '.mjs').filter((f) => !parts.includes(f)))
      await withDemo((env) => test(`browser/${file}`, process.execPath, [`tests/browser/${file}`], env));
  },
  lighthouse: () => withDemo((env) => test('lighthouse/marks.mjs', process.execPath, ['tests/lighthouse/marks.mjs'], env)),
  screens: () => withDemo(async (env) => { // to be looked at, not a test
    const made = await run(process.execPath, ['tests/screens.mjs', join(build, 'screens')], env);
    console.log(made.output.trim());
    if (made.code === 0) passed++; else failed++;
  }),
  breakin: () => scripts('breakin'),
  compile: async () => { for (const what of ['sanitized', 'fuzzers']) await make(what, ['nice', '-n', '19']); }, // who needs it says what is wrong
  fuzz: async () => {
    const made = await make('fuzzers');
    if (made.code !== 0) { failed++; console.log(made.output); return; }
    const targets = files('tests/fuzz', '.c').map((file) => file.slice(0, -2));
    await Promise.all(Array.from({ length: AT_ONCE }, async () => { while (targets.length) await fuzz(targets.shift()); }));
  },
  sanitized: async () => { // the same code with the address and undefined-behaviour sanitizers: units, and the chain end to end
    const made = await make('sanitized');
    if (made.code !== 0) { failed++; console.log(made.output); return; }
    const dir = join(build, 'sanitized');
    await unit(dir, 'sanitized', { ASAN_OPTIONS: 'detect_leaks=0' });
    for (const file of ['chain.mjs', 'hostile.mjs'])
      await test(`sanitized/${file}`, process.execPath, [join('tests', 'flow', file), dir], { ASAN_OPTIONS: 'detect_leaks=0' });
  },
};

mkdirSync(logs, { recursive: true });
for (const lanes of rounds) await Promise.all(lanes.map(async (lane) => { for (const part of lane) await run_part[part](); }));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
