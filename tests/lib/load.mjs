/* load.mjs - clients that send facts and remember every answer, and what must be true of the books afterwards.
 * Flow:    const load = new Load(world, chance); load.begin(); ... things go wrong ...; await load.end(); await load.settled();
 * Rule:    no answer is neither yes nor no: such a command is sent again under its id until it has one. settled() then says
 *          that every acknowledged command is there exactly once and with one answer, that nothing else is there but the
 *          reactions, once for each cause, that the books are those of a plain model and close at every level, and that
 *          `rasad verify` finds in the tables what the journal gives.
 */
import http from 'node:http';
import { check, dayAfter, number, same, sleep, uuid } from './rasad.mjs';
import { booksAddUp, entriesOf } from './books.mjs';
import { Model, handsIn, keeps, makes, serves, takerOf } from './model.mjs';
import { ITEMS, PLACES, RECIPES } from './world.mjs';

const LINES_OF_A_LOAD = 200; // now and then a long command, so that what happens falls inside transactions
const REACTION_MS_MAX = 20000;
const PATIENCE_MS = 60000;   // for one command: longer, and it is lost
const LATER = ['unavailable', 'deadline_exceeded', 'canceled'];
export const FAILING = ['resource_exhausted', 'internal', 'unknown', 'data_loss']; // what a store answers whose calls fail
const PLACES_KEPT = PLACES.map(line => line.code).filter(code => keeps(code));
const GOODS = ['cloth', 'mask', 'rice', 'ppe_kit'];
const hex = id => id.replaceAll('-', '');

function requestOf({ type, day, place, to, item, quantity, good, spoiled, lines }) {
  switch (type) {
    case 'came': return ['Materials/Receive', { day, place, lines: Array.from({ length: lines }, () => ({ item, quantity })) }];
    case 'issued': return ['Materials/Issue', { day, from: place, lines: [{ to, item, quantity }] }];
    case 'logged': return ['Production/LogOutput', { workDate: day, lines: [{ place, item, good, spoiled, membersAtWork: 4 }] }];
    case 'handed_in': return ['Production/HandIn', { day, to, lines: [{ place, item, good }] }];
    case 'delivered': return ['Distribution/Deliver', { day, from: place, lines: [{ to, item, quantity }] }];
    case 'served': return ['Distribution/Serve', { day, lines: [{ place, item, quantity }] }];
    default: return ['Materials/Waste', { day, lines: [{ place, item, quantity }] }];
  }
}

export class Load {
  /** later: more codes that clients take for "not now"; a cut connection always is. */
  constructor(world, chance, { clients = 5, later = [] } = {}) {
    Object.assign(this, { world, chance, clients, later: [...LATER, ...later], rasad: world.rasad, sent: [], wrong: [], loading: false, running: [] });
  }

  /** A fact by chance; type: this one. */
  fact(type = this.chance.of(['came', 'came', 'issued', 'logged', 'logged', 'handed_in', 'delivered', 'served', 'wasted'])) {
    const { chance } = this;
    const base = { type, day: dayAfter(this.world.today, -chance.below(6)), item: chance.of(GOODS), quantity: chance.between(1, 90) };
    switch (type) {
      case 'came': return { ...base, place: chance.of(PLACES_KEPT), lines: chance.often(0.08) ? LINES_OF_A_LOAD : 1 };
      case 'issued': { const place = chance.of(PLACES_KEPT); return { ...base, place, to: chance.of(PLACES_KEPT.filter(to => to !== place)) }; }
      case 'logged': return { ...base, place: chance.of(PLACES_KEPT.filter(makes)), item: chance.of(['mask', 'ppe_kit']), good: 2 * chance.below(50), spoiled: 2, remade: 0 };
      case 'handed_in': { const place = chance.of(PLACES_KEPT.filter(handsIn)); return { ...base, place, to: takerOf(place), item: 'mask', good: chance.between(1, 60), spoiled: 0, rework: 0 }; }
      case 'delivered': { const place = chance.of(PLACES_KEPT); return { ...base, place, to: chance.of(['dl1', 'dl2', 'k1', 'st_b'].filter(to => to !== place)), outOfMade: false }; }
      case 'served': return { ...base, place: chance.of(PLACES_KEPT.filter(serves)), sold: false };
      default: return { ...base, place: chance.of(PLACES_KEPT), stage: 'STOCK' };
    }
  }

  /** A command, remembered and not yet sent; more: what its fact has other than by chance. */
  command(type, more) {
    const fact = { ...this.fact(type), ...more }, [method, request] = requestOf(fact), id = uuid();
    const command = { id, fact, method, request: { requestId: id, ...request }, answer: null, tries: 0 };
    this.sent.push(command);
    return command;
  }

  /** Send once. True: answered; else nobody knows, or it is for later; `said` is the code of that. */
  async send(command, { agent, timeout = 15000 } = {}) {
    command.tries++;
    let got;
    try {
      got = await this.rasad.call(command.method, command.request, { agent, timeout }); // agent false: a connection of its own
    } catch {
      command.said = 'cut off';
      return false;
    }
    command.said = got.code ?? 'ok';
    if (this.later.includes(got.code)) return false;
    if (got.refusal?.reason === 'REASON_SET_ASIDE') {
      command.setAside = true;
      return true;
    }
    if (!got.ok) {
      this.wrong.push(`${command.method} ${got.status} ${got.message}`);
      return true;
    }
    if (command.answer) {
      const [a, b] = [JSON.stringify(command.answer), JSON.stringify(got.body)];
      if (a !== b) this.wrong.push(`${command.method} ${command.id}: answered ${a}, then ${b}`);
    }
    command.answer = got.body;
    return true;
  }

  /** Until it is answered. */
  async sendThrough(command) {
    for (const until = Date.now() + PATIENCE_MS; !await this.send(command); await sleep(20))
      check(Date.now() < until, `${command.method} is not answered, it says ${command.said}`);
  }

  async #client() {
    const agent = new http.Agent({ keepAlive: true }), unknown = [];
    while (this.loading) {
      const again = unknown.length > 0 && this.chance.often(0.5) ? unknown.shift() : null;
      const command = again ?? this.command();
      if (!await this.send(command, { agent })) { unknown.push(command); await sleep(20); }
    }
    agent.destroy();
  }

  begin() {
    this.loading = true;
    this.running = Array.from({ length: this.clients }, () => this.#client());
  }

  async end() {
    this.loading = false;
    await Promise.all(this.running);
  }

  /** Under load for as long as the work takes. */
  async during(work) {
    this.begin();
    try {
      return await work();
    } finally {
      await this.end();
    }
  }

  answered() { return this.sent.filter(command => command.answer); }
  counts() { return `${this.sent.length} commands, ${this.answered().length} acknowledged, ${this.sent.filter(each => each.tries > 1).length} sent again`; }

  /** Entries by request id, in hex. */
  async byId() {
    const map = new Map(), entries = await entriesOf(this.rasad);
    for (const { entry } of entries) {
      const id = Buffer.from(entry.header.requestId, 'base64').toString('hex');
      map.set(id, [...map.get(id) ?? [], entry]);
    }
    return { map, entries };
  }

  /** What was acknowledged is there exactly once, what was not at most once. */
  async onceEach() {
    const { map, entries } = await this.byId();
    for (const command of this.sent) {
      const found = map.get(hex(command.id)) ?? [];
      if (command.answer) {
        same(found.length, 1, `entries of an acknowledged ${command.method}`);
        same(number(found[0].header.sequence), number(command.answer.sequence), 'its sequence');
      } else check(found.length <= 1, `${found.length} entries of ${command.method}`);
    }
    entries.forEach(({ entry }, i) => same(number(entry.header.sequence), i + 1, 'sequences without gaps'));
    let before = 0;
    for (const { entry } of entries) {
      check(number(entry.header.serverTimeMs) >= before, `entry ${entry.header.sequence} is older than the one before it`);
      before = number(entry.header.serverTimeMs);
    }
  }

  /** Sent again under its id, every one is there once, with one answer for ever. */
  async sentAgain() {
    for (const command of this.sent) {
      await this.sendThrough(command);
      if (command.tries === 1) await this.sendThrough(command);
    }
    same(this.wrong, [], 'answers that nobody should get');
    const { map } = await this.byId();
    for (const command of this.sent) same((map.get(hex(command.id)) ?? []).length, command.setAside ? 0 : 1, `entries of ${command.method}`);
  }

  /** Nothing else is there: the reactions once for each cause. */
  async reacted() {
    const ours = new Set(this.sent.map(command => hex(command.id)));
    for (const until = Date.now() + REACTION_MS_MAX; ; await sleep(50)) {
      const { entries } = await this.byId();
      const causes = entries.filter(({ entry }) => entry.header.actor === 'system').map(({ entry }) => entry.header.cause);
      same(new Set(causes).size, causes.length, 'earnings of the same cause');
      const strangers = entries.filter(({ entry }) => entry.header.actor !== 'system' && !entry.header.method.startsWith('Registry/') && !ours.has(Buffer.from(entry.header.requestId, 'base64').toString('hex')));
      same(strangers.length, 0, 'entries of nobody');
      const wanted = entries.filter(({ entry }) => entry.header.method === 'Production/HandIn').length;
      if (causes.length === wanted) return;
      check(Date.now() < until, `${causes.length} earnings for ${wanted} hand-ins`);
    }
  }

  /** The books are those of the facts, and add up at every level. */
  async booksClose() {
    const { today } = this.world;
    const facts = this.sent.filter(command => !command.setAside).map(({ fact }, i) => ({ ...fact, name: `f${i}`, quantity: fact.quantity * (fact.lines ?? 1) }));
    const wanted = Model.nets(new Model({ items: ITEMS, recipes: RECIPES }).movements(facts));
    const { stocks } = await booksAddUp(this.world, { periods: [[dayAfter(today, -3), dayAfter(today, -2)]] });
    const got = {};
    for (const [place, stock] of Object.entries(stocks)) for (const [item, stages] of Object.entries(stock)) for (const [stage, net] of Object.entries(stages)) if (net !== 0) got[`${place} ${item} ${stage}`] = net;
    same(Object.entries(got).sort(), Object.entries(wanted).sort(), 'stock');
  }

  /** The tables are those that the journal gives. */
  async verified() {
    const got = await this.rasad.cli(['verify']), head = await this.rasad.head();
    same([got.code, got.stdout.trim()], [0, `ok ${head.sequence} ${head.hash}`], `verify: ${got.stderr.slice(-300)}`);
  }

  async settled() {
    await this.onceEach();
    await this.sentAgain();
    await this.reacted();
    await this.booksClose();
    await this.verified();
  }
}

/** How much of it: the short round of `make test`, or all of `make test-fault`; ROUNDS sets another number. */
export const FULL = process.env.FULL === '1';
export const rounds = (short, full) => Number(process.env.ROUNDS || (FULL ? full : short));
/** The one line of a kind of fault; the runner shows it. */
export const summary = (kind, text) => console.log(`summary: ${kind}: ${text}`);
