/* world.mjs - a small district with everything in it: what the tests of tests/flow and tests/fault play in.
 *   d1 district ─ st_d store · sup supplier
 *    ├ b1 block ─ st_b store · k1 kitchen · v1 village organisation ─ g11 g12 g13 groups, dl1 dealer
 *    │                                   · v2 village organisation ─ g21 g22 groups
 *    └ b2 block ─ k2 kitchen · dl2 dealer · v3 village organisation ─ g31 group
 * People: one for each role, and a second manager; PASSWORD is everybody's. */
import { Rasad, uuid } from './rasad.mjs';

export const PASSWORD = 'lentils and rice';

const kind = (code, behaviour) => ({ code, label: { en: code.replaceAll('_', ' ') }, behaviour });
export const KINDS = [
  kind('district', {}), kind('block', {}),
  kind('village_organisation', { holds: true }),
  kind('group', { makes: true }),
  kind('store', { holds: true }),
  kind('supplier', { outside: true }),
  kind('ration_dealer', { serves: true, person: true }),
  kind('kitchen', { holds: true, makes: true, serves: true }),
];

const place = (code, kindCode, parent, more = {}) => ({ code, kind: kindCode, parent, name: { en: code.toUpperCase() }, ...more });
export const PLACES = [
  place('d1', 'district', '', { calendar: 'CALENDAR_GREGORIAN' }),
  place('st_d', 'store', 'd1'), place('sup', 'supplier', 'd1'),
  place('b1', 'block', 'd1'), place('b2', 'block', 'd1'),
  place('st_b', 'store', 'b1'), place('k1', 'kitchen', 'b1'), place('v1', 'village_organisation', 'b1'), place('v2', 'village_organisation', 'b1'),
  place('k2', 'kitchen', 'b2'), place('dl2', 'ration_dealer', 'b2', { phone: '+91 94150 00002' }), place('v3', 'village_organisation', 'b2'),
  place('g11', 'group', 'v1', { members: 10, registerNumber: 1 }), place('g12', 'group', 'v1', { members: 12, registerNumber: 2 }),
  place('g13', 'group', 'v1', { members: 8, registerNumber: 3 }), place('dl1', 'ration_dealer', 'v1', { phone: '+91 94150 00001' }),
  place('g21', 'group', 'v2', { members: 11, registerNumber: 1 }), place('g22', 'group', 'v2', { members: 9, registerNumber: 2 }),
  place('g31', 'group', 'v3', { members: 10, registerNumber: 1 }),
];

const goods = (code, unit, more = {}) => ({ code, class: 'ITEM_CLASS_GOODS', name: { en: code.replaceAll('_', ' ') }, unit, ...more });
export const ITEMS = [
  goods('cloth', 'UNIT_CENTIMETRE', { displayFactor: 100, displayUnit: { en: 'metre' }, packs: [{ code: 'bolt', name: { en: 'bolt' } }, { code: 'metre', name: { en: 'metre' }, quantity: 100 }] }),
  goods('elastic', 'UNIT_CENTIMETRE', { displayFactor: 100, displayUnit: { en: 'metre' }, usedUpOnIssue: true }),
  goods('mask', 'UNIT_PIECE', { check: 'CHECK_OWN', packs: [{ code: 'bundle', name: { en: 'bundle of 50' }, quantity: 50 }] }),
  goods('ppe_kit', 'UNIT_PIECE', { check: 'CHECK_INSPECTOR', aqlHundredths: 250 }),
  goods('rice', 'UNIT_GRAM', { displayFactor: 1000, displayUnit: { en: 'kilogram' }, packs: [{ code: 'sack', name: { en: 'sack of 50 kg' }, quantity: 50000 }] }),
  goods('cooked_packet', 'UNIT_PIECE', { shelfLifeMin: 360 }),
  { code: 'inr', class: 'ITEM_CLASS_MONEY', name: { en: 'Rupees' }, unit: 'UNIT_PAISE', displayFactor: 100, displayUnit: { en: 'rupee' } },
];
export const RECIPES = [
  { item: 'mask', fromDay: '2020-03-01', inputs: [{ item: 'cloth', quantity: 2500, per: 200, bestQuantity: 2000 }, { item: 'elastic', quantity: 7200, per: 200 }] },
  { item: 'ppe_kit', fromDay: '2020-03-01', inputs: [{ item: 'cloth', quantity: 350, per: 1 }] },
  { item: 'cooked_packet', fromDay: '2020-03-01', inputs: [{ item: 'rice', quantity: 1500, per: 10, withinTolerance: true }] },
];
export const MASK_RATE = 300; // paise for one, when handed in
export const KIT_RATE = 5000; // paise for one, when accepted
export const RATES = [
  { item: 'mask', money: 'inr', perPiece: MASK_RATE, fromDay: '2020-03-01', basis: 'RATE_BASIS_HAND_IN' },
  { item: 'ppe_kit', money: 'inr', perPiece: KIT_RATE, fromDay: '2020-03-01', basis: 'RATE_BASIS_ACCEPTANCE' },
];

export const PEOPLE = {
  manager: ['ROLE_CLUSTER_MANAGER', 'v1'], manager2: ['ROLE_CLUSTER_MANAGER', 'v2'],
  keeper: ['ROLE_STORE_KEEPER', 'd1'], inspector: ['ROLE_INSPECTOR', 'd1'], officer: ['ROLE_SUPPLY_OFFICER', 'd1'],
  kitchen: ['ROLE_KITCHEN_OPERATOR', 'k1'], helpline: ['ROLE_HELPLINE', 'd1'], auditor: ['ROLE_AUDITOR', 'd1'],
  admin: ['ROLE_ADMINISTRATOR', 'd1'],
};

export class World {
  /** rasad: a running one, else it is started. people: make them and let them sign in. items, recipes, rates: others than
   * the usual ones. */
  static async build({ rasad, people = true, items = ITEMS, recipes = RECIPES, rates = RATES } = {}) {
    const world = new World();
    world.rasad = rasad ?? await Rasad.start();
    world.today = (await world.rasad.ask('Registry/GetMe', {})).today;
    world.items = items.map(line => line.code);
    world.goods = items.filter(line => line.class === 'ITEM_CLASS_GOODS').map(line => line.code);
    await world.#setUp(people, items, recipes, rates);
    return world;
  }

  places = PLACES.map(line => line.code);
  withBooks = PLACES.filter(line => line.kind !== 'supplier').map(line => line.code);
  parents = Object.fromEntries(PLACES.map(line => [line.code, line.parent]));
  tokens = {};

  childrenOf(code) { return this.places.filter(place => this.parents[place] === code); }

  /** Places go below others, from this entry on. */
  async move(moves) {
    await this.rasad.ask('Registry/MovePlaces', { requestId: uuid(), lines: Object.entries(moves).map(([place, parent]) => ({ place, parent })) });
    Object.assign(this.parents, moves);
  }

  async #setUp(people, items, recipes, rates) {
    const add = (method, lines) => this.rasad.ask(`Registry/${method}`, { requestId: uuid(), lines });
    await add('AddKinds', KINDS);
    await add('AddPlaces', PLACES);
    await add('AddItems', items);
    await add('SetRecipes', recipes);
    await add('SetRates', rates);
    if (!people) return;
    await add('AddPeople', Object.entries(PEOPLE).map(([code, [role, at]]) => ({ code, name: `Name of ${code}`, phone: '+91 94150 12345', roles: [{ role, place: at }] })));
    for (const code of Object.keys(PEOPLE)) await this.enter(code);
  }

  /** Give a person the password and let her sign in; her token. */
  async enter(code, password = PASSWORD) {
    await this.rasad.ask('Registry/SetPassword', { person: code, password });
    this.tokens[code] = await this.signIn(code, password);
    return this.tokens[code];
  }

  async signIn(code, password = PASSWORD) {
    return (await this.rasad.ask('Registry/SignIn', { login: code, password }, { token: '' })).token;
  }

  close() { return this.rasad.close(); }
}
