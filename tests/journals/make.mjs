/* make.mjs - plays a small journal with every fact in it and keeps it for ever: its backup, its head, some figures.
 * Use:    node make.mjs BUILD N      makes tests/journals/N/; see README.md beside it
 * The figures are answers of reads that do not depend on the day they are asked. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FOREVER, booksAddUp, entriesOf } from '../lib/books.mjs';
import { Chain, STEPS, TAKEN_BACK } from '../lib/chain.mjs';
import { ROOT, check, dayAfter, number, same, sleep, uuid } from '../lib/rasad.mjs';
import { ITEMS, World } from '../lib/world.mjs';

const release = process.argv[3];
check(/^\d+$/.test(release ?? ''), 'usage: node make.mjs BUILD N');
const folder = join(dirname(fileURLToPath(import.meta.url)), release);
mkdirSync(folder);

const visit = { code: 'health_visit', class: 'ITEM_CLASS_SERVICE', name: { en: 'Visit of a health worker' }, unit: 'UNIT_PIECE' };
const sheet = { code: 'sheet', class: 'ITEM_CLASS_GOODS', name: { en: 'Bed sheets in place of cloth' }, unit: 'UNIT_CENTIMETRE' };
const world = await World.build({ items: [...ITEMS, visit, sheet] });
const { rasad, today, tokens } = world;
const chain = new Chain(world);
const days = n => dayAfter(today, n);
const monthEnd = dayAfter(`${today.slice(0, 8)}01`, -1);
const kept = []; // commands whose answers must stay

async function command(method, request, who) {
  const full = { requestId: uuid(), ...request };
  const reply = await rasad.ask(method, full, { token: who ? tokens[who] : rasad.token });
  kept.push({ method, request: full, reply });
  return { ...reply, id: full.requestId };
}

for (const step of STEPS) await chain.take(step);
for (const [service, label, line] of TAKEN_BACK.slice(0, 12)) check((await chain.reverse(service, label, line)).ok, `${label}.${line}`);

// ---- what the chain has not

await command('Registry/ChangePlaces', { lines: [{ place: 'g13', members: 9, latitude: '26.84670', longitude: '80.94620', name: { en: 'G13', hi: 'समूह तेरह', fa: 'گروه سیزده' } }] });
await command('Registry/MakeOffers', { lines: [{ place: 'g13', item: 'mask', members: 4, perDay: 120, fromDay: today }] });
await command('Registry/SetMarks', { lines: [{ place: 'g13', code: 'trained', fromDay: days(-20), toDay: days(-10) }, { place: 'g12', code: 'bank_linked', fromDay: days(-20) }] });
await command('Registry/SetRoles', { lines: [{ person: 'manager2', roles: [{ role: 'ROLE_CLUSTER_MANAGER', place: 'v2' }, { role: 'ROLE_CLUSTER_MANAGER', place: 'v3' }] }] });
await command('Registry/SetQuotas', { lines: [{ place: 'k2', item: 'rice', perDay: 5000 }] });
await command('Registry/SetLimits', { lines: [{ place: 'd1', role: 'ROLE_SUPPLY_OFFICER', item: 'rice', quantity: 1000 }] });
await command('Registry/SetHolidays', { lines: [{ place: 'b2', fromDay: days(10), toDay: days(11) }] });
await command('Registry/SetRecipes', { lines: [{ item: 'mask', fromDay: days(-1), inputs: [{ item: 'cloth', quantity: 2400, per: 200, bestQuantity: 2000, alternatives: ['sheet'] }] }] });
await rasad.ask('Registry/AddPeople', { requestId: uuid(), lines: [{ code: 'officer2', name: 'Second officer', roles: [{ role: 'ROLE_SUPPLY_OFFICER', place: 'd1' }] }, { code: 'guest', name: 'Somebody to forget', roles: [] }] });
await command('Registry/ForgetPeople', { people: ['guest'] });
await command('Registry/MovePlaces', { lines: [{ place: 'g13', parent: 'v2' }] });
await world.enter('officer2');

await command('Production/LogOutput', { workDate: today, lines: [{ place: 'g22', item: 'mask', good: 41, instead: ['sheet'], membersAtWork: 3 }, { place: 'g31', item: 'mask', spoiled: 3, membersAtWork: 2 }] });
await command('Distribution/Serve', { day: today, lines: [{ place: 'k2', item: 'health_visit', quantity: 12, people: 12 }] });
await command('Distribution/Rate', { day: today, place: 'k2', lines: [{ item: 'rice', how: 'HOW_WAS_IT_GOOD' }] });
await command('Registry/CloseMonth', { throughDay: monthEnd });
await command('Materials/Receive', { day: dayAfter(monthEnd, -3), place: 'st_b', lines: [{ item: 'rice', quantity: 9000, how: 'CAME_FROM_ALLOTTED', expiry: '2099-12-31' }] });
const asked = await command('Distribution/Request', { day: today, place: 'k2', lines: [{ item: 'rice', quantity: 7000 }, { item: 'health_visit', quantity: 3 }] }, 'officer');
await command('Distribution/Approve', { lines: [{ request: asked.lines[0].name, quantity: 7000, alone: 'ALONE_REASON_NIGHT' }, { request: asked.lines[1].name, quantity: 0, alone: 'ALONE_REASON_NIGHT', because: 'REFUSE_REASON_LATER' }] }, 'officer');
await command('Distribution/ConfirmApproval', { requests: [asked.lines[0].name] }, 'officer2');
await command('Distribution/Allocate', { lines: [{ request: asked.lines[0].name, from: 'st_b', quantity: 6000 }] });
await command('Distribution/Unallocate', { lines: [{ request: asked.lines[0].name, from: 'st_b', quantity: 2000 }] });
await command('Distribution/Send', { day: today, slip: 'B-9', from: 'st_b', to: 'k2', lines: [{ item: 'rice', quantity: 5000, request: asked.lines[0].name }] });
await command('Distribution/Receive', { day: today, slip: 'B-9', place: 'k2', lines: [{ item: 'rice', quantity: 4000 }] });
await command('Distribution/Settle', { day: today, slip: 'B-9', lines: [{ item: 'rice', quantity: 600, outcome: 'SETTLEMENT_BACK' }] });
await command('Distribution/CancelRequest', { lines: [{ request: asked.lines[0].name, quantity: 500 }] });

/** Until the reactions have followed: two looks at the same head. */
for (let last = -1, head = 0; last !== head; await sleep(1500)) [last, head] = [head, (await rasad.head()).sequence];

const facts = [...readFileSync(join(ROOT, 'services/store/facts.def'), 'utf8').matchAll(/^FACT\(\w+,\s*(\w+)/gm)].map(([, name]) => name.replace(/_(\w)/g, (_, c) => c.toUpperCase()));
const played = new Set((await entriesOf(rasad)).flatMap(({ entry }) => entry.events.flatMap(event => Object.keys(event))));
same([...facts, 'refused', 'reversed'].filter(name => !played.has(name)), [], 'facts that are missing');
await booksAddUp(world);

// ---- what must be read from it for ever

const periods = [[days(-20), days(-4)], [days(-3), days(-1)], [today, days(1)]];
const lot = chain.answers.came.lines[0].lot;
const reads = [
  ...world.withBooks.flatMap(place => [['Materials/GetStock', { place, lots: true }], ...periods.map(([from, to]) => ['Reports/GetFlow', { place, from, to }])]),
  ...['g11', 'v1', 'k1'].map(place => ['Materials/GetMaterialAccount', { place, from: days(-20), to: today }]),
  ['Materials/GetStockCard', { place: 'v1', item: 'mask' }], ['Materials/GetStockCard', { place: 'g11', item: 'cloth' }], ['Materials/ListOrders', { place: 'st_d' }],
  ['Production/GetEarnings', { place: 'd1', from: FOREVER[0], to: FOREVER[1] }], ['Production/GetSheet', { place: 'v1', day: days(-4), item: 'mask' }],
  ['Quality/ListUnchecked', { place: 'd1' }], ['Distribution/ListRequests', { place: 'd1' }],
  ['Reports/GetSeries', { place: 'b1', item: 'mask', from: days(-20), to: days(1) }], ['Reports/GetPresence', { place: 'd1', period: today.slice(0, 4) }],
  ['Reports/GetTally', { place: 'd1' }], ['Reports/GetTrace', { lot }], ['Reports/GetTrace', { lot: chain.answers.handed.lines[0].lot }], ['Reports/ListQuestions', { place: 'd1' }],
  ['Registry/ListPlaces', { parent: 'd1', allBelow: true }], ['Registry/ListPeople', { place: 'd1' }], ['Registry/ListKinds', {}],
];
const figures = [];
for (const [method, request] of reads) figures.push({ method, request, reply: await rasad.ask(method, request) });
for (const reply of figures.filter(({ method }) => method === 'Reports/GetFlow')) delete reply.reply.sequence;

const head = await rasad.head();
const made = await rasad.cli(['backup', join(folder, 'backup')]);
same([made.code, number(/^backup (\d+) entries/m.exec(made.stdout)?.[1])], [0, head.sequence], `backup: ${made.stderr}`);
writeFileSync(join(folder, 'head.txt'), `${head.sequence} ${head.hash}\n`);
const lines = list => `[\n${list.map(each => JSON.stringify(each)).join(',\n')}\n]`;
writeFileSync(join(folder, 'figures.json'), `{"figures": ${lines(figures)},\n"answers": ${lines(kept)}}\n`);
await world.close();
console.log(`${folder}: ${head.sequence} entries, ${figures.length} figures, ${kept.length} answers`);
