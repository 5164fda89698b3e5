/* clients.mjs - clients that are slow, half-open, too many, or lie: whoever behaves is served all the while.
 * Kinds:   headers and bodies a byte at a time (slowloris); bodies that stop; a length that is not true; connections that say
 *          nothing; answers that nobody takes; 10,000 connections; a flood of one kind of request; noise.
 * How:     against the whole system, the services behind the gateway, while clients of the load send facts. The bad ones come
 *          from other addresses of the loopback than the good ones, as they do in the world.
 * Usage:   node clients.mjs [BUILD] */
import { createConnection } from 'node:net';
import { Chance, Tests, check, exchange, same, sleep } from '../lib/rasad.mjs';
import { FULL, Load, rounds, summary } from '../lib/load.mjs';
import { World } from '../lib/world.mjs';

const SEED = Number(process.env.SEED || Date.now() % 1000000007);
const EACH = rounds(60, 600);           // connections of each kind at once
const MANY = FULL ? 10000 : 2500;
const HEADERS_MS = 10000, SPARE_MS = 5000; // services/base/limits.h
const CONNECTIONS_LEFT = 50;               // of those who behave

const tests = new Tests();
const chance = new Chance(SEED);
console.log(`SEED=${SEED}`);

const world = await World.build({ people: false });
const { rasad } = world;
const load = new Load(world, chance, { clients: 3 });
const counts = {};
const open = new Set();

/** A connection from an address of its own, which keeps quiet about whatever happens to it. */
function stranger() {
  const address = `127.${chance.between(1, 250)}.${chance.between(0, 250)}.${chance.between(2, 250)}`;
  const socket = createConnection({ host: '127.0.0.1', port: rasad.port, localAddress: address });
  socket.heard = '';
  socket.over = new Promise(done => socket.once('close', () => { open.delete(socket); done(); }));
  socket.on('error', () => {});
  socket.on('data', data => { if (socket.heard.length < 400) socket.heard += data; });
  socket.up = new Promise(done => { socket.once('connect', () => done(true)); socket.once('close', () => done(false)); });
  open.add(socket);
  return socket;
}

const head = (length, more = '') => `POST /rasad.v1.Materials/Receive HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${rasad.token}\r\n${more}Content-Length: ${length}\r\n\r\n`;
const body = () => JSON.stringify(load.command('came').request);

const KINDS = {
  'headers a byte at a time': async () => {
    const socket = stranger(), text = head(10);
    await socket.up;
    for (let i = 0; i < text.length && !socket.destroyed; i++) { socket.write(text[i]); await Promise.race([sleep(400), socket.over]); }
    return socket;
  },
  'a body a byte at a time': async () => {
    const socket = stranger(), text = 'x'.repeat(1000);
    await socket.up;
    socket.write(head(text.length));
    for (let i = 0; i < 30 && !socket.destroyed; i++) { socket.write(text[i]); await Promise.race([sleep(300), socket.over]); }
    socket.destroy();
    return socket;
  },
  'a body that stops': async () => {
    const socket = stranger();
    await socket.up;
    socket.write(head(100000) + '{"requestId":"');
    await Promise.race([sleep(chance.between(500, 4000)), socket.over]);
    socket.resetAndDestroy();
    return socket;
  },
  'longer than it says': async () => {
    const socket = stranger(), text = body();
    await socket.up;
    socket.write(head(Buffer.byteLength(text) - 20) + text); // the rest is taken for a request
    await Promise.race([sleep(3000), socket.over]);
    check(!/ 200 /.test(socket.heard), `it was answered ${socket.heard.slice(0, 100)}`);
    socket.destroy();
    return socket;
  },
  silent: async crowded => {
    const socket = stranger();
    await socket.up;
    await Promise.race([sleep(HEADERS_MS + SPARE_MS), socket.over]);
    if (crowded) return socket; // which may not have been taken yet, or never: the kernel's queue was full, and this end does not know
    check(socket.destroyed, 'a silent connection was kept');
    socket.destroy();
    return socket;
  },
  'an answer that nobody takes': async () => {
    const socket = stranger();
    await socket.up;
    socket.pause();
    for (let i = 0; i < 40 && !socket.destroyed; i++) socket.write(`POST /rasad.v1.Reports/ListEntries HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${rasad.token}\r\nContent-Length: 13\r\n\r\n{"limit":200}`);
    await Promise.race([sleep(3000), socket.over]);
    socket.resetAndDestroy();
    return socket;
  },
  noise: async () => {
    const socket = stranger();
    await socket.up;
    socket.write(Buffer.from(Array.from({ length: 2000 }, () => chance.below(256))));
    await Promise.race([sleep(2000), socket.over]);
    check(!/ 200 /.test(socket.heard), `noise was answered ${socket.heard.slice(0, 100)}`);
    socket.destroy();
    return socket;
  },
  'in the middle of a request, gone': async () => {
    const socket = stranger(), text = body();
    await socket.up;
    socket.write(head(Buffer.byteLength(text)) + text);
    socket.resetAndDestroy(); // it may count or not; its id says which, when it is sent again
    return socket;
  },
};

/** Good clients are answered while the bad ones are at it; how long the slowest took. */
async function servedMeanwhile(work) {
  let slowest = 0, going = true;
  const good = (async () => {
    while (going) {
      const from = Date.now();
      await load.sendThrough(load.command());
      slowest = Math.max(slowest, Date.now() - from);
      await sleep(20);
    }
  })();
  await work();
  going = false;
  await good;
  return slowest;
}

/** `make test` has them all at once only: each waits for deadlines. */
for (const [name, bad] of FULL ? Object.entries(KINDS) : []) {
  tests.test(`${EACH} times at once: ${name}`, async () => {
    const slowest = await servedMeanwhile(() => Promise.all(Array.from({ length: EACH }, () => bad())));
    counts[name] = EACH;
    check(slowest < HEADERS_MS, `a good client waited ${slowest} ms`);
    await rasad.healthy();
  });
}

tests.test(`all kinds at once, ${EACH} each, under load`, async () => {
  await load.during(() => Promise.all(Object.values(KINDS).flatMap(bad => Array.from({ length: EACH }, () => bad(true)))));
  const held = async () => Number(/^rasad_http_connections (\d+)$/m.exec((await exchange(rasad.url, { path: '/metrics' })).bytes.toString())[1]);
  for (const until = Date.now() + 2 * HEADERS_MS + SPARE_MS; await held() > CONNECTIONS_LEFT; await sleep(500)) check(Date.now() < until, `silent connections were kept: ${await held()}`);
  for (const socket of open) socket.destroy();
  counts['all kinds at once'] = EACH * Object.keys(KINDS).length;
  same(load.wrong, [], 'answers that nobody should get');
});

tests.test(`${MANY} connections: the silent make way for who asks, and when they go, all is well`, async () => {
  const keepAlive = load.command();
  await load.sendThrough(keepAlive); // one good connection is there before them
  const sockets = [];
  for (let i = 0; i < MANY; i++) {
    sockets.push(stranger());
    if (i % 250 === 249) await sleep(20);
  }
  await sleep(1000);
  const from = Date.now();
  await rasad.ask('Reports/GetHead', {}); // who was there is served
  const late = load.command();
  while (!await load.send(late, { agent: false, timeout: 3000 })) check(Date.now() - from < HEADERS_MS - SPARE_MS, 'a new client waits for the silent');
  const waited = Date.now() - from;
  for (const socket of sockets) socket.destroy();
  await rasad.healthy();
  await load.sendThrough(load.command());
  counts['connections at once'] = MANY;
  counts['ms until a new good one came through'] = waited;
});

tests.test('every command is there once, the books close, the tables are those of the journal', async () => {
  await load.settled();
  summary('bad clients', `${Object.entries(counts).map(([what, n]) => `${what} ${n}`).join(', ')}; ${load.counts()}`);
});

await tests.run();
for (const socket of open) socket.destroy();
await world.close();
tests.end();
