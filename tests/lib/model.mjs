/* model.mjs - a second opinion: what the facts must come to, computed without any store, lots or order of entry.
 * Rules:  DESIGN 6 to 10. A fact that was taken back or corrected never was. Every other one moves its whole quantity on
 *         its day, in a closed month booked on the first open one. Of a stage the net is the last count and what happened
 *         after it; what a recipe takes is the floor of the running total of (place, version, choice of input). Real is what
 *         of the net is above zero, shortfall what is below.
 * A fact: {type, day, place, item, ...} as order.mjs makes them. Movements: {from, fromStage, to, toStage, item, quantity, day}. */
import { STAGES, dayAfter, dayNumber } from './rasad.mjs';
import { KINDS, PLACES } from './world.mjs';

const place = Object.fromEntries(PLACES.map(line => [line.code, { ...line, behaviour: KINDS.find(kind => kind.code === line.kind).behaviour }]));
export const pathOf = code => code ? [code, ...pathOf(place[code].parent)] : [];
const behaviour = code => place[code].behaviour;
export const handsIn = code => behaviour(code).makes && !behaviour(code).holds && !behaviour(code).serves;
export const makes = code => Boolean(behaviour(code).makes);
export const serves = code => Boolean(behaviour(code).serves);
export const holds = code => Boolean(behaviour(code).holds);
export const keeps = code => holds(code) || makes(code) || serves(code);
/** Who takes in what a maker gives straight away: the nearest place above that holds. */
export const takerOf = code => pathOf(code).slice(1).find(holds);

const isReal = stage => STAGES.includes(`STAGE_${stage}`);

export class Model {
  /** items, recipes: as they were added to the registry. closed: the last day of the last closed month, or ''. */
  constructor({ items, recipes, closed = '' }) {
    this.items = Object.fromEntries(items.map(item => [item.code, item]));
    this.recipes = recipes;
    this.closed = closed;
  }

  booked(day) { return day <= this.closed ? dayAfter(this.closed, 1) : day; }

  arrival(item) { return this.items[item].check === 'CHECK_INSPECTOR' ? 'UNCHECKED' : 'STOCK'; }

  /** The recipe in force on a day: the one with the latest first day, of two the later set. */
  recipeOn(item, day) {
    let found = -1;
    this.recipes.forEach((recipe, i) => {
      if (recipe.item !== item || recipe.fromDay > day) return;
      if (found < 0 || recipe.fromDay >= this.recipes[found].fromDay) found = i;
    });
    return found;
  }

  /** What a fact moves, but for what a recipe takes and a count finds. */
  moved(fact) {
    const all = [];
    const move = (from, fromStage, to, toStage, quantity) => {
      if (quantity > 0) all.push({ from, fromStage, to, toStage, item: fact.item, quantity, day: fact.day });
    };
    const { place: at, to, quantity } = fact;
    const outStage = fact.type === 'logged' ? (handsIn(at) ? 'MADE' : this.arrival(fact.item)) : '';
    switch (fact.type) {
      case 'came': move(at, 'SUPPLIED', at, this.arrival(fact.item), quantity); break;
      case 'issued':
        move(at, 'STOCK', to, 'STOCK', quantity);
        if (this.items[fact.item].usedUpOnIssue && makes(to)) move(to, 'STOCK', to, 'CONSUMED', quantity);
        break;
      case 'returned': move(at, 'STOCK', to, 'STOCK', quantity); break;
      case 'wasted': move(at, fact.stage, at, 'SCRAPPED', quantity); break;
      case 'logged':
        move(at, 'PRODUCED', at, outStage, fact.good);
        move(at, 'PRODUCED', at, 'SCRAPPED', fact.spoiled);
        move(at, 'REWORK', at, outStage, fact.remade);
        break;
      case 'handed_in':
        move(at, 'MADE', to, this.arrival(fact.item), fact.good);
        move(at, 'MADE', at, 'SCRAPPED', fact.spoiled);
        move(at, 'MADE', at, 'REWORK', fact.rework);
        break;
      case 'delivered':
        if (fact.outOfMade) move(at, 'MADE', takerOf(at), this.arrival(fact.item), quantity);
        move(fact.outOfMade ? takerOf(at) : at, 'STOCK', to, 'STOCK', quantity);
        break;
      case 'sent': move(at, 'STOCK', at, 'TRANSIT', quantity); break;
      case 'received':
        move(fact.from, 'TRANSIT', at, 'STOCK', quantity - fact.spoiled);
        move(fact.from, 'TRANSIT', at, 'UNCHECKED', fact.spoiled);
        break;
      case 'settled':
        if (fact.outcome === 'LOST') move(at, 'TRANSIT', at, 'LOST', quantity);
        else move(at, 'TRANSIT', fact.outcome === 'BACK' ? at : to, 'STOCK', quantity);
        break;
      case 'served': move(at, 'STOCK', at, fact.sold ? 'SOLD' : 'SERVED', quantity); break;
      case 'inspected':
        move(at, 'UNCHECKED', at, 'STOCK', fact.accepted);
        move(at, 'UNCHECKED', at, 'REWORK', fact.rework);
        move(at, 'UNCHECKED', at, 'SCRAPPED', fact.scrapped);
        break;
    }
    return all;
  }

  /** What the recipes take, in the order of the facts: the sum is the same in any, the share of a day only where no floor cuts. */
  consumed(facts) {
    const totals = new Map(), all = [];
    for (const fact of facts.filter(each => each.type === 'logged')) {
      const version = this.recipeOn(fact.item, fact.day);
      (this.recipes[version]?.inputs ?? []).forEach((input, i) => {
        const item = fact.instead?.[i] || input.item;
        if (this.items[item].usedUpOnIssue) return;
        const key = `${fact.place} ${version} ${i} ${item}`;
        const before = totals.get(key) ?? 0n, after = before + BigInt(fact.good + fact.spoiled);
        const share = total => total * BigInt(input.quantity) / BigInt(input.per);
        totals.set(key, after);
        const quantity = Number(share(after) - share(before));
        if (quantity > 0) all.push({ from: fact.place, fromStage: 'STOCK', to: fact.place, toStage: 'CONSUMED', item, quantity, day: fact.day });
      });
    }
    return all;
  }

  /** The facts that were not taken back or corrected. */
  static standing(facts) {
    const taken = new Set(facts.map(fact => fact.takes).filter(Boolean));
    return facts.filter(fact => fact.type !== 'reversed' && !taken.has(fact.name));
  }

  /** GetPresence of a place for a month, "2026-04", or a year: {item: {members, makers}}. */
  static presence(facts, at, period) {
    const highest = {}, presence = {};
    for (const fact of Model.standing(facts)) {
      if (fact.type !== 'logged' || !fact.day.startsWith(period) || !pathOf(fact.place).includes(at)) continue;
      if (fact.good + fact.spoiled + fact.remade + fact.members === 0) continue;
      const key = `${fact.place} ${fact.item}`;
      highest[key] = Math.max(highest[key] ?? 0, fact.members);
    }
    for (const [key, members] of Object.entries(highest)) {
      const row = presence[key.split(' ')[1]] ??= { members: 0, makers: 0 };
      row.members += members;
      row.makers++;
    }
    return presence;
  }

  /** A maker's row of the sheet of a day: what she logged, and on the last day before with a log. */
  static sheet(facts, maker, item, day) {
    const logs = Model.standing(facts).filter(fact => fact.type === 'logged' && fact.place === maker && fact.item === item);
    const of = when => logs.filter(fact => fact.day === when), sum = (list, column) => list.reduce((total, fact) => total + fact[column], 0);
    const lastDay = logs.map(fact => fact.day).filter(when => when < day).sort().at(-1) ?? '';
    return { good: sum(of(day), 'good'), spoiled: sum(of(day), 'spoiled'), membersAtWork: Math.max(0, ...of(day).map(fact => fact.members)), lastDay, lastGood: sum(of(lastDay), 'good'), lines: of(day).length };
  }

  /** What the slips come to: {'slip item': {sent, received, spoiled, settled, missing}}. */
  static shipments(facts) {
    const slips = {}, named = new Set();
    for (const fact of Model.standing(facts)) {
      if (!fact.slip) continue;
      const key = `${fact.slip} ${fact.item}`, line = slips[key] ??= { sent: 0, received: 0, spoiled: 0, settled: 0, missing: 0 };
      if (fact.type === 'sent') line.sent += fact.quantity;
      else if (fact.type === 'settled' && fact.outcome !== 'CAME') line.settled += fact.quantity;
      else line.received += fact.quantity;
      if (fact.type === 'received') line.spoiled += fact.spoiled;
      if (fact.type === 'received') named.add(key);
    }
    for (const key of named) slips[key].missing = Math.max(0, slips[key].sent - slips[key].received - slips[key].settled);
    return slips;
  }

  /** All movements, those of counts as {fromStage: 'UNEXPLAINED', quantity: the variance, also below zero}. */
  movements(facts) {
    const standing = Model.standing(facts);
    const all = [...standing.flatMap(fact => this.moved(fact)), ...this.consumed(standing)];
    const stages = new Map();
    for (const count of standing.filter(fact => fact.type === 'counted')) {
      const key = `${count.place} ${count.item} ${count.stage}`;
      if (!stages.has(key)) stages.set(key, []);
      stages.get(key).push(count);
    }
    const differences = [];
    const moment = count => dayNumber(count.day) * 2 + (count.atStart ? 0 : 1);
    for (const counts of stages.values()) {
      const { place: at, item, stage } = counts[0];
      let net = 0, before = -Infinity;
      for (const count of counts.sort((a, b) => moment(a) - moment(b))) {
        for (const m of all) {
          const when = dayNumber(m.day) * 2 + 0.5; // between the start and the end of its day
          if (m.item !== item || when < before || when > moment(count)) continue;
          if (m.to === at && m.toStage === stage) net += m.quantity;
          if (m.from === at && m.fromStage === stage) net -= m.quantity;
        }
        before = moment(count);
        differences.push({ from: at, fromStage: 'UNEXPLAINED', to: at, toStage: stage, item, quantity: count.counted - net, day: count.day });
        net = count.counted;
      }
    }
    return [...all, ...differences];
  }

  /** {'place item STAGE': net}, zeros left out. */
  static nets(movements) {
    const nets = {};
    const add = (at, stage, item, by) => { if (isReal(stage)) nets[`${at} ${item} STAGE_${stage}`] = (nets[`${at} ${item} STAGE_${stage}`] ?? 0) + by; };
    for (const m of movements) {
      add(m.from, m.fromStage, m.item, -m.quantity);
      add(m.to, m.toStage, m.item, m.quantity);
    }
    return Object.fromEntries(Object.entries(nets).filter(([, net]) => net !== 0).sort());
  }

  /** GetFlow of a place for a period, as books.mjs reads it: {item: {opening, ..., stages}}; items that nothing touched are missing. */
  flow(movements, at, [from, to]) {
    const flow = {};
    const inside = code => pathOf(code).includes(at);
    for (const m of movements) {
      const [leaves, arrives] = [inside(m.from), inside(m.to)];
      const day = this.booked(m.day);
      if (day > to || (!leaves && !arrives)) continue;
      const row = flow[m.item] ??= { opening: 0, supplied: 0, good: 0, in: 0, difference: 0, out: 0, consumed: 0, served: 0, sold: 0, scrapped: 0, lost: 0, closing: 0, spoiled: 0, issued: 0, handedIn: 0, delivered: 0, stages: {} };
      const early = day < from;
      const stand = (stage, by) => {
        if (!isReal(stage)) return;
        if (early) row.opening += by;
        row.closing += by;
        row.stages[`STAGE_${stage}`] = (row.stages[`STAGE_${stage}`] ?? 0) + by;
      };
      if (leaves) stand(m.fromStage, -m.quantity);
      if (arrives) stand(m.toStage, m.quantity);
      if (early) continue;
      const column = columnOf(m, leaves, arrives);
      if (column) row[column] += m.quantity;
    }
    for (const row of Object.values(flow)) row.stages = Object.fromEntries(Object.entries(row.stages).filter(([, n]) => n !== 0));
    return flow;
  }
}

function columnOf(m, leaves, arrives) {
  if (m.from !== m.to) {
    if (!leaves) return 'in';
    if (!arrives) return 'out';
    return m.fromStage === 'MADE' ? 'handedIn' : serves(m.to) ? 'delivered' : makes(m.to) ? 'issued' : '';
  }
  if (m.fromStage === 'PRODUCED') return m.toStage === 'SCRAPPED' ? 'spoiled' : 'good';
  if (m.fromStage === 'SUPPLIED') return 'supplied';
  if (m.fromStage === 'UNEXPLAINED') return 'difference';
  return { CONSUMED: 'consumed', SERVED: 'served', SOLD: 'sold', SCRAPPED: 'scrapped', LOST: 'lost' }[m.toStage] ?? '';
}
