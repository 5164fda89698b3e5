/* rights.mjs - every method of every service, asked by each role of another block and by nobody: who may not, may not.
 * Shape:  one row for each method of the contract; a method without a row fails the suite. A row is what is asked, of places
 *         in block b1 (PLACED: bound to a place; its asker must have a role there), or who may ask at all (OPEN).
 *         The askers work in block b2: far_manager, far_keeper ... Every refusal is exact: status, code, reason.
 * After:  nothing was written, no process ended, the books add up.
 * Usage:  node rights.mjs [BUILD] */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { booksAddUp } from '../lib/books.mjs';
import { ROOT, Tests, alive, check, dayAfter, same, uuid } from '../lib/rasad.mjs';
import { World } from '../lib/world.mjs';

const tests = new Tests();
const world = await World.build();
const { rasad, today } = world;
const pids = new Map(rasad.pids);
const day = dayAfter(today, -1);
const lines = (...list) => ({ lines: list });

// ---- what there is in b1 to get at

const need = (await rasad.command('Distribution/Request', { day: today, place: 'k1', ...lines({ item: 'rice', quantity: 7, neededDay: dayAfter(today, 1) }) })).lines[0].name;
const came = await rasad.command('Materials/Receive', { day, place: 'st_b', ...lines({ item: 'rice', quantity: 900 }, { item: 'cloth', quantity: 4000 }, { item: 'mask', quantity: 20 }) });
const made = await rasad.command('Production/LogOutput', { workDate: day, ...lines({ place: 'g11', item: 'mask', good: 9 }) });
await rasad.command('Materials/Receive', { day, place: 'v1', ...lines({ item: 'ppe_kit', quantity: 3 }) });
const sent = await rasad.command('Distribution/Send', { day, slip: 'B1-1', from: 'st_b', to: 'v1', ...lines({ item: 'rice', quantity: 10 }) });
const inspected = await rasad.command('Production/LogOutput', { workDate: day, ...lines({ place: 'g12', item: 'ppe_kit', good: 2 }) })
  .then(() => rasad.command('Production/HandIn', { day, to: 'v1', ...lines({ place: 'g12', item: 'ppe_kit', good: 2 }) }))
  .then(() => rasad.command('Quality/Inspect', { day, ...lines({ place: 'v1', item: 'ppe_kit', accepted: 1 }) }));
const lot = came.lines[0].lot || came.lines[0].name;

const FAR = {
  far_manager: 'ROLE_CLUSTER_MANAGER', far_keeper: 'ROLE_STORE_KEEPER', far_inspector: 'ROLE_INSPECTOR', far_officer: 'ROLE_SUPPLY_OFFICER',
  far_kitchen: 'ROLE_KITCHEN_OPERATOR', far_helpline: 'ROLE_HELPLINE', far_auditor: 'ROLE_AUDITOR', far_admin: 'ROLE_ADMINISTRATOR',
};
await rasad.command('Registry/AddPeople', lines(...Object.entries(FAR).map(([code, role]) => ({ code, name: `Name of ${code}`, phone: '+91 94150 99999', roles: [{ role, place: 'b2' }] }))));
for (const code of Object.keys(FAR)) await world.enter(code);

// ---- the table

const PLACED = {
  'Registry/AddPlaces': lines({ code: 'x1', kind: 'group', parent: 'v1' }), 'Registry/ChangePlaces': lines({ place: 'v1', members: 3 }),
  'Registry/MovePlaces': lines({ place: 'g11', parent: 'v3' }), 'Registry/MakeOffers': lines({ place: 'g11', item: 'mask', perDay: 5, fromDay: day }),
  'Registry/SetMarks': lines({ place: 'g11', code: 'trained', fromDay: day }), 'Registry/AddPeople': lines({ code: 'mole', name: 'Mole', roles: [{ role: 'ROLE_ADMINISTRATOR', place: 'b1' }] }),
  'Registry/SetRoles': lines({ person: 'manager', roles: [] }), 'Registry/ForgetPeople': { people: ['manager'] },
  'Registry/SetQuotas': lines({ place: 'k1', item: 'rice', perDay: 9 }), 'Registry/SetLimits': lines({ place: 'b1', role: 'ROLE_SUPPLY_OFFICER', quantity: 9 }),
  'Registry/SetHolidays': lines({ place: 'b1', fromDay: day, toDay: day }), 'Registry/CloseMonth': { throughDay: '2020-01-31' },
  'Registry/SetPassword': { person: 'manager', password: 'mine from now on' }, 'Registry/EnrolDevice': { device: 'phone-x', people: ['manager'] },
  'Registry/AskCallBack': { person: 'manager' },
  'Materials/Receive': { day, place: 'st_b', ...lines({ item: 'rice', quantity: 5 }) }, 'Materials/Issue': { day, from: 'st_b', ...lines({ to: 'v1', item: 'cloth', quantity: 5 }) },
  'Materials/ReturnGoods': { day, to: 'st_b', ...lines({ from: 'v1', item: 'cloth', quantity: 5 }) }, 'Materials/Waste': { day, ...lines({ place: 'st_b', item: 'rice', quantity: 5 }) },
  'Materials/Count': { day, ...lines({ place: 'st_b', item: 'rice', counted: 5 }) },
  'Materials/PlaceOrder': { day, place: 'st_b', order: 'PO-1', supplier: 'sup', ...lines({ item: 'rice', quantity: 5 }) },
  'Materials/Reverse': lines({ requestId: came.id, line: 1 }), 'Materials/KeepBoth': lines({ requestId: came.id, line: 1 }), 'Materials/GetStock': { place: 'st_b' }, 'Materials/GetStockCard': { place: 'st_b', item: 'rice' },
  'Materials/GetMaterialAccount': { place: 'v1', from: day, to: day }, 'Materials/ListOrders': { place: 'st_b' },
  'Production/LogOutput': { workDate: day, ...lines({ place: 'g11', item: 'mask', good: 1 }) }, 'Production/HandIn': { day, to: 'v1', ...lines({ place: 'g11', item: 'mask', good: 1 }) },
  'Production/Reverse': lines({ requestId: made.id, line: 1 }), 'Production/KeepBoth': lines({ requestId: made.id, line: 1 }), 'Production/BookEarning': { cause: made.lines[0].name },
  'Production/GetSheet': { place: 'v1', day, item: 'mask' }, 'Production/GetSheetDays': { place: 'v1', item: 'mask', from: day, to: day },
  'Production/GetEarnings': { place: 'v1', from: day, to: day },
  'Quality/Inspect': { day, ...lines({ place: 'v1', item: 'ppe_kit', accepted: 1 }) }, 'Quality/Reverse': lines({ requestId: inspected.id, line: 1 }), 'Quality/ListUnchecked': { place: 'v1' },
  'Distribution/Request': { day: today, place: 'k1', ...lines({ item: 'rice', quantity: 5, neededDay: dayAfter(today, 1) }) },
  'Distribution/Approve': lines({ request: need, quantity: 7 }), 'Distribution/ConfirmApproval': { requests: [need] },
  'Distribution/Allocate': lines({ request: need, from: 'st_b', quantity: 5 }), 'Distribution/Unallocate': lines({ request: need, from: 'st_b', quantity: 5 }),
  'Distribution/CancelRequest': lines({ request: need }), 'Distribution/Send': { day, slip: 'B1-9', from: 'st_b', to: 'k1', ...lines({ item: 'rice', quantity: 5 }) },
  'Distribution/Receive': { day, slip: 'B1-1', from: 'st_b', place: 'v1', ...lines({ item: 'rice', quantity: 5 }) },
  'Distribution/Settle': { day, slip: 'B1-1', ...lines({ item: 'rice', quantity: 1, outcome: 'SETTLEMENT_LOST' }) },
  'Distribution/Deliver': { day, from: 'st_b', ...lines({ to: 'dl1', item: 'mask', quantity: 1 }) }, 'Distribution/Serve': { day, ...lines({ place: 'k1', item: 'rice', quantity: 1 }) },
  'Distribution/MakeSlipLink': { slip: 'B1-1', token: randomBytes(32).toString('base64url') }, 'Distribution/EndSlipLinks': { slip: 'B1-1' },
  'Distribution/Rate': { day, place: 'k1', ...lines({ item: 'rice', how: 'HOW_WAS_IT_GOOD' }) }, 'Distribution/Reverse': lines({ requestId: sent.id, line: 1 }), 'Distribution/KeepBoth': lines({ requestId: sent.id, line: 1 }),
  'Distribution/ListRequests': { place: 'k1' }, 'Distribution/ListShipments': { place: 'v1' }, 'Distribution/GetQuotas': { place: 'k1', day: today }, 'Distribution/ListRatings': { place: 'k1', from: day, to: day },
  'Distribution/ProposeAllocation': { request: need }, 'Distribution/ProposeTogether': { requests: [need] }, 'Distribution/GetProgress': { place: 'k1', from: day, to: today },
  'Reports/GetFlow': { place: 'b1', from: day, to: day }, 'Reports/GetBelow': { place: 'b1', item: 'rice', from: day, to: day }, 'Reports/GetSeries': { place: 'b1', item: 'rice', from: day, to: day },
  'Reports/GetPresence': { place: 'b1', period: '2026' }, 'Reports/GetTally': { place: 'b1' }, 'Reports/GetTrace': { lot }, 'Reports/ListQuestions': { place: 'b1' }, 'Reports/ListDayLines': { place: 'v1', day },
  'Reports/ListEntries': {}, 'Registry/CheckPlaces': lines({ code: 'x1', kind: 'group', parent: 'v1' }), 'Registry/ListCallBacks': { place: 'b1' },
};
/** Not bound to a place of b1: the address book of goods and kinds, which is everybody's; what is about oneself. Who may ask;
 * SIGNED: anybody signed in, ANYONE: nobody need sign in, ROOT: an administrator of every root, CONSOLE: nobody else. */
const SIGNED = 'signed in', ANYONE = 'anyone', NO_ROLE = [];
const OPEN = {
  'Registry/AddKinds': ['admin', 'far_admin'], 'Registry/AddItems': ['admin', 'far_admin'], 'Registry/SetRecipes': ['admin', 'far_admin'], 'Registry/SetRates': ['admin', 'far_admin'], 'Registry/SetTaxCodes': ['admin', 'far_admin'],
  'Registry/SignIn': ANYONE, 'Registry/SignOut': ANYONE, 'Registry/ClaimDevice': ANYONE, 'Registry/ListNames': ANYONE,
  'Registry/GetMe': SIGNED, 'Registry/GetPlace': SIGNED, 'Registry/ListPlaces': SIGNED, 'Registry/ListItems': SIGNED, 'Registry/ListKinds': SIGNED,
  'Registry/ListPeople': ['admin', 'helpline', 'officer', 'auditor', 'far_admin', 'far_helpline', 'far_officer', 'far_auditor'], 'Registry/EndCallBack': ['helpline', 'officer', 'admin', 'far_helpline', 'far_officer', 'far_admin'],
  'Distribution/GetSlip': NO_ROLE, 'Quality/GetPlan': SIGNED, 'Reports/GetHead': SIGNED, 'Reports/FindLots': SIGNED, 'Reports/FindReceipt': SIGNED,
};
/** Commands on local tables carry no request id. */
const LOCAL = /^(Registry\/(SetPassword|EnrolDevice|AskCallBack|EndCallBack|SignIn|SignOut|ClaimDevice)|Distribution\/(MakeSlipLink|EndSlipLinks))$/;
/** Refused for another reason than the right, with why that gives nothing away. */
const OTHERWISE = {
  'Registry/CheckPlaces': 'data', // an answer: what AddPlaces would refuse, and the right is one of them
  'Registry/ListCallBacks': 'empty',
};

const NOT_YOURS = { status: 403, code: 'permission_denied', reason: 'REASON_NOT_YOURS' };
const SIGNED_OUT = { status: 401, code: 'unauthenticated', reason: 'REASON_NOT_SIGNED_IN' };

function contract() {
  const methods = new Map();
  for (const service of ['registry', 'materials', 'production', 'quality', 'distribution', 'reports'])
    for (const [, name, rest] of readFileSync(join(ROOT, 'proto', `${service}.proto`), 'utf8').matchAll(/^\s*rpc (\w+)\(\w+\) returns \(\w+\)(.*)$/gm))
      methods.set(`${service[0].toUpperCase()}${service.slice(1)}/${name}`, rest.includes('NO_SIDE_EFFECTS'));
  return methods;
}
const METHODS = contract();

function refused(got, wanted) {
  check(!got.ok, `went well: ${JSON.stringify(got.body).slice(0, 200)}`);
  same({ status: got.status, code: got.code, reason: got.refusal?.reason }, wanted, `${got.message}`);
}

/** A request of a row, with a new id where the method takes one. */
const asked = method => {
  const request = PLACED[method] ?? {};
  return METHODS.get(method) || LOCAL.test(method) ? request : { requestId: uuid(), ...request };
};

let head;
tests.test('every method of the contract has one row', () => {
  same([...Object.keys(PLACED), ...Object.keys(OPEN)].sort(), [...METHODS.keys()].sort(), 'methods');
});
tests.test('the head of the journal, before', async () => { head = await rasad.head(); });

for (const method of METHODS.keys()) {
  if (OPEN[method] !== ANYONE)
    for (const [who, token] of [['nobody', ''], ['a forged token', randomBytes(32).toString('base64url')]])
      tests.test(`${method}: ${who}`, async () => refused(await rasad.call(method, asked(method), { token }), SIGNED_OUT));
  if (PLACED[method])
    for (const who of Object.keys(FAR))
      tests.test(`${method} of b1: ${who}`, async () => {
        const got = await rasad.call(method, asked(method), { token: world.tokens[who] });
        if (got.ok && OTHERWISE[method] === 'data') same(got.body.refusals?.[0]?.reason, NOT_YOURS.reason, 'the first refusal');
        else if (got.ok && OTHERWISE[method] === 'empty') same(got.body, {}, 'the answer');
        else refused(got, NOT_YOURS);
      });
  else if (Array.isArray(OPEN[method]))
    for (const who of [...Object.keys(FAR), 'manager', 'keeper', 'inspector', 'officer', 'kitchen', 'helpline', 'auditor', 'admin'].filter(each => !OPEN[method].includes(each)))
      tests.test(`${method}: ${who}`, async () => refused(await rasad.call(method, asked(method), { token: world.tokens[who] }), NOT_YOURS));
}

tests.test('what reads for everybody show of a dealer, who is a person: the code, not the name, nor the phone', async () => {
  for (const who of ['far_manager', 'far_keeper', 'far_officer', 'far_helpline', 'far_admin', 'far_inspector', 'far_kitchen', 'far_auditor']) {
    const place = await rasad.ask('Registry/GetPlace', { place: 'dl1' }, { token: world.tokens[who] });
    same([place.code, place.name ?? {}, place.phone ?? ''], ['dl1', {}, ''], who);
    const list = await rasad.ask('Registry/ListPlaces', { parent: 'v1', kind: 'ration_dealer' }, { token: world.tokens[who] });
    same([list.places[0].code, list.places[0].name ?? {}, list.places[0].phone ?? ''], ['dl1', {}, ''], who);
  }
  for (const who of ['manager', 'officer', 'helpline', 'admin']) same((await rasad.ask('Registry/GetPlace', { place: 'dl1' }, { token: world.tokens[who] })).name.en, 'DL1', who);
});

tests.test('people of another block are not listed, by place or by phone', async () => {
  for (const who of ['far_officer', 'far_helpline', 'far_admin', 'far_auditor'])
    for (const request of [{}, { place: 'b1' }, { phone: '+91 94150 12345' }]) {
      const { people = [] } = await rasad.ask('Registry/ListPeople', request, { token: world.tokens[who] });
      check(people.every(person => person.code.startsWith('far_')), `${who} sees ${people.map(person => person.code)}`);
    }
});

// ---- the help line

const ask = () => ({ requestId: uuid(), day: today, place: 'k1', ...lines({ item: 'rice', quantity: 1, neededDay: dayAfter(today, 1) }) });
for (const [who, whom] of [['helpline', 'admin'], ['helpline', 'auditor'], ['helpline', 'helpline'], ['helpline', 'far_helpline'], ['helpline', 'far_admin'], ['far_helpline', 'kitchen'], ['far_helpline', 'manager'],
  ['far_helpline', 'admin'], ['kitchen', 'manager'], ['manager', 'officer'], ['keeper', 'manager'], ['inspector', 'manager'], ['auditor', 'manager']])
  tests.test(`on behalf of ${whom}: ${who}`, async () => refused(await rasad.call('Distribution/Request', ask(), { token: world.tokens[who], headers: { 'rasad-on-behalf-of': whom } }), NOT_YOURS));
for (const [who, person] of [['helpline', 'admin'], ['helpline', 'auditor'], ['far_helpline', 'kitchen'], ['far_helpline', 'far_admin'], ['manager', 'manager2'], ['officer', 'manager'], ['auditor', 'manager']])
  tests.test(`a PIN for ${person}: ${who}`, async () => refused(await rasad.call('Registry/SetPassword', { person, pin: '4711' }, { token: world.tokens[who] }), NOT_YOURS));

// ---- the ids of what the system books by itself: whoever takes one keeps the wages of a hand-in from being booked

for (const [who, method] of [['keeper', 'Materials/Receive'], ['manager', 'Production/LogOutput'], ['admin', 'Registry/AddPeople']])
  for (const id of ['2c1743a3-9130-8fbf-8b6a-d6f8ad0bb0c1', '2C1743A3-9130-8FBF-8B6A-D6F8AD0BB0C1', 'ffffffff-ffff-8fff-ffff-ffffffffffff', '00000000-0000-8000-0000-000000000001'])
    tests.test(`an id of the system's, ${id}: ${who}`, async () => refused(await rasad.call(method, { ...asked(method), requestId: id }, { token: world.tokens[who] }), { status: 400, code: 'invalid_argument', reason: 'REASON_BAD_FORMAT' }));

// ---- one's own password

for (const who of ['manager', 'admin', 'far_admin', 'keeper', 'auditor']) {
  tests.test(`a new password without the old one: ${who}`, async () => refused(await rasad.call('Registry/SetPassword', { person: who, password: 'mine from now on' }, { token: world.tokens[who] }), { status: 400, code: 'invalid_argument', reason: 'REASON_MISSING' }));
  tests.test(`a new password with a wrong old one: ${who}`, async () => refused(await rasad.call('Registry/SetPassword', { person: who, password: 'mine from now on', old: 'not the old one' }, { token: world.tokens[who] }), { status: 401, code: 'unauthenticated', reason: 'REASON_WRONG_PASSWORD' }));
}
tests.test('the old one guessed: after ten the next is not looked at', async () => {
  const guess = () => rasad.call('Registry/SetPassword', { person: 'kitchen', password: 'mine from now on', old: 'not the old one' }, { token: world.tokens.kitchen });
  for (let i = 0; i < 10; i++) refused(await guess(), { status: 401, code: 'unauthenticated', reason: 'REASON_WRONG_PASSWORD' });
  refused(await guess(), { status: 429, code: 'resource_exhausted', reason: 'REASON_TOO_MANY_TRIES' });
});

// ---- the link of a slip

const link = randomBytes(32).toString('base64url'), other = randomBytes(32).toString('base64url');
tests.test('two slips, a link each', async () => {
  await rasad.command('Distribution/Send', { day, slip: 'B1-2', from: 'st_b', to: 'k1', ...lines({ item: 'rice', quantity: 10 }) });
  await rasad.ask('Distribution/MakeSlipLink', { slip: 'B1-1', token: link });
  await rasad.ask('Distribution/MakeSlipLink', { slip: 'B1-2', token: other });
  same((await rasad.ask('Distribution/GetSlip', {}, { token: link })).shipment.slip, 'B1-1', 'the slip');
  head = await rasad.head();
}, { needed: true });
for (const method of METHODS.keys())
  if (OPEN[method] !== ANYONE && !['Distribution/GetSlip', 'Distribution/Receive'].includes(method))
    tests.test(`${method}: a slip's link`, async () => refused(await rasad.call(method, asked(method), { token: link }), SIGNED_OUT));
for (const [name, request, status = 403, code = 'permission_denied'] of [['another slip', { slip: 'B1-2', from: 'st_b', place: 'k1' }], ['another slip to the same place', { slip: 'B1-7', from: 'st_b', place: 'v1' }], ['another place', { slip: 'B1-1', from: 'st_b', place: 'k1' }], ['another sender', { slip: 'B1-1', from: 'st_d', place: 'v1' }, 409, 'already_exists'], ['more than twice what was sent', { slip: 'B1-1', from: 'st_b', place: 'v1', quantity: 21 }, 400, 'invalid_argument']])
  tests.test(`what came, by the link of the first slip: ${name}`, async () => {
    const { quantity = 1, ...where } = request;
    const got = await rasad.call('Distribution/Receive', { requestId: uuid(), day, ...where, ...lines({ item: 'rice', quantity }) }, { token: link });
    check(!got.ok && got.status === status && got.code === code, `${got.status} ${got.message ?? JSON.stringify(got.body)}`);
  });
for (const token of [link.slice(0, -1), `${link}A`, link.toLowerCase(), other.slice(0, 20) + link.slice(20)])
  tests.test(`a link with other letters: ${token.length} of them`, async () => refused(await rasad.call('Distribution/GetSlip', {}, { token }), SIGNED_OUT));
tests.test('a link that was ended', async () => {
  await rasad.ask('Distribution/EndSlipLinks', { slip: 'B1-2' });
  refused(await rasad.call('Distribution/GetSlip', {}, { token: other }), SIGNED_OUT);
});

// ---- after it

tests.test('nothing was written; no process ended; the books add up; the journal gives the same tables', async () => {
  same(await rasad.head(), head, 'the head of the journal');
  for (const [name, pid] of pids) check(alive(pid) && rasad.pids.get(name) === pid, `${name} was started again`);
  await booksAddUp(world);
  const verified = await rasad.cli(['verify']);
  check(verified.code === 0, `${verified.stdout} ${verified.stderr.slice(-300)}`);
});

await tests.run();
await world.close();
tests.end();
