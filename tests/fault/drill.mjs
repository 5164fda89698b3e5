/* drill.mjs - the day the machine is gone: a loaded system with a backup every night, the disaster, and the way back.
 * How:    clients write all the time and remember what was acknowledged, as phones do. Backups are made meanwhile, to a
 *         directory and to a pipe. Then everything is killed and the data directory is gone. After the restore the
 *         phones send again what they are not sure of.
 * Usage:  node drill.mjs [BUILD] */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, cpSync, existsSync, openSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { Chance, RASAD, Rasad, Tests, check, cli, number, remove, same, sleep, temporary, uuid } from '../lib/rasad.mjs';
import { booksAddUp, entriesOf } from '../lib/books.mjs';
import { summary } from '../lib/load.mjs';
import { PASSWORD, World } from '../lib/world.mjs';

const CLIENTS = 4;
const tests = new Tests();
const chance = new Chance(Number(process.env.SEED || 7));
const world = await World.build();
const { rasad, today } = world;
const backup = temporary('rasad-backup'), piped = join(temporary('rasad-piped'), 'all.rasad');

// ---- phones

const sent = []; // { id, method, request, answer }
let loading = false;

function command() {
  const g = chance.of(['g11', 'g12', 'g13']), id = uuid();
  const [method, request] = chance.of([
    ['Materials/Receive', { day: today, place: 'st_d', lines: [{ item: 'cloth', quantity: chance.between(1, 9) * 100 }] }],
    ['Production/LogOutput', { workDate: today, lines: [{ place: g, item: 'mask', good: chance.between(1, 40), membersAtWork: 4 }] }],
    ['Production/HandIn', { day: today, to: 'v1', lines: [{ place: g, item: 'mask', good: chance.between(1, 20) }] }],
  ]);
  return { id, method, request: { requestId: id, ...request }, answer: null };
}

async function phone() {
  const agent = new http.Agent({ keepAlive: true });
  while (loading) {
    const made = command();
    sent.push(made);
    try {
      const got = await rasad.call(made.method, made.request, { agent, timeout: 10000 });
      if (got.ok) made.answer = got.body;
      else await sleep(20);
    } catch { /* nobody knows */ }
  }
  agent.destroy();
}

async function load(work) {
  loading = true;
  const phones = Array.from({ length: CLIENTS }, phone);
  try {
    return await work();
  } finally {
    loading = false;
    await Promise.all(phones);
  }
}

/** Until so many more commands are acknowledged. */
async function written(more) {
  const answered = () => sent.filter(each => each.answer).length, wanted = answered() + more;
  for (const until = Date.now() + 60000; answered() < wanted; await sleep(10)) check(Date.now() < until, `${answered()} commands, wanted ${wanted}`);
}

// ---- backups

/** [first, last] of each segment in the manifest. */
const segments = dir => [...readFileSync(join(dir, 'MANIFEST'), 'utf8').matchAll(/^journal-\S+ (\d+) (\d+)/gm)].map(([, a, b]) => [Number(a), Number(b)]);
const backedUp = dir => segments(dir).at(-1)[1];
const localOf = dir => readdirSync(dir).filter(name => name.startsWith('local'));

let backups = 0, kept = 0; // kept: commands that were in the one restored

async function backUp(dir = backup, from = rasad.data) {
  backups++;
  const got = await cli(from, ['backup', dir]);
  same(got.code, 0, `backup: ${got.stderr}`);
}

/** `rasad backup -` into a file, as a shell would. */
function pipe(args, { input, output, data = rasad.data }) {
  return new Promise((done, fail) => {
    const inFd = input ? openSync(input, 'r') : 'ignore', outFd = output ? openSync(output, 'w') : 'pipe';
    const child = spawn(RASAD, args, { env: { ...process.env, RASAD_DATA: data }, stdio: [inFd, outFd, 'pipe'] });
    let stderr = '';
    child.stderr.on('data', text => { stderr += text; });
    child.on('error', fail);
    child.on('close', code => {
      for (const fd of [inFd, outFd]) if (typeof fd === 'number') closeSync(fd);
      done({ code, stderr });
    });
  });
}

const older = temporary('rasad-older'); // the directory as it was before she was forgotten
const heads = [];
let taken, lastOfPipe;

tests.test('backups while people write: every night a little more, once a whole one through a pipe', async () => {
  await load(async () => {
    await written(60);
    await backUp();
    cpSync(backup, older, { recursive: true });
    const night = await rasad.head(); // printed, sent out
    heads.push(`${night.sequence}:${night.hash}`);
    await rasad.ask('Registry/ForgetPeople', { requestId: uuid(), people: ['manager2'] });
    await written(60);
    await backUp();
    same(segments(backup).map(([first]) => first), [1], 'a small night goes on in the same segment');
    same(localOf(backup).length, 1, 'files of local tables');
    const got = await pipe(['backup', '-'], { output: piped });
    same(got.code, 0, got.stderr);
    lastOfPipe = Number(/backup (\d+) entries/.exec(got.stderr)[1]);
    await written(20);
    await backUp();
    taken = backedUp(backup);
    await written(30); // what comes now is in no backup
  });
  const after = sent.filter(each => each.answer && number(each.answer.sequence) > taken).length;
  check(sent.filter(each => each.answer && number(each.answer.sequence) <= taken).length > 100 && after > 20, `${sent.length} commands, ${after} after the backup`);
  check(statSync(join(rasad.data, 'backup.last')).isFile(), 'nobody noted when it was made');
}, { needed: true });

tests.test('the disaster, and the way back: everything up to the backup is there, its head as it was printed', async () => {
  const chain = new Map((await entriesOf(rasad, taken - 1)).map(({ entry, hash }) => [number(entry.header.sequence), Buffer.from(hash, 'base64').toString('hex')]));
  await rasad.kill();
  rmSync(rasad.data, { recursive: true });
  const got = await rasad.cli(['restore', backup]);
  same(got.code, 0, `${got.stdout} ${got.stderr}`);
  const verified = await rasad.cli(['verify', ...heads]);
  same([verified.code, verified.stdout.trim()], [0, `ok ${taken} ${chain.get(taken)}`], 'verify');
  await rasad.up();
}, { needed: true });

tests.test('who was forgotten before the backup stays forgotten; the others sign in', async () => {
  for (const code of ['manager', 'keeper', 'officer', 'admin']) world.tokens[code] = await world.signIn(code);
  same((await rasad.call('Registry/SignIn', { login: 'manager2', password: PASSWORD }, { token: '' })).status, 401, 'her sign-in');
  const people = JSON.stringify(await rasad.ask('Registry/ListPeople', {}));
  check(!people.includes('Name of manager2') && people.includes('Name of manager'), people.slice(0, 600));
});

tests.test('the phones send again what they hold: each is there once, with the answer it had', async () => {
  for (const each of sent) {
    const again = await rasad.call(each.method, each.request);
    check(again.ok, `${each.method}: ${again.message}`);
    if (number(again.body.sequence) <= taken) kept++;
    if (each.answer && number(each.answer.sequence) <= taken) same(again.body, each.answer, `${each.method} ${each.id}`);
    each.answer = again.body;
  }
  const found = new Map();
  for (const { entry } of await entriesOf(rasad)) {
    const id = Buffer.from(entry.header.requestId, 'base64').toString('hex');
    found.set(id, (found.get(id) ?? 0) + 1);
  }
  for (const each of sent) same(found.get(each.id.replaceAll('-', '')), 1, `entries of ${each.id}`);
});

tests.test('the epoch has risen; reactions go on, once for each cause; the books add up', async () => {
  const handIn = await rasad.command('Production/HandIn', { day: today, to: 'v1', lines: [{ place: 'g11', item: 'mask', good: 5 }] });
  let entries, causes, wanted;
  for (const until = Date.now() + 20000; ; await sleep(50)) {
    entries = (await entriesOf(rasad)).map(({ entry }) => entry);
    causes = entries.filter(entry => entry.header.actor === 'system').map(entry => entry.header.cause);
    wanted = entries.filter(entry => entry.header.method === 'Production/HandIn').length;
    if (causes.length >= wanted) break;
    check(Date.now() < until, `${causes.length} earnings for ${wanted} hand-ins`);
  }
  same([causes.length, new Set(causes).size], [wanted, wanted], 'earnings');
  const epochs = entries.map(entry => entry.header.epoch);
  check(epochs.slice(0, taken).every(epoch => epoch === epochs[0]) && epochs.slice(taken).every(epoch => epoch === epochs[0] + 1), `epochs ${epochs.slice(taken - 2, taken + 2)}`);
  check(number(handIn.sequence) > taken, 'its sequence');
  await booksAddUp(world);
  same((await rasad.cli(['verify', ...heads])).code, 0, 'verify');
});

tests.test('the next night goes on in the same directory', async () => {
  await backUp();
  const copy = temporary('rasad-copy');
  same((await cli(copy, ['restore', backup])).code, 0, 'restore');
  const head = await rasad.head();
  same((await cli(copy, ['verify', ...heads])).stdout.trim(), `ok ${head.sequence} ${head.hash}`, 'verify');
  remove(copy);
});

tests.test('who is forgotten is noted beside the store, and gone from the backup that is made then', async () => {
  const note = join(rasad.data, 'forgotten.last'), said = async () => (await rasad.cli(['status'])).stdout.includes('remembers somebody');
  const holds = () => readFileSync(join(backup, localOf(backup)[0])).includes('Name of inspector');
  check(!existsSync(note) && holds() && !await said(), 'nobody was forgotten since the restore');
  await rasad.ask('Registry/ForgetPeople', { requestId: uuid(), people: ['inspector'] });
  for (const until = Date.now() + 5000; !existsSync(note); await sleep(20)) check(Date.now() < until, 'no note for rasad-backup.path');
  check(holds() && await said(), 'the backup remembers her, and nobody says so');
  await backUp();
  check(!holds() && localOf(backup).length === 1 && !await said(), 'the backup remembers her still');
  const target = temporary('rasad-target');
  same((await cli(target, ['restore', backup])).code, 0, 'restore');
  check(!readFileSync(join(target, 'rasad.lmdb')).includes('Name of inspector'), 'her name is in the store');
  remove(target);
});

tests.test('a backup of another journal is not written over', async () => {
  const lines = readFileSync(join(backup, 'MANIFEST'), 'utf8');
  const stranger = await Rasad.start();
  await stranger.ask('Registry/AddKinds', { requestId: uuid(), lines: [{ code: 'x', label: { en: 'x' }, behaviour: {} }] });
  const got = await stranger.cli(['backup', backup]);
  check(got.code === 1 && got.stderr.includes('another journal'), `${got.code} ${got.stderr}`);
  same(readFileSync(join(backup, 'MANIFEST'), 'utf8'), lines, 'manifest');
  // Restored from the older one it is the same store with another future: its own directory, too.
  const fork = temporary('rasad-fork');
  same((await cli(fork, ['restore', older])).code, 0, 'restore');
  const other = await Rasad.start({ data: fork });
  await other.ask('Materials/Receive', { requestId: uuid(), day: today, place: 'st_d', lines: [{ item: 'rice', quantity: 1 }] });
  const forked = await other.cli(['backup', backup]);
  check(forked.code === 1 && forked.stderr.includes('another journal'), `${forked.code} ${forked.stderr}`);
  await other.close();
  await stranger.close();
});

tests.test('through the pipe: the same store; cut off anywhere or changed, nothing', async () => {
  const bytes = readFileSync(piped);
  const whole = temporary('rasad-whole');
  const got = await pipe(['restore', '-'], { input: piped, data: whole });
  same(got.code, 0, got.stderr);
  check((await cli(whole, ['verify', ...heads])).stdout.startsWith(`ok ${lastOfPipe} `), 'verify');
  check(!readdirSync(whole).some(name => name.startsWith('stream') || name.startsWith('restore')), 'something is left behind');
  const broken = piped + '.broken', target = temporary('rasad-target');
  for (const [what, made] of [
    ['nothing', Buffer.alloc(0)], ['not one of ours', Buffer.from('hello, world, this is no backup')],
    ['cut in the journal', bytes.subarray(0, bytes.length >> 1)], ['without its end', bytes.subarray(0, bytes.length - 1)],
    ['one bit changed', Buffer.from(bytes).fill(bytes[bytes.length >> 1] ^ 1, bytes.length >> 1, (bytes.length >> 1) + 1)],
    ['a name that leaves', Buffer.concat([Buffer.from('rasad stream 1\n'), Buffer.from([9]), Buffer.from('../../a/b'), Buffer.alloc(5)])],
  ]) {
    writeFileSync(broken, made);
    const refused = await pipe(['restore', '-'], { input: broken, data: target });
    check(refused.code === 1 && refused.stderr.includes('rasad: '), `${what}: ${refused.code} ${refused.stderr}`);
    check(!existsSync(join(target, 'rasad.lmdb')), `${what}: a store is there`);
    same(readdirSync(target).filter(name => name !== 'lock'), [], `${what}: left behind`);
  }
  remove(whole);
});

tests.test('local tables of before she was forgotten, with the journal of after: she stays forgotten', async () => {
  const mixed = temporary('rasad-mixed'), target = temporary('rasad-target');
  rmSync(mixed, { recursive: true });
  cpSync(backup, mixed, { recursive: true });
  const [now] = localOf(mixed), [then] = localOf(older), bytes = readFileSync(join(older, then));
  check(bytes.includes('Name of manager2') && !readFileSync(join(backup, now)).includes('Name of manager2'), 'the files');
  rmSync(join(mixed, now));
  writeFileSync(join(mixed, then), bytes);
  const line = /^local\S* .*$/m.exec(readFileSync(join(older, 'MANIFEST'), 'utf8'))[0];
  writeFileSync(join(mixed, 'MANIFEST'), readFileSync(join(mixed, 'MANIFEST'), 'utf8').replace(/^local\S* .*$/m, line));
  same((await cli(target, ['restore', mixed])).code, 0, 'restore');
  check(!readFileSync(join(target, 'rasad.lmdb')).includes('Name of manager2'), 'her name is in the store');
  const copy = await Rasad.start({ data: target });
  same((await copy.call('Registry/SignIn', { login: 'manager2', password: PASSWORD }, { token: '' })).status, 401, 'her sign-in');
  same((await copy.call('Registry/SignIn', { login: 'manager', password: PASSWORD }, { token: '' })).status, 200, 'another sign-in');
  await copy.close();
});

tests.test('an unfinished first backup says what it lacks; the next run finishes it', async () => {
  const begun = temporary('rasad-begun'), target = temporary('rasad-target');
  rmSync(begun, { recursive: true });
  cpSync(backup, begun, { recursive: true });
  const [first, ...rest] = readFileSync(join(begun, 'MANIFEST'), 'utf8').split('\n');
  writeFileSync(join(begun, 'MANIFEST'), `${first}\n${rest.find(line => line.startsWith('journal'))}\n`);
  const refused = await cli(target, ['restore', begun]);
  check(refused.code === 1 && refused.stderr.includes('never finished'), refused.stderr);
  await backUp(begun);
  same((await cli(target, ['restore', begun])).code, 0, 'restore');
  same(localOf(begun).length, 1, 'files of local tables');
});

tests.test('heads that were printed: one that is not the journal\'s is found', async () => {
  const [sequence, hash] = heads[0].split(':');
  const wrong = await rasad.cli(['verify', `${sequence}:${createHash('sha256').update(hash).digest('hex')}`]);
  check(wrong.code === 1 && wrong.stdout.startsWith(`fault head ${sequence}: `), wrong.stdout);
  const base64 = Buffer.from(hash, 'hex').toString('base64'); // as GetHead gives it
  same((await rasad.cli(['verify', `${sequence}:${base64}`])).code, 0, 'base64');
  same((await rasad.cli(['verify', `${Number(sequence) - 1}:${base64}`])).code, 1, 'of the entry before');
  const past = await rasad.cli(['verify', `999999:${hash}`]);
  check(past.code === 1 && past.stdout.startsWith('fault head 999999: the journal ends'), past.stdout);
  for (const text of ['12', `x:${hash}`, `12:${hash.slice(1)}`, `0:${hash}`]) same((await rasad.cli(['verify', text])).code, 2, text);
});

await tests.run();
summary('drill', `${backups} backups and a piped one; ${sent.length} commands, ${kept} out of the backup, all sent again and there once; 2 people forgotten and not come back`);
await world.close();
tests.end();
