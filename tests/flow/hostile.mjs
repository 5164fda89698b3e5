/* hostile.mjs - what nobody should send, and what everybody sends sometimes: each gets a clear no, changes nothing, and the
 * system goes on.
 * Shape:  cases are data: the bytes or the request, by whom, and what the answer must say: status and code of Connect, the
 *         Refusal's reason and field. Every Refusal must say what is needed or there, and the next step.
 * After each case the head of the journal is what it was, sequence and hash.
 * Usage:  node hostile.mjs [BUILD] */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Chance, ROOT, Tests, alive, check, dayAfter, differs, exchange, number, same, uuid } from '../lib/rasad.mjs';
import { booksAddUp, stockOf } from '../lib/books.mjs';
import { PASSWORD, World } from '../lib/world.mjs';

const BODY_BYTES_MAX = 512 * 1024;
const QUANTITY_MAX = 10 ** 12;
const LINES_MAX = 1000;
const ALLOCATION_ROUNDS = 40;
const MOVEMENTS_MAX = number(/MOVEMENTS_PER_EVENT_MAX (\d+)/.exec(readFileSync(join(ROOT, 'services/base/limits.h'), 'utf8'))[1]); // lots of one line

const tests = new Tests();
const world = await World.build();
const { rasad, today } = world;
const pidsAtStart = new Map(rasad.pids);
const day = dayAfter(today, -1);

const receive = (line = {}, more = {}) => ({ requestId: uuid(), day, place: 'st_d', lines: [{ item: 'rice', quantity: 5, ...line }], ...more });
const log = (line = {}, more = {}) => ({ requestId: uuid(), workDate: day, lines: [{ place: 'g11', item: 'mask', good: 1, ...line }], ...more });
const text = request => JSON.stringify(request);

// ---- one case: nothing changes, the answer helps

/** got: an outcome; wanted: status, code, reason, field, and more of the refusal. */
function refusedWell(got, wanted) {
  check(!got.ok, `went well: ${JSON.stringify(got.body)}`);
  const { reason, field, line, have, need, status, code } = wanted;
  let fault = differs(got, { ...(status ? { status } : {}), ...(code ? { code } : {}) });
  check(!fault, `${fault}: ${got.message}`);
  check(/[a-z].*[.!]$/i.test(got.message ?? ''), `the message is no sentence: ${got.message}`);
  if (!reason) return;
  check(got.refusals?.length > 0, `no Refusal in the details: ${JSON.stringify(got.body)}`);
  fault = differs(got.refusal, { reason, ...(field !== undefined ? { field } : {}), ...(line !== undefined ? { line } : {}), ...(have !== undefined ? { have } : {}), ...(need !== undefined ? { need } : {}) });
  check(!fault, `${fault}: ${got.message}`);
  for (const refusal of got.refusals) {
    check(refusal.message && refusal.next, `a Refusal without words or next step: ${JSON.stringify(refusal)}`);
    check(refusal.need || refusal.have || /NOT_SIGNED_IN|REQUEST_ID_USED|WRONG_PASSWORD|ALREADY|NOT_YOURS/.test(refusal.reason), `a Refusal that says neither what there is nor what is needed: ${JSON.stringify(refusal)}`);
  }
}

/** Run it; the journal stays as it is. */
async function unchanged(body) {
  const before = await rasad.head();
  await body();
  same(await rasad.head(), before, 'the head of the journal');
}

function refused(name, method, request, wanted, options) {
  tests.test(name, () => unchanged(async () => {
    refusedWell(await rasad.call(method, typeof request === 'function' ? request() : request, options), wanted);
  }));
}

function accepted(name, method, request, wanted = {}, options) {
  tests.test(name, async () => {
    const got = await rasad.call(method, typeof request === 'function' ? request() : request, options);
    check(got.ok, `${got.status} ${got.message}`);
    const fault = differs(got.body, wanted);
    check(!fault, fault);
  });
}

const BAD = { status: 400, code: 'invalid_argument' };
const format = field => ({ ...BAD, reason: 'REASON_BAD_FORMAT', field });
const range = field => ({ ...BAD, reason: 'REASON_OUT_OF_RANGE', field });
const missing = field => ({ ...BAD, reason: 'REASON_MISSING', field });

// ---- the grammar of JSON

const good = text(receive());
for (const [name, body] of [
  ['cut off', good.slice(0, -3)], ['bytes behind it', `${good} {}`], ['a list', '[]'], ['a string', '"x"'], ['null', 'null'], ['nothing', ' '],
  ['single quotes', good.replaceAll('"', "'")], ['a comma too many', good.replace('}]', '},]')], ['NaN', good.replace('"quantity":5', '"quantity":NaN')],
  ['a number with a zero in front', good.replace('"quantity":5', '"quantity":05')], ['a number that ends in a dot', good.replace('"quantity":5', '"quantity":5.')],
  ['a control character', good.replace('rice', 'ri\u0001ce')], ['a lone surrogate', good.replace('rice', '\\ud83d')], ['a NUL', good.replace('rice', 'ri\\u0000ce')],
  ['not UTF-8', Buffer.from(good.replace('rice', 'ri#ce')).map(byte => byte === 0x23 ? 0xff : byte)], ['a comment', `/* */${good}`], ['nested a thousand deep', `${'{"lines":['.repeat(1000)}`],
]) refused(`JSON: ${name}`, 'Materials/Receive', body, { ...BAD, reason: /REASON_(BAD_FORMAT|OUT_OF_RANGE)/ });

refused('an unknown field', 'Materials/Receive', receive({}, { dai: day }), { ...BAD, reason: 'REASON_BAD_FORMAT', field: 'dai' });
refused('an unknown field in a line', 'Materials/Receive', receive({ itm: 'rice' }), format('lines[0].itm'));
refused('a field twice', 'Materials/Receive', good.replace('{', '{"day":"2020-01-01",'), { ...BAD, reason: 'REASON_TWICE', field: 'day' });
refused('a field twice, once by its other name', 'Materials/Receive', good.replace('{', `{"request_id":"${uuid()}",`), { ...BAD, reason: 'REASON_TWICE', field: 'requestId' });
refused('a boolean for a number', 'Materials/Receive', receive({ quantity: true }), format('lines[0].quantity'));
refused('words for a number', 'Materials/Receive', receive({ quantity: 'five' }), format('lines[0].quantity'));
refused('spaces around a number', 'Materials/Receive', receive({ quantity: ' 5' }), format('lines[0].quantity'));
refused('a part of a gram', 'Materials/Receive', receive({ quantity: 5.5 }), format('lines[0].quantity'));
refused('a number for a text', 'Materials/Receive', receive({}, { day: 20200401 }), format('day'));
refused('an object for a list', 'Materials/Receive', receive({}, { lines: { item: 'rice' } }), format('lines'));
refused('a text for an object', 'Materials/Receive', receive({}, { lines: ['rice'] }), format('lines[0]'));
refused('a word for a boolean', 'Materials/Count', { requestId: uuid(), day, atStart: 'yes', lines: [] }, format('atStart'));
refused('an unknown word of an enum', 'Materials/Receive', receive({ how: 'CAME_FROM_MARS' }), format('lines[0].how'));
refused('an unknown number of an enum', 'Materials/Receive', receive({ how: 99 }), { ...BAD, field: 'lines[0].how', reason: /./ });
refused('a number past int32', 'Production/LogOutput', log({ membersAtWork: 2147483648 }), range('lines[0].membersAtWork'));
refused('a number past int64', 'Materials/Receive', text(receive()).replace('"quantity":5', '"quantity":"9223372036854775808"'), range('lines[0].quantity'));
refused('an unquoted number past 2^53', 'Materials/Receive', text(receive()).replace('"quantity":5', '"quantity":9007199254740993'), { ...BAD, field: 'lines[0].quantity', reason: /./ });

// ---- bounds: at each, and one past it

accepted('quantity 10^12', 'Materials/Receive', receive({ quantity: QUANTITY_MAX }), { accepted: 1 });
refused('quantity 10^12 and one more', 'Materials/Receive', receive({ quantity: QUANTITY_MAX + 1 }), { ...range('lines[0].quantity'), have: String(QUANTITY_MAX + 1), need: `1 to ${QUANTITY_MAX}` });
refused('quantity 0', 'Materials/Receive', receive({ quantity: 0 }), { ...range('lines[0].quantity'), have: '0' });
refused('quantity below 0', 'Materials/Receive', receive({ quantity: -1 }), { ...range('lines[0].quantity'), have: '-1' });
accepted('a code of 24 bytes', 'Materials/Receive', receive({ supplierLot: 'L'.repeat(24) }), { accepted: 1 });
refused('a code of 25 bytes', 'Materials/Receive', receive({ supplierLot: 'L'.repeat(25) }), format('lines[0].supplierLot'));
refused('a code in other letters', 'Materials/Receive', receive({ supplierLot: 'खादी' }), format('lines[0].supplierLot'));
refused('a code with a space', 'Materials/Receive', receive({ item: 'ri ce' }), format('lines[0].item'));
refused('no code', 'Materials/Receive', receive({ item: '' }), missing('lines[0].item'));
accepted('a name of 80 characters', 'Registry/ChangePlaces', { requestId: uuid(), lines: [{ place: 'g13', name: { hi: 'क'.repeat(80) } }] }, { accepted: 1 });
refused('a name of 81 characters', 'Registry/ChangePlaces', { requestId: uuid(), lines: [{ place: 'g13', name: { hi: 'क'.repeat(81) } }] }, format('lines[0].name.hi'));
accepted('10,000 members at work', 'Production/LogOutput', log({ membersAtWork: 10000 }), { accepted: 1 });
refused('10,001 members at work', 'Production/LogOutput', log({ membersAtWork: 10001 }), range('lines[0].membersAtWork'));
tests.test('tomorrow, and the day after tomorrow', async () => {
  for (;;) { // again, should the server's day change in between
    const now = (await rasad.ask('Registry/GetMe', {})).today, [tomorrow, after] = [dayAfter(now, 1), dayAfter(now, 2)];
    const good = await rasad.call('Materials/Receive', receive({}, { day: tomorrow })), before = await rasad.head();
    const got = await rasad.call('Materials/Receive', receive({}, { day: after })), head = await rasad.head();
    if ((await rasad.ask('Registry/GetMe', {})).today !== now) continue;
    check(good.ok, good.message);
    refusedWell(got, { ...BAD, reason: 'REASON_FUTURE_DAY', field: 'day', have: after, need: `${tomorrow} or before` });
    same(head, before, 'the head of the journal');
    return;
  }
});
refused('the 30th of February', 'Materials/Receive', receive({}, { day: '2026-02-30' }), format('day'));
refused('a day without its zero', 'Materials/Receive', receive({}, { day: '2026-2-03' }), format('day'));
refused('a day before 1990', 'Materials/Receive', receive({}, { day: '1989-12-31' }), format('day'));
refused('no day', 'Materials/Receive', receive({}, { day: '' }), missing('day'));
accepted('a slip of 16 characters', 'Distribution/Send', { requestId: uuid(), day, slip: 'S'.repeat(16), from: 'st_d', to: 'v1', lines: [{ item: 'rice', quantity: 1 }] }, { accepted: 1 });
refused('a slip of 17 characters', 'Distribution/Send', { requestId: uuid(), day, slip: 'S'.repeat(17), from: 'st_d', to: 'v1', lines: [{ item: 'rice', quantity: 1 }] }, format('slip'));
const manyLines = n => receive({}, { lines: Array.from({ length: n }, () => ({ item: 'rice', quantity: 1 })) });
accepted('1,000 lines', 'Materials/Receive', () => manyLines(LINES_MAX), { accepted: LINES_MAX });
refused('1,001 lines', 'Materials/Receive', () => manyLines(LINES_MAX + 1), { ...range('lines'), have: '1001' });
refused('no lines', 'Materials/Receive', receive({}, { lines: [] }), { ...BAD, reason: 'REASON_NOTHING_TO_DO', field: 'lines' });
refused('the same key twice', 'Production/LogOutput', log({}, { lines: [{ place: 'g11', item: 'mask', good: 1 }, { place: 'g11', item: 'mask', good: 2 }] }), { ...BAD, reason: 'REASON_TWICE', field: 'lines[1].item', line: 2, have: /line 1/ });
tests.test('what a refused command had added already is not there for the next one', () => unchanged(async () => {
  const place = (code, kind, parent) => ({ code, kind, parent, name: { en: code } }), add = lines => rasad.call('Registry/AddPlaces', { requestId: uuid(), lines });
  // Its second line has looked up the first one's code, before the third is refused.
  refusedWell(await add([place('ghost', 'block', 'd1'), place('g_ghost', 'group', 'ghost'), place('bad', 'group', 'nowhere')]), { status: 404, reason: 'REASON_UNKNOWN_CODE', field: 'lines[2].parent' });
  refusedWell(await add([place('g_below', 'group', 'ghost')]), { status: 404, reason: 'REASON_UNKNOWN_CODE', field: 'lines[0].parent' });
}));

tests.test('all lines that are wrong are shown at once, with the path of each', () => unchanged(async () => {
  const got = await rasad.call('Materials/Receive', receive({}, { lines: [{ item: '', quantity: 5 }, { item: 'rice', quantity: 5 }, { item: 'rice', quantity: 0, how: 'CAME_FROM_BOUGHT', pack: 'a b' }] }));
  refusedWell(got, missing('lines[0].item'));
  same(got.refusals.map(refusal => `${refusal.line} ${refusal.field}`), ['1 lines[0].item', '3 lines[2].quantity', '3 lines[2].pack'], 'refusals');
}));
refused('no request id', 'Materials/Receive', receive({}, { requestId: '' }), missing('requestId'));
refused('a request id that is none', 'Materials/Receive', receive({}, { requestId: '1234' }), format('requestId'));

// ---- codes and kinds

refused('an unknown place', 'Materials/Receive', receive({}, { place: 'nowhere' }), { status: 404, code: 'not_found', reason: 'REASON_UNKNOWN_CODE', field: 'place', have: /nowhere/ });
refused('an unknown item', 'Materials/Receive', receive({ item: 'gold' }), { status: 404, code: 'not_found', reason: 'REASON_UNKNOWN_CODE', field: 'lines[0].item', line: 1, have: /gold/ });
refused('a place that can not', 'Materials/Receive', receive({}, { place: 'sup' }), { status: 400, code: 'failed_precondition', reason: 'REASON_WRONG_KIND', field: 'place' });
refused('money is no goods', 'Materials/Receive', receive({ item: 'inr' }), { status: 400, code: 'failed_precondition', reason: 'REASON_WRONG_KIND', field: 'lines[0].item' });
refused('a store makes nothing', 'Production/LogOutput', log({ place: 'st_d' }), { code: 'failed_precondition', reason: 'REASON_WRONG_KIND', field: 'lines[0].place' });
refused('an unknown lot', 'Materials/Issue', { requestId: uuid(), day, from: 'st_d', lines: [{ to: 'v1', item: 'rice', quantity: 1, lot: '1.1' }] }, { code: 'not_found', reason: 'REASON_UNKNOWN_CODE', field: 'lines[0].lot' });
refused('a lot that is none', 'Materials/Issue', { requestId: uuid(), day, from: 'st_d', lines: [{ to: 'v1', item: 'rice', quantity: 1, lot: 'x' }] }, format('lines[0].lot'));
refused('an unknown command to take back', 'Materials/Reverse', { requestId: uuid(), lines: [{ requestId: uuid(), line: 1 }] }, { code: 'not_found', reason: 'REASON_UNKNOWN_CODE', field: 'lines[0].requestId' });
refused('a code that is taken', 'Registry/AddItems', { requestId: uuid(), lines: [{ code: 'rice', class: 'ITEM_CLASS_GOODS', unit: 'UNIT_PIECE' }] }, { status: 409, code: 'already_exists', reason: 'REASON_EXISTS', field: 'lines[0].code' });
refused('a place below itself', 'Registry/MovePlaces', { requestId: uuid(), lines: [{ place: 'b1', parent: 'g11' }] }, { ...BAD, reason: 'REASON_LOOP' });
refused('a series of more days than are read', 'Reports/GetSeries', { place: 'd1', item: 'rice', from: '1990-01-01', to: today }, range('to'));
refused('a page of more than 500', 'Registry/ListPlaces', { limit: 501 }, range('limit'));

// ---- who asks

function varint(value) {
  const bytes = [];
  for (; value >= 128n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  return Buffer.from([...bytes, Number(value)]);
}

const open = { method: 'Materials/GetStock', request: { place: 'st_d' } };
const signedOut = { status: 401, code: 'unauthenticated', reason: 'REASON_NOT_SIGNED_IN' };
refused('no session', open.method, open.request, signedOut, { token: '' });
refused('no session, a command', 'Materials/Receive', receive(), signedOut, { token: '' });
refused('a forged session', open.method, open.request, signedOut, { token: randomBytes(32).toString('base64url') });
refused('a session with one letter changed', open.method, open.request, signedOut, { token: world.tokens.keeper.replace(/.$/, last => last === 'A' ? 'B' : 'A') });
refused('a token that is no token', open.method, open.request, { status: 401, code: 'unauthenticated' }, { token: '../../etc/passwd' });
refused('another scheme', open.method, open.request, { status: 401, code: 'unauthenticated' }, { token: '', headers: { authorization: 'Basic YWRtaW46YWRtaW4=' } });

tests.test('a session ends with signing out', () => unchanged(async () => {
  const token = await world.signIn('auditor');
  await rasad.ask('Registry/GetMe', {}, { token });
  await rasad.ask('Registry/SignOut', {}, { token });
  refusedWell(await rasad.call('Registry/GetMe', {}, { token }), signedOut);
}));

tests.test('all her sessions end with a new password', () => unchanged(async () => {
  const [first, second] = [await world.signIn('auditor'), await world.signIn('auditor')];
  await rasad.ask('Registry/SetPassword', { person: 'auditor', password: 'another long one' });
  for (const token of [first, second]) refusedWell(await rasad.call('Registry/GetMe', {}, { token }), signedOut);
  refusedWell(await rasad.call('Registry/SignIn', { login: 'auditor', password: PASSWORD }, { token: '' }), { status: 401, code: 'unauthenticated', reason: 'REASON_WRONG_PASSWORD' });
  await world.enter('auditor');
}));

tests.test('who is forgotten is nobody', async () => {
  await rasad.ask('Registry/AddPeople', { requestId: uuid(), lines: [{ code: 'guest', name: 'A guest', roles: [{ role: 'ROLE_AUDITOR', place: 'd1' }] }] });
  const token = await world.enter('guest');
  await rasad.ask('Registry/GetMe', {}, { token });
  await rasad.ask('Registry/ForgetPeople', { requestId: uuid(), people: ['guest'] });
  refusedWell(await rasad.call('Registry/GetMe', {}, { token }), signedOut);
  refusedWell(await rasad.call('Registry/SignIn', { login: 'guest', password: PASSWORD }, { token: '' }), { status: 401, code: 'unauthenticated', reason: 'REASON_WRONG_PASSWORD' });
});

tests.test('an unknown login and a wrong password get the same answer; the eleventh try waits', () => unchanged(async () => {
  const tried = async login => (await rasad.call('Registry/SignIn', { login, password: 'not the password' }, { token: '' })).body;
  same(await tried('nobody-at-all'), await tried('keeper'), 'the answers');
  for (let i = 0; i < 9; i++) refusedWell(await rasad.call('Registry/SignIn', { login: 'nobody', password: 'not it at all' }, { token: '' }), { status: 401, reason: 'REASON_WRONG_PASSWORD' });
  await tried('nobody');
  refusedWell(await rasad.call('Registry/SignIn', { login: 'nobody', password: 'not it at all' }, { token: '' }), { status: 429, code: 'resource_exhausted', reason: 'REASON_TOO_MANY_TRIES' });
}));

// ---- each role, each command it may not do

const [MANAGER, KEEPER, INSPECTOR, OFFICER, KITCHEN, HELPLINE, AUDITOR, ADMIN] = ['manager', 'keeper', 'inspector', 'officer', 'kitchen', 'helpline', 'auditor', 'admin'];
const RIGHTS = {
  'Registry/AddKinds': [ADMIN], 'Registry/AddPlaces': [ADMIN], 'Registry/ChangePlaces': [ADMIN, OFFICER], 'Registry/MovePlaces': [ADMIN], 'Registry/AddItems': [ADMIN],
  'Registry/SetRecipes': [ADMIN], 'Registry/SetRates': [ADMIN], 'Registry/SetTaxCodes': [ADMIN], 'Registry/MakeOffers': [ADMIN, OFFICER, MANAGER], 'Registry/SetMarks': [ADMIN, OFFICER],
  'Registry/AddPeople': [ADMIN], 'Registry/SetRoles': [ADMIN], 'Registry/ForgetPeople': [ADMIN], 'Registry/SetQuotas': [ADMIN, OFFICER], 'Registry/SetLimits': [ADMIN],
  'Registry/SetHolidays': [ADMIN, OFFICER], 'Registry/CloseMonth': [ADMIN], 'Registry/EnrolDevice': [ADMIN], 'Registry/EndCallBack': [HELPLINE, OFFICER, ADMIN],
  'Materials/Receive': [MANAGER, KEEPER, KITCHEN, OFFICER, HELPLINE], 'Materials/Issue': [MANAGER, KEEPER, OFFICER, HELPLINE], 'Materials/ReturnGoods': [MANAGER, KEEPER, OFFICER, HELPLINE],
  'Materials/Waste': [MANAGER, KEEPER, KITCHEN, OFFICER, HELPLINE], 'Materials/Count': [MANAGER, KEEPER, KITCHEN, OFFICER, HELPLINE], 'Materials/PlaceOrder': [KEEPER, OFFICER],
  'Materials/Reverse': [MANAGER, KEEPER, KITCHEN, OFFICER, HELPLINE], 'Materials/KeepBoth': [MANAGER, KEEPER, KITCHEN, OFFICER, HELPLINE],
  'Production/LogOutput': [MANAGER, KITCHEN, OFFICER, HELPLINE], 'Production/HandIn': [MANAGER, KEEPER, OFFICER, HELPLINE], 'Production/Reverse': [MANAGER, KEEPER, KITCHEN, OFFICER, HELPLINE],
  'Production/KeepBoth': [MANAGER, KEEPER, KITCHEN, OFFICER, HELPLINE], 'Production/BookEarning': [],
  'Quality/Inspect': [INSPECTOR, OFFICER], 'Quality/Reverse': [INSPECTOR, OFFICER],
  'Distribution/Request': [MANAGER, KEEPER, KITCHEN, OFFICER, HELPLINE], 'Distribution/Approve': [OFFICER], 'Distribution/ConfirmApproval': [OFFICER],
  'Distribution/Allocate': [OFFICER, KEEPER], 'Distribution/Unallocate': [OFFICER, KEEPER], 'Distribution/CancelRequest': [MANAGER, KEEPER, KITCHEN, OFFICER, HELPLINE],
  'Distribution/Send': [MANAGER, KEEPER, OFFICER, HELPLINE], 'Distribution/Receive': [MANAGER, KEEPER, KITCHEN, OFFICER, HELPLINE], 'Distribution/Settle': [KEEPER, OFFICER],
  'Distribution/Rate': [KITCHEN, MANAGER, KEEPER, OFFICER, HELPLINE],
  'Distribution/MakeSlipLink': [MANAGER, KEEPER, OFFICER, HELPLINE], 'Distribution/EndSlipLinks': [MANAGER, KEEPER, KITCHEN, OFFICER, HELPLINE],
  'Distribution/Deliver': [MANAGER, KEEPER, OFFICER, HELPLINE], 'Distribution/Serve': [MANAGER, KITCHEN, KEEPER, OFFICER, HELPLINE], 'Distribution/Reverse': [MANAGER, KEEPER, KITCHEN, OFFICER, HELPLINE],
  'Distribution/KeepBoth': [MANAGER, KEEPER, KITCHEN, OFFICER, HELPLINE],
};
const EVERYBODYS = ['Registry/SignIn', 'Registry/ClaimDevice', 'Registry/SignOut', 'Registry/SetPassword', 'Registry/AskCallBack'];
const notYours = { status: 403, code: 'permission_denied', reason: 'REASON_NOT_YOURS' };

/** Every method of the contract that is no read. */
function commandsOfContract() {
  const names = [];
  for (const service of ['registry', 'materials', 'production', 'quality', 'distribution', 'reports']) {
    const source = readFileSync(join(ROOT, 'proto', `${service}.proto`), 'utf8');
    for (const [, name, rest] of source.matchAll(/^\s*rpc (\w+)\(\w+\) returns \(\w+\)(.*)$/gm))
      if (!rest.includes('NO_SIDE_EFFECTS')) names.push(`${service[0].toUpperCase()}${service.slice(1)}/${name}`);
  }
  return names;
}

tests.test('every command of the contract has its row of rights here', async () => {
  same(commandsOfContract().filter(name => !EVERYBODYS.includes(name)).sort(), Object.keys(RIGHTS).sort(), 'commands');
});

for (const role of [MANAGER, KEEPER, INSPECTOR, OFFICER, KITCHEN, HELPLINE, AUDITOR, ADMIN]) {
  tests.test(`${role}: each command she may not do is refused, each she may is not`, () => unchanged(async () => {
    for (const [method, roles] of Object.entries(RIGHTS)) {
      const request = /EnrolDevice|EndCallBack|SlipLink/.test(method) ? {} : { requestId: uuid() };
      const got = await rasad.call(method, request, { token: world.tokens[role] });
      if (roles.includes(role)) {
        check(!got.ok && got.code !== 'permission_denied', `${method}: ${got.status} ${got.message}`);
        continue;
      }
      try {
        refusedWell(got, notYours);
      } catch (error) {
        throw new Error(`${method}: ${error.message}`);
      }
    }
  }));
}

// ---- places that are not yours

const lines = (...all) => ({ requestId: uuid(), lines: all });
const FOREIGN = [
  ['manager', 'Materials/Receive', { day, place: 'v2', ...lines({ item: 'rice', quantity: 1 }) }],
  ['manager', 'Materials/Issue', { day, from: 'v2', ...lines({ to: 'g21', item: 'cloth', quantity: 1 }) }],
  ['manager', 'Materials/ReturnGoods', { day, to: 'v2', ...lines({ from: 'g11', item: 'cloth', quantity: 1 }) }],
  ['manager', 'Materials/Waste', { day, ...lines({ place: 'g21', item: 'cloth', quantity: 1 }) }],
  ['manager', 'Materials/Count', { day, ...lines({ place: 'g21', item: 'cloth', counted: 1 }) }],
  ['manager', 'Production/LogOutput', { workDate: day, ...lines({ place: 'g21', item: 'mask', good: 1 }) }],
  ['manager', 'Production/HandIn', { day, to: 'v2', ...lines({ place: 'g21', item: 'mask', good: 1 }) }],
  ['manager', 'Distribution/Request', { day, place: 'v2', ...lines({ item: 'rice', quantity: 1 }) }],
  ['manager', 'Distribution/Send', { day, slip: 'X-1', from: 'v2', to: 'k1', ...lines({ item: 'mask', quantity: 1 }) }],
  ['manager', 'Distribution/Receive', { day, slip: 'X-1', from: 'st_d', place: 'v2', ...lines({ item: 'rice', quantity: 1 }) }],
  ['manager', 'Distribution/Deliver', { day, from: 'v2', ...lines({ to: 'dl1', item: 'mask', quantity: 1 }) }],
  ['manager', 'Distribution/Serve', { day, ...lines({ place: 'dl2', item: 'mask', quantity: 1 }) }],
  ['manager', 'Registry/MakeOffers', lines({ place: 'g21', item: 'mask', perDay: 1, fromDay: day })],
  ['manager', 'Materials/GetStock', { place: 'v2' }], ['manager', 'Materials/GetStock', { place: 'b1' }], ['manager', 'Materials/GetStockCard', { place: 'v2', item: 'rice' }],
  ['manager', 'Materials/GetMaterialAccount', { place: 'g21', from: day, to: day }], ['manager', 'Materials/ListOrders', { place: 'st_d' }],
  ['manager', 'Production/GetSheet', { place: 'v2', day, item: 'mask' }], ['manager', 'Production/GetEarnings', { place: 'g21', from: day, to: day }],
  ['manager', 'Quality/ListUnchecked', { place: 'v2' }], ['manager', 'Distribution/ListRequests', { place: 'b1' }], ['manager', 'Distribution/ListShipments', { place: 'v2' }],
  ['manager', 'Reports/GetFlow', { place: 'd1', from: day, to: day }], ['manager', 'Reports/GetBelow', { place: 'v2', item: 'mask', from: day, to: day }],
  ['manager', 'Reports/GetSeries', { place: 'g21', item: 'mask', from: day, to: day }], ['manager', 'Reports/GetTally', { place: 'b1' }], ['manager', 'Reports/GetPresence', { place: 'b1', period: '2026' }],
  ['manager', 'Reports/ListQuestions', { place: 'd1' }], ['manager', 'Reports/ListEntries', {}], ['manager', 'Registry/ListPeople', { place: 'v2' }],
  ['kitchen', 'Distribution/Request', { day, place: 'k2', ...lines({ item: 'rice', quantity: 1 }) }],
  ['kitchen', 'Production/LogOutput', { workDate: day, ...lines({ place: 'k2', item: 'cooked_packet', good: 1 }) }],
  ['far_officer', 'Registry/ChangePlaces', lines({ place: 'v1', members: 3 })], ['far_officer', 'Registry/SetMarks', lines({ place: 'v1', code: 'trained', fromDay: day })],
  ['far_officer', 'Registry/SetQuotas', lines({ place: 'k1', item: 'rice', perDay: 1 })], ['far_officer', 'Registry/SetHolidays', lines({ place: 'd1', fromDay: day, toDay: day })],
  ['far_officer', 'Quality/Inspect', { day, ...lines({ place: 'v2', item: 'ppe_kit', accepted: 1 }) }],
  ['far_officer', 'Distribution/Settle', { day, slip: 'S'.repeat(16), ...lines({ item: 'rice', quantity: 1, outcome: 'SETTLEMENT_LOST' }) }],
  ['far_admin', 'Registry/AddPlaces', lines({ code: 'g99', kind: 'group', parent: 'v1' })], ['far_admin', 'Registry/AddPlaces', lines({ code: 'd99', kind: 'district' })],
  ['far_admin', 'Registry/MovePlaces', lines({ place: 'v1', parent: 'b2' })], ['far_admin', 'Registry/MovePlaces', lines({ place: 'v3', parent: 'b1' })],
  ['far_admin', 'Registry/AddPeople', lines({ code: 'mole', name: 'M', roles: [{ role: 'ROLE_ADMINISTRATOR', place: 'd1' }] })],
  ['far_admin', 'Registry/SetRoles', lines({ person: 'far_admin', roles: [{ role: 'ROLE_ADMINISTRATOR', place: 'd1' }] })],
  ['far_admin', 'Registry/SetRoles', lines({ person: 'manager', roles: [] })], ['far_admin', 'Registry/ForgetPeople', { requestId: uuid(), people: ['manager'] }],
  ['far_admin', 'Registry/SetPassword', { person: 'admin', password: 'mine from now on' }], ['far_admin', 'Registry/EnrolDevice', { device: 'phone-9', people: ['manager'] }],
  ['far_admin', 'Registry/SetLimits', lines({ place: 'd1', role: 'ROLE_SUPPLY_OFFICER', quantity: 1 })], ['far_admin', 'Registry/CloseMonth', { requestId: uuid(), throughDay: '2026-01-31' }],
  ['far_admin', 'Reports/ListEntries', {}], ['auditor2', 'Reports/ListEntries', {}],
  ['manager', 'Registry/SetPassword', { person: 'manager2', password: 'mine from now on' }], ['manager', 'Registry/SetPassword', { person: 'admin', password: 'mine from now on' }],
];

tests.test('people with rights in another block', async () => {
  await rasad.ask('Registry/AddPeople', lines(
    { code: 'far_officer', name: 'F', roles: [{ role: 'ROLE_SUPPLY_OFFICER', place: 'b2' }] }, { code: 'far_admin', name: 'A', roles: [{ role: 'ROLE_ADMINISTRATOR', place: 'b2' }] },
    { code: 'auditor2', name: 'B', roles: [{ role: 'ROLE_AUDITOR', place: 'b2' }] }, { code: 'far_keeper', name: 'K', roles: [{ role: 'ROLE_STORE_KEEPER', place: 'b2' }] }));
  for (const code of ['far_officer', 'far_admin', 'auditor2', 'far_keeper']) await world.enter(code);
}, { needed: true });

for (const [who, method, request] of FOREIGN)
  tests.test(`not hers: ${who}, ${method} ${request.place ?? request.from ?? request.to ?? Object.values(request.lines?.[0] ?? request)[0] ?? ''}`, () => unchanged(async () => {
    refusedWell(await rasad.call(method, request, { token: world.tokens[who] }), notYours);
  }));

tests.test('another\'s entry can not be taken back or corrected, nor its answer read', async () => {
  const request = { requestId: uuid(), day, lines: [{ place: 'g21', item: 'cloth', quantity: 3 }] };
  await rasad.ask('Materials/Waste', request, { token: world.tokens.manager2 });
  await unchanged(async () => {
    const token = world.tokens.manager;
    refusedWell(await rasad.call('Materials/Reverse', lines({ requestId: request.requestId, line: 1 }), { token }), notYours);
    refusedWell(await rasad.call('Materials/Waste', { requestId: uuid(), day, lines: [{ place: 'g11', item: 'cloth', quantity: 1, corrects: { requestId: request.requestId, line: 1 } }] }, { token }), notYours);
    refusedWell(await rasad.call('Materials/Waste', request, { token }), notYours);
  });
});

// ---- claims on what there is

/** A request line of k1 for an item, approved; its name. */
async function approved(item, quantity) {
  const ask = await rasad.command('Distribution/Request', { day: today, place: 'k1', lines: [{ item, quantity, neededDay: dayAfter(today, 1) }] });
  await rasad.command('Distribution/Approve', { lines: [{ request: ask.lines[0].name, quantity }] });
  return ask.lines[0].name;
}

tests.test('more than there is can not be set aside; a lot that lacks is not filled up from others', async () => {
  const came = await rasad.command('Materials/Receive', { day, place: 'st_b', lines: [{ item: 'mask', quantity: 3 }, { item: 'mask', quantity: 2 }] });
  const need = await approved('mask', 10);
  await unchanged(async () => {
    refusedWell(await rasad.call('Distribution/Allocate', lines({ request: need, from: 'st_b', quantity: 6 })), { status: 400, code: 'failed_precondition', reason: 'REASON_NOT_ENOUGH', field: 'lines[0].quantity', have: '5', need: '6' });
    refusedWell(await rasad.call('Distribution/Allocate', lines({ request: need, from: 'st_b', quantity: 4, lot: came.lines[0].lot })), { code: 'failed_precondition', reason: 'REASON_NOT_ENOUGH', field: 'lines[0].lot', have: '3', need: '4' });
    refusedWell(await rasad.call('Distribution/Allocate', lines({ request: need, from: 'st_b', quantity: 11 })), { code: 'failed_precondition', reason: 'REASON_NOT_ENOUGH', field: 'lines[0].request', have: '10', need: '11' });
    refusedWell(await rasad.call('Distribution/Approve', lines({ request: need, quantity: 11 })), { code: /invalid_argument|failed_precondition/, reason: /./ });
  });
  const both = await rasad.command('Distribution/Allocate', { lines: [{ request: need, from: 'st_b', quantity: 5 }, { request: need, from: 'st_b', quantity: 1, lot: came.lines[0].lot }] });
  const fault = differs(both, { accepted: 1, refused: 1, lines: [{}, { refusal: { reason: 'REASON_NOT_ENOUGH', have: '0', need: '1' } }] });
  check(!fault, fault);
  await rasad.command('Distribution/CancelRequest', { lines: [{ request: need }] });
  await rasad.command('Materials/Waste', { day, lines: [{ place: 'st_b', item: 'mask', quantity: 5 }] });
});

tests.test(`of two claims on the last five pieces exactly one is granted, ${ALLOCATION_ROUNDS} times`, async () => {
  const who = ['officer', 'keeper'];
  for (let round = 0; round < ALLOCATION_ROUNDS; round++) {
    await rasad.command('Materials/Receive', { day: today, place: 'st_b', lines: [{ item: 'mask', quantity: 5 }] });
    const needs = [await approved('mask', 5), await approved('mask', 5)];
    const got = await Promise.all(needs.map((request, i) => rasad.call('Distribution/Allocate', lines({ request, from: 'st_b', quantity: 5 }), { token: world.tokens[who[i]] })));
    const won = got.findIndex(each => each.ok);
    check(got.filter(each => each.ok).length === 1, `round ${round}: ${got.map(each => each.ok)}`);
    refusedWell(got[1 - won], { status: 400, code: 'failed_precondition', reason: 'REASON_NOT_ENOUGH', have: '0', need: '5' });
    const stock = (await stockOf(rasad, 'st_b')).mask;
    same([number(stock.STAGE_STOCK), number(stock.STAGE_RESERVED)], [0, 5], 'stock and reserved');
    await rasad.command('Distribution/CancelRequest', { lines: needs.map(request => ({ request })) });
    await rasad.command('Materials/Waste', { day: today, lines: [{ place: 'st_b', item: 'mask', quantity: 5 }] });
  }
  same(await stockOf(rasad, 'st_b'), {}, 'st_b');
});

tests.test('a claim and a fact on the same last five: the fact always, the claim when it was first', async () => {
  for (let round = 0; round < ALLOCATION_ROUNDS; round++) {
    await rasad.command('Materials/Receive', { day: today, place: 'st_b', lines: [{ item: 'mask', quantity: 5 }] });
    const need = await approved('mask', 5);
    const [claim, fact] = await Promise.all([
      rasad.call('Distribution/Allocate', lines({ request: need, from: 'st_b', quantity: 5 })),
      rasad.call('Materials/Waste', { requestId: uuid(), day: today, lines: [{ place: 'st_b', item: 'mask', quantity: 5 }] }),
    ]);
    check(fact.ok && number(fact.body.accepted) === 1, `the fact: ${fact.message}`);
    const stock = (await stockOf(rasad, 'st_b')).mask ?? {};
    same([number(stock.STAGE_STOCK), number(stock.STAGE_RESERVED)], claim.ok ? [-5, 5] : [0, 0], 'stock and reserved');
    await rasad.command('Distribution/CancelRequest', { lines: [{ request: need }] });
  }
  same(await stockOf(rasad, 'st_b'), {}, 'st_b');
});

// ---- the same id, at once

tests.test('the same request ten times at once: one entry, one answer', async () => {
  for (let round = 0; round < 10; round++) {
    const request = receive(), before = await rasad.head();
    const got = await Promise.all(Array.from({ length: 10 }, () => rasad.call('Materials/Receive', request)));
    same(new Set(got.map(each => JSON.stringify(each.body))).size, 1, 'different answers');
    check(got[0].ok, got[0].message);
    same((await rasad.head()).sequence, before.sequence + 1, 'the journal');
  }
});

tests.test('the same id to two services at once: one of them has it, the other is told', async () => {
  for (let round = 0; round < 10; round++) {
    const requestId = uuid(), before = await rasad.head();
    const got = await Promise.all([rasad.call('Materials/Receive', receive({}, { requestId })), rasad.call('Production/LogOutput', log({}, { requestId })),
      rasad.call('Distribution/Serve', { requestId, day, lines: [{ place: 'k1', item: 'rice', quantity: 1 }] })]);
    same(got.filter(each => each.ok).length, 1, 'granted');
    for (const each of got.filter(each => !each.ok)) refusedWell(each, { status: 409, code: 'already_exists', reason: 'REASON_REQUEST_ID_USED', field: 'requestId' });
    same((await rasad.head()).sequence, before.sequence + 1, 'the journal');
  }
});

tests.test(`a line that moves ${MOVEMENTS_MAX} lots, and one more`, async () => {
  for (let left = MOVEMENTS_MAX + 1; left > 0; left -= LINES_MAX) await rasad.ask('Materials/Receive', { requestId: uuid(), day, place: 'v3', lines: Array.from({ length: Math.min(left, LINES_MAX) }, () => ({ item: 'cloth', quantity: 1 })) });
  const wasted = quantity => ({ requestId: uuid(), day, lines: [{ place: 'v3', item: 'cloth', quantity }] });
  await unchanged(async () => refusedWell(await rasad.call('Materials/Waste', wasted(MOVEMENTS_MAX + 1)), { code: 'failed_precondition', reason: 'REASON_TOO_MANY_LOTS' }));
  await rasad.command('Materials/Waste', wasted(MOVEMENTS_MAX));
  await rasad.command('Materials/Waste', wasted(1));
  same(await stockOf(rasad, 'v3'), {}, 'v3');
});

// ---- who asks is not who approves

tests.test('above the limit who asks is not who approves; alone with a reason, and another confirms', async () => {
  await rasad.ask('Registry/AddPeople', lines({ code: 'officer2', name: 'O', roles: [{ role: 'ROLE_SUPPLY_OFFICER', place: 'd1' }] }));
  await world.enter('officer2');
  await rasad.ask('Registry/SetLimits', lines({ place: 'd1', role: 'ROLE_SUPPLY_OFFICER', item: 'rice', quantity: 100 }));
  const by = who => ({ token: world.tokens[who] });
  const ask = async quantity => (await rasad.command('Distribution/Request', { day: today, place: 'k2', lines: [{ item: 'rice', quantity, neededDay: dayAfter(today, 2) }] }, by('officer'))).lines[0].name;
  const [within, above] = [await ask(100), await ask(101)];
  await rasad.command('Distribution/Approve', { lines: [{ request: within, quantity: 100 }] }, by('officer'));
  await unchanged(async () => refusedWell(await rasad.call('Distribution/Approve', lines({ request: above, quantity: 101 }), by('officer')), { status: 403, code: 'permission_denied', reason: 'REASON_SAME_PERSON', field: 'lines[0].request', have: '100', need: '101' }));
  await rasad.command('Distribution/Approve', { lines: [{ request: above, quantity: 101, alone: 'ALONE_REASON_NIGHT' }] }, by('officer'));
  const question = { kind: 'QUESTION_KIND_TO_CONFIRM', place: 'k2', item: 'rice', quantity: 101, name: above };
  const asked = async () => (await rasad.ask('Reports/ListQuestions', { place: 'k2' })).questions?.filter(each => each.kind === 'QUESTION_KIND_TO_CONFIRM') ?? [];
  check(differs(await asked(), [question]) === '', differs(await asked(), [question]));
  await unchanged(async () => {
    refusedWell(await rasad.call('Distribution/ConfirmApproval', { requestId: uuid(), requests: [above] }, by('officer')), { status: 403, code: 'permission_denied', reason: 'REASON_SAME_PERSON' });
    refusedWell(await rasad.call('Distribution/ConfirmApproval', { requestId: uuid(), requests: [within] }, by('officer2')), { code: 'failed_precondition', reason: 'REASON_STATE' });
  });
  await rasad.command('Distribution/ConfirmApproval', { requests: [above] }, by('officer2'));
  same(await asked(), [], 'questions');
});

tests.test('on behalf of another: the help line alone, and for somebody there is', async () => {
  await rasad.command('Registry/AddPeople', { lines: [{ code: 'gone', name: 'Gone' }] });
  await rasad.command('Registry/ForgetPeople', { people: ['gone'] });
  await unchanged(async () => {
    const request = () => ({ requestId: uuid(), day: today, place: 'k1', lines: [{ item: 'rice', quantity: 1, neededDay: dayAfter(today, 2) }] });
    const as = (who, whom) => rasad.call('Distribution/Request', request(), { token: world.tokens[who], headers: { 'rasad-on-behalf-of': whom } });
    refusedWell(await as('kitchen', 'officer'), { status: 403, code: 'permission_denied', reason: 'REASON_NOT_YOURS' });
    refusedWell(await as('helpline', 'nobody-there'), { status: 404, code: 'not_found', reason: 'REASON_UNKNOWN_CODE' });
    refusedWell(await as('helpline', 'gone'), { status: 404, code: 'not_found', reason: 'REASON_UNKNOWN_CODE' });
  });
});

tests.test('played in: by who looks after the author, with her rights there, and no claims', async () => {
  const as = (who, whom, method, body, id = uuid()) => rasad.call(method, { requestId: id, ...body }, { token: world.tokens[who], headers: { 'rasad-on-behalf-of': whom, 'rasad-channel': 'import' } });
  const made = { workDate: day, lines: [{ place: 'g11', item: 'mask', good: 7 }] };
  const id = uuid(), first = await as('admin', 'manager', 'Production/LogOutput', made, id);
  check(first.ok, first.message);
  const head = await rasad.head();
  for (const who of ['officer', 'helpline', 'admin']) { // the same file again, whoever reads it
    const again = await as(who, 'manager', 'Production/LogOutput', made, id);
    same(again.body, first.body, `again, by ${who}`);
  }
  same(await rasad.head(), head, 'the head of the journal');
  const header = (await rasad.ask('Reports/ListEntries', { after: String(first.body.sequence - 1), limit: 1 })).entries[0].entry.header;
  same([header.actor, header.onBehalfOf, header.channel], ['admin', 'manager', 'CHANNEL_IMPORT'], 'who');
  await unchanged(async () => {
    const elsewhere = { workDate: day, lines: [{ place: 'g21', item: 'mask', good: 7 }] };
    refusedWell(await as('officer', 'manager', 'Production/LogOutput', elsewhere), notYours); // the author's rights, not the officer's
    refusedWell(await as('far_officer', 'manager', 'Production/LogOutput', made), { status: 403, reason: 'REASON_NOT_YOURS', field: 'rasad-on-behalf-of' });
    refusedWell(await as('keeper', 'manager', 'Production/LogOutput', made), { status: 403, reason: 'REASON_NOT_YOURS', field: 'rasad-on-behalf-of' });
    refusedWell(await as('officer', 'officer2', 'Distribution/ConfirmApproval', { requests: ['1.1'] }), { status: 403, reason: 'REASON_NOT_YOURS' });
    refusedWell(await as('officer', 'admin', 'Registry/SetPassword', { person: 'manager', password: 'mine from now on' }), { reason: /./ });
  });
});

tests.test('the session of another is none', async () => {
  const as = (who, person) => rasad.call('Registry/GetMe', {}, { token: world.tokens[who], headers: { 'rasad-person': person } });
  check((await as('manager', 'manager')).ok, 'her own');
  refusedWell(await as('officer', 'manager'), { status: 401, code: 'unauthenticated', reason: 'REASON_NOT_SIGNED_IN' });
});

tests.test('the help line sets a PIN, no password, and of its own people alone', async () => {
  const set = (who, request) => rasad.call('Registry/SetPassword', request, { token: world.tokens[who] });
  check((await set('helpline', { person: 'kitchen', pin: '246810' })).ok, 'a PIN');
  await world.enter('kitchen'); // a new PIN ends the sessions
  for (const [who, request] of [['helpline', { person: 'kitchen', password: 'mine from now on' }], ['helpline', { person: 'admin', password: 'mine from now on' }], ['officer', { person: 'kitchen', pin: '246810' }]])
    refusedWell(await set(who, request), { status: 403, code: 'permission_denied', reason: 'REASON_NOT_YOURS' });
});

// ---- HTTP

const post = (path, body, headers = {}) => exchange(rasad.url, { method: 'POST', path, body, headers: { 'content-type': 'application/json', authorization: `Bearer ${rasad.token}`, ...headers } });
const STOCK = '/rasad.v1.Materials/GetStock', COME = '/rasad.v1.Materials/Receive';

function http(name, run, status, code) {
  tests.test(name, () => unchanged(async () => {
    const answer = await run();
    same(answer.status, status, 'status');
    if (!code) return;
    const body = JSON.parse(answer.bytes.toString());
    same(body.code, code, 'code');
    check(/[a-z].*[.!]$/i.test(body.message), `the message is no sentence: ${body.message}`);
  }));
}

http('an unknown method', () => post('/rasad.v1.Materials/Steal', '{}'), 404, 'unimplemented');
http('GET of a command', () => exchange(rasad.url, { path: `${COME}?connect=v1&encoding=json&message=%7B%7D`, headers: { authorization: `Bearer ${rasad.token}` } }), 405, 'unimplemented');
http('PUT', () => exchange(rasad.url, { method: 'PUT', path: COME, body: '{}' }), 405, 'unimplemented');
http('another content type', () => post(COME, 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }), 415);
http('an unknown compression', () => post(COME, '{}', { 'content-encoding': 'br' }), 501, 'unimplemented');
http('gzip that is none', () => post(COME, 'not gzip at all', { 'content-encoding': 'gzip' }), 400, 'invalid_argument');
http('a bomb of gzip', () => post(COME, gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20)), { 'content-encoding': 'gzip' }), 413, 'resource_exhausted');
http('a timeout of letters', () => post(STOCK, '{"place":"st_d"}', { 'connect-timeout-ms': 'soon' }), 400, 'invalid_argument');
http('a timeout of no time', () => post(STOCK, '{"place":"st_d"}', { 'connect-timeout-ms': '0' }), 504, 'deadline_exceeded');
http('a channel that is ours alone', () => post(STOCK, '{"place":"st_d"}', { 'rasad-channel': 'system' }), 400, 'invalid_argument');
http('a device of 65 bytes', () => post(STOCK, '{"place":"st_d"}', { 'rasad-device': 'd'.repeat(65) }), 400, 'invalid_argument');
http('a device\'s clock of letters', () => post(STOCK, '{"place":"st_d"}', { 'rasad-device-time': 'noon' }), 400, 'invalid_argument');
http('a person that is no code', () => post(STOCK, '{"place":"st_d"}', { 'rasad-person': 'a b' }), 400, 'invalid_argument');
http('on behalf of something that is no code', () => post(STOCK, '{"place":"st_d"}', { 'rasad-on-behalf-of': 'a b' }), 400, 'invalid_argument');
http('a path that climbs', () => exchange(rasad.url, { path: '/../../etc/passwd' }), 400);
http('packed bytes that are no message', () => post(COME, Buffer.from([0xff, 0xff, 0xff]), { 'content-type': 'application/proto' }), 400, 'invalid_argument');
http('packed bytes with a field nobody knows', () => post(COME, Buffer.from([0xfa, 0x3e, 0x01, 0x41]), { 'content-type': 'application/proto' }), 400, 'invalid_argument');

const padded = bytes => { const body = text(receive()); return body + ' '.repeat(bytes - body.length); };
accepted('a body of 512 KiB', 'Materials/Receive', () => padded(BODY_BYTES_MAX), { accepted: 1 });
http('a body of 512 KiB and one byte', () => post(COME, padded(BODY_BYTES_MAX + 1)), 413, 'resource_exhausted');
http('the same in chunks', () => post(COME, padded(BODY_BYTES_MAX + 1), { 'transfer-encoding': 'chunked' }), 413, 'resource_exhausted');

/** Bytes as they are; what came back until the other side closed. */
function raw(bytes, patience = 10000) {
  return new Promise((done, fail) => {
    const socket = net.connect(rasad.port, '127.0.0.1', () => socket.write(bytes));
    let got = '';
    const timer = setTimeout(() => { socket.destroy(); fail(new Error(`still open after ${patience} ms: ${got.slice(0, 200)}`)); }, patience);
    socket.on('data', part => { got += part; });
    socket.on('error', () => {});
    socket.on('close', () => { clearTimeout(timer); done(got); });
  });
}

const head = (more, path = STOCK) => `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${rasad.token}\r\n${more}\r\n`;
const smuggled = `POST ${COME} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${rasad.token}\r\nContent-Length: ${good.length}\r\n\r\n${good}`;
for (const [name, bytes] of [
  ['chunked with Content-Length', () => `${head('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n')}0\r\n\r\n${smuggled}`],
  ['Content-Length twice', () => `${head('Content-Length: 18\r\nContent-Length: 0\r\n')}{"place":"st_d"}  ${smuggled}`],
  ['a Content-Length that is no number', () => `${head('Content-Length: +5\r\n')}{"a"}${smuggled}`],
  ['no Host', () => `POST ${STOCK} HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}${smuggled}`],
  ['a space before the colon', () => `${head('Content-Length : 2\r\n')}{}${smuggled}`],
]) tests.test(`${name}: refused, the connection closed, nothing behind it is run`, () => unchanged(async () => {
  const got = await raw(bytes());
  const answers = got.match(/HTTP\/1\.1 \d+/g) ?? []; // the library's own 400 stands there twice
  check(answers.length > 0 && answers.every(answer => answer === 'HTTP/1.1 400'), `answered ${answers}`);
}));

tests.test('noise by chance: no answer but an error, and nothing written', () => unchanged(async () => {
  const chance = new Chance(20200403);
  for (let i = 0; i < 300; i++) {
    const bytes = Buffer.from(good);
    for (let n = chance.between(1, 6); n > 0; n--) bytes[chance.below(bytes.length)] = chance.below(256);
    const method = chance.of(['Materials/GetStock', 'Reports/GetFlow', 'Production/GetSheet', 'Registry/CheckPlaces', 'Quality/GetPlan']);
    const got = await rasad.call(method, bytes, { headers: chance.often(0.5) ? { 'content-type': 'application/proto' } : {} });
    check(!got.ok && got.status >= 400 && got.status < 500, `${method} ${bytes.toString('latin1')}: ${got.status} ${got.message}`);
  }
}));

// ---- and it goes on

tests.test('no process ended, the books add up, the journal gives the same tables', async () => {
  for (const [name, pid] of pidsAtStart) check(alive(pid) && rasad.pids.get(name) === pid, `${name} was started again`);
  await booksAddUp(world);
  const verified = await rasad.cli(['verify']);
  check(verified.code === 0, `${verified.stdout} ${verified.stderr.slice(-300)}`);
});

/* A session lasts twelve hours; here its row is moved into the past, in the store of a stopped system. */
tests.test('an expired session', async () => {
  const { token, expiresMs } = await rasad.ask('Registry/SignIn', { login: 'keeper', password: PASSWORD }, { token: '' });
  await rasad.ask('Registry/GetMe', {}, { token });
  await rasad.stop();
  const path = join(rasad.data, 'rasad.lmdb'), store = readFileSync(path), wanted = varint(BigInt(expiresMs));
  let found = 0;
  for (let at = store.indexOf(wanted); at >= 0; at = store.indexOf(wanted, at + 1), found++) store[at + wanted.length - 1] = 1;
  check(found > 0, 'its row is not in the store');
  writeFileSync(path, store);
  await rasad.up();
  await unchanged(async () => refusedWell(await rasad.call('Registry/GetMe', {}, { token }), signedOut));
  await world.signIn('keeper');
});

await tests.run();
await world.close();
tests.end();
