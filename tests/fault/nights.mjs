/* nights.mjs - backups on bad nights: two at once, every quarter of an hour, into a damaged directory, broken off; restores that
 * are killed; commands with closed outputs, on directories that are not there, with settings that are none.
 * Usage:  node nights.mjs [BUILD] */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RASAD, Rasad, Tests, check, cli, remove, run, same, sleep, temporary, uuid } from '../lib/rasad.mjs';
import { summary } from '../lib/load.mjs';
import { World } from '../lib/world.mjs';

const PAIRS = process.env.FULL ? 30 : 5, QUARTERS = process.env.FULL ? 200 : 12;
const SEGMENT_BYTES_MIN = 4 << 20, LINES = 500, NAME = 60;
process.env.RASAD_DISK_ALARM_PERCENT = '0'; // how full this machine's disk is is not tried here
const tests = new Tests();
const world = await World.build();
const { rasad, today } = world;
let backups = 0;

const write = () => rasad.command('Materials/Receive', { day: today, place: 'st_d', lines: [{ item: 'cloth', quantity: 1 }] });
let made = 0;
/** Some 300 KB of journal. */
const writeMuch = () => rasad.command('Registry/AddPlaces', { lines: Array.from({ length: LINES }, () => ({ code: `much${++made}`, kind: 'group', parent: 'v1', name: { en: 'a'.repeat(NAME), hi: '\u0905'.repeat(NAME), fa: '\u0622'.repeat(NAME) } })) });
const inside = (dir, of) => readdirSync(dir).filter(name => name.startsWith(of)).sort();

async function backUp(dir, code = 0) {
  backups++;
  const got = await rasad.cli(['backup', dir]);
  same(got.code, code, `backup: ${got.stdout} ${got.stderr}`);
  return got.stderr;
}

/** What is restored from it is the store as it is now. */
async function restores(dir) {
  const target = temporary('rasad-target'), got = await cli(target, ['restore', dir]);
  same(got.code, 0, `restore: ${got.stderr}`);
  same((await cli(target, ['verify'])).stdout, (await rasad.cli(['verify'])).stdout, 'verify');
  remove(target);
  return got.stderr;
}

const kept = temporary('rasad-kept');

tests.test('a backup every quarter of an hour has no more files than one a month', async () => {
  const notes = ['local-notes.txt', 'journal-of-the-office.txt'];
  for (const name of notes) writeFileSync(join(kept, name), 'keep it dry');
  for (let i = 0; i < QUARTERS; i++) {
    await write();
    await backUp(kept);
    same([inside(kept, 'journal-0').length, inside(kept, 'local-0').length], [1, 1], `files after ${i + 1} backups`);
  }
  for (const name of notes) rmSync(join(kept, name)); // throws where it is gone
  await restores(kept);
  while (statSync(join(kept, inside(kept, 'journal')[0])).size < SEGMENT_BYTES_MIN) {
    for (let i = 0; i < 5; i++) await writeMuch();
    await backUp(kept);
    same(inside(kept, 'journal').length, 1, 'a small segment goes on');
  }
  const [first] = inside(kept, 'journal'), before = statSync(join(kept, first)).mtimeMs;
  for (let i = 0; i < 2; i++) {
    await write();
    await backUp(kept);
  }
  same([inside(kept, 'journal').length, inside(kept, 'journal')[0], statSync(join(kept, first)).mtimeMs], [2, first, before], 'a large one is never touched again');
  await restores(kept);
}, { needed: true });

tests.test('two at once into one directory: the second waits, and both are good; also when one is killed', async () => {
  const held = temporary('rasad-held'), holder = spawn('flock', [held, 'sleep', '1']);
  await sleep(300);
  check((await backUp(held)).includes('another backup is at work'), 'nobody waited');
  holder.kill();
  for (let i = 0; i < PAIRS; i++) {
    const dir = temporary('rasad-both');
    const one = backUp(dir), other = i % 2 ? backUp(dir) : spawn(RASAD, ['backup', dir], { env: { ...process.env, RASAD_DATA: rasad.data }, stdio: 'ignore' });
    if (i % 2 === 0) {
      await sleep(i * 5);
      other.kill('SIGKILL');
    }
    await write();
    await Promise.all([one, other]);
    await backUp(dir);
    await restores(dir);
    remove(dir);
  }
});

tests.test('a damaged directory is said, and not gone on with', async () => {
  const files = [...inside(kept, 'journal'), ...inside(kept, 'local')];
  for (const [what, damage] of [
    ...files.map(name => [`${name} gone`, dir => unlinkSync(join(dir, name))]),
    ...files.map(name => [`${name} cut`, dir => writeFileSync(join(dir, name), readFileSync(join(kept, name)).subarray(0, -1))]),
    ['a bit of each changed', dir => { for (const name of files) { const bytes = readFileSync(join(dir, name)); bytes[bytes.length >> 1] ^= 1; writeFileSync(join(dir, name), bytes); } }],
    ['a manifest without its first line', dir => writeFileSync(join(dir, 'MANIFEST'), readFileSync(join(dir, 'MANIFEST'), 'utf8').split('\n').slice(1).join('\n'))],
  ]) {
    const dir = temporary('rasad-damaged');
    cpSync(kept, dir, { recursive: true });
    damage(dir);
    const got = await rasad.cli(['backup', dir]);
    check(got.code !== 0 && /damaged|not a manifest/.test(got.stderr) && !got.stderr.includes('as it was'), `${what}: ${got.code} ${got.stderr}`);
    remove(dir);
  }
});

tests.test('broken off before names and passwords: it is restored, and says of when they are', async () => {
  const dir = temporary('rasad-broken'), before = inside(kept, 'local')[0];
  cpSync(kept, dir, { recursive: true });
  await world.rasad.command('Registry/AddPeople', { lines: [{ code: 'late', name: 'Name of late' }] });
  await backUp(dir);
  cpSync(join(kept, before), join(dir, before));
  const line = new RegExp(`^${before} .*$`, 'm').exec(readFileSync(join(kept, 'MANIFEST'), 'utf8'))[0];
  writeFileSync(join(dir, 'MANIFEST'), readFileSync(join(dir, 'MANIFEST'), 'utf8').replace(/^local-.*$/m, line));
  const target = temporary('rasad-target'), got = await cli(target, ['restore', dir]);
  check(got.code === 0 && got.stderr.includes(`of entry ${Number(before.split('-')[1])}.`), `${got.code} ${got.stderr}`);
  remove(target);
  await backUp(kept);
  same(await restores(kept), '', 'a whole one has nothing to say');
});

tests.test('a restore that is killed leaves its work, and the next takes it away; so does the supervisor', async () => {
  const target = temporary('rasad-target'), child = spawn(RASAD, ['restore', kept], { env: { ...process.env, RASAD_DATA: target }, stdio: 'ignore' });
  const gone = new Promise(done => child.on('close', done));
  for (const until = Date.now() + 10000; inside(target, 'restore.').length === 0; await sleep(1)) check(Date.now() < until, 'it never began');
  child.kill('SIGKILL');
  await gone;
  check(!existsSync(join(target, 'rasad.lmdb')) && inside(target, 'restore.').length === 1, 'it was done already');
  same((await cli(target, ['restore', kept])).code, 0, 'again');
  same(inside(target, 'restore.'), [], 'left behind');
  const mine = `verify.${process.pid}`;
  for (const name of ['verify.999999999', mine]) mkdirSync(join(target, name));
  writeFileSync(join(target, 'verify.999999999', 'rasad.lmdb'), 'x');
  const one = await Rasad.start({ data: target });
  same(inside(target, 'verify.'), [mine], 'of a process that lives, and of none');
  await one.close();
});

tests.test('what was forgotten is known by entries: not by the clock, not of what was piped elsewhere, not lost at the end', async () => {
  const note = join(rasad.data, 'forgotten.last'), status = async () => { const got = await rasad.cli(['status']); return [got.code, got.stdout.includes('remembers somebody'), got.stdout.includes('of a time to come')]; };
  same(await status(), [0, false, false], 'nobody was forgotten');
  const made = await rasad.ask('Registry/ForgetPeople', { requestId: uuid(), people: ['late'] });
  await rasad.stop(); // at once
  check(Number(readFileSync(note, 'utf8')) >= Number(made.sequence), 'no note');
  await rasad.up();
  same(await status(), [1, true, false], 'the backup remembers');
  same((await run('/bin/sh', ['-c', `"${RASAD}" backup - | wc -c`], { env: { RASAD_DATA: rasad.data } })).code, 0, 'piped');
  same(await status(), [1, true, false], 'the directory remembers still');
  const ahead = Date.now() / 1000 + 400 * 86400;
  utimesSync(join(rasad.data, 'backup.last'), ahead, ahead);
  same(await status(), [1, true, true], 'made by a clock that was ahead');
  await backUp(kept);
  same(await status(), [0, false, false], 'it is forgotten');
});

tests.test('closed outputs: nothing is written into the store, and the backup that went nowhere failed', async () => {
  for (const command of [`backup /proc/nowhere >&- 2>&-`, 'backup - >&-', 'backup - >&- 2>&-', 'status <&- >&- 2>&-']) {
    const got = await run('/bin/sh', ['-c', `exec "${RASAD}" ${command}`], { env: { RASAD_DATA: rasad.data } });
    if (command.startsWith('backup')) check(got.code !== 0, `${command}: ${got.code}`);
  }
  check((await rasad.cli(['verify'])).stdout.startsWith('ok '), 'verify');
  await write();
});

tests.test('two backups in one stream are none', async () => {
  const target = temporary('rasad-target'), twice = join(temporary('rasad-twice'), 'all');
  same((await run('/bin/sh', ['-c', `"${RASAD}" backup - > "${twice}.1" && cat "${twice}.1" "${twice}.1" > "${twice}"`], { env: { RASAD_DATA: rasad.data } })).code, 0, 'made');
  for (const [file, code] of [[twice, 1], [`${twice}.1`, 0]]) {
    const got = await run('/bin/sh', ['-c', `exec "${RASAD}" restore - < "${file}"`], { env: { RASAD_DATA: target } });
    check(got.code === code && (code === 0) === existsSync(join(target, 'rasad.lmdb')), `${file}: ${got.code} ${got.stderr}`);
  }
});

tests.test('a directory that is not there is no empty store', async () => {
  const nowhere = join(temporary('rasad-none'), 'typo'), dir = temporary('rasad-backup');
  for (const args of [['rebuild'], ['verify'], ['backup', dir]]) {
    const got = await cli(nowhere, args);
    check(got.code === 2 && got.stderr.includes('RASAD_DATA') && !existsSync(nowhere), `${args}: ${got.code} ${got.stdout} ${got.stderr}`);
  }
  same(readdirSync(dir), [], 'of nothing');
  const file = join(dir, 'file');
  writeFileSync(file, '');
  const got = await rasad.cli(['backup', file]);
  check(got.code === 2 && got.stderr.includes('Not a directory'), got.stderr);
});

tests.test('a setting that is none is named, and nothing starts', async () => {
  const data = temporary('rasad-settings');
  for (const [name, ...values] of [['RASAD_OFFSET_MIN', 'abc', '5:30', '5000', '330 '], ['RASAD_MAP_MIB', 'abc', '0', '-5', '99999999999'],
    ['RASAD_DISK_ALARM_PERCENT', 'x', '-1', '101'], ['RASAD_HELP_PHONE', 'hello'], ['RASAD_PORT', '70000']])
    for (const value of values) {
      const got = await cli(data, ['up'], { env: { [name]: value }, timeout: 10000 });
      check(got.code === 2 && got.stderr.includes(`variable=${name}`), `${name}=${value}: ${got.code} ${got.stderr}`);
    }
  const one = await Rasad.start({ data, env: { RASAD_OFFSET_MIN: '', RASAD_MAP_MIB: '', RASAD_DISK_ALARM_PERCENT: '', RASAD_HELP_PHONE: '' } });
  same((await one.ask('Registry/GetMe', {})).offsetMin, 330, 'an empty one is none');
  await one.close();
});

await tests.run();
summary('bad nights', `${backups} backups, ${PAIRS} pairs at once, ${QUARTERS} a quarter of an hour apart`);
await world.close();
rmSync(kept, { recursive: true, force: true });
tests.end();
