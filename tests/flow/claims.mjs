/* claims.mjs - requests, approvals, allocations, slips and facts by chance, one after another and several at once: what is set
 * aside is what the request lines say, claims never take more than there is, facts never take what is set aside.
 * Again:  SEED=n, STEPS=n.
 * Usage:  node claims.mjs [BUILD] */
import { Chance, Tests, check, dayAfter, number, same, uuid } from '../lib/rasad.mjs';
import { booksAddUp, stockOf } from '../lib/books.mjs';
import { World } from '../lib/world.mjs';

const SEEDS = process.env.SEED ? [Number(process.env.SEED)] : [20200405, Date.now() % 1000000007];
const STEPS = Number(process.env.STEPS || 260);
const CLIENTS = 4;
const STORES = ['st_d', 'st_b', 'v1'], NEEDY = ['k1', 'k2', 'v2', 'dl1'], GOODS = ['mask', 'rice'];

const tests = new Tests();

class Play {
  constructor(world, seed) {
    this.world = world;
    this.rasad = world.rasad;
    this.chance = new Chance(seed);
    this.facts = [];     // {service, id, line, taken}
    this.slips = [];     // {slip, from, to, item}
    this.counts = {};
  }

  async requests() {
    const all = [];
    for (let after = ''; ;) {
      const page = await this.rasad.ask('Distribution/ListRequests', { place: 'd1', after, limit: 200 });
      all.push(...page.requests ?? []);
      after = page.next ?? '';
      if (!after) return all;
    }
  }

  async send(method, request, expected) {
    const id = uuid(), got = await this.rasad.call(method, { requestId: id, ...request });
    this.counts[`${method} ${got.ok ? 'yes' : 'no'}`] = (this.counts[`${method} ${got.ok ? 'yes' : 'no'}`] ?? 0) + 1;
    const why = got.refusal?.reason;
    if (expected !== undefined) check(got.ok === expected, `${method} ${JSON.stringify(request)}: ${got.ok ? 'granted' : got.message}, expected ${expected}`);
    check(got.ok || ['REASON_NOT_ENOUGH', 'REASON_STATE', 'REASON_ALREADY_REVERSED', 'REASON_EXISTS'].includes(why), `${method} ${JSON.stringify(request)}: ${got.message}`);
    return { ...got, id };
  }

  async fact(method, request) {
    const got = await this.send(method, request, true);
    this.facts.push({ service: method.split('/')[0], id: got.id });
  }

  /** alone: nobody else plays, so what a claim comes to is known beforehand. */
  async step(alone) {
    const { chance, world: { today } } = this;
    const item = chance.of(GOODS), store = chance.of(STORES), quantity = chance.between(1, 60);
    const pick = (likely = () => true) => {
      const some = (this.known ?? []).filter(likely);
      return some.length > 0 && chance.often(0.9) ? chance.of(some) : this.known?.length ? chance.of(this.known) : null;
    };
    const isAside = need => need.setAside?.length > 0;
    if (!this.known || chance.often(alone ? 1 : 0.3)) this.known = await this.requests();
    switch (chance.of(['came', 'came', 'took', 'ask', 'ask', 'approve', 'approve', 'allocate', 'allocate', 'allocate', 'unallocate', 'unallocate', 'cancel', 'send', 'send', 'receive', 'receive', 'settle', 'undo', 'undo'])) {
      case 'came': return this.fact('Materials/Receive', { day: today, place: store, lines: [{ item, quantity: quantity * 4 }] });
      case 'took': return this.fact('Materials/Waste', { day: today, lines: [{ place: store, item, quantity }] });
      case 'ask': return this.send('Distribution/Request', { day: today, place: chance.of(NEEDY), lines: [{ item, quantity, neededDay: dayAfter(today, chance.below(3)) }] }, true);
      case 'approve': { const need = pick(each => !number(each.approved)); return need && this.send('Distribution/Approve', { lines: [{ request: need.name, quantity: chance.often(0.7) ? number(need.requested) : chance.below(number(need.requested) + 1) }] }); }
      case 'allocate': return this.allocate(pick(each => number(each.approved) > number(each.allocated) + number(each.sent)), store, alone);
      case 'unallocate': {
        const need = pick(isAside), source = need?.setAside?.length ? chance.of(need.setAside) : null, part = chance.between(1, number(source?.quantity) + 1);
        return source && this.send('Distribution/Unallocate', { lines: [{ request: need.name, from: source.place, quantity: part }] }, alone ? part <= number(source.quantity) : undefined);
      }
      case 'cancel': { const need = pick(each => chance.often(0.5) || isAside(each)); return need && this.send('Distribution/CancelRequest', { lines: [{ request: need.name, quantity: chance.often(0.5) ? 0 : chance.between(1, number(need.requested)) }] }); }
      case 'send': {
        const need = pick(isAside), source = need?.setAside?.length ? chance.of(need.setAside) : null;
        const slip = { slip: uuid().slice(0, 13).toUpperCase(), from: source?.place ?? store, to: need?.place ?? 'k1', item: need?.item ?? item };
        this.slips.push(slip);
        return this.fact('Distribution/Send', { day: today, slip: slip.slip, from: slip.from, to: slip.to, lines: [{ item: slip.item, quantity: chance.between(1, number(source?.quantity) + 10), request: need?.name ?? '' }] });
      }
      case 'receive': {
        const slip = this.slips.length ? chance.of(this.slips) : null;
        return slip && this.fact('Distribution/Receive', { day: today, slip: slip.slip, from: slip.from, place: slip.to, lines: [{ item: slip.item, quantity, spoiled: chance.below(3) % (quantity + 1) }] });
      }
      case 'settle': {
        const slip = this.slips.length ? chance.of(this.slips) : null;
        if (!slip) return null;
        const got = await this.rasad.call('Distribution/Settle', { requestId: uuid(), day: today, slip: slip.slip, lines: [{ item: slip.item, quantity: chance.between(1, 20), outcome: chance.of(['SETTLEMENT_LOST', 'SETTLEMENT_BACK', 'SETTLEMENT_CAME']) }] });
        return check(got.ok || ['REASON_NOT_ENOUGH', 'REASON_UNKNOWN_CODE'].includes(got.refusal?.reason), `Settle: ${got.message}`); // its slip may be taken back
      }
      default: {
        const fact = this.facts.length ? chance.of(this.facts) : null;
        if (!fact) return null;
        const wanted = alone ? !fact.taken : undefined;
        fact.taken = true;
        return this.send(`${fact.service}/Reverse`, { lines: [{ requestId: fact.id, line: 1 }] }, wanted);
      }
    }
  }

  async allocate(need, store, alone) {
    if (!need) return null;
    const quantity = this.chance.between(1, 40);
    let expected;
    if (alone) {
      const view = (await this.requests()).find(each => each.name === need.name);
      const wanted = number(view.requested) - number(view.cancelled), agreed = Math.min(number(view.approved), wanted);
      const free = Math.max(0, number((await stockOf(this.rasad, store))[need.item]?.STAGE_STOCK));
      // what was lost on the way must be supplied again: `sent` less the settled ones does not stand in the view
      const lower = Math.max(0, agreed - number(view.allocated) - Math.max(number(view.sent), number(view.received)));
      const upper = Math.max(0, agreed - number(view.allocated) - number(view.received));
      if (quantity > free || quantity > upper) expected = false;
      else if (quantity <= lower) expected = true;
    }
    return this.send('Distribution/Allocate', { lines: [{ request: need.name, from: store, quantity }] }, expected);
  }

  async invariants() {
    const requests = await this.requests(), aside = {};
    for (const need of requests) {
      const sources = need.setAside ?? [];
      same(sources.reduce((sum, source) => sum + number(source.quantity), 0), number(need.allocated), `set aside for ${need.name}`);
      for (const source of sources) {
        check(number(source.quantity) > 0, `${need.name} has ${source.quantity} at ${source.place}`);
        const key = `${source.place} ${need.item}`;
        aside[key] = (aside[key] ?? 0) + number(source.quantity);
      }
      for (const column of ['approved', 'allocated', 'sent', 'received', 'spoiled', 'cancelled']) check(number(need[column]) >= 0, `${need.name}: ${column} ${need[column]}`);
      check(number(need.cancelled) <= number(need.requested), `${need.name}: cancelled ${need.cancelled} of ${need.requested}`);
    }
    const { stocks } = await booksAddUp(this.world, { cards: false });
    for (const place of this.world.withBooks)
      for (const item of this.world.goods)
        same(number(stocks[place][item]?.STAGE_RESERVED), aside[`${place} ${item}`] ?? 0, `reserved at ${place}, ${item}, and what the request lines say`);
  }
}

for (const seed of SEEDS) {
  tests.test(`SEED=${seed}: ${STEPS} steps, one after another`, async () => {
    const world = await World.build({ people: false });
    try {
      const play = new Play(world, seed);
      for (let i = 1; i <= STEPS; i++) {
        await play.step(true);
        if (i % 20 === 0) await play.invariants();
      }
      if (process.env.SHOW) console.log(play.counts);
      same((await world.rasad.cli(['verify'])).code, 0, 'verify');
    } finally {
      await world.close();
    }
  });

  tests.test(`SEED=${seed}: ${STEPS} steps of ${CLIENTS} at once`, async () => {
    const world = await World.build({ people: false });
    try {
      const play = new Play(world, seed + 1);
      for (let i = 0; i < STEPS; i += 10 * CLIENTS) {
        await Promise.all(Array.from({ length: CLIENTS }, async () => { for (let n = 0; n < 10; n++) await play.step(false); }));
        await play.invariants();
      }
      same((await world.rasad.cli(['verify'])).code, 0, 'verify');
    } finally {
      await world.close();
    }
  });
}

console.log(`seeds ${SEEDS.join(' ')}`);
await tests.run();
tests.end();
