/* edge.mjs - somebody at the door: bytes that are no HTTP, requests hidden in others, paths that lead elsewhere, pages of other
 * sites, tokens that are none, too much of everything, passwords and PINs guessed.
 * Shape:  the cases are data: bytes, or a request, and exactly what comes back: status, code, reason; and that behind it the
 *         connection is closed and nothing that stood there was run.
 * After:  nothing was written, no process ended, the books add up.
 * Usage:  node edge.mjs [BUILD] */
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { booksAddUp } from '../lib/books.mjs';
import { Tests, alive, check, dayAfter, exchange, processorSeconds, same, sleep, uuid } from '../lib/rasad.mjs';
import { PASSWORD, World } from '../lib/world.mjs';

const tests = new Tests();
const world = await World.build();
const { rasad, today } = world;
const pids = new Map(rasad.pids);
const day = dayAfter(today, -1);
const token = world.tokens.keeper;
await rasad.command('Materials/Receive', { day, place: 'st_d', lines: [{ item: 'rice', quantity: 1000 }] });
const page = await exchange(rasad.url, { path: '/' });

let head;
tests.test('the head of the journal, before', async () => { head = await rasad.head(); });

// ---- bytes

/** What comes back until the other side closes, or nothing more does. */
function raw(bytes, quiet = 1500) {
  return new Promise(done => {
    const socket = net.connect(rasad.port, '127.0.0.1', () => socket.write(bytes));
    let got = '';
    const end = closed => { clearTimeout(timer); socket.destroy(); done({ got, closed, statuses: [...got.matchAll(/HTTP\/1\.1 (\d+)/g)].map(each => Number(each[1])) }); };
    let timer = setTimeout(() => end(false), quiet);
    socket.on('data', part => { got += part.toString('latin1'); clearTimeout(timer); timer = setTimeout(() => end(false), quiet); });
    socket.on('error', () => {});
    socket.on('close', () => end(true));
  });
}

const STOCK = '/rasad.v1.Materials/GetStock', WASTE = '/rasad.v1.Materials/Waste';
/** A command that would be booked if it were run: it stands behind every attack. */
const hidden = () => {
  const body = JSON.stringify({ requestId: uuid(), day, lines: [{ place: 'st_d', item: 'rice', quantity: 1 }] });
  return `POST ${WASTE} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
};
const post = (headers, body = '', line = `POST ${STOCK} HTTP/1.1`) => `${line}\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${token}\r\n${headers}\r\n${body}`;
const get = (headers, line = 'GET / HTTP/1.1') => `${line}\r\n${headers}\r\n`;
const ask = '{"place":"st_d"}'; // 16 bytes

/** wanted: the status of the first answer; 0: closed without one. Nothing behind it is run. */
const SMUGGLED = [
  // lengths
  ['Content-Length and chunked', post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), 400],
  ['chunked and Content-Length', post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'), 400],
  ['chunked and Content-Length 0', post('Transfer-Encoding: chunked\r\nContent-Length: 0\r\n', '0\r\n\r\n'), 400],
  ['two Content-Lengths, different', post('Content-Length: 16\r\nContent-Length: 0\r\n', ask), 400],
  ['two Content-Lengths, the same', post('Content-Length: 16\r\nContent-Length: 16\r\n', ask), 400],
  ['a list of Content-Lengths', post('Content-Length: 16, 16\r\n', ask), 400],
  ...['+16', '-1', '0x10', '16 ', ' ', '', '1e1', '16.0', '١٦', '0,16', '16;q=1', '"16"'].map(value => [`Content-Length "${value}"`, post(`Content-Length: ${Buffer.from(value).toString('latin1')}\r\n`, ask), 400]),
  ...['99999999999999999999', '18446744073709551617'].map(value => [`Content-Length ${value}`, post(`Content-Length: ${value}\r\n`, ask), 413]),
  // transfer encodings
  ...['identity', 'gzip', 'chunked, gzip', 'gzip, chunked', 'chunked, chunked', 'xchunked', 'chunked;q=1', 'chunked ', ',chunked', '"chunked"', 'chun\tked', '\x0bchunked', 'chunked\x00'].map(value => [`Transfer-Encoding "${value}"`, post(`Transfer-Encoding: ${value}\r\n`, '0\r\n\r\n'), 400]),
  ['Transfer-Encoding twice', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), 400],
  ['Transfer-Encoding twice, once another', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n', '0\r\n\r\n'), 400],
  ['chunked in HTTP/1.0', post('Transfer-Encoding: chunked\r\n', '0\r\n\r\n', `POST ${STOCK} HTTP/1.0`), 400],
  // chunks
  ...['0x10', '+10', '-10', ' 10', '10 ', 'G', '', '10\x00', '1 0', '_10', 'fffffffffffffffff'].map(size => [`a chunk of size "${size}"`, post('Transfer-Encoding: chunked\r\n', `${size}\r\n${ask}\r\n0\r\n\r\n`), [0, 400, 413]]),
  ['a chunk longer than it says', post('Transfer-Encoding: chunked\r\n', `5\r\n${ask}\r\n0\r\n\r\n`), 400],
  ['a chunk without its end', post('Transfer-Encoding: chunked\r\n', `10\r\n${ask}0\r\n\r\n`), 400],
  ['chunks that end in LF', post('Transfer-Encoding: chunked\r\n', `10\n${ask}\n0\n\n`), 200],
  ['a chunk with an extension', post('Transfer-Encoding: chunked\r\n', `10;a=b\r\n${ask}\r\n0\r\n\r\n`), 200],
  ['an extension with LF in it', post('Transfer-Encoding: chunked\r\n', `10;a\nb\r\n${ask}\r\n0\r\n\r\n`), 400],
  ['a trailer with a length', post('Transfer-Encoding: chunked\r\n', `10\r\n${ask}\r\n0\r\nContent-Length: 300\r\n\r\n`), 200],
  // lines
  ['lines that end in LF', get('Host: x\n').replaceAll('\r\n', '\n'), 400], ['one line that ends in LF', get('Host: x\nA: b\r\n'), 400], ['the request line ends in LF', 'GET / HTTP/1.1\nHost: x\r\n\r\n', 400],
  ['the empty line is LF', 'GET / HTTP/1.1\r\nHost: x\r\n\n', 400], ['the last line ends in LF, and the empty one', 'GET / HTTP/1.1\r\nHost: x\n\n', 400],
  ['a folded header', get('Host: x\r\nA: b\r\n c\r\n'), 400], ['folded with a tab', get('Host: x\r\nA: b\r\n\tc\r\n'), 400], ['a folded Content-Length', post('Content-Length:\r\n 16\r\n', ask), 400],
  ['a folded Transfer-Encoding', post('Transfer-Encoding:\r\n chunked\r\n', '0\r\n\r\n'), 400], ['a CR in a value', get('Host: x\r\nA: b\rc\r\n'), 400], ['CR CR LF', get('Host: x\r\r\n'), 400],
  ['a NUL in a value', get('Host: x\r\nA: b\x00c\r\n'), 400], ['a NUL in a name', get('Host: x\r\nA\x00: b\r\n'), 400], ['a line that begins with NUL', get('Host: x\r\n\x00\x00Content-Length: 400\r\n'), 400],
  ['a NUL in the path', get('Host: x\r\n', 'GET /\x00a HTTP/1.1'), 400], ['a NUL in the method', get('Host: x\r\n', 'GET\x00 / HTTP/1.1'), 400],
  ...[0x01, 0x07, 0x08, 0x0b, 0x0c, 0x1b, 0x7f].map(byte => [`control character ${byte} in a value`, get(`Host: x\r\nA: b${String.fromCharCode(byte)}c\r\n`), 400]),
  // names
  ['a space before the colon', post('Content-Length : 16\r\n', ask), 400], ['a tab before the colon', post('Content-Length\t: 16\r\n', ask), 400], ['a space before the name', get(' Host: x\r\nHost: x\r\n'), 400],
  ['a name of nothing', get('Host: x\r\n: b\r\n'), 400], ['a line without a colon', get('Host: x\r\nnonsense\r\n'), 400],
  ...['Content Length', 'Content\x0bLength', 'Cont(ent', 'Cont,ent', 'Cont/ent', 'Cont[ent', 'Cont"ent', 'Cont@ent', 'Contént', 'Cont{ent'].map(name => [`the name "${name}"`, get(`Host: x\r\n${Buffer.from(name).toString('latin1')}: 5\r\n`), 400]),
  // hosts
  ['no Host', get(''), 400], ['two Hosts', get('Host: x\r\nHost: y\r\n'), 400], ['two Hosts, the same', get('Host: x\r\nHost: x\r\n'), 400], ['an empty Host', get('Host:\r\n'), 400],
  ...['x/y', 'x y', 'x@y', 'x?y', 'x#y', 'x\\y', 'x,y', '<x>', 'x;y'].map(value => [`Host "${value}"`, get(`Host: ${value}\r\n`), 400]),
  // what may come once
  ...['Authorization: Bearer x', 'Content-Type: application/proto', 'Origin: http://x', 'Sec-Fetch-Site: same-origin', 'Cookie: rasad=x', 'Rasad-Person: keeper', 'Rasad-Device: a', 'Rasad-On-Behalf-Of: a', 'Connect-Timeout-Ms: 5', 'Content-Encoding: gzip', 'X-Forwarded-For: 10.0.0.1', 'X-Forwarded-Proto: https', 'Rasad-Channel: app']
    .map(header => [`twice: ${header}`, post(`Content-Length: 16\r\n${header}\r\n${header}\r\n`, ask), 400]),
  // request lines
  ['absolute form', get('Host: x\r\n', `GET http://x${STOCK} HTTP/1.1`), 400], ['absolute form of another host', get('Host: x\r\n', 'GET http://evil/ HTTP/1.1'), 400],
  ['authority form', get('Host: x\r\n', 'CONNECT evil:443 HTTP/1.1'), 400], ['asterisk form', get('Host: x\r\n', 'OPTIONS * HTTP/1.1'), 400], ['no path', get('Host: x\r\n', 'GET HTTP/1.1'), [0, 400]],
  ['two spaces', get('Host: x\r\n', 'GET  / HTTP/1.1'), [0, 400]], ['a tab', get('Host: x\r\n', 'GET\t/ HTTP/1.1'), 400], ['a space at the end', get('Host: x\r\n', 'GET / HTTP/1.1 '), 400], ['a path with a space', get('Host: x\r\n', 'GET /a b HTTP/1.1'), [0, 400]],
  ['HTTP/0.9', 'GET /\r\n\r\n', 400], ['HTTP/0.9 by name', get('Host: x\r\n', 'GET / HTTP/0.9'), 505], ['HTTP/1.2', get('Host: x\r\n', 'GET / HTTP/1.2'), [400, 505]], ['HTTP/2.0', get('Host: x\r\n', 'GET / HTTP/2.0'), 505], ['HTTP/3', get('Host: x\r\n', 'GET / HTTP/3'), [400, 505]],
  ['http/1.1 in small letters', get('Host: x\r\n', 'GET / http/1.1'), [400, 505]], ['HTTP/1.1.1', get('Host: x\r\n', 'GET / HTTP/1.1.1'), [400, 505]], ['HTTP/11', get('Host: x\r\n', 'GET / HTTP/11'), [400, 505]],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505], ['TLS to a plain port', Buffer.from('16030100c8010000c40303', 'hex').toString('latin1') + '\r\n\r\n', [0, 400]],
  ['a GET with a body', get(`Host: x\r\nContent-Length: 16\r\n`) + ask, 400], ['a GET with chunks', get('Host: x\r\nTransfer-Encoding: chunked\r\n') + '0\r\n\r\n', 400],
  // too long
  ['a path of 8 KiB and one byte', get('Host: x\r\n', `GET /${'a'.repeat(8192)} HTTP/1.1`), 414], ['a path of 40 KiB', get('Host: x\r\n', `GET /${'a'.repeat(40960)} HTTP/1.1`), [0, 414, 431]], ['a header of 40 KiB', get(`Host: x\r\nA: ${'a'.repeat(40960)}\r\n`), [0, 413, 431]],
  ['a thousand headers', get(`Host: x\r\n${Array.from({ length: 1000 }, (_, i) => `A${i}: ${'b'.repeat(30)}\r\n`).join('')}`), [0, 413, 431]], ['a name of 40 KiB', get(`Host: x\r\n${'a'.repeat(40960)}: b\r\n`), [0, 413, 431]],
  ['a method of 9 KiB', get('Host: x\r\n', `${'A'.repeat(9000)} / HTTP/1.1`), [0, 405, 413, 414, 431]],
];
for (const [name, bytes, wanted] of SMUGGLED)
  tests.test(`bytes: ${name}`, async () => {
    const { statuses, got, closed } = await raw(Buffer.from(bytes + hidden(), 'latin1'));
    check([wanted].flat().includes(statuses[0] ?? 0), `answered ${statuses}: ${got.slice(0, 200)}`);
    check(closed && (statuses.length <= 1 || statuses.every(status => status === statuses[0] && status >= 400)), `what stands behind was answered: ${statuses}, closed ${closed}`);
  });

// ---- paths and methods

const PATHS = [
  ...['/../../etc/passwd', '/..', '/a/../b', '/%2e%2e/x', '/%2E%2E%2Fx', '/a%00b', '/a%2fb', '/%', '/%zz', '/a%0d%0ab', '/\\..\\x', '/a\\b', '/.%2e/', '/rasad.v1.Materials/..%2fGetStock', '/%72asad.v1.Materials/GetStock', '//../x', '/%c0%ae%c0%ae/x', '/é'].map(path => ['GET', path, 400, 'invalid_argument']),
  ...['/etc/passwd.txt', '/console.token', '/rasad.lmdb', '/.git/config', '/.env', '/server-status.html', '/index.php', '/wp-login.php', '/app.js.map', '//x.js', '/run/registry.sock', '/favicon.ico'].map(path => ['GET', path, 404, 'not_found']),
  ...['/rasad.v1.Materials/getstock', '/rasad.v1.materials/GetStock', '/rasad.v1.Materials/GetStock/', '/rasad.v1.Materials//GetStock', '/rasad.v1.Materials/', '/rasad.v1.Nothing/Get', '/rasad.v1.Health/Ping', '/rasad.v1.Registry/SignIn2', '/rasad.v1.', '/rasad.v1.Materials/GetStock;a=b'].map(path => ['POST', path, 404, 'unimplemented']),
  ...['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'get', 'Post'].flatMap(method => [[method, '/', 405, 'unimplemented'], [method, STOCK, 405, 'unimplemented']]),
  ['POST', '/', 405, 'unimplemented'], ['POST', '/events', 405, 'unimplemented'], ['POST', '/healthz', 405, 'unimplemented'], ['POST', '/metrics', 405, 'unimplemented'], ['GET', WASTE, 405, 'unimplemented'], ['HEAD', WASTE, 405, undefined],
];
for (const [method, path, status, code] of PATHS)
  tests.test(`path: ${method} ${path}`, async () => {
    const { got, statuses } = await raw(`${method} ${Buffer.from(path).toString('latin1')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    same(statuses[0], status, got.slice(0, 120));
    if (code) same(JSON.parse(got.slice(got.indexOf('{'))).code, code, 'code');
  });

// ---- pages of other sites

const cookie = { cookie: `rasad=${token}` };
const site = `127.0.0.1:${rasad.port}`;
const CROSS = [
  ['a form of another site', { origin: 'https://evil.example', 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ...['text/plain', 'multipart/form-data; boundary=x', 'application/jsonp', 'text/json', 'application/json-patch+json', 'application/grpc', 'application/connect+json', '', ' application/json'].map(type => [`content type "${type}"`, { origin: `http://${site}`, 'sec-fetch-site': 'same-origin', 'content-type': type }, type.trim() === 'application/json' ? 200 : 415]),
  ...['https://evil.example', 'null', `http://${site}.evil.example`, `http://evil.example/${site}`, 'http://127.0.0.1', `http://127.0.0.1:${rasad.port + 1}`, `ftp://${site}`, `http://user@${site}`, site, 'http://'].map(origin => [`origin ${origin}`, { origin }, 403]),
  ...['cross-site', 'same-site', 'none', 'nonsense', 'cross-site, same-origin'].map(value => [`sec-fetch-site ${value}`, { 'sec-fetch-site': value }, 403]),
  ['neither origin nor sec-fetch-site', {}, 403], ['our origin, but said to be cross-site', { origin: `http://${site}`, 'sec-fetch-site': 'cross-site' }, 403],
];
for (const [name, headers, status] of CROSS)
  tests.test(`another site, with her cookie: ${name}`, async () => {
    const answer = await exchange(rasad.url, { method: 'POST', path: STOCK, body: ask, headers: { 'content-type': 'application/json', ...cookie, ...headers } });
    same(answer.status, status, answer.bytes.toString());
    check(answer.headers['access-control-allow-origin'] === undefined, 'it is let in by CORS');
  });
for (const [site, status] of [['cross-site', 403], ['same-site', 403], ['nonsense', 403], ['same-origin', 200], ['none', 200]])
  tests.test(`a read with her cookie, sec-fetch-site ${site}`, async () => {
    for (const path of ['/rasad.v1.Registry/GetMe?connect=v1&encoding=json&message=%7B%7D'])
      same((await exchange(rasad.url, { path, headers: { ...cookie, 'sec-fetch-site': site } })).status, status, path);
  });
tests.test('another site may not ask first either', async () => {
  const answer = await exchange(rasad.url, { method: 'OPTIONS', path: STOCK, headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' } });
  same([answer.status, answer.headers['access-control-allow-origin']], [405, undefined], 'preflight');
});

// ---- tokens

const TOKENS = [
  ...['', 'x', '../../console.token', 'null', '0', "' OR 1=1", 'AAAA', 'Zm9v', '%00', token.slice(0, -1), `${token}A`, token.toUpperCase(), token.split('').reverse().join(''), randomBytes(32).toString('base64url'), randomBytes(32).toString('hex'), 'a'.repeat(128), 'a'.repeat(129), 'é'].map(value => [`Bearer ${value}`, 401]),
  ...[`Basic ${Buffer.from('admin:admin').toString('base64')}`, `Token ${token}`, token, `Bearer  ${token}`, `Bearer ${token} ${token}`, `Bearer,${token}`, `Digest ${token}`].map(value => [value, 401]),
];
for (const [value, status] of TOKENS)
  tests.test(`token: ${value.slice(0, 60)}`, async () => {
    const { statuses, got } = await raw(Buffer.from(`POST ${STOCK} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nAuthorization: ${value}\r\nContent-Length: 16\r\n\r\n${ask}`));
    same(statuses, [status], got.slice(0, 200));
    same(JSON.parse(got.slice(got.indexOf('{'))).code, 'unauthenticated', 'code');
  });
tests.test('a token after signing out', async () => {
  const mine = await world.signIn('inspector');
  await rasad.ask('Registry/SignOut', {}, { token: mine });
  same((await rasad.call('Registry/GetMe', {}, { token: mine })).code, 'unauthenticated', 'code');
});
tests.test('another person said to ask: the session of nobody', async () => {
  same((await rasad.call('Registry/GetMe', {}, { token, headers: { 'rasad-person': 'admin' } })).code, 'unauthenticated', 'code');
});

// ---- too much

const body = bytes => `${ask}${' '.repeat(bytes - ask.length)}`;
const send = (payload, headers = {}) => exchange(rasad.url, { method: 'POST', path: STOCK, body: payload, headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers } });
for (const [name, run, status] of [
  ['a body of 512 KiB and one byte', () => send(body(512 * 1024 + 1)), 413], ['a body of 1 MiB', () => send(body(1024 * 1024)), 413], ['512 KiB and one byte in chunks', () => send(body(512 * 1024 + 1), { 'transfer-encoding': 'chunked' }), 413],
  ['a bomb of gzip', () => send(gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20)), { 'content-encoding': 'gzip' }), 413], ['gzip in gzip', () => send(gzipSync(gzipSync(ask)), { 'content-encoding': 'gzip' }), 400],
  ['two gzips, one behind the other', () => send(Buffer.concat([gzipSync(ask), gzipSync(ask)]), { 'content-encoding': 'gzip' }), 400], ['an unknown compression', () => send(ask, { 'content-encoding': 'zstd' }), 501],
  ['lists in lists, a thousand deep', () => send('{"place":'.repeat(1000)), 400], ['a text of 400 KiB for a code', () => send(JSON.stringify({ place: 'x'.repeat(400 * 1024) })), 400], ['a number of 1,000 digits', () => send(`{"limit":${'9'.repeat(1000)}}`), 400],
  ['a million fields', () => send(`{${'"a":1,'.repeat(60000)}"b":2}`), 400], ['a device of 65 bytes', () => send(ask, { 'rasad-device': 'd'.repeat(65) }), 400], ['a person that is no code', () => send(ask, { 'rasad-person': 'a b' }), 400],
  ['a timeout of eleven digits', () => send(ask, { 'connect-timeout-ms': '99999999999' }), 400], ['a timeout below 0', () => send(ask, { 'connect-timeout-ms': '-5' }), 400], ['a channel that is ours alone', () => send(ask, { 'rasad-channel': 'system' }), 400],
]) tests.test(`too much: ${name}`, async () => { const answer = await run(); same(answer.status, status, answer.bytes.toString().slice(0, 200)); });

// ---- what every answer says to a browser

tests.test('each answer tells the browser to be strict', async () => {
  for (const answer of [page, await send(ask), await send('{'), await exchange(rasad.url, { path: '/nothing.js' }), await exchange(rasad.url, { path: '/healthz' }), await exchange(rasad.url, { path: '/sw.js' })]) {
    const policy = answer.headers['content-security-policy'] ?? '';
    check(/default-src 'none'|default-src 'self'/.test(policy) && /frame-ancestors 'none'/.test(policy) && /base-uri 'none'/.test(policy) && /object-src 'none'|default-src 'none'/.test(policy), policy);
    check(!/unsafe|\*|https?:/.test(policy.replace(/img-src[^;]*/, '')), policy);
    same([answer.headers['x-content-type-options'], answer.headers['x-frame-options'], answer.headers['referrer-policy'], answer.headers['cross-origin-opener-policy'], answer.headers['cross-origin-resource-policy']], ['nosniff', 'DENY', 'no-referrer', 'same-origin', 'same-origin'], 'headers');
    check(/camera=\(self\)/.test(answer.headers['permissions-policy'] ?? '') && /geolocation=\(\)/.test(answer.headers['permissions-policy']), answer.headers['permissions-policy']);
    check(!answer.headers.server && !answer.headers['x-powered-by'], 'it says what it is made of');
  }
});
tests.test('what an answer holds of a person is kept by no cache', async () => {
  same((await send(ask)).headers['cache-control'], 'no-store', 'a call');
  same((await exchange(rasad.url, { path: `/rasad.v1.Registry/GetMe?connect=v1&encoding=json&message=%7B%7D`, headers: { authorization: `Bearer ${token}` } })).headers['cache-control'], 'private, no-cache', 'a read by GET');
});

// ---- guessing

const sign = (request, headers = {}) => rasad.call('Registry/SignIn', request, { token: '', headers });
tests.test('a login that is not there is answered as one that is', async () => {
  const [a, b] = [await sign({ login: 'nobody-there', password: 'a wrong one' }), await sign({ login: 'auditor', password: 'a wrong one' })];
  same([a.status, a.body], [b.status, b.body], 'answers');
});
tests.test('a login that is attacked from everywhere stays open to its owner where she has signed in before', async () => {
  const hers = { 'rasad-device': 'the phone of the officer' };
  check((await sign({ login: 'officer', password: PASSWORD }, hers)).ok, 'she signs in');
  let held = 0;
  for (let i = 0; i < 12; i++) held += (await sign({ login: 'officer', password: `guess ${i}` }, { 'rasad-device': `attacker ${i}` })).status === 429 ? 1 : 0;
  same(held, 2, 'held back after ten');
  same((await sign({ login: 'officer', password: PASSWORD })).status, 429, 'a stranger with the right one');
  check((await sign({ login: 'officer', password: PASSWORD }, hers)).ok, 'she on her phone');
  check((await sign({ login: 'kitchen', password: PASSWORD })).ok, 'her neighbour behind the same address');
});
tests.test('PINs are tried ten times on a phone; the password still opens; without the phone a PIN is nothing', async () => {
  await rasad.ask('Registry/SetPassword', { person: 'manager', pin: '4711' });
  const { deviceKey } = await rasad.ask('Registry/EnrolDevice', { device: 'shared-phone', people: ['manager', 'manager2'] });
  for (let i = 0; i < 10; i++) same((await sign({ login: 'manager', pin: String(1000 + i), deviceKey })).status, 401, `PIN ${i}`);
  same((await sign({ login: 'manager', pin: '4711', deviceKey })).status, 429, 'the right PIN, too late');
  check((await sign({ login: 'manager', password: PASSWORD })).ok, 'the password on another device');
  same((await sign({ login: 'manager2', pin: '4711', deviceKey })).status, 401, 'the PIN of another');
  same((await sign({ login: 'keeper', pin: '4711', deviceKey })).status, 401, 'a person not of this phone');
  same((await sign({ login: 'manager', pin: '4711' })).status, 400, 'no phone');
  same((await sign({ login: 'manager2', pin: '4711', deviceKey: randomBytes(32).toString('base64url') })).status, 401, 'a phone made up');
});
tests.test('a lost phone: enrolled again, whoever holds the old one reads and sends nothing with what was begun on it', async () => {
  await rasad.ask('Registry/SetPassword', { person: 'manager2', pin: '4712' });
  const enrol = async () => (await rasad.ask('Registry/EnrolDevice', { device: 'lost-phone', people: ['manager2'] }, { token: world.tokens.admin })).deviceKey;
  const deviceKey = await enrol(), elsewhere = await world.signIn('manager2');
  const { token: lost, entryToken } = (await sign({ login: 'manager2', pin: '4712', deviceKey })).body;
  const asks = async () => [(await rasad.call('Registry/GetMe', {}, { token: lost })).status, (await rasad.call('Production/LogOutput', { requestId: uuid(), workDate: day, lines: [] }, { token: entryToken })).status,
    (await rasad.call('Registry/ListNames', { deviceKey }, { token: '' })).status, (await rasad.call('Registry/GetMe', {}, { token: elsewhere })).status, (await rasad.call('Registry/GetMe', {}, { token: world.tokens.admin })).status];
  same(await asks(), [200, 400, 200, 200, 200], 'before: what the phone holds is good');
  for (const [name, headers, wanted] of [['reads with the entry token', {}, 401], ['said to be another', { 'rasad-person': 'keeper' }, 401]])
    same((await rasad.call('Registry/GetMe', {}, { token: entryToken, headers })).status, wanted, name);
  await enrol();
  same(await asks(), [401, 401, 401, 200, 200], 'after: session, entries and names of the phone; her session elsewhere, and who enrolled it');
});
tests.test('codes to claim a phone are guessed ten times', async () => {
  const claim = claimCode => rasad.call('Registry/ClaimDevice', { claimCode, deviceKey: randomBytes(32).toString('base64url') }, { token: '' });
  for (let i = 0; i < 10; i++) same((await claim(String(10000000 + i))).status, 401, `code ${i}`);
  same((await claim('12345678')).status, 429, 'the eleventh');
});
// Only 127.0.0.1 is the machine itself; 127.0.0.2 is somebody, with a share.
const CLIENT_AT_DOOR_MAX = 8;
tests.test('one address does not fill the line at the door: so many of its passwords are tried at once', async () => {
  const guess = i => new Promise(done => {
    const body = JSON.stringify({ login: `nobody${i}`, password: PASSWORD });
    const request = http.request({ host: '127.0.0.1', port: rasad.port, localAddress: '127.0.0.2', method: 'POST', path: '/rasad.v1.Registry/SignIn', headers: { 'content-type': 'application/json', 'content-length': body.length } },
      answer => { answer.resume(); answer.on('end', () => done(answer.statusCode)); });
    request.on('error', () => done(0));
    request.end(body);
  });
  const crowd = await Promise.all(Array.from({ length: 80 }, (_, i) => guess(i))), tried = crowd.filter(status => status === 401).length;
  check(tried >= CLIENT_AT_DOOR_MAX && tried < 40 && crowd.every(status => status === 401 || status === 429), `${tried} of 80 tried: ${[...new Set(crowd)]}`);
  same(await guess(80), 401, 'when they are done it is open again');
});
tests.test('a chunk whose size has no end costs next to nothing', async () => {
  const gateway = rasad.pids.get('gateway'), sockets = Array.from({ length: 20 }, () => net.connect(rasad.port, '127.0.0.1').on('error', () => {}));
  for (const socket of sockets) socket.write(`${post('Transfer-Encoding: chunked\r\n')}2;${'a'.repeat(40000)}`);
  await sleep(500);
  const before = processorSeconds(gateway);
  await sleep(1000);
  const spent = processorSeconds(gateway) - before;
  same((await exchange(rasad.url, { path: '/healthz' })).status, 200, 'beside them');
  for (const socket of sockets) socket.destroy();
  check(spent < 0.3, `${spent} s of a processor in one second`);
});
for (const [name, request, status] of [['both password and PIN', { login: 'keeper', password: PASSWORD, pin: '1234' }, 400], ['neither', { login: 'keeper' }, 400], ['an empty login', { login: '', password: PASSWORD }, 400], ['a login that is no code', { login: "a' OR 'b", password: PASSWORD }, 400],
  ['a password of 129 bytes', { login: 'keeper', password: 'p'.repeat(129) }, 400], ['a password of three', { login: 'keeper', password: 'abc' }, 400], ['a PIN of letters', { login: 'keeper', pin: 'abcd', deviceKey: 'x' }, 400], ['the console', { login: 'console', password: PASSWORD }, 401], ['the system', { login: 'system', password: PASSWORD }, 401]])
  tests.test(`signing in: ${name}`, async () => { const got = await sign(request); same(got.status, status, got.message); });

// ---- after it

tests.test('nothing was written; no process ended; the service goes on; the books add up', async () => {
  same(await rasad.head(), head, 'the head of the journal');
  for (const [name, pid] of pids) check(alive(pid) && rasad.pids.get(name) === pid, `${name} was started again`);
  same((await exchange(rasad.url, { path: '/healthz' })).status, 200, 'health');
  await booksAddUp(world);
  const verified = await rasad.cli(['verify']);
  check(verified.code === 0, `${verified.stdout} ${verified.stderr.slice(-300)}`);
  await rasad.command('Materials/Waste', { day, lines: [{ place: 'st_d', item: 'rice', quantity: 1 }] }, { token });
});

await tests.run();
await world.close();
tests.end();
