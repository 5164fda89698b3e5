/* books.mjs - do the books add up? Read through the API alone, for every place and item of a world.
 *   Flow:      each row closes, at every level and for every period asked; the root has nothing in or out.
 *   Tree:      closings of the children and the place's own stock are the place's closing, stage by stage.
 *   Stock:     never balance and shortfall together, nothing below zero.
 *   Cards:     the running balance follows from the changes and ends in the stock.
 *   Accounts:  material accounts add up and hold what the flow closes with.
 *   Journal:   the movements as stored, summed here: every account as GetStock says, no real account below zero at any
 *              entry, and for each item zero over everything. */
import { STAGES, check, dayAfter, number } from './rasad.mjs';

const TODAY = new Date().toISOString().slice(0, 10);
export const FOREVER = [dayAfter(TODAY, -3600), dayAfter(TODAY, 365)]; // a period has at most 4,000 days
const CAME = ['opening', 'supplied', 'good', 'in', 'difference'];
const WENT = ['out', 'consumed', 'served', 'sold', 'scrapped', 'lost'];
const BESIDE = ['spoiled', 'issued', 'handedIn', 'delivered'];
export const MEASURES = [...CAME, ...WENT, 'closing', ...BESIDE];
const OUTSIDE_FROM = 16;
const STAGE_NUMBERS = { STAGE_STOCK: 1, STAGE_MADE: 2, STAGE_UNCHECKED: 3, STAGE_REWORK: 4, STAGE_RESERVED: 5, STAGE_TRANSIT: 6, STAGE_LENT: 7, STAGE_OWED: 8, STAGE_SHORTFALL: 23 };

const sum = (row, columns) => columns.reduce((total, column) => total + number(row[column]), 0);

// ---- flow

/** GetFlow as numbers: {item: {opening, ..., closing, stages: {STAGE_STOCK: n}}} and {item: {opening, earned, ...}}. */
export async function flowOf(rasad, place, [from, to] = FOREVER) {
  const reply = await rasad.ask('Reports/GetFlow', { place, from, to });
  const flow = { goods: {}, money: {} };
  for (const row of reply.rows ?? []) {
    flow.goods[row.item] = Object.fromEntries(MEASURES.map(measure => [measure, number(row[measure])]));
    flow.goods[row.item].stages = Object.fromEntries((row.closingByStage ?? []).map(({ stage, quantity }) => [stage, number(quantity)]));
  }
  for (const row of reply.money ?? [])
    flow.money[row.item] = Object.fromEntries(['opening', 'earned', 'in', 'out', 'paid', 'closing'].map(measure => [measure, number(row[measure])]));
  return flow;
}

function flowCloses(place, flow) {
  for (const [item, row] of Object.entries(flow.goods)) {
    check(sum(row, CAME) - sum(row, WENT) === row.closing, `flow of ${place} ${item} does not close: ${JSON.stringify(row)}`);
    check(Object.values(row.stages).reduce((a, b) => a + b, 0) === row.closing, `flow of ${place} ${item}: the stages are not the closing: ${JSON.stringify(row)}`);
  }
  for (const [item, row] of Object.entries(flow.money))
    check(row.opening + row.earned + row.in - row.out - row.paid === row.closing, `money of ${place} ${item} does not close: ${JSON.stringify(row)}`);
}

// ---- stock

/** GetStock as numbers: {item: {stage: real - shortfall}}. */
export async function stockOf(rasad, place) {
  const stock = {};
  const reply = await rasad.ask('Materials/GetStock', { place });
  for (const { item, stage, quantity, shortfall } of reply.rows ?? []) {
    const [real, lent] = [number(quantity), number(shortfall)];
    check(real >= 0 && lent >= 0 && (real === 0 || lent === 0), `stock of ${place} ${item} ${stage}: ${real} and shortfall ${lent}`);
    (stock[item] ??= {})[stage] = real - lent;
  }
  return stock;
}

const zeros = stages => STAGES.map(stage => number(stages?.[stage]));

// ---- cards

async function cardRuns(rasad, place, item, stock) {
  const rows = [];
  let before = '';
  do {
    const page = await rasad.ask('Materials/GetStockCard', { place, item, before, limit: 100 });
    rows.push(...page.rows ?? []);
    before = page.next ?? '';
  } while (before !== '');
  const now = Object.values(stock[item] ?? {}).reduce((a, b) => a + b, 0);
  check(rows.length === 0 || number(rows[0].balance) === now, `card of ${place} ${item} ends in ${rows[0]?.balance}, the stock is ${now}`);
  let balance = 0;
  for (const row of rows.reverse()) {
    balance += row.otherPlace === place ? 0 : number(row.change);
    check(number(row.balance) === balance, `card of ${place} ${item} at ${row.name}: balance ${row.balance}, by the changes ${balance}`);
  }
  check(balance === now, `card of ${place} ${item} adds up to ${balance}, the stock is ${now}`);
}

// ---- material accounts

async function accountAddsUp(rasad, place, period, flow) {
  const [from, to] = period;
  const reply = await rasad.ask('Materials/GetMaterialAccount', { place, from, to });
  for (const row of reply.rows ?? []) {
    const gone = sum(row, ['issued', 'consumedGood', 'consumedSpoiled', 'returned', 'wasted']);
    const where = `material account of ${place} ${row.item}: ${JSON.stringify(row)}`;
    check(number(row.opening) + number(row.came) - gone === number(row.shouldHold), `${where} does not add up`);
    check(number(row.shouldHold) + number(row.countedVariance) === number(row.holds), `${where}: should hold and difference are not what it holds`);
    check(number(row.holds) === (flow.goods[row.item]?.closing ?? 0), `${where}: the flow closes with ${flow.goods[row.item]?.closing}`);
  }
}

// ---- the journal

/** Every entry, oldest first. */
export async function entriesOf(rasad, after = 0) {
  const entries = [];
  do {
    const page = await rasad.ask('Reports/ListEntries', { after, limit: 200 });
    entries.push(...page.entries ?? []);
    after = number(page.next);
  } while (after !== 0);
  return entries;
}

const stageNumber = stage => typeof stage === 'string' ? STAGE_NUMBERS[stage] ?? OUTSIDE_FROM : 0;

/** The movements summed: {real: {'place item stage': n}, lots, shortfall}; throws where an account falls below zero. */
export function movementsOf(entries) {
  const lots = new Map(), real = new Map(), lent = new Map(), outside = new Map(), touched = new Set();
  const add = (map, key, by) => map.set(key, (map.get(key) ?? 0) + by);
  const book = (place, stage, lot, item, other, by) => {
    if (stageNumber(stage) < OUTSIDE_FROM) {
      add(lots, `${place} ${item} ${stage} ${lot ?? 0}`, by);
      add(real, `${place} ${item} ${stage}`, by);
      touched.add(`${place} ${item} ${stage} ${lot ?? 0}`);
    } else {
      if (stage === 'STAGE_SHORTFALL') add(lent, `${place} ${item} ${other}`, -by);
      add(outside, item, by);
    }
  };
  for (const { entry } of entries) {
    for (const event of entry.events ?? []) {
      for (const m of event.movements ?? []) {
        const item = m.item || event.item, quantity = number(m.quantity);
        const isReal = stage => stageNumber(stage) < OUTSIDE_FROM;
        let from = m.fromPlace || event.place, to = m.toPlace || event.place;
        if (!isReal(m.fromStage)) from = to;
        else if (!isReal(m.toStage)) to = from;
        check(quantity > 0, `entry ${entry.header.sequence}: a movement of ${m.quantity}`);
        book(from, m.fromStage, m.fromLot, item, m.toStage, -quantity);
        book(to, m.toStage, m.toLot, item, m.fromStage, quantity);
      }
      for (const key of touched) check(lots.get(key) >= 0, `entry ${entry.header.sequence}: ${key} is ${lots.get(key)}`);
      touched.clear();
    }
  }
  for (const [key, quantity] of lent) check(quantity >= 0 && (quantity === 0 || !(real.get(key) > 0)), `${key}: ${real.get(key)} and shortfall ${quantity}`);
  for (const [item, quantity] of outside) {
    const inside = [...real].filter(([key]) => key.split(' ')[1] === item).reduce((total, [, n]) => total + n, 0);
    check(quantity + inside === 0, `${item}: everything adds up to ${quantity + inside}`);
  }
  return { real, lent };
}

function journalAgrees(world, entries, stocks) {
  const { real, lent } = movementsOf(entries);
  for (const place of world.withBooks) {
    for (const item of world.goods) {
      for (const stage of STAGES) {
        const key = `${place} ${item} ${stage}`, books = (real.get(key) ?? 0) - (lent.get(key) ?? 0);
        check(books === number(stocks[place][item]?.[stage]), `${key}: the journal comes to ${books}, the stock is ${stocks[place][item]?.[stage]}`);
      }
    }
  }
}

// ---- all of it

/** Throws at the first thing that does not add up. periods: besides the whole time, [[from, to], ...]. */
export async function booksAddUp(world, { periods = [], cards = true } = {}) {
  const { rasad } = world;
  const stocks = {}, flows = {};
  await Promise.all(world.withBooks.map(async place => {
    const [stock, flow] = await Promise.all([stockOf(rasad, place), flowOf(rasad, place)]);
    stocks[place] = stock;
    flows[place] = flow;
    flowCloses(place, flow);
    await accountAddsUp(rasad, place, FOREVER, flow);
    for (const period of periods) {
      const part = await flowOf(rasad, place, period);
      flowCloses(place, part);
      await accountAddsUp(rasad, place, period, part);
    }
    if (cards) await Promise.all(world.goods.map(item => cardRuns(rasad, place, item, stock)));
  }));
  for (const place of world.withBooks) {
    for (const item of world.goods) {
      const below = world.childrenOf(place).filter(child => flows[child]).map(child => zeros(flows[child].goods[item]?.stages));
      const own = zeros(stocks[place][item]), whole = zeros(flows[place].goods[item]?.stages);
      for (const i of STAGES.keys()) {
        const parts = below.reduce((total, child) => total + child[i], own[i]);
        check(parts === whole[i], `${place} ${item} ${STAGES[i]}: closes with ${whole[i]}, its parts come to ${parts}`);
      }
    }
  }
  for (const [item, row] of Object.entries(flows[world.places[0]].goods))
    check(row.in === 0 && row.out === 0 && row.opening === 0, `${item}: the root has in ${row.in}, out ${row.out}`);
  journalAgrees(world, await entriesOf(rasad), stocks);
  return { stocks, flows };
}
