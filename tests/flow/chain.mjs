/* chain.mjs - from the supplier's cloth to the family that got a mask, and all of it taken back again.
 * Shape:  the steps are data, in tests/lib/chain.mjs. After each of them, and after each reversal, the books add up at
 *         every level and for several periods (tests/lib/books.mjs).
 * Usage:  node chain.mjs [BUILD] */
import { Tests, check, dayAfter, number, same, uuid } from '../lib/rasad.mjs';
import { booksAddUp, flowOf } from '../lib/books.mjs';
import { COLUMNS, Chain, STEPS, TAKEN_BACK } from '../lib/chain.mjs';
import { World } from '../lib/world.mjs';

const world = await World.build();
const { rasad, today } = world;
const chain = new Chain(world);
const { answers } = chain;
const tests = new Tests();
const periods = [[dayAfter(today, -30), dayAfter(today, -4)], [dayAfter(today, -3), dayAfter(today, -3)], [dayAfter(today, -1), today]];

for (const step of STEPS) {
  tests.test(step.name, async () => {
    await chain.take(step);
    await booksAddUp(world, { periods });
  }, { needed: true });
}

tests.test('the same request again: the same answer, and nothing more in the journal', async () => {
  const before = await rasad.head();
  for (const answer of Object.values(answers)) {
    const { id, request, do: method, token, ...first } = answer;
    same((await rasad.call(method, request, { token })).body, first, method);
  }
  same(await rasad.head(), before, 'the head');
});

tests.test('the same request id with other content is an error', async () => {
  const before = await rasad.head();
  for (const { request, do: method, token } of Object.values(answers)) {
    const other = structuredClone(request);
    if (other.day) other.day = dayAfter(other.day, -1);
    else if (other.workDate) other.workDate = dayAfter(other.workDate, -1);
    else other.lines[0].quantity++;
    const got = await rasad.call(method, other, { token });
    chain.expect(got, { ok: false, status: 409, code: 'already_exists', refusals: [{ reason: 'REASON_REQUEST_ID_USED', field: 'requestId' }] }, method);
  }
  same(await rasad.head(), before, 'the head');
});

tests.test('the answer to a request stays with those who may read it', async () => {
  const { request, do: method } = answers.kits;
  chain.expect(await rasad.call(method, request, { token: world.tokens.manager }), { ok: false, code: 'permission_denied' }, 'another village organisation');
});

tests.test('the journal shows who did it, in the order it was done', async () => {
  const reply = await rasad.ask('Reports/ListEntries', { after: number(answers.came.sequence) - 1, limit: 1 });
  chain.expect(reply.entries[0].entry.header, { format: 1, actor: 'keeper', method: 'Materials/Receive', channel: 'CHANNEL_API', sequence: number(answers.came.sequence) }, 'header');
  chain.expect(reply.entries[0].entry.events[1], { refused: { reason: 'REASON_OUT_OF_RANGE', field: 'quantity' } }, 'the refused line');
});

const reversed = new Map();

for (const [service, label, line] of TAKEN_BACK) {
  tests.test(`taken back: ${label}, line ${line}`, async () => {
    const got = await chain.reverse(service, label, line);
    check(got.ok, `${got.status} ${got.message}`);
    reversed.set(`${label}.${line}`, got.body);
    await booksAddUp(world, { periods });
  });
}

tests.test('a second reversal is refused and names the first; a reversal is never taken back', async () => {
  const before = await rasad.head();
  for (const [service, label, line] of TAKEN_BACK) {
    chain.expect(await chain.reverse(service, label, line), { code: 'failed_precondition', refusals: [{ reason: 'REASON_ALREADY_REVERSED', have: number(reversed.get(`${label}.${line}`).sequence) }] }, label);
  }
  const id = uuid();
  await rasad.ask('Materials/Waste', { requestId: id, day: today, lines: [{ place: 'v3', item: 'rice', quantity: 1 }] });
  const back = uuid();
  await rasad.ask('Materials/Reverse', { requestId: back, lines: [{ requestId: id, line: 1 }] });
  chain.expect(await rasad.call('Materials/Reverse', { requestId: uuid(), lines: [{ requestId: back, line: 1 }] }), { code: 'failed_precondition', refusals: [{ reason: 'REASON_NOT_REVERSIBLE' }] }, 'the reversal');
  chain.expect(await rasad.call('Production/Reverse', { requestId: uuid(), lines: [{ requestId: back, line: 1 }] }), { ok: false }, 'another service');
  chain.expect(await chain.reverse('Materials', 'came', 2), { code: 'failed_precondition', refusals: [{ reason: 'REASON_NOT_REVERSIBLE' }] }, 'a refused line');
  chain.expect(await chain.reverse('Distribution', 'ask', 1), { code: 'failed_precondition', refusals: [{ reason: 'REASON_NOT_REVERSIBLE' }] }, 'a request');
  same((await rasad.head()).sequence, before.sequence + 2, 'the journal');
});

tests.test('what was set aside goes back, and then nothing is left anywhere', async () => {
  await chain.stockIs({ 'st_d rice reserved': 20000, 'v1 mask reserved': 80 });
  await rasad.ask('Distribution/Unallocate', { requestId: uuid(), lines: [{ request: chain.filled('$ask.name.1'), from: 'st_d', quantity: 20000 }] });
  await rasad.ask('Distribution/CancelRequest', { requestId: uuid(), lines: [{ request: chain.filled('$ask.name.2') }, { request: chain.filled('$ask.name.1') }] });
  await chain.earnedIs({ d1: 0 });
  const { stocks, flows } = await booksAddUp(world, { periods });
  for (const place of world.withBooks) {
    same(stocks[place], {}, `stock of ${place}`);
    for (const [item, row] of Object.entries(flows[place].goods))
      for (const column of COLUMNS) same(row[column], 0, `flow of ${place} ${item}, ${column}`);
  }
  chain.expect(await rasad.ask('Reports/ListQuestions', { place: 'd1' }), { questions: [] }, 'questions');
  chain.expect(await rasad.ask('Materials/ListOrders', { place: 'st_d' }), { orders: [{ received: 0 }] }, 'orders');
  const requests = (await rasad.ask('Distribution/ListRequests', { place: 'd1' })).requests;
  for (const request of requests) chain.expect(request, { status: 'cancelled', allocated: 0, sent: 0, received: 0, spoiled: 0 }, 'request');
  chain.expect(await rasad.ask('Distribution/ListShipments', { place: 'd1' }), { shipments: [] }, 'shipments');
});

async function verified({ rasad: of }) {
  const got = await of.cli(['verify']), head = await of.head();
  same([got.code, got.stdout.trim()], [0, `ok ${head.sequence} ${head.hash}`], `verify ${got.stderr.slice(-300)}`);
}

tests.test('the journal gives the same tables again', () => verified(world));

// ---- the same chain, and then a group and a kitchen are moved with all they hold

const other = await World.build();
const moved = new Chain(other);

tests.test('the chain again, elsewhere', async () => {
  for (const step of STEPS) await moved.take(step);
  await booksAddUp(other, { periods });
}, { needed: true });

tests.test('moved with all they hold: out of the ones left, into the ones joined', async () => {
  const before = Object.fromEntries(await Promise.all(['v1', 'v2', 'b1', 'b2', 'd1'].map(async place => [place, (await flowOf(other.rasad, place)).goods.cloth])));
  await other.move({ g11: 'v2', k1: 'b2' });
  const closing = place => before[place]?.closing ?? 0;
  await moved.stockIs({ 'g11 cloth': 1650, 'k1 rice': 32200 });
  for (const [place, wanted] of [['v1', closing('v1') - 1650], ['v2', closing('v2') + 1650], ['b1', closing('b1')], ['d1', closing('d1')]])
    same((await flowOf(other.rasad, place)).goods.cloth.closing, wanted, `cloth of ${place}`);
  const rice = (await flowOf(other.rasad, 'b2')).goods.rice;
  same([rice.in, rice.closing], [32700, 32700], 'rice that joined b2');
  await booksAddUp(other, { periods });
});

for (const [service, label, line] of TAKEN_BACK) {
  tests.test(`taken back after the move: ${label}, line ${line}`, async () => {
    const got = await moved.reverse(service, label, line);
    check(got.ok, `${got.status} ${got.message}`);
    await booksAddUp(other, { periods });
  });
}

tests.test('after the move too nothing is left anywhere', async () => {
  await other.rasad.ask('Distribution/CancelRequest', { requestId: uuid(), lines: [{ request: moved.filled('$ask.name.2') }, { request: moved.filled('$ask.name.1') }] });
  await moved.earnedIs({ d1: 0, v1: 0, v2: 0, g11: 0 });
  const { stocks, flows } = await booksAddUp(other, { periods });
  for (const place of other.withBooks) {
    same(stocks[place], {}, `stock of ${place}`);
    for (const [item, row] of Object.entries(flows[place].goods)) same([row.closing, row.stages], [0, {}], `closing of ${place} ${item}`);
  }
  await verified(other);
});

await tests.run();
await Promise.all([world.close(), other.close()]);
tests.end();
