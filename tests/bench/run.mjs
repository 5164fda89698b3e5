/* run.mjs BUILD [part ...] - how fast Rasad is on this machine, beside what the machine can do at all.
 * Flow:   a store of ten million lines (its state at one million is kept too) -> counted figures -> writes over HTTP, each
 *         beside its yardstick in turn -> replay -> import -> start and reports with ten million lines behind them.
 * Stores: grown once into BUILD/bench-store by replay, and used again until the tables change (`make bench-store` does it
 *         alone: some minutes and 4 GB). What is written to is a copy.
 * Prints: a table, one row a figure: value, unit, yardstick, ratio, target, holds; then for machines, a line each:
 *         `bench <name> <value> <yardstick> <ratio> <target>`, "-" where there is none.
 * Why:    seconds are of one machine on one day; ratios to a yardstick measured in the same minute are of the program.
 *         Measured and yardstick take turns, and the median of the ratios counts, so that a neighbour's load meets both; of
 *         reports, which take microseconds, what is quick in their best turns.
 * Bounds: every load by count and time; under eight minutes once the stores are there.
 * Parts:  store, counted, writes, replay, import, reports; none named: all. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD, ROOT, Rasad, cli, dayText, remove, run, temporary, uuid, check } from '../lib/rasad.mjs';

const parts = process.argv.slice(3);
const wanted = part => parts.length === 0 || parts.includes(part);
const LINES = Number(process.env.BENCH_LINES ?? 10_000_000); // less for a look at a part
const CLUSTERS = 370, GROUPS = 30;
const LAST_DAY = 20358, THIN_DAYS = 30; // of every store: grow.c
const tool = name => join(BUILD, 'bench', name);
const today = dayText(Math.floor((Date.now() + 330 * 60000) / 86400000));
const began = Date.now();
const say = text => console.error(`${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}`);
/** The round whose ratio is the median: its figures are of the same seconds. */
const middle = rounds => [...rounds].sort((a, b) => a.ratio - b.ratio)[Math.floor(rounds.length / 2)];

// ---- the table

const rows = [];
/** ratio: what is compared with the target; target: ['>=', 0.5], or nothing. */
function row(name, value, unit, { yardstick, ratio, target } = {}) {
  const holds = target === undefined ? '' : (target[0] === '>=' ? ratio >= target[1] : ratio <= target[1]) ? 'yes' : 'NO';
  rows.push({ name, value, unit, yardstick, ratio, target, holds });
  say(`${name} ${shown(value)} ${unit}${ratio === undefined ? '' : `, ratio ${shown(ratio)}`} ${holds}`);
}
const shown = x => x === undefined ? '-' : Math.abs(x) >= 100 ? Math.round(x).toLocaleString('en') : x.toPrecision(3);
const plain = x => x === undefined ? '-' : String(Number(x.toPrecision(5)));

function table() {
  const head = ['figure', 'value', 'unit', 'yardstick', 'ratio', 'target', 'holds'];
  const cells = rows.map(r => [r.name, shown(r.value), r.unit, shown(r.yardstick), shown(r.ratio), r.target ? r.target.join(' ') : '-', r.holds]);
  const widths = head.map((h, i) => Math.max(h.length, ...cells.map(c => c[i].length)));
  for (const c of [head, ...cells]) console.log(c.map((text, i) => i === 1 || i === 3 || i === 4 ? text.padStart(widths[i]) : text.padEnd(widths[i])).join('  '));
  console.log('');
  for (const r of rows) console.log(`bench ${r.name.replaceAll(' ', '_')} ${plain(r.value)} ${plain(r.yardstick)} ${plain(r.ratio)} ${r.target ? r.target.join('') : '-'}`);
}

// ---- the programs

async function program(name, ...args) {
  const got = await run(tool(name), args.map(String), { timeout: 3600000 });
  check(got.code === 0, `${name} ${args.join(' ')}: ${got.code} ${got.stderr.slice(-800)}`);
  if (got.stderr) console.error(got.stderr.trim());
  return got.stdout;
}

/** `word a 1 b 2`, several of them, as objects. */
function said(text, word) {
  return text.split('\n').filter(line => line.startsWith(word + ' ')).map(line => {
    const [, ...rest] = line.split(' ');
    const out = {};
    if (rest.length % 2) out.name = rest.shift();
    for (let i = 0; i < rest.length; i += 2) out[rest[i]] = Number(rest[i + 1]);
    return out;
  });
}

async function load(rasad, connections, ms, bodies, { rate } = {}) {
  const args = [rasad.port, connections, ms, '--token', rasad.token ?? '', '--clusters', CLUSTERS];
  if (rate) args.push('--rate', Math.max(1, Math.round(rate)));
  const got = said(await program('load', ...args, ...bodies.map(([method, body]) => `/rasad.v1.${method}=${body}`)), 'load');
  for (const one of got) check(one.refused <= one.requests / 1000, `${one.refused} of ${one.requests} refused: ${one.name}`);
  return { ...got.at(-1), by: got.slice(0, -1) };
}

async function bare(directory, mode, size, batch, ms) {
  const [got] = said(await program('bare_lmdb', directory, mode, size, batch, ms), 'bare');
  return { rate: got.n * 1e6 / got.us, p50: got.p50 };
}

/** The HTTP yardstick: answers of so many bytes. */
async function bareHttp(bytes, use) {
  const child = spawn(tool('bare_http'), [String(bytes)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise((done, fail) => {
    child.stdout.on('data', text => { const ready = /ready (\d+)/.exec(text); if (ready) done(Number(ready[1])); });
    child.on('exit', () => fail(new Error('bare_http ended')));
  });
  try { return await use({ port, token: '0'.repeat(64) }); } finally { child.kill('SIGKILL'); }
}

const daysOf = lines => Math.ceil(lines / (CLUSTERS * GROUPS));
const evening = dayText(LAST_DAY - THIN_DAYS + 1 - daysOf(LINES) + daysOf(Math.min(LINES, 1e6))); // of the store that is written to: its state at a million
const log1 = ['Production/LogOutput', `{"requestId":"{u}","workDate":"${evening}","lines":[{L1}]}`];
const logTimed = ['Production/LogOutput', log1[1].replace('{u}', '{t}')]; // ids as the app makes them
const log500 = ['Production/LogOutput', `{"requestId":"{u}","workDate":"${evening}","lines":[{L500}]}`];
const receive = ['Materials/Receive', `{"requestId":"{u}","day":"${today}","place":"{v}","lines":[{"item":"cloth","quantity":"{n}"}]}`];
const ask = ['Distribution/Request', `{"requestId":"{u}","day":"${today}","place":"{v}","lines":[{"item":"mask","quantity":"{n}"}]}`];
const offer = ['Registry/MakeOffers', `{"requestId":"{u}","lines":[{"place":"{g}","item":"mask","members":5,"perDay":"{n}","fromDay":"${today}"}]}`];
const sheet = ['Production/GetSheet', `{"place":"{v}","day":"${evening}","item":"mask"}`];
const flow = ['Reports/GetFlow', `{"place":"s","from":"${evening.slice(0, 8)}01","to":"${evening}"}`];

// ---- stores

const home = temporary('rasad-bench');
const place = name => { const path = join(home, name); mkdirSync(path, { recursive: true, mode: 0o700 }); return path; };

const kept = join(BUILD, 'bench-store');
const projection = /PROJECTION_NUMBER (\d+)/.exec(readFileSync(join(ROOT, 'services/store/store.h'), 'utf8'))[1];
const SHAPE = 3; // of the stores: raise it when forge.c or grow.c make other ones

/** The stores, grown now or kept from before. */
async function grow() {
  const stores = Object.fromEntries(['small', 'million', 'large'].map(name => [name, join(kept, name)]));
  const notes = join(kept, 'grown.json'), made = { lines: LINES, projection, shape: SHAPE };
  const known = existsSync(notes) ? JSON.parse(readFileSync(notes, 'utf8')) : {};
  if (Object.keys(made).every(key => known[key] === made[key])) return { ...stores, ...known };
  rmSync(kept, { recursive: true, force: true });
  for (const directory of Object.values(stores)) mkdirSync(directory, { recursive: true, mode: 0o700 });
  say(`growing a store of ${LINES.toLocaleString('en')} lines of output by replay, once: some minutes, which are not among the eight`);
  const few = said(await program('grow', stores.small, 0, CLUSTERS), 'grown')[0];
  const text = await program('grow', stores.large, LINES, CLUSTERS, stores.million);
  const many = said(text, 'grown')[0];
  const found = { ...made, few, many, counted: said(text, 'counted')[0], file: said(text, 'file')[0] };
  writeFileSync(notes, JSON.stringify(found));
  say(`grown: ${Math.round(many.lines * 1000 / many.ms).toLocaleString('en')} lines a second`);
  return { ...stores, ...found };
}

function countedRows({ counted, file }) {
  if (counted === undefined) return;
  row('puts of an output line', counted.puts_per_line, 'puts', { ratio: counted.puts_per_line, target: ['<=', 8] });
  row('pages of a 30-line commit', counted.pages_per_commit, 'pages', { ratio: counted.pages_per_commit, target: ['<=', 160] });
  row('bytes in use for an output line', file.in_use_per_line, 'bytes', { ratio: file.in_use_per_line, target: ['<=', 640] });
  row('bytes of file for an output line', file.file_per_line, 'bytes', { ratio: file.file_per_line, target: ['<=', 640] });
}

// ---- writes

function privateKib(rasad) {
  return [...rasad.pids].filter(([name]) => name !== 'doorkeeper').map(([name, pid]) => {
    const found = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return { name, kib: Number(found[1]) };
  }).sort((a, b) => b.kib - a.kib);
}

async function oneLine(rasad) {
  const reply = JSON.stringify(await rasad.ask(log1[0], { requestId: uuid(), workDate: evening, lines: [{ place: 'g00001', item: 'mask', good: '20', membersAtWork: 5 }] }));
  const entry = 220; // bytes of such an entry and its hash, as stored
  const many = [], alone = [];
  await load(rasad, 64, 1000, [log1]);
  for (let i = 0; i < 5; i++) {
    const m = {}, o = {};
    await bareHttp(reply.length, async server => {
      m.http = (await load(server, 64, 1200, [log1])).rate;
      o.http = (await load(server, 1, 700, [log1])).p50;
    });
    m.ours = (await load(rasad, 64, 2000, [log1])).rate;
    m.lmdb = (await bare(place('bare'), 'append', entry, 32, 1200)).rate;
    m.limit = 1 / (1 / m.http + 1 / m.lmdb);
    o.ours = (await load(rasad, 1, 1000, [log1])).p50;
    o.commit = (await bare(place('bare'), 'append', entry, 1, 700)).p50;
    o.sync = (await bare(place('bare'), 'sync', entry, 1, 400)).p50;
    o.limit = o.commit + o.http;
    many.push({ ...m, ratio: m.ours / m.limit });
    alone.push({ ...o, ratio: o.ours / o.limit });
  }
  const m = middle(many), o = middle(alone);
  row('bare HTTP, 64 connections', m.http, 'answers/s');
  row('bare LMDB, 32 in a synced commit', m.lmdb, 'entries/s');
  row('durable writes, 64 connections', m.ours, 'writes/s', { yardstick: m.limit, ratio: m.ratio, target: ['>=', 0.5] });
  row('fdatasync alone', o.sync, 'us');
  row('bare LMDB, a synced commit of one', o.commit, 'us', { yardstick: o.sync, ratio: o.commit / o.sync });
  row('one client, one write at a time', o.ours, 'us', { yardstick: o.limit, ratio: o.ratio, target: ['<=', 2] });
  return { most: m.ours, limit: m.limit, least: o.limit };
}

async function manyLines(rasad) {
  const rounds = [];
  for (let i = 0; i < 3; i++) {
    const ours = (await load(rasad, 4, 2500, [log500])).rate * 500;
    const random = (await bare(place('random'), 'random', 1_000_000, 500, 2500)).rate;
    rounds.push({ ours, random, ratio: ours / random });
  }
  const m = middle(rounds);
  row('lines in logs of 500, 4 clients', m.ours, 'lines/s', { yardstick: m.random, ratio: m.ratio, target: ['>=', 0.4] });
  const [largest] = privateKib(rasad);
  row('private memory after logs of 500', largest.kib / 1024, `MiB (${largest.name})`, { ratio: largest.kib / 1024, target: ['<=', 32] });
}

async function underLoad(rasad, { most, limit, least }) {
  const beside = (name, rate, unit) => row(name, rate, unit, { yardstick: limit, ratio: rate / limit });
  for (const connections of [1, 16, 64, 256, 1000])
    beside(`writes, ${connections} connection${connections > 1 ? 's' : ''}`, (await load(rasad, connections, 2500, [log1])).rate, 'writes/s');
  beside('writes, 64 connections, ids as of the app', (await load(rasad, 64, 2500, [logTimed])).rate, 'writes/s');
  const half = await load(rasad, 64, 4000, [log1], { rate: most / 2 });
  row('latency at half load, p50', half.p50, 'us', { yardstick: least, ratio: half.p50 / least });
  row('latency at half load, p99', half.p99, 'us', { yardstick: half.p50, ratio: half.p99 / half.p50 });
  row('latency at half load, p99.9', half.p999, 'us', { yardstick: half.p50, ratio: half.p999 / half.p50 });
  const mixed = await load(rasad, 64, 3000, [log1, sheet, log1, flow]);
  beside('writes and reads mixed', mixed.rate, 'calls/s');
  const four = await load(rasad, 64, 6000, [log1, receive, ask, offer]);
  beside('four services write', four.rate, 'writes/s');
  row('p99 while four services write', four.p99, 'us', { yardstick: four.p50, ratio: four.p99 / four.p50, target: ['<=', 10] });
  for (const one of four.by) row(`p99 of ${one.name.replace('/rasad.v1.', '')} meanwhile`, one.p99, 'us', { yardstick: one.p50, ratio: one.p99 / one.p50 });
}

/** Page by page, as a store grows. A file copied at one go lies in the kernel's cache in large pieces, and every page that is
 *  written later costs a walk through one of them: a third of the writes, and none of it Rasad's. */
function copyPages(from, to) {
  const bytes = readFileSync(from), file = openSync(to, 'w');
  for (let at = 0; at < bytes.length; at += 4096) writeSync(file, bytes, at, 4096);
  fsyncSync(file); // or our first commits would write the copy to the disk
  closeSync(file);
}

/** Cloth for all that will be logged: a group without borrows from the books, which is other work, of more pages. */
async function cloth(rasad) {
  for (let cluster = 0; cluster < CLUSTERS; cluster++) {
    if (cluster % 5 === 4) continue; // makes kits of film (forge.h)
    const from = `v${String(cluster).padStart(3, '0')}`, each = 5_000_000;
    const groups = Array.from({ length: GROUPS }, (_, i) => `g${String(cluster * GROUPS + i).padStart(5, '0')}`);
    await rasad.command('Materials/Receive', { day: evening, place: from, lines: [{ item: 'cloth', quantity: String(each * GROUPS) }] });
    await rasad.command('Materials/Issue', { day: evening, from, lines: groups.map(to => ({ to, item: 'cloth', quantity: String(each) })) });
  }
}

async function writes(stores) {
  const data = place('writes');
  const copy = join(data, 'rasad.lmdb');
  copyPages(join(stores.million, 'rasad.lmdb'), copy);
  const rasad = await Rasad.start({ data });
  try {
    await cloth(rasad);
    const alone = await oneLine(rasad);
    await manyLines(rasad);
    await underLoad(rasad, alone);
  } finally { await rasad.stop(); }
}

// ---- replay, import

async function replay() {
  const [got] = said(await program('replay', place('replay'), 100000, CLUSTERS, 5), 'replay');
  row('replay', got.lines * 1e6 / got.replay_us, 'lines/s', { yardstick: got.lines * 1e6 / got.bare_us, ratio: got.bare_us / got.replay_us, target: ['>=', 0.5] });
}

function placesFile(path) {
  const out = ['code,kind,parent,name_en,register_number,members', 's,area,,State,1,'];
  const number = (letter, i, digits) => letter + String(i).padStart(digits, '0');
  for (let i = 0; i < 75; i++) out.push(`${number('d', i, 2)},area,s,District ${i},${i + 1},`);
  for (let i = 0; i < 592; i++) out.push(`${number('b', i, 3)},area,${number('d', i % 75, 2)},Block ${i},${i + 1},`);
  let group = 0;
  for (let i = 0; group < 371777; i++) {
    out.push(`${number('v', i, 5)},cluster,${number('b', i % 592, 3)},Rampur ${i},${i + 1},`);
    for (let n = 0; n < 24 && group < 371777; n++, group++) out.push(`${number('g', group, 6)},group,${number('v', i, 5)},Asha ${n + 1},${n + 1},11`);
  }
  writeFileSync(path, out.join('\n') + '\n');
  return out.length - 1;
}

async function importPlaces() {
  const file = join(home, 'places.csv'), count = placesFile(file), data = place('import');
  const random = await bare(place('random'), 'random', 1_000_000, 500, 2000);
  const rasad = await Rasad.start({ data });
  try {
    await rasad.command('Registry/AddKinds', { lines: [{ code: 'area' }, { code: 'cluster', behaviour: { holds: true } }, { code: 'group', behaviour: { makes: true } }] });
    const begun = Date.now(), got = await cli(data, ['import', 'places', file]);
    const seconds = (Date.now() - begun) / 1000;
    check(got.code === 0, `import: ${got.code} ${got.stderr.slice(-500)}`);
    const puts = count / random.rate; // as many random puts, 500 in a synced commit
    row(`import of ${count.toLocaleString('en')} places`, seconds, 's', { yardstick: puts, ratio: seconds / puts });
  } finally { await rasad.stop(); remove(data); }
}

// ---- ten million lines

async function startTime(data) {
  const begun = Date.now();
  const rasad = await Rasad.start({ data });
  return { rasad, ms: Date.now() - begun };
}

/** Every report, asked as the app asks it. `home`: what an officer of the whole state is shown on her first page and on the
 *  page of the flow behind it; their sum is the dashboard. Cluster v023 and its groups have lines on the last day.
 *  Both stores have the same 12,000 places and end with the same thirty days, with the same 10,740 lines in them (grow.c): so
 *  both are asked the same, and the larger one has ten million lines more before those days. */
function reads() {
  const day = before => dayText(LAST_DAY - before), last = day(0);
  const period = (place, days, more = '') => `{"place":"${place}","from":"${day(days - 1)}","to":"${last}"${more}}`;
  const mask = ',"item":"mask"';
  return [
    { name: 'day of the state', call: ['Reports/GetFlow', period('s', 1)], home: true },
    { name: 'week of the state', call: ['Reports/GetFlow', period('s', 7)], home: true },
    { name: 'flow of the state', call: ['Reports/GetFlow', period('s', 30)], home: true },
    { name: 'open requests of the state', call: ['Distribution/ListRequests', '{"place":"s","openOnly":true,"limit":200}'], home: true },
    { name: 'open slips of the state', call: ['Distribution/ListShipments', '{"place":"s","openOnly":true,"limit":200}'], home: true },
    { name: 'progress of the day', call: ['Distribution/GetProgress', period('s', 1)], home: true },
    { name: 'questions of the state', call: ['Reports/ListQuestions', '{"place":"s","limit":200}'], home: true },
    { name: 'days of the state', call: ['Reports/GetSeries', period('s', 30, mask)], home: true },
    { name: 'tally of the state', call: ['Reports/GetTally', '{"place":"s"}'], home: true },
    { name: 'districts of the state, day by day', call: ['Reports/GetBelow', period('s', 30, `${mask},"limit":500,"daily":"MEASURE_MADE"`)], home: true },
    { name: 'clusters of the state', call: ['Reports/GetBelow', period('s', 30, `${mask},"limit":500,"kind":"cluster"`)] },
    { name: 'presence in the state', call: ['Reports/GetPresence', `{"place":"s","period":"${last.slice(0, 7)}"}`] },
    { name: 'flow of a cluster', call: ['Reports/GetFlow', period('v023', 30)] },
    { name: 'groups of a cluster', call: ['Reports/GetBelow', period('v023', 30, mask)] },
    { name: 'flow of a group', call: ['Reports/GetFlow', period('g00697', 30)] },
    { name: 'material account of a cluster', call: ['Materials/GetMaterialAccount', period('v023', 30)] },
    { name: 'material account of a group', call: ['Materials/GetMaterialAccount', period('g00697', 30)] },
    { name: 'sheet of a cluster', call: ['Production/GetSheet', `{"place":"v023","day":"${last}","item":"mask"}`] },
    { name: 'earnings of a cluster', call: ['Production/GetEarnings', period('v023', 30)] },
    { name: 'stock of a cluster', call: ['Materials/GetStock', '{"place":"v023"}'] },
    { name: 'stock card of a cluster', call: ['Materials/GetStockCard', '{"place":"v023","item":"cloth","limit":2}'] },
    { name: 'lots unchecked in the state', call: ['Quality/ListUnchecked', '{"place":"s","limit":500}'] },
    { name: 'trace of a lot', call: lot => ['Reports/GetTrace', `{"lot":"${lot}"}`] },
  ];
}

/** The newest lot of cloth that a group holds. */
async function lotOf(rasad) {
  const stock = await rasad.ask('Materials/GetStock', { place: 'g00697', item: 'cloth', lots: true });
  return stock.rows?.[0]?.lots?.at(-1)?.lot ?? stock.rows?.[0]?.lots?.[0]?.lot;
}

/** What one call takes with nothing and with much behind it, in turns: a tenth of the calls of its best turn took no longer. It is
 *  microseconds, and on a busy machine the middle call is one that waited for a processor: neighbours only ever add. */
async function beside(little, rasad, a, b = a) {
  const best = async (server, call, known) => {
    const { requests, p10 } = await load(server, 1, 100, [call]);
    return requests > 0 ? Math.min(p10, known) : known; // none: the machine was with others
  };
  let before = Infinity, after = Infinity;
  for (let round = 0; round < 7 || (round < 30 && before + after === Infinity); round++) {
    before = await best(little, a, before);
    after = await best(rasad, b, after);
  }
  return { before, after };
}

async function reports({ small, large }) {
  const none = place('empty');
  const empty = await startTime(none);
  await empty.rasad.stop();
  const little = await Rasad.start({ data: small }), { rasad, ms } = await startTime(large);
  const millions = `${Math.round(LINES / 1e6)} M lines`;
  row(`start, ${millions} behind`, ms, 'ms', { yardstick: empty.ms, ratio: ms / empty.ms });
  try {
    const lots = [await lotOf(little), await lotOf(rasad)];
    let sumBefore = 0, sumAfter = 0;
    for (const { name, call, home } of reads()) {
      const [a, b] = lots.map(lot => typeof call === 'function' ? call(lot) : call);
      const { before, after } = await beside(little, rasad, a, b);
      row(`${name}, ${millions}`, after, 'us', { yardstick: before, ratio: after / before });
      if (home) { sumBefore += before; sumAfter += after; }
    }
    row(`dashboard of the state, ${millions}`, sumAfter, 'us', { yardstick: sumBefore, ratio: sumAfter / sumBefore, target: ['<=', 1.2] });
    // Beside it, what the comparison above leaves out: days as full as all those behind, and such of a year before.
    const full = daysAgo => `{"place":"s","from":"${dayText(LAST_DAY - daysAgo - 29)}","to":"${dayText(LAST_DAY - daysAgo)}"`;
    for (const [word, daysAgo] of [['30 full days', THIN_DAYS], ['30 full days a year before', THIN_DAYS + 365]])
      for (const [name, method, more] of [['flow of the state', 'Reports/GetFlow', '}'], ['districts of the state, day by day', 'Reports/GetBelow', ',"item":"mask","limit":500,"daily":"MEASURE_MADE"}']]) {
        const { before, after } = await beside(rasad, rasad, [method, full(0) + more], [method, full(daysAgo) + more]);
        row(`${name}, ${word}`, after, 'us', { yardstick: before, ratio: after / before });
      }
  } finally { await rasad.stop(); await little.stop(); }
}

// ---- all of it

const stores = ['store', 'counted', 'writes', 'reports'].some(wanted) ? await grow() : undefined;
if (wanted('counted')) countedRows(stores);
if (wanted('writes')) await writes(stores);
if (wanted('replay')) await replay();
if (wanted('import')) await importPlaces();
if (wanted('reports')) await reports(stores);
if (rows.length) table();
say('done');
