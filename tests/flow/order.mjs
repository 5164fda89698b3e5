/* order.mjs - the same facts in any order of entry end in the same books; and in those of a plain model.
 * How:    facts by chance from a seed, reversals and corrections of any of them among them. They are played into fresh
 *         stores in several orders (a reversal after its fact, a settlement after what was sent), now and then several in
 *         one command. Each store is compared with tests/lib/model.mjs: every net, every flow, every rupee.
 * Again:  SEED=n plays that seed alone, FACTS=n sets how many facts, SHRINK=1 makes a failing one small.
 * Usage:  node order.mjs [BUILD] */
import { Chance, STAGES, Tests, check, dayAfter, number, same, sleep, uuid } from '../lib/rasad.mjs';
import { MEASURES, booksAddUp, entriesOf, flowOf, movementsOf, stockOf } from '../lib/books.mjs';
import { Model, handsIn, holds, keeps, makes, pathOf, serves, takerOf } from '../lib/model.mjs';
import { ITEMS, MASK_RATE, RECIPES, World } from '../lib/world.mjs';

const SEEDS = process.env.SEED ? [Number(process.env.SEED)] : [20200402, Date.now() % 1000000007];
const FACTS = Number(process.env.FACTS || 260);
const DAYS = 9; // facts lie on the last so many days, and tomorrow
const SERVICE = { came: 'Materials', issued: 'Materials', returned: 'Materials', wasted: 'Materials', counted: 'Materials', logged: 'Production',
  handed_in: 'Production', inspected: 'Quality', delivered: 'Distribution', sent: 'Distribution', received: 'Distribution', settled: 'Distribution', served: 'Distribution' };
const REACTION_MS_MAX = 15000;
const INDIA_MS = 330 * 60000;

const tests = new Tests();
const today = new Date(Date.now() + INDIA_MS).toISOString().slice(0, 10); // the server's, as it is when this begins

const items = [...ITEMS, { code: 'sheet', class: 'ITEM_CLASS_GOODS', name: { en: 'sheets in place of cloth' }, unit: 'UNIT_CENTIMETRE' }];
const recipesOf = today => [...RECIPES, { item: 'mask', fromDay: dayAfter(today, -4), inputs: [{ item: 'cloth', quantity: 2400, per: 200, alternatives: ['sheet'] }, { item: 'elastic', quantity: 7200, per: 200 }] }];
const rates = [{ item: 'mask', money: 'inr', perPiece: MASK_RATE, fromDay: '2020-03-01', basis: 'RATE_BASIS_HAND_IN' }];

// ---- facts by chance

const monthEndBefore = day => dayAfter(`${day.slice(0, 8)}01`, -1);

const PLACES_KEPT = ['st_d', 'st_b', 'k1', 'k2', 'v1', 'v2', 'v3', 'g11', 'g12', 'g21', 'g31', 'dl1', 'dl2'];
const goods = items.filter(item => item.class === 'ITEM_CLASS_GOODS').map(item => item.code);

const FEW_PLACES = ['v1', 'g11', 'dl1', 'k1'];
const FEW_GOODS = ['cloth', 'mask', 'ppe_kit'];

class Facts {
  /** even: what is made is even, so that no floor of a recipe cuts and the share of each day is certain. narrow: few places
   * and items, so that facts, counts and reversals meet often. closed: the last month is closed, and facts lie around its end. */
  constructor(seed, today, { even, narrow, closed }) {
    this.chance = new Chance(seed);
    this.today = today;
    this.days = Array.from({ length: DAYS + 2 }, (_, i) => dayAfter(today, i - DAYS));
    if (closed) this.days = [...Array.from({ length: 9 }, (_, i) => dayAfter(monthEndBefore(today), i - 5)).filter(day => day < today), dayAfter(today, -1), today];
    this.even = even;
    this.places = narrow ? FEW_PLACES : PLACES_KEPT;
    this.goods = narrow ? FEW_GOODS : goods;
    this.list = [];
    this.moments = new Set();
    this.slips = 0;
  }

  day() { return this.chance.of(this.days); }
  made(most) { return this.even ? 2 * this.chance.below(most / 2) : this.chance.below(most); }
  other(list, not) { return this.chance.of(list.filter(each => each !== not)); }

  /** The fields of a fact of this type; like: the one it corrects keeps its place and item. */
  fields(type, like) {
    const { chance } = this;
    const { places } = this;
    const at = may => like?.place ?? chance.of(places.filter(may));
    const item = (usual = this.goods) => like?.item ?? chance.of(usual.filter(each => this.goods.includes(each)));
    const quantity = () => chance.between(1, chance.often(0.2) ? 4000 : 300);
    switch (type) {
      case 'came': return { place: at(keeps), item: item(), quantity: quantity() * 3 };
      case 'issued':
      case 'returned': { const place = at(keeps); return { place, to: this.other(places, place), item: item(), quantity: quantity() }; }
      case 'wasted': return { place: at(keeps), item: item(), quantity: quantity(), stage: chance.of(['STOCK', 'STOCK', 'MADE', 'UNCHECKED', 'REWORK']) };
      case 'logged': return this.logged(at(makes), item(['mask', 'mask', 'mask', 'ppe_kit', 'cooked_packet']));
      case 'handed_in': {
        const place = at(handsIn), parts = [chance.below(120), chance.often(0.3) ? chance.below(9) : 0, chance.often(0.3) ? chance.below(9) : 0];
        if (parts[0] + parts[1] + parts[2] === 0) parts[0] = 1;
        return { place, to: chance.often(0.8) ? takerOf(place) : chance.of(places.filter(holds)), item: item(['mask', 'mask', 'ppe_kit']), good: parts[0], spoiled: parts[1], rework: parts[2] };
      }
      case 'inspected': return { place: at(keeps), item: item(['ppe_kit', 'ppe_kit', 'mask', 'rice']), accepted: chance.between(1, 90), rework: chance.below(9), scrapped: chance.below(9) };
      case 'delivered': {
        const place = at(keeps), outOfMade = handsIn(place) && chance.often(0.6);
        return { place, to: chance.of(places.filter(to => to !== place && (holds(to) || serves(to)) && !(outOfMade && to === takerOf(place)))), item: item(outOfMade ? ['mask', 'ppe_kit'] : this.goods), quantity: quantity(), outOfMade };
      }
      case 'served': return { place: at(serves), item: item(), quantity: quantity(), sold: chance.often(0.2) };
      default: throw new Error(type);
    }
  }

  logged(place, item) {
    const fact = { place, item, members: this.chance.below(15), good: this.made(160), spoiled: this.chance.often(0.4) ? this.made(12) : 0, remade: this.chance.often(0.2) ? this.chance.below(12) : 0 };
    if (this.chance.often(0.1)) Object.assign(fact, { good: 0, spoiled: 0, remade: 0, noWork: fact.members === 0 });
    else if (fact.good + fact.spoiled + fact.remade === 0) fact.good = 2;
    return fact;
  }

  add(type, fields, more = {}) {
    const fact = { name: `f${this.list.length}`, type, day: this.day(), ...fields, ...more };
    if (type === 'logged' && fact.item === 'mask' && fact.good + fact.spoiled + fact.remade > 0 && fact.day >= dayAfter(this.today, -4) && this.chance.often(0.3)) fact.instead = ['sheet'];
    this.list.push(fact);
    return fact;
  }

  /** No two counts of the same at the same moment; one that corrects may take the moment of the other, or any. */
  count(like) {
    const { chance } = this;
    for (let tries = 0; tries < 50; tries++) {
      const place = like?.place ?? chance.of(this.places), item = like?.item ?? chance.of(this.goods);
      if (!this.even && ['cloth', 'sheet', 'rice'].includes(item)) continue;
      const keep = like && chance.often(0.4);
      const stage = keep ? like.stage : chance.of(['STOCK', 'STOCK', 'STOCK', 'MADE', 'UNCHECKED', 'REWORK']);
      const day = keep ? like.day : this.day(), atStart = keep ? like.atStart : chance.often(0.4);
      const moment = `${place} ${item} ${stage} ${day} ${atStart}`;
      if (this.moments.has(moment) && !keep) continue;
      this.moments.add(moment);
      return { place, item, stage, atStart, counted: chance.between(0, 900), day };
    }
    return null;
  }

  /** Sent and received with one slip, in part settled. */
  shipment() {
    const { chance } = this;
    const from = chance.of(this.places.filter(keeps)), to = this.other(this.places, from);
    const slip = `S-${this.slips++}`;
    const parts = chance.often(0.3) ? 2 : 1;
    for (const item of chance.shuffled(this.goods).slice(0, parts)) {
      const settles = chance.often(0.4), quantity = chance.between(2, 600);
      const sent = this.add('sent', { place: from, to, item, quantity, slip, fixed: settles });
      const came = settles ? chance.below(quantity) : chance.between(0, 700);
      let received;
      if (chance.often(0.85)) received = this.add('received', { place: to, from, item, quantity: came, spoiled: chance.often(0.3) ? chance.below(came + 1) : 0, slip, fixed: settles });
      if (!settles) continue;
      const settled = this.add('settled', { place: from, to, item, quantity: chance.between(1, quantity - (received ? came : 0)), outcome: chance.of(['LOST', 'BACK', 'CAME']), slip }, { after: [sent.name] });
      for (const fact of [sent, received]) if (fact) fact.takenAfter = [settled.name];
    }
  }

  /** Take back or correct one that stands. */
  again() {
    const { chance } = this;
    const taken = new Set(this.list.map(fact => fact.takes).filter(Boolean));
    const fact = chance.of(this.list.filter(each => each.type !== 'reversed' && !taken.has(each.name)));
    if (!fact) return;
    const more = { takes: fact.name, after: [fact.name, ...fact.takenAfter ?? []] };
    const corrects = chance.often(0.5) && fact.type !== 'settled' && !fact.fixed;
    if (!corrects) {
      this.list.push({ name: `f${this.list.length}`, type: 'reversed', of: fact.type, ...more });
    } else if (fact.type === 'counted') {
      const count = this.count(fact);
      if (count) this.add('counted', count, more);
    } else if (fact.type === 'sent' || fact.type === 'received') {
      const { place, to, from, item, slip } = fact, quantity = chance.between(1, 600);
      this.add(fact.type, { place, to, from, item, slip, quantity, ...(fact.type === 'received' ? { spoiled: chance.below(quantity + 1) } : {}) }, more);
    } else {
      this.add(fact.type, this.fields(fact.type, fact), more);
    }
  }

  make(n) {
    const usual = ['came', 'came', 'came', 'issued', 'issued', 'returned', 'wasted', 'logged', 'logged', 'logged', 'handed_in', 'handed_in', 'inspected', 'delivered', 'delivered', 'served'];
    while (this.list.length < n) {
      const throwOf = this.chance.next();
      if (throwOf < 0.22 && this.list.length > 5) this.again();
      else if (throwOf < 0.34) { const count = this.count(); if (count) this.add('counted', count); }
      else if (throwOf < 0.42) this.shipment();
      else { const type = this.chance.of(usual); this.add(type, this.fields(type)); }
    }
    return this.list;
  }
}

// ---- facts as requests: [method, what the command says, what the line says]

function requestOf(fact, refOf) {
  const { day, place, to, item, quantity } = fact;
  const corrects = fact.takes ? { corrects: refOf(fact.takes) } : {};
  switch (fact.type) {
    case 'reversed': return [`${SERVICE[fact.of]}/Reverse`, {}, refOf(fact.takes)];
    case 'came': return ['Materials/Receive', { day, place }, { item, quantity, how: 'CAME_FROM_DONATED', ...corrects }];
    case 'issued': return ['Materials/Issue', { day, from: place }, { to, item, quantity, ...corrects }];
    case 'returned': return ['Materials/ReturnGoods', { day, to }, { from: place, item, quantity, ...corrects }];
    case 'wasted': return ['Materials/Waste', { day }, { place, item, quantity, stage: `STAGE_${fact.stage}`, ...corrects }];
    case 'counted': return ['Materials/Count', { day, atStart: fact.atStart }, { place, item, counted: fact.counted, stage: `STAGE_${fact.stage}`, ...corrects }];
    case 'logged': return ['Production/LogOutput', { workDate: day }, { place, item, good: fact.good, spoiled: fact.spoiled, remade: fact.remade, instead: fact.instead ?? [], membersAtWork: fact.members, ...fact.noWork ? { noWork: 'NO_WORK_FESTIVAL' } : {}, ...corrects }];
    case 'handed_in': return ['Production/HandIn', { day, to }, { place, item, good: fact.good, spoiled: fact.spoiled, rework: fact.rework, ...corrects }];
    case 'inspected': return ['Quality/Inspect', { day }, { place, item, accepted: fact.accepted, rework: fact.rework, scrapped: fact.scrapped, ...corrects }];
    case 'delivered': return ['Distribution/Deliver', { day, from: place }, { to, item, quantity, outOfMade: fact.outOfMade, ...corrects }];
    case 'sent': return ['Distribution/Send', { day, slip: fact.slip, from: place, to }, { item, quantity, ...corrects }];
    case 'received': return ['Distribution/Receive', { day, slip: fact.slip, from: fact.from, place }, { item, quantity, spoiled: fact.spoiled, ...corrects }];
    case 'settled': return ['Distribution/Settle', { day, slip: fact.slip }, { item, quantity, outcome: `SETTLEMENT_${fact.outcome}` }];
    case 'served': return ['Distribution/Serve', { day }, { place, item, quantity, how: fact.sold ? 'SERVED_HOW_SOLD' : 'SERVED_HOW_SERVED', ...corrects }];
    default: throw new Error(fact.type);
  }
}

// ---- orders: what must be before what stays so

const waitsFor = fact => fact.after ?? [];

function ordered(facts, choose) {
  const done = new Set(), left = [...facts], order = [];
  while (left.length > 0) {
    const ready = left.filter(fact => waitsFor(fact).every(name => done.has(name)));
    const fact = choose(ready);
    done.add(fact.name);
    left.splice(left.indexOf(fact), 1);
    order.push(fact);
  }
  return order;
}

function ordersOf(facts, seed) {
  const chance = new Chance(seed ^ 0x5eed);
  const newest = (a, b) => (a.day ?? '') < (b.day ?? '') ? b : a;
  return [
    ['as they were made up', facts],
    ['the last first', ordered(facts, ready => ready[ready.length - 1])],
    ['by day, the latest first', ordered(facts, ready => ready.reduce(newest))],
    ['shuffled', ordered(facts, ready => chance.of(ready))],
    ['shuffled, several in a command', ordered(facts, ready => chance.of(ready)), true],
  ];
}

/** Facts that may go in one command with the first of them: the same method and header, no key twice, none waits for another. */
function together(order, chance) {
  const batches = [], taken = new Set();
  for (let i = 0; i < order.length; i++) {
    if (taken.has(order[i])) continue;
    const batch = [order[i]], names = new Set([order[i].name]);
    const sameKey = (a, b) => a.place === b.place && a.item === b.item;
    for (let j = i + 1; j < order.length && batch.length < 6 && chance; j++) {
      const next = order[j], before = new Set(order.slice(i + 1, j).filter(each => !taken.has(each) && !names.has(each.name)).map(each => each.name));
      if (taken.has(next) || next.type === 'reversed' || next.type !== order[i].type || waitsFor(next).some(name => names.has(name) || before.has(name))) continue;
      const [a, b] = [requestOf(order[i], () => ({})), requestOf(next, () => ({}))];
      if (JSON.stringify(a[1]) !== JSON.stringify(b[1]) || batch.some(each => sameKey(each, next))) continue;
      batch.push(next);
      names.add(next.name);
      taken.add(next);
    }
    batches.push(batch);
  }
  return batches;
}

async function play(rasad, order, chance) {
  const refs = new Map();
  for (const batch of together(order, chance)) {
    const requestId = uuid();
    const requests = batch.map(fact => requestOf(fact, name => refs.get(name)));
    const [method, header] = requests[0];
    const got = await rasad.call(method, { requestId, ...header, lines: requests.map(request => request[2]) });
    const why = got.message ?? got.body?.lines?.find(line => line.refusal)?.refusal.message;
    check(got.ok && number(got.body.refused) === 0, `${method} ${JSON.stringify(batch)} refused: ${why}`);
    batch.forEach((fact, i) => refs.set(fact.name, { requestId, line: i + 1 }));
  }
}

// ---- comparing

function netsOf(stocks) {
  const nets = {};
  for (const [place, stock] of Object.entries(stocks))
    for (const [item, stages] of Object.entries(stock))
      for (const stage of STAGES) if (number(stages[stage]) !== 0) nets[`${place} ${item} ${stage}`] = stages[stage];
  return nets;
}

function sameKeys(got, wanted, what) {
  for (const key of new Set([...Object.keys(got), ...Object.keys(wanted)]))
    check(number(got[key]) === number(wanted[key]), `${what}: ${key} is ${got[key] ?? 0}, by the model ${wanted[key] ?? 0}`);
}

function sameFlow(got, wanted, what) {
  for (const item of new Set([...Object.keys(got), ...Object.keys(wanted)])) {
    const { stages: a = {}, ...row } = got[item] ?? {}, { stages: b = {}, ...model } = wanted[item] ?? {};
    sameKeys(row, model, `${what} ${item}`);
    sameKeys(a, b, `${what} ${item} closing`);
  }
}

/** Earnings by hand-in: of what left `made` for somebody's stock. */
function earnedBy(movements, at) {
  const earns = m => m.item === 'mask' && m.fromStage === 'MADE' && m.from !== m.to && pathOf(m.from).includes(at);
  return movements.filter(earns).reduce((sum, m) => sum + m.quantity * MASK_RATE, 0);
}

async function earningsCame(rasad, movements) {
  for (const until = Date.now() + REACTION_MS_MAX; ; await sleep(25)) {
    let wrong = '';
    for (const at of ['g11', 'g12', 'g21', 'g31', 'v1', 'd1']) {
      const money = (await flowOf(rasad, at)).money.inr, wanted = earnedBy(movements, at);
      if (number(money?.earned) !== wanted || number(money?.closing) !== wanted) wrong = `${at} earned ${money?.earned}, owed ${money?.closing}, by the model ${wanted}`;
    }
    if (!wrong) return;
    check(Date.now() < until, wrong);
  }
}

const byKey = (rows, key, columns) => Object.fromEntries((rows ?? []).map(row => [key(row), Object.fromEntries(columns.map(column => [column, number(row[column])]))]));

function sameRows(got, wanted, what) {
  for (const key of new Set([...Object.keys(got), ...Object.keys(wanted)])) sameKeys(got[key] ?? {}, wanted[key] ?? {}, `${what} ${key}`);
}

/** Presence is found again from the logs; a slip's line is the sum of its facts. */
async function compareCounters(world, facts) {
  const { rasad } = world;
  for (const period of new Set([today.slice(0, 4), today.slice(0, 7), monthEndBefore(today).slice(0, 7)])) {
    for (const place of world.withBooks) {
      const { rows } = await rasad.ask('Reports/GetPresence', { place, period });
      sameRows(byKey(rows, row => row.item, ['members', 'makers']), Model.presence(facts, place, period), `presence ${place} ${period}`);
    }
  }
  const shipments = [];
  for (let after = ''; ;) {
    const page = await rasad.ask('Distribution/ListShipments', { place: 'd1', after, limit: 50 });
    for (const shipment of page.shipments ?? []) shipments.push(...(shipment.lines ?? []).map(line => ({ slip: shipment.slip, ...line })));
    after = page.next ?? '';
    if (!after) break;
  }
  sameRows(byKey(shipments, line => `${line.slip} ${line.item}`, ['sent', 'received', 'spoiled', 'settled', 'missing']), Model.shipments(facts), 'slip');
}

/** Day by day, and the places below side by side. */
async function compareSeries(world, model, movements, [from, to]) {
  const { rasad } = world;
  for (const place of ['d1', 'v1', 'g11', 'k1']) {
    for (const item of ['mask', 'rice']) {
      const series = (await rasad.ask('Reports/GetSeries', { place, item, from, to })).days ?? [];
      for (let day = from; day <= to; day = dayAfter(day, 1)) {
        const wanted = model.flow(movements, place, [day, day])[item], got = series.find(each => each.day === day)?.flow;
        for (const measure of MEASURES.filter(name => got || !['opening', 'closing'].includes(name)))
          check(number(got?.[measure]) === number(wanted?.[measure]), `series of ${place} ${item} ${day}: ${measure} ${got?.[measure] ?? 0}, by the model ${wanted?.[measure] ?? 0}`);
      }
      for (const row of (await rasad.ask('Reports/GetBelow', { place, item, from, to })).rows ?? []) {
        const wanted = model.flow(movements, row.place, [from, to])[item] ?? {};
        for (const measure of MEASURES) check(number(row.flow?.[measure]) === number(wanted[measure]), `below ${place}: ${row.place} ${item} ${measure}`);
      }
    }
  }
}

async function compareSheets(world, facts, movements, [from, to]) {
  const nets = Model.nets(movements);
  for (let day = from; day <= to; day = dayAfter(day, 1)) {
    for (const row of (await world.rasad.ask('Production/GetSheet', { place: 'v1', day, item: 'mask' })).rows ?? []) {
      const got = { good: number(row.good), spoiled: number(row.spoiled), membersAtWork: number(row.membersAtWork), lastDay: row.lastDay ?? '', lastGood: number(row.lastGood), lines: row.lines?.length ?? 0, made: number(row.made) };
      same(got, { ...Model.sheet(facts, row.place, 'mask', day), made: Math.max(0, nets[`${row.place} mask STAGE_MADE`] ?? 0) }, `sheet of ${row.place} ${day}`);
    }
  }
}

async function compare(world, model, movements, periods, days) {
  const { rasad } = world;
  const stocks = Object.fromEntries(await Promise.all(world.withBooks.map(async place => [place, await stockOf(rasad, place)])));
  sameKeys(netsOf(stocks), Model.nets(movements), 'stock');
  await Promise.all(world.withBooks.map(async place => {
    for (const period of days ? periods : periods.slice(0, 1)) sameFlow((await flowOf(rasad, place, period)).goods, model.flow(movements, place, period), `flow of ${place} ${period}`);
  }));
  movementsOf(await entriesOf(rasad));
  await earningsCame(rasad, movements);
}

// ---- a play: facts in one order into a fresh store

async function attempt(facts, order, { grouped, seed, days, whole, closes }) {
  const world = await World.build({ people: false, items, recipes: recipesOf(today), rates });
  try {
    const closed = closes ? monthEndBefore(today) : '';
    const model = new Model({ items, recipes: recipesOf(today), closed });
    if (closed) await world.rasad.ask('Registry/CloseMonth', { requestId: uuid(), throughDay: closed });
    await play(world.rasad, order, grouped ? new Chance(seed) : null);
    const movements = model.movements(facts);
    const before = dayAfter(today, -60), monthEnd = monthEndBefore(today), tomorrow = dayAfter(today, 1);
    const periods = [[before, tomorrow], ...closed ? [[before, monthEnd], [dayAfter(monthEnd, 1), dayAfter(monthEnd, 1)]] : [[before, dayAfter(today, -5)], [dayAfter(today, -4), dayAfter(today, -2)]], [today, today], [tomorrow, tomorrow]];
    await compare(world, model, movements, periods, days);
    await compareCounters(world, facts);
    if (whole) {
      await compareSeries(world, model, movements, periods[0]);
      await compareSheets(world, facts, movements, [dayAfter(today, -DAYS), tomorrow]);
      await booksAddUp(world, { periods: periods.slice(1), cards: true });
      const verified = await world.rasad.cli(['verify']);
      check(verified.code === 0, `verify: ${verified.stdout} ${verified.stderr.slice(-300)}`);
    }
  } finally {
    await world.close();
  }
}

/** Without these facts, and without all that needs them. */
function without(facts, names) {
  const gone = new Set(names);
  for (let size = -1; size !== gone.size;) {
    size = gone.size;
    for (const fact of facts) if ([...waitsFor(fact), fact.takes].some(name => gone.has(name))) gone.add(fact.name);
  }
  return facts.filter(fact => !gone.has(fact.name));
}

async function shrink(order, options) {
  let small = order;
  for (let step = Math.ceil(small.length / 2); step >= 1; step = step === 1 ? 0 : Math.ceil(step / 2)) {
    for (let i = 0; i < small.length; i += step) {
      const less = without(small, small.slice(i, i + step).map(fact => fact.name));
      try {
        await attempt(less, less, { ...options, grouped: false });
      } catch {
        small = less;
        i -= step;
      }
    }
  }
  let why = '';
  await attempt(small, small, { ...options, grouped: false }).catch(error => { why = error.message; });
  return `${why}; with ${small.map(fact => JSON.stringify(fact)).join(' ')}`;
}


const SORTS = [
  { name: '', facts: FACTS, even: true, orders: 5 },
  { name: ', few places', facts: Math.ceil(FACTS / 2), even: true, narrow: true, orders: 5 },
  { name: ', a closed month', facts: Math.ceil(FACTS / 2), even: true, narrow: true, closed: true, orders: 4 },
  { name: ', odd pieces', facts: Math.ceil(FACTS / 2), orders: 2 },
];

for (const seed of SEEDS) {
  for (const sort of SORTS) {
    const facts = new Facts(seed, today, sort).make(sort.facts);
    for (const [name, order, grouped] of ordersOf(facts, seed).slice(0, sort.orders)) {
      tests.test(`SEED=${seed}${sort.name}: ${facts.length} facts, ${name}`, async () => {
        const options = { grouped, seed, days: sort.even, whole: name === 'shuffled', closes: sort.closed };
        try {
          await attempt(facts, order, options);
        } catch (error) {
          if (!process.env.SHRINK) throw error;
          throw new Error(`${error.message} || smaller: ${await shrink(order, options)}`);
        }
      });
    }
  }
}

console.log(`seeds ${SEEDS.join(' ')}`);
await tests.run();
tests.end();
