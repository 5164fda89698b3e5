/* client.mjs - a generated client of somebody else's making, unchanged: protoc-gen-es and connect-node.
 * How:    the client is generated from proto/ with Debian's protoc into a temporary folder. Between it and Rasad stands a
 *         recorder, which shows what really went over the wire: verbs, types, compression.
 * Usage:  node client.mjs [BUILD], after `npm ci` here. */
import { symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isFieldSet } from '@bufbuild/protobuf';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { compressionGzip, createConnectTransport } from '@connectrpc/connect-node';
import { ROOT, Tests, check, run, same, temporary, uuid } from '../lib/rasad.mjs';
import { World } from '../lib/world.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const SERVICES = ['registry', 'materials', 'production', 'quality', 'distribution', 'reports'];
const BIG = 10n ** 12n; // QUANTITY_MAX; a thousand of them fill a stage

// ---- the client, generated

async function generate() {
  const folder = temporary('rasad-client');
  symlinkSync(join(HERE, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const got = await run('protoc', [`--proto_path=${join(ROOT, 'proto')}`, `--plugin=${join(HERE, 'node_modules/.bin/protoc-gen-es')}`,
    `--es_out=${folder}`, '--es_opt=target=js,import_extension=js', ...['common', 'wire', 'journal', ...SERVICES].map(name => `${name}.proto`)]);
  check(got.code === 0, `protoc: ${got.stderr}`);
  const all = {};
  for (const name of ['common', 'wire', 'journal', ...SERVICES]) Object.assign(all, await import(pathToFileURL(join(folder, `${name}_pb.js`))));
  return all;
}

// ---- the recorder: passes everything on, and remembers

function recorder(port) {
  const seen = [];
  const server = http.createServer((request, answer) => {
    const forward = http.request({ port, method: request.method, path: request.url, headers: request.headers }, from => {
      seen.push({ method: request.method, path: request.url.split('?')[0], query: request.url.split('?')[1] ?? '', asked: request.headers, status: from.statusCode, answered: from.headers });
      answer.writeHead(from.statusCode, from.headers);
      from.pipe(answer);
    });
    forward.on('error', () => answer.destroy());
    answer.on('close', () => forward.destroy());
    request.pipe(forward);
  });
  return new Promise(done => server.listen(0, '127.0.0.1', () => done({ seen, port: server.address().port, close: () => { server.closeAllConnections(); server.close(); } })));
}

const tests = new Tests();
const generated = await generate();
const world = await World.build();
const { rasad, today } = world;
const between = await recorder(rasad.port);
const url = `http://127.0.0.1:${between.port}`;

const signedIn = token => next => request => { request.header.set('authorization', `Bearer ${token}`); return next(request); };
function clients(options, token = rasad.token) {
  const transport = createConnectTransport({ httpVersion: '1.1', baseUrl: url, interceptors: token ? [signedIn(token)] : [], ...options });
  return Object.fromEntries(['Registry', 'Materials', 'Production', 'Quality', 'Distribution', 'Reports'].map(name => [name.toLowerCase(), createClient(generated[name], transport)]));
}
const last = () => between.seen.at(-1);

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    check(error instanceof ConnectError, `no ConnectError: ${error}`);
    return error;
  }
  throw new Error('went well');
}

for (const [name, options, type] of [['JSON', { useBinaryFormat: false }, 'application/json'], ['binary', { useBinaryFormat: true }, 'application/proto']]) {
  const client = clients(options);

  tests.test(`${name}: a command and its receipt`, async () => {
    const receipt = await client.materials.receive({ requestId: uuid(), day: today, place: 'st_d', lines: [{ item: 'rice', quantity: 50000n, pack: 'sack', packs: 1n, how: generated.CameFrom.DONATED, expiry: '2030-01-01' }] });
    same(last().asked['content-type'], type, 'asked as');
    same(last().answered['content-type'], type, 'answered as');
    same([receipt.$typeName, receipt.accepted, receipt.refused, receipt.lines.length, receipt.lines[0].line], ['rasad.v1.Receipt', 1, 0, 1, 1], 'receipt');
    check(receipt.sequence > 0n && receipt.lines[0].name === `${receipt.sequence}.1` && receipt.lines[0].lot === receipt.lines[0].name, `names: ${receipt.lines[0].name}`);
    check(!isFieldSet(receipt.lines[0], generated.LineResultSchema.field.refusal), 'a refusal stands in an accepted line');
  });

  tests.test(`${name}: int64 is exact, past 2^53 too`, async () => {
    const item = name === 'JSON' ? 'cloth' : 'elastic';
    const receive = (place, lines) => client.materials.receive({ requestId: uuid(), day: today, place, lines });
    for (const place of ['st_b', 'k1', 'k2', 'v1', 'v2', 'v3', 'g11', 'g12', 'g13']) await receive(place, Array.from({ length: 1000 }, () => ({ item, quantity: BIG })));
    await receive('st_d', [...Array.from({ length: 7 }, () => ({ item, quantity: BIG })), { item, quantity: 199254740993n }]);
    const stock = await client.materials.getStock({ place: 'st_d', item });
    same(String(stock.rows[0].quantity), '7199254740993', 'quantity');
    same(typeof stock.rows[0].quantity, 'bigint', 'type');
    const flow = await client.reports.getFlow({ place: 'd1', from: today, to: today });
    same(String(flow.rows.find(row => row.item === item).closing), '9007199254740993', 'closing');
  });

  tests.test(`${name}: an error with its details`, async () => {
    const error = await refusal(client.materials.receive({ requestId: uuid(), day: today, place: 'st_d', lines: [{ item: 'rice', quantity: BIG + 1n }, { item: '', quantity: 1n }] }));
    same(error.code, Code.InvalidArgument, 'code');
    const details = error.findDetails(generated.RefusalSchema);
    same(details.map(detail => [generated.Reason[detail.reason], detail.field, detail.line]), [['OUT_OF_RANGE', 'lines[0].quantity', 1], ['MISSING', 'lines[1].item', 2]], 'details');
    same(details[0].have, '1000000000001', 'have');
    check(details.every(detail => detail.next && detail.message), 'words');
    same((await refusal(client.materials.getStock({ place: 'nowhere' }))).code, Code.NotFound, 'unknown place');
    same((await refusal(client.registry.addItems({ requestId: uuid(), lines: [{ code: 'rice', class: generated.ItemClass.GOODS, unit: generated.Unit.PIECE }] }))).code, Code.AlreadyExists, 'a code taken');
  });

  tests.test(`${name}: a refused line is data`, async () => {
    const receipt = await client.materials.issue({ requestId: uuid(), day: today, from: 'st_d', lines: [{ to: 'v1', item: 'rice', quantity: 1n }, { to: 'sup', item: 'rice', quantity: 1n }] });
    same([receipt.accepted, receipt.refused, generated.Reason[receipt.lines[1].refusal.reason]], [1, 1, 'WRONG_KIND'], 'receipt');
  });

  tests.test(`${name}: nested messages, enums, booleans, empty replies`, async () => {
    const places = await client.registry.listPlaces({ parent: 'b1' });
    const kitchen = places.places.find(place => place.code === 'k1');
    same([kitchen.kind, kitchen.name.en, kitchen.behaviour.serves, kitchen.path], ['kitchen', 'K1', true, ['b1', 'd1']], 'k1');
    const items = await client.registry.listItems({});
    same(items.items.find(view => view.item.code === 'ppe_kit').item.check, generated.Check.INSPECTOR, 'check');
    const { sequence } = await client.reports.getHead({});
    const entries = await client.reports.listEntries({ after: sequence - 1n });
    const came = entries.entries.at(-1).entry.events[0];
    same(came.fact.case, 'issued', 'the oneof');
    same(entries.entries[0].hash.length, 32, 'bytes');
    same((await client.registry.signOut({})).$typeName, 'rasad.v1.Empty', 'the empty reply');
  });

  tests.test(`${name}: GET for reads, POST for commands`, async () => {
    const getting = clients({ ...options, useHttpGet: true });
    const before = between.seen.length;
    const stock = await getting.materials.getStock({ place: 'st_d', item: 'rice' });
    same([last().method, last().path], ['GET', '/rasad.v1.Materials/GetStock'], 'the read');
    check(last().query.includes(`encoding=${name === 'JSON' ? 'json' : 'proto'}`) && last().answered.etag, `asked ${last().query}, etag ${last().answered.etag}`);
    const posted = await client.materials.getStock({ place: 'st_d', item: 'rice' });
    same([last().method, String(stock.rows[0].quantity)], ['POST', String(posted.rows[0].quantity)], 'the same by POST');
    await getting.materials.waste({ requestId: uuid(), day: today, lines: [{ place: 'st_d', item: 'rice', quantity: 1n }] });
    same([last().method, between.seen.length - before], ['POST', 3], 'the command');
    same((await refusal(getting.materials.getStock({ place: 'nowhere' }))).findDetails(generated.RefusalSchema)[0].field, 'place', 'an error by GET');
  });

  tests.test(`${name}: gzip both ways`, async () => {
    const zipping = clients({ ...options, acceptCompression: [compressionGzip], sendCompression: compressionGzip, compressMinBytes: 0 });
    const receipt = await zipping.materials.receive({ requestId: uuid(), day: today, place: 'st_b', lines: Array.from({ length: 300 }, () => ({ item: 'rice', quantity: 1n })) });
    same([receipt.accepted, last().asked['content-encoding'], last().answered['content-encoding']], [300, 'gzip', 'gzip'], 'compressed');
    const error = await refusal(zipping.materials.receive({ requestId: uuid(), day: today, place: 'st_b', lines: Array.from({ length: 150 }, () => ({ item: '', quantity: 1n })) }));
    same(error.findDetails(generated.RefusalSchema).length, 150, 'details of an error to a compressed request');
  });

  tests.test(`${name}: a session of her own`, async () => {
    const signing = clients(options, '');
    same((await refusal(signing.registry.getMe({}))).code, Code.Unauthenticated, 'nobody');
    const session = await signing.registry.signIn({ login: 'keeper', password: 'lentils and rice' });
    same([session.person, session.roles[0].role, session.roles[0].place], ['keeper', generated.Role.STORE_KEEPER, 'd1'], 'session');
    const me = await clients(options, session.token).registry.getMe({});
    same([me.person, me.today, me.places[0].kind], ['keeper', today, 'district'], 'me');
    same((await refusal(clients(options, session.token).registry.addKinds({ requestId: uuid() }))).code, Code.PermissionDenied, 'not hers');
  });
}

const client = clients({ useBinaryFormat: true });

tests.test('headers of our own go along; an answer comes again for the same id', async () => {
  const request = { requestId: uuid(), day: today, lines: [{ place: 'st_d', item: 'rice', quantity: 2n }] };
  const options = { headers: { 'rasad-channel': 'sms', 'rasad-device': 'phone-7', 'rasad-device-time': '1585699200000', 'rasad-device-offset': '330', 'rasad-device-sequence': '41' } };
  const first = await client.materials.waste(request, options), again = await client.materials.waste(request);
  same(String(again.sequence), String(first.sequence), 'sequence');
  const { header } = (await client.reports.listEntries({ after: first.sequence - 1n, limit: 1 })).entries[0].entry;
  same([header.channel, header.device, String(header.deviceTimeMs), header.deviceOffsetMin, String(header.deviceSequence)], [generated.Channel.SMS, 'phone-7', '1585699200000', 330, '41'], 'header');
  same((await refusal(client.materials.waste({ ...request, day: '2020-04-01' }))).code, Code.AlreadyExists, 'other content');
});

tests.test('a service that does not answer in time: deadline_exceeded; the same id settles it', async () => {
  const pid = rasad.pids.get('materials');
  const request = { requestId: uuid(), day: today, lines: [{ place: 'st_d', item: 'rice', quantity: 3n }] };
  process.kill(pid, 'SIGSTOP');
  try {
    same((await refusal(client.materials.waste(request, { timeoutMs: 300 }))).code, Code.DeadlineExceeded, 'a command');
    same((await refusal(clients({ useHttpGet: true }).materials.getStock({ place: 'st_d' }, { timeoutMs: 300 }))).code, Code.DeadlineExceeded, 'a read');
    same((await client.reports.getHead({}, { timeoutMs: 5000 })).$typeName, 'rasad.v1.GetHeadResponse', 'another service');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  const receipt = await client.materials.waste(request);
  same(receipt.accepted, 1, 'accepted');
  const entries = (await client.reports.listEntries({ after: receipt.sequence - 3n, limit: 200 })).entries;
  const ids = entries.map(view => Buffer.from(view.entry.header.requestId).toString('hex'));
  same(ids.filter(id => id === request.requestId.replaceAll('-', '')).length, 1, 'entries of that id');
});

tests.test('the server itself keeps to the time given', async () => {
  const pid = rasad.pids.get('materials');
  process.kill(pid, 'SIGSTOP');
  try {
    const got = await rasad.call('Materials/GetStock', { place: 'st_d' }, { headers: { 'connect-timeout-ms': '200' } });
    same([got.status, got.code], [504, 'deadline_exceeded'], 'answer');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await rasad.ask('Materials/GetStock', { place: 'st_d' });
});

tests.test('taken off by the caller: canceled', async () => {
  const controller = new AbortController();
  const pid = rasad.pids.get('materials');
  process.kill(pid, 'SIGSTOP');
  try {
    const asked = client.materials.getStock({ place: 'st_d' }, { signal: controller.signal });
    controller.abort();
    same((await refusal(asked)).code, Code.Canceled, 'code');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await client.materials.getStock({ place: 'st_d' });
});

await tests.run();
between.close();
await world.close();
tests.end();
