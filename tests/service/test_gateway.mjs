// test_gateway.mjs - the gateway as a stranger on the network meets it: node's own http and net, no packages.
// usage: node test_gateway.mjs <rasad-gateway> <fake_service>
// Last line: "N passed, N failed".
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

const [gatewayPath, servicePath] = process.argv.slice(2);
// As in services/base/limits.h.
const BODY_BYTES_MAX = 512 * 1024;
const CONNECTIONS_MAX = 1024, CONNECTIONS_CROWDED = 896, CONNECTIONS_CRAMMED = 1016, SILENT_MS_MIN = 1000;
const CONNECTION_BYTES_MAX = 32 * 1024;
const TARGET_BYTES_MAX = 8192;
const TOKEN_TEXT_BYTES_MAX = 128;
const DEVICE_NUMBER_MAX = 2n ** 53n;
const BODIES_BYTES_MAX = 32 * 1024 * 1024;
const DRAIN_BYTES_MAX = 2 * 1024 * 1024;
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
const GZIP_ANSWER_BYTES_MIN = 1024;
const CALL_MS = 10000;
const CALL_MS_MAX = 30000;
const HEADERS_MS_MAX = 10000;
const CLIENT_PATIENCE_MS = 120000;
const IDLE_S_MAX = 30;
const EVENTS_STREAMS_MAX = 768;
const EVENTS_WAITING_BYTES_MAX = 2048;
const EVENTS_HINT_BYTES_MAX = 1024;
const PATIENCE_MS = 1500;
const LOG_OUTPUT = '/rasad.v1.Production/LogOutput';
const GET_SHEET = '/rasad.v1.Production/GetSheet';
const GET_ME = '/rasad.v1.Registry/GetMe';
const ALL = ['registry', 'materials', 'production', 'quality', 'distribution', 'reports', 'doorkeeper'];

const data = mkdtempSync(join(tmpdir(), 'gw-'));
const environment = { ...process.env, RASAD_DATA: data, RASAD_PORT: '0', RASAD_PATIENCE_MS: String(PATIENCE_MS) };
let port = 0;
let passed = 0;
let failed = 0;
const tests = [];
const test = (name, run) => tests.push([name, run]);
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

function check(condition, what) {
  if (!condition) throw new Error(what);
}
function same(got, wanted, what) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
  check(a === b, `${what}: got ${a}, wanted ${b}`);
}

// ---- processes ----

function startService(names) {
  return new Promise((resolve, reject) => {
    const child = spawn(servicePath, names, { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
    child.on('error', reject);
    child.stdout.once('data', () => resolve(child));
  });
}

function startGateway(extra = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(gatewayPath, [], { env: { ...environment, ...extra }, stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.on('error', reject);
    child.on('exit', code => { child.ended = code; });
    child.stderr.on('data', text => {
      log += text;
      child.log = log;
      const ready = /event=ready.* port=(\d+)/.exec(log);
      if (ready) resolve([child, Number(ready[1])]);
    });
    setTimeout(() => reject(new Error(`the gateway did not start: ${log}`)), 5000).unref();
  });
}

const ended = child => (child.exitCode !== null || child.signalCode !== null ? Promise.resolve()
  : new Promise(resolve => child.once('exit', resolve)));

// ---- requests ----

function request(path, { method = 'GET', headers = {}, body, agent, at = port } = {}) {
  return new Promise((resolve, reject) => {
    const r = http.request({ port: at, path, method, headers, agent: agent ?? false }, answer => {
      const parts = [];
      answer.on('data', part => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        const bytes = Buffer.concat(parts);
        resolve({ status: answer.statusCode, headers: answer.headers, bytes, text: bytes.toString(), json() { return JSON.parse(bytes.toString()); } });
      });
    });
    r.on('error', reject);
    r.end(body);
  });
}
const post = (path, body, headers = {}, more = {}) => request(path, {
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
  ...more,
});

// Bytes as they are; what comes back until the other end closes or falls silent.
function raw(bytes, { quiet = 400, pieces = 0, pause = 0 } = {}) {
  return new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1');
    let got = '';
    let timer = null;
    const done = closed => { clearTimeout(timer); socket.destroy(); resolve({ text: got, closed, answers: got.split('HTTP/1.1 ').length - 1 }); };
    const wait = () => { clearTimeout(timer); timer = setTimeout(() => done(false), quiet); };
    socket.on('data', part => { got += part; wait(); });
    socket.on('close', () => done(true));
    socket.on('error', () => {});
    socket.on('connect', async () => {
      wait();
      if (pieces === 0) { socket.write(bytes); return; }
      for (let i = 0; i < bytes.length && !socket.destroyed; i += pieces) {
        socket.write(bytes.slice(i, i + pieces));
        wait();
        await sleep(pause);
      }
    });
  });
}
const status = answer => Number(/^HTTP\/1\.1 (\d+)/.exec(answer.text)?.[1] ?? 0);

async function rejected(path, body, field, extra = {}) {
  const answer = await post(path, body, extra);
  same(answer.status, 400, `status for ${String(body).slice(0, 60)}`);
  const error = answer.json();
  same(error.code, 'invalid_argument', 'code');
  same(error.details[0].type, 'rasad.v1.Refusal', 'type');
  same(error.details[0].debug.field ?? '', field, `field for ${String(body).slice(0, 60)}`);
  check(error.message.length > 10 && error.details[0].value.length > 10, 'words and value');
  return error;
}

// ---- calls ----

test('a command goes through, int64 exact', async () => {
  const answer = await post(LOG_OUTPUT, { requestId: 'x', lines: [{ place: 'a', good: '9007199254740993' }, {}] });
  same([answer.status, answer.text], [200, '{"sequence":"9007199254740993","accepted":2}'], 'answer');
  same(answer.headers['content-type'], 'application/json', 'type');
});

test('snake_case, charset, chunked and upper case hold', async () => {
  const one = await post(LOG_OUTPUT, '{"request_id":"x","lines":[{"members_at_work":3}]}', { 'content-type': 'Application/JSON; charset=utf-8', 'transfer-encoding': 'chunked' });
  same([one.status, one.json().accepted], [200, 1], 'answer');
});

test('protobuf in, protobuf out', async () => {
  const answer = await post(LOG_OUTPUT, Buffer.from([0x0a, 1, 0x78, 0x1a, 0]), { 'content-type': 'application/proto' });
  same([answer.status, answer.headers['content-type'], answer.bytes.toString('hex')], [200, 'application/proto', '0881808080808080102001'], 'answer');
});

test('an empty protobuf body is the empty message', async () => {
  const answer = await post('/rasad.v1.Registry/SignOut', Buffer.alloc(0), { 'content-type': 'application/proto' });
  same([answer.status, answer.bytes.length], [200, 0], 'answer');
});

test('malformed protobuf is refused with its path', async () => {
  for (const [hex, field] of [['0a02ff61', 'requestId'], ['0a03610062', 'requestId'], ['1a021001', 'lines[0].item'], ['f80701', ''], ['0a', ''], ['0a01610a0161', 'requestId'], ['1a001a0230631a00', 'lines[1].noWork']]) {
    const answer = await post(LOG_OUTPUT, Buffer.from(hex, 'hex'), { 'content-type': 'application/proto' });
    same([answer.status, answer.headers['content-type'], answer.json().details[0].debug.field ?? ''], [400, 'application/json', field], hex);
  }
});

test('bad JSON of each class is refused with its path', async () => {
  for (const [body, field] of [
    ['', ''], ['{', ''], ['[]', ''], ['null', ''], ['{}x', ''], ['{"requestId":"a",}', ''],
    ['{"pieces":1}', 'pieces'], ['{"lines":[{},{"goood":1}]}', 'lines[1].goood'],
    ['{"requestId":"a","requestId":"b"}', 'requestId'], ['{"requestId":"a","request_id":"b"}', 'requestId'],
    ['{"requestId":7}', 'requestId'], ['{"lines":{}}', 'lines'], ['{"lines":[{},{},{},{"good":2.5}]}', 'lines[3].good'],
    ['{"lines":[{"good":9007199254740993}]}', 'lines[0].good'], ['{"lines":[{"good":"9223372036854775808"}]}', 'lines[0].good'],
    ['{"lines":[{"membersAtWork":2147483648}]}', 'lines[0].membersAtWork'], ['{"lines":[{"noWork":"NO_SUCH"}]}', 'lines[0].noWork'],
    ['{"requestId":"\\u0000"}', 'requestId'], ['{"requestId":"\\ud800"}', 'requestId'], ['{"lines":[{"good":01}]}', 'lines[0].good'],
    [Buffer.from('{"requestId":"\xff"}', 'latin1'), 'requestId'], [Buffer.from('{"requestId":"a\0"}'), 'requestId'], [`${'['.repeat(100000)}`, '[0]'.repeat(16)],
  ]) await rejected(LOG_OUTPUT, body, field);
  const error = await rejected(LOG_OUTPUT, '{"lines":[{"good":2.5}]}', 'lines[0].good');
  same(error.details[0].debug.have, '2.5', 'found');
  same(error.details[0].debug.reason, 'REASON_BAD_FORMAT', 'reason');
  same(error.message, 'lines[0].good: found 2.5, needed a whole number, -9223372036854775808 to 9223372036854775807.', 'sentence');
});

test('a service refusal becomes a Connect error with details', async () => {
  const answer = await post(LOG_OUTPUT, { workDate: 'refuse' });
  same(answer.status, 400, 'status');
  same(answer.json(), {
    code: 'failed_precondition', message: 'There is "not" enough',
    details: [{ type: 'rasad.v1.Refusal', value: 'CAkSDWxpbmVzWzJdLmdvb2QiATU4Aw', debug: { reason: 'REASON_NOT_ENOUGH', field: 'lines[2].good', have: '5', line: 3 } }],
  }, 'body');
});

test('content types', async () => {
  for (const type of ['text/plain', 'application/jsonx', 'application/grpc', '']) {
    const answer = await request(LOG_OUTPUT, { method: 'POST', headers: type ? { 'content-type': type } : {}, body: '{}' });
    same([answer.status, answer.headers['accept-post']], [415, 'application/json, application/proto'], type);
  }
});

test('paths and verbs', async () => {
  for (const [method, path, wanted] of [
    ['GET', LOG_OUTPUT, 405], ['PUT', LOG_OUTPUT, 405], ['DELETE', GET_SHEET, 405], ['OPTIONS', LOG_OUTPUT, 405],
    ['POST', '/', 405], ['POST', '/healthz', 405], ['POST', '/rasad.v1.Production/Nothing', 404], ['GET', '/rasad.v1.Nothing/X', 404],
    ['POST', '/rasad.v1.production/LogOutput', 404], ['POST', `${LOG_OUTPUT}/`, 404], ['GET', '/nothing.js', 404], ['TRACE', '/', 405],
  ]) same((await request(path, { method, headers: { 'content-type': 'application/json' } })).status, wanted, `${method} ${path}`);
  same((await request(LOG_OUTPUT, {})).headers.allow, 'POST', 'allow');
  same((await request(GET_SHEET, { method: 'PUT' })).headers.allow, 'GET, HEAD, POST', 'allow');
  same((await post('/rasad.v1.Production/Nothing', {})).json().code, 'unimplemented', 'code');
});

test('paths are never decoded', async () => {
  for (const path of ['/rasad.v1.Production%2FLogOutput', '/rasad%2ev1.Production/LogOutput', '/%2e%2e/etc/passwd', '/../etc/passwd', '/app%00.js', '/a/../app-1234.js', '/\\x']) {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    check([400, 404].includes(status(answer)), `${path}: ${answer.text.slice(0, 40)}`);
  }
});

// ---- timeouts, processes that are down ----

test('deadlines', async () => {
  const from = Date.now();
  const answer = await post(LOG_OUTPUT, { workDate: 'never' }, { 'connect-timeout-ms': '300' });
  same([answer.status, answer.json().code], [504, 'deadline_exceeded'], 'late');
  check(Date.now() - from < 1500, 'in time');
  for (const bad of ['-1', 'x', '1.5', '12345678901', '1 ']) {
    const refused = await post(LOG_OUTPUT, {}, { 'connect-timeout-ms': bad });
    if (bad !== '1 ') same([refused.status, refused.json().code], [400, 'invalid_argument'], bad);
  }
  same((await post(LOG_OUTPUT, {}, { 'connect-timeout-ms': '0' })).status, 504, 'no time');
  same((await post(LOG_OUTPUT, {}, { 'connect-timeout-ms': '9999999999' })).status, 200, 'clamped');
});

test('a method the service does not know', async () => {
  const answer = await post('/rasad.v1.Materials/Issue', {});
  same([answer.status, answer.json().code], [501, 'unimplemented'], 'answer');
});

// ---- compression ----

test('gzip in', async () => {
  const body = gzipSync('{"lines":[{},{}]}');
  same((await post(LOG_OUTPUT, body, { 'content-encoding': 'gzip' })).json().accepted, 2, 'lines');
  same((await post(LOG_OUTPUT, body.subarray(0, body.length - 4), { 'content-encoding': 'gzip' })).status, 400, 'cut');
  same((await post(LOG_OUTPUT, Buffer.concat([body, body]), { 'content-encoding': 'gzip' })).status, 400, 'more after it');
  same((await post(LOG_OUTPUT, '{}', { 'content-encoding': 'gzip' })).status, 400, 'no gzip');
  same((await post(LOG_OUTPUT, '{}', { 'content-encoding': 'identity' })).status, 200, 'identity');
  const br = await post(LOG_OUTPUT, '{}', { 'content-encoding': 'br' });
  same([br.status, br.json().code, /gzip/.test(br.json().message)], [501, 'unimplemented', true], 'br');
});

test('a gzip bomb is stopped at 512 KiB, one byte below it is not', async () => {
  const wide = bytes => gzipSync(`{"requestId":"${'x'.repeat(bytes - 16)}"}`);
  same((await post(LOG_OUTPUT, wide(BODY_BYTES_MAX), { 'content-encoding': 'gzip' })).status, 200, 'at the bound');
  const past = await post(LOG_OUTPUT, wide(BODY_BYTES_MAX + 1), { 'content-encoding': 'gzip' });
  same([past.status, past.json().code], [413, 'resource_exhausted'], 'past it');
  same((await post(LOG_OUTPUT, gzipSync(Buffer.alloc(200 << 20)), { 'content-encoding': 'gzip' })).status, 413, 'bomb');
});

test('gzip out, when asked for and worth it', async () => {
  const ask = (limit, accept) => post(GET_SHEET, { place: 'p', limit }, accept ? { 'accept-encoding': accept } : {});
  const large = await ask(200, 'br, gzip');
  same(large.headers['content-encoding'], 'gzip', 'encoding');
  same(JSON.parse(gunzipSync(large.bytes)).rows.length, 200, 'rows');
  const get = await request(query({ encoding: 'json', message: '{"limit":200}' }), { headers: { 'accept-encoding': 'gzip' } });
  check(get.headers['content-encoding'] === 'gzip' && /^"[0-9a-f]{32}-gz"$/.test(get.headers.etag), 'its own tag');
  same((await request(query({ encoding: 'json', message: '{"limit":200}' }), { headers: { 'accept-encoding': 'gzip', 'if-none-match': get.headers.etag } })).status, 304, 'unchanged');
  same((await ask(2, 'gzip')).headers['content-encoding'], undefined, 'small');
  same((await ask(200, '')).headers['content-encoding'], undefined, 'not asked for');
  same((await ask(200, 'gzipped')).headers['content-encoding'], undefined, 'another word');
});

// ---- sizes ----

test('a body at its bound and past it', async () => {
  const wide = bytes => `{"requestId":"${'x'.repeat(bytes - 16)}"}`;
  same((await post(LOG_OUTPUT, wide(BODY_BYTES_MAX))).status, 200, 'at');
  for (const extra of [{}, { 'transfer-encoding': 'chunked' }]) {
    const answer = await post(LOG_OUTPUT, wide(BODY_BYTES_MAX + 1), extra);
    same([answer.status, answer.json().code], [413, 'resource_exhausted'], 'past');
  }
  const huge = await raw(`POST ${LOG_OUTPUT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n{`);
  same([status(huge), huge.closed], [413, true], 'refused by its length');
});

test('an endless chunked body is cut off', async () => {
  const agent = new http.Agent({ keepAlive: true });
  const outcome = await new Promise(resolve => {
    const r = http.request({ port, path: LOG_OUTPUT, method: 'POST', agent, headers: { 'content-type': 'application/json' } }, answer => { answer.resume(); resolve(answer.statusCode); });
    r.on('error', () => resolve('cut'));
    let sent = 0;
    const more = () => {
      while (sent < 64 << 20 && !r.destroyed) {
        sent += 65536;
        if (!r.write(Buffer.alloc(65536, 32))) { r.once('drain', more); return; }
      }
      r.end();
    };
    more();
  });
  check(outcome === 'cut' || outcome === 413, `outcome ${outcome}`);
  agent.destroy();
});

test('a long target and long headers', async () => {
  const path = bytes => `/${'a'.repeat(bytes - 1)}`;
  same((await request(path(TARGET_BYTES_MAX))).status, 200, 'at the bound');
  same((await request(path(TARGET_BYTES_MAX + 1))).status, 414, 'past it');
  const answer = await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(60000)}\r\n\r\n`);
  check([413, 431].includes(status(answer)), `long header: ${answer.text.slice(0, 60)}`);
});

test('the memory of a connection', async () => {
  const headers = bytes => raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(bytes)}\r\n\r\n`);
  same(status(await headers(CONNECTION_BYTES_MAX / 2)), 200, 'half of it in headers: the rest is for the answer');
  const past = await headers(CONNECTION_BYTES_MAX + 1);
  check([413, 431].includes(status(past)), `past it: ${past.text.slice(0, 60)}`);
});

const holding = count => Array.from({ length: count }, () => {
  const socket = net.connect(port, '127.0.0.1').on('error', () => {});
  socket.write(`POST ${LOG_OUTPUT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${BODY_BYTES_MAX}\r\n\r\n`);
  return socket;
});

test('all bodies together', async () => {
  const held = holding(BODIES_BYTES_MAX / BODY_BYTES_MAX - 1);
  await sleep(150);
  same((await post(LOG_OUTPUT, `{"requestId":"${'x'.repeat(BODY_BYTES_MAX - 16)}"}`)).status, 200, 'at the bound');
  held.push(...holding(1));
  await sleep(50);
  const past = await post(LOG_OUTPUT, '{}');
  same([past.status, past.json().code], [503, 'unavailable'], 'past it');
  for (const socket of held) socket.destroy();
  await sleep(50);
  same((await post(LOG_OUTPUT, '{}')).status, 200, 'afterwards');
});

test('a refused body is read to its end up to a bound, so that the connection lives', async () => {
  for (const past of [0, 1]) {
    const head = `POST ${LOG_OUTPUT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${DRAIN_BYTES_MAX + past}\r\n\r\n`;
    const next = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
    const answer = await raw(past ? head : head + ' '.repeat(DRAIN_BYTES_MAX) + next);
    same([status(answer), answer.answers, answer.closed], past ? [413, 1, true] : [413, 2, false], `past: ${past}`);
  }
});

test('an answer as JSON', async () => {
  const row = '{"membersAtWork":1,"noWork":"NO_WORK_FIELD_WORK"},'.length, around = '{"rows":[]}'.length - 1;
  const rows = Math.floor((ANSWER_BYTES_MAX - around) / row);
  const at = await post(GET_SHEET, { place: 'wide', limit: rows });
  same([at.status, at.bytes.length], [200, rows * row + around], 'at the bound, but for part of a row');
  const past = await post(GET_SHEET, { place: 'wide', limit: rows + 1 });
  check(past.status !== 200 && past.json().code === 'resource_exhausted', `past it: ${past.status} ${past.text.slice(0, 100)}`);
});

test('an answer worth compressing', async () => {
  const ask = bytes => post(GET_SHEET, { place: 'x'.repeat(bytes), limit: 1 }, { 'accept-encoding': 'gzip' });
  const around = (await ask(1)).bytes.length - 1;
  same((await ask(GZIP_ANSWER_BYTES_MIN - around)).headers['content-encoding'], undefined, 'at the bound');
  same((await ask(GZIP_ANSWER_BYTES_MIN - around + 1)).headers['content-encoding'], 'gzip', 'past it');
});

test('connections past their bound: who has said nothing for longest makes way', async () => {
  await sleep(300);
  const sockets = [];
  const open = count => Promise.all(Array.from({ length: count }, () => new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1', resolve).on('error', resolve);
    socket.on('close', () => { socket.over = true; });
    sockets.push(socket);
  })));
  for (let left = CONNECTIONS_MAX + 128; left > 0; left -= 128) { // no faster than they are taken in
    await open(128);
    await sleep(25);
  }
  same((await request('/healthz')).status, 200, 'one more is served');
  await sleep(100);
  check(sockets[0].over && !sockets.at(-1).over, 'the first have gone, the last are there');
  const connections = async () => Number(/^rasad_http_connections (\d+)$/m.exec((await request('/metrics')).text)[1]);
  const held = await connections();
  check(held > CONNECTIONS_MAX / 2 && held <= CONNECTIONS_CRAMMED + 1, `${held} are there`);
  for (const until = Date.now() + SILENT_MS_MIN * 4; ; await sleep(200)) { // silent for long enough, they make room before anybody needs it
    const left = await connections();
    if (left <= CONNECTIONS_CROWDED + 1) break;
    check(Date.now() < until, `${left} are there still`);
  }
  for (const socket of sockets) socket.destroy();
  same((await request('/healthz')).status, 200, 'afterwards');
});

test('a thousand who come at once and ask have their answers', async () => {
  const sockets = [];
  for (let left = CONNECTIONS_CRAMMED - 16; left > 0; left -= 125) { // more than are crowded, and a moment old
    await Promise.all(Array.from({ length: 125 }, () => new Promise((resolve, fail) => {
      sockets.push(net.connect(port, '127.0.0.1', resolve).on('error', fail));
    })));
    await sleep(25);
  }
  const answered = await Promise.all(sockets.map(socket => new Promise(resolve => {
    socket.on('data', bytes => resolve(String(bytes).startsWith('HTTP/1.1 200'))).on('close', () => resolve(false)).on('error', () => resolve(false));
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  })));
  for (const socket of sockets) socket.destroy();
  same(answered.filter(good => !good).length, 0, 'of them got none');
});

// ---- framing ----

test('smuggling pairs are refused, and nothing hides behind them', async () => {
  const hidden = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
  const head = `POST ${LOG_OUTPUT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;
  for (const [name, bytes] of [
    ['length and chunked', `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['chunked and length', `${head}Transfer-Encoding: chunked\r\nContent-Length: 60\r\n\r\n0\r\n\r\n${hidden}`],
    ['two lengths', `${head}Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}${hidden}`],
    ['the same length twice', `${head}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}${hidden}`],
    ['a list of lengths', `${head}Content-Length: 2, 2\r\n\r\n{}${hidden}`],
    ['a signed length', `${head}Content-Length: +2\r\n\r\n{}${hidden}`],
    ['a hex length', `${head}Content-Length: 0x2\r\n\r\n{}${hidden}`],
    ['an endless length', `${head}Content-Length: 99999999999999999999\r\n\r\n{}${hidden}`],
    ['another coding', `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['two codings', `${head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['chunked twice', `${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['a space before the colon', `${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['length with a space', `${head}Content-Length : 2\r\n\r\n{}${hidden}`],
    ['chunked in HTTP/1.0', `POST ${LOG_OUTPUT} HTTP/1.0\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['a GET with a body', `GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 36\r\n\r\n${hidden}`],
    ['no Host', `GET / HTTP/1.1\r\n\r\n${hidden}`],
    ['two Hosts', `GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n${hidden}`],
    ['Host :', `GET / HTTP/1.1\r\nHost : x\r\n\r\n${hidden}`],
    ['an empty Host', `GET / HTTP/1.1\r\nHost:\r\n\r\n${hidden}`],
    ['a Host with a path', `GET / HTTP/1.1\r\nHost: x/y\r\n\r\n${hidden}`],
    ['two words as the verb', `FOO BAR /healthz HTTP/1.1\r\nHost: x\r\n\r\n${hidden}`],
    ['another version', `GET / HTTP/1.2\r\nHost: x\r\n\r\n${hidden}`],
    ['an absolute target', `GET http://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n${hidden}`],
    ['two content types', `${head}Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}${hidden}`],
  ]) {
    const answer = await raw(bytes, { quiet: 250 });
    check(!answer.text.includes('{"status"'), `${name}: the hidden request was answered`);
    check(answer.closed && status(answer) !== 200, `${name}: ${status(answer)} closed ${answer.closed}`);
  }
});

test('two requests in one packet are two answers', async () => {
  const one = `POST ${LOG_OUTPUT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
  same((await raw(one + one)).answers, 2, 'answers');
});

test('one connection serves many requests, also after refusals', async () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (const [path, body, wanted] of [[LOG_OUTPUT, '{}', 200], [LOG_OUTPUT, 'x', 400], ['/rasad.v1.X/Y', '{}', 404], [LOG_OUTPUT, 'x'.repeat(BODY_BYTES_MAX + 1), 413], [LOG_OUTPUT, '{}', 200]]) {
    same((await post(path, body, {}, { agent })).status, wanted, path);
  }
  agent.destroy();
});

// ---- slow clients ----

test('who sends headers or a body too slowly is shut out', async () => {
  const from = Date.now();
  const head = 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ';
  const [slow, silent, body] = await Promise.all([
    raw(head + 'a'.repeat(400), { pieces: 4, pause: 100, quiet: 3000 }),
    raw('', { quiet: 4000 }),
    raw(`POST ${LOG_OUTPUT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n${' '.repeat(900)}`, { pieces: 30, pause: 100, quiet: 3000 }),
  ]);
  check(slow.closed && silent.closed && body.closed, `closed: ${slow.closed} ${silent.closed} ${body.closed}`);
  check(Date.now() - from < PATIENCE_MS + 2500, 'in time');
});

test('hundreds of silent connections hold nobody up', async () => {
  const sockets = [];
  for (let i = 0; i < 600; i++) sockets.push(net.connect(port, '127.0.0.1').on('error', () => {}));
  await sleep(200);
  const from = Date.now();
  for (let i = 0; i < 20; i++) same((await post(LOG_OUTPUT, {})).status, 200, 'status');
  check(Date.now() - from < 1000, `took ${Date.now() - from} ms`);
  for (const socket of sockets) socket.destroy();
});

test('a client that leaves while it waits harms nothing', async () => {
  for (let i = 0; i < 20; i++) {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`POST ${LOG_OUTPUT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 19\r\n\r\n{"workDate":"slow"}`);
    await sleep(10);
    socket.destroy();
  }
  await sleep(600);
  same((await post(LOG_OUTPUT, {})).status, 200, 'status');
  check(/rasad_http_in_flight 1\n/.test((await request('/metrics')).text), 'nothing is left in flight');
});

test('a head that its memory does not hold is over and done with', async () => {
  const names = `${'&'.repeat(180)}a${'&'.repeat(280)}`; // each takes memory of the library's, though it says nothing
  for (const header of ['', 'Cookie: a=b; c=d\r\n', 'Cookie: a=b; c\r\nCookie: d=e\r\n'])
    for (let more = 0; more < 400; more += 20)
      await raw(`GET ${GET_ME}?${names}${'&'.repeat(more)} HTTP/1.1\r\nHost: x\r\n${header}\r\n`, { quiet: 100 });
  check(/rasad_http_in_flight 1\n/.test((await request('/metrics')).text), 'nothing is left in flight');
});

test('many at once, out of order', async () => {
  const answers = await Promise.all(Array.from({ length: 120 }, (_, i) => post(LOG_OUTPUT, { workDate: i % 3 === 0 ? 'slow' : '', lines: Array.from({ length: i }, () => ({})) })));
  answers.forEach((answer, i) => same([answer.status, answer.json().accepted], [200, i % 3 === 0 ? 1 : i || undefined], `number ${i}`));
});

// ---- GET ----

const query = fields => `${GET_SHEET}?${new URLSearchParams(fields)}`;

test('a read by GET, with its entity tag', async () => {
  const path = query({ connect: 'v1', encoding: 'json', message: '{"place":"a b+c","limit":1}', extra: '1' });
  const first = await request(path);
  same([first.status, first.text], [200, '{"rows":[{"place":"a b+c"}]}'], 'answer');
  const again = await request(path, { headers: { 'if-none-match': `"x", ${first.headers.etag}` } });
  same([again.status, again.bytes.length, again.headers.etag], [304, 0, first.headers.etag], 'unchanged');
  same((await request(path, { headers: { 'if-none-match': '"x"' } })).status, 200, 'another tag');
  const other = await request(query({ connect: 'v1', encoding: 'json', message: '{"place":"a","limit":1}' }));
  check(other.headers.etag !== first.headers.etag, 'another body, another tag');
  same((await request(path, { method: 'HEAD' })).status, 200, 'HEAD');
  same(first.headers['cache-control'], 'private, no-cache', 'cache');
});

test('GET in base64, protobuf and gzip', async () => {
  const json = '{"place":"\u{1F637}>>>","limit":1}';
  const url = Buffer.from(json).toString('base64url');
  for (const text of [url, url + '='.repeat((4 - (url.length % 4)) % 4)]) {
    same((await request(query({ connect: 'v1', encoding: 'json', base64: '1', message: text }))).json().rows[0].place, '\u{1F637}>>>', text);
  }
  const zipped = await request(query({ connect: 'v1', encoding: 'json', base64: '1', compression: 'gzip', message: gzipSync(json).toString('base64url') }));
  same(zipped.status, 200, 'gzip');
  const proto = await request(query({ connect: 'v1', encoding: 'proto', base64: '1', message: Buffer.from([0x0a, 1, 0x78, 0x28, 1]).toString('base64url') }));
  same([proto.status, proto.headers['content-type'], proto.bytes.toString('hex')], [200, 'application/proto', '0a030a0178'], 'proto');
  same((await request(query({ connect: 'v1', encoding: 'proto', message: '' }))).status, 200, 'the empty message');
});

test('GET refusals', async () => {
  const good = { connect: 'v1', encoding: 'json', message: '{}' };
  for (const [fields, wanted] of [
    [{ ...good, connect: 'v2' }, 400], [{ ...good, encoding: 'xml' }, 415], [{ connect: 'v1', message: '{}' }, 415],
    [{ connect: 'v1', encoding: 'json' }, 400], [{ ...good, base64: '1', message: '!!' }, 400], [{ ...good, base64: '2' }, 400],
    [{ ...good, compression: 'br' }, 501], [{ ...good, compression: 'gzip' }, 400], [{ ...good, message: '{"x":1}' }, 400],
  ]) same((await request(query(fields))).status, wanted, JSON.stringify(fields));
  same((await request(`${query(good)}&message=%7B%7D`)).status, 400, 'twice');
  same((await request(`${GET_SHEET}?connect=v1&encoding=json&message=%7`)).status, 400, 'half a percent');
  same((await request(`${LOG_OUTPUT}?connect=v1&encoding=json&message=%7B%7D`)).status, 405, 'a command');
});

// ---- who asks ----

test('only the hash of the token travels on, with our headers', async () => {
  const answer = await post(GET_ME, {}, {
    authorization: 'Bearer abc', 'rasad-channel': 'help_line', 'rasad-device': 'phone-7', 'rasad-device-time': '1586870000123',
    'rasad-device-offset': '-330', 'rasad-device-sequence': '41', 'rasad-on-behalf-of': 'p.12',
  });
  same(answer.json(), { person: 'bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319', name: '2|phone-7|1586870000123|-330|41|p.12' }, 'call');
  same((await post(GET_ME, {}, { authorization: 'Bearer abc' })).json().name, '5||0|0|0|', 'defaults');
});

test('no session', async () => {
  const answer = await post(GET_ME, {});
  same([answer.status, answer.json().code, answer.json().details[0].debug.reason], [401, 'unauthenticated', 'REASON_NOT_SIGNED_IN'], 'answer');
  for (const authorization of ['Basic abc', 'Bearer', 'Bearer a b', 'Bearer ', `Bearer ${'a'.repeat(TOKEN_TEXT_BYTES_MAX + 1)}`, 'Bearer a\tb', 'Bearer a"b']) {
    same((await post(GET_ME, {}, { authorization })).status, 401, authorization);
  }
  same((await post(GET_ME, {}, { authorization: `Bearer ${'a'.repeat(TOKEN_TEXT_BYTES_MAX)}` })).status, 200, 'the longest token');
});

test('our headers are checked', async () => {
  for (const [name, value] of [
    ['rasad-channel', 'fax'], ['rasad-channel', 'system'], ['rasad-channel', 'unknown'], ['rasad-device', 'x'.repeat(65)], ['rasad-device-time', 'yesterday'],
    ['rasad-device-offset', '841'], ['rasad-device-offset', '-841'], ['rasad-device-sequence', '-1'], ['rasad-device-sequence', `${DEVICE_NUMBER_MAX + 1n}`], ['rasad-device-time', `${DEVICE_NUMBER_MAX + 1n}`], ['rasad-on-behalf-of', 'a b'], ['rasad-on-behalf-of', 'x'.repeat(25)],
  ]) {
    const answer = await post(GET_ME, {}, { authorization: 'Bearer abc', [name]: value });
    same([answer.status, answer.json().message.startsWith(name)], [400, true], `${name}: ${value}`);
  }
  for (const [name, value] of [['rasad-device', 'x'.repeat(64)], ['rasad-device-offset', '840'], ['rasad-device-offset', '-840'], ['rasad-device-sequence', `${DEVICE_NUMBER_MAX}`], ['rasad-device-time', `${DEVICE_NUMBER_MAX}`], ['rasad-on-behalf-of', 'x'.repeat(24)]]) {
    same((await post(GET_ME, {}, { authorization: 'Bearer abc', [name]: value })).status, 200, `${name} at its bound`);
  }
});

test('the cookie: set, used, guarded, cleared', async () => {
  const sign = await post('/rasad.v1.Registry/SignIn', {}, { 'rasad-cookie': '1' });
  const [cookie] = sign.headers['set-cookie'];
  check(/^rasad=dG9rZW4_-abc; Path=\/; Max-Age=3600; HttpOnly; SameSite=Strict$/.test(cookie), cookie);
  same((await post('/rasad.v1.Registry/SignIn', {})).headers['set-cookie'], undefined, 'not asked for');
  const over = await post('/rasad.v1.Registry/SignIn', {}, { 'rasad-cookie': '1', 'x-forwarded-proto': 'https' });
  check(over.headers['set-cookie'][0].endsWith('; Secure'), 'secure over TLS');

  const with_ = headers => post(GET_ME, {}, { cookie: 'a=b; rasad=dG9rZW4_-abc; c=d', ...headers });
  same((await with_({})).status, 403, 'nothing says where it comes from');
  same((await with_({ 'sec-fetch-site': 'cross-site' })).status, 403, 'cross-site');
  same((await with_({ 'sec-fetch-site': 'same-site' })).status, 403, 'same-site');
  same((await with_({ origin: 'https://evil.example' })).status, 403, 'another origin');
  same((await with_({ origin: 'null' })).status, 403, 'null origin');
  same((await with_({ 'sec-fetch-site': 'same-origin' })).status, 200, 'same-origin');
  same((await with_({ origin: `http://localhost:${port}` })).status, 200, 'own origin');
  const bearer = await post(GET_ME, {}, { authorization: 'Bearer dG9rZW4_-abc' });
  same((await with_({ 'sec-fetch-site': 'same-origin' })).json().person, bearer.json().person, 'the same person');
  same((await with_({ authorization: 'Bearer abc' })).json().person.slice(0, 8), 'bddd813c', 'the header comes first');
  const get = await request(`${GET_ME}?connect=v1&encoding=json&message=%7B%7D`, { headers: { cookie: 'rasad=dG9rZW4_-abc' } });
  same(get.status, 200, 'reads need no origin');
  const out = await post('/rasad.v1.Registry/SignOut', {}, { cookie: 'rasad=x', 'sec-fetch-site': 'same-origin' });
  check(out.headers['set-cookie'][0].startsWith('rasad=; Path=/; Max-Age=0;'), 'cleared');
});

// ---- the app ----

test('the app and its headers', async () => {
  const page = await request('/');
  same([page.status, page.headers['content-type'], page.headers['cache-control']], [200, 'text/html; charset=utf-8', 'no-cache'], 'page');
  check(page.headers['content-security-policy'].startsWith("default-src 'none'"), 'policy');
  check(/frame-ancestors 'none'/.test(page.headers['content-security-policy']), 'frames');
  same([page.headers['x-content-type-options'], page.headers['referrer-policy']], ['nosniff', 'no-referrer'], 'others');
  same((await request('/', { headers: { 'if-none-match': page.headers.etag } })).status, 304, 'unchanged');
  same((await request('/sheet/2020-04-14')).text, page.text, 'a route of the app');
  same((await request('/?lang=hi')).text, page.text, 'with a query');
  const head = await request('/', { method: 'HEAD' });
  same([head.status, head.bytes.length], [200, 0], 'HEAD');
  const answer = await post(LOG_OUTPUT, {});
  same([answer.headers['x-content-type-options'], answer.headers['cache-control']], ['nosniff', 'no-store'], 'calls too');
});

// ---- health, metrics, events ----

test('health and metrics', async () => {
  const health = await request('/healthz');
  same([health.status, health.json()], [200, { status: 'ok' }], 'health');
  const metrics = (await request('/metrics')).text;
  check(/rasad_http_requests_total\{method="Production\/LogOutput",code="ok"\} \d+/.test(metrics), 'requests');
  check(/rasad_http_requests_total\{method="Production\/LogOutput",code="invalid_argument"\} \d+/.test(metrics), 'refusals');
  check(/rasad_http_request_seconds_bucket\{method="Production\/LogOutput",le="\+Inf"\} \d+/.test(metrics), 'times');
  check(/rasad_http_received_bytes_total \d+/.test(metrics) && /rasad_service_connected\{service="registry"\} 1/.test(metrics), 'others');
  for (const line of metrics.trim().split('\n')) check(/^(# (HELP|TYPE) .*|[a-z_]+(\{[^}]*\})? \d+(\.\d+)?)$/.test(line), line);
});

function listen(headers = {}) {
  return new Promise((resolve, reject) => {
    const r = http.request({ port, path: '/events', headers, agent: false }, answer => {
      const stream = { status: answer.statusCode, headers: answer.headers, text: '', closed: false, stop: () => r.destroy() };
      answer.on('data', part => { stream.text += part; });
      answer.on('end', () => { stream.closed = true; });
      answer.on('error', () => { stream.closed = true; });
      resolve(stream);
    });
    r.on('error', reject);
    r.end();
  });
}

test('events', async () => {
  same((await request('/events')).status, 401, 'nobody');
  same((await request('/events', { headers: { authorization: 'Basic x' } })).status, 401, 'no token');
  const streams = await Promise.all(Array.from({ length: 50 }, (_, i) => listen({ authorization: `Bearer abc${i}` })));
  same([streams[0].status, streams[0].headers['content-type']], [200, 'text/event-stream'], 'open');
  await sleep(100);
  await post('/rasad.v1.Production/HandIn', { to: 'vo.7' });
  await sleep(200);
  for (const stream of streams) check(stream.text.includes('data: {"topic":"output","place":"vo.7","sequence":"12"}\n\n'), JSON.stringify(stream.text));
  check(/rasad_events_streams 50\n/.test((await request('/metrics')).text), 'counted');
  for (let i = 0; i < 500; i++) await post('/rasad.v1.Production/HandIn', { to: `vo.${i}` });
  await sleep(100);
  check(streams[0].text.includes('vo.499'), 'who reads misses nothing');
  for (const stream of streams) stream.stop();
  for (let i = 0; i < 3; i++) { await post('/rasad.v1.Production/HandIn', { to: 'vo.8' }); await sleep(50); }
  check(/rasad_events_streams 0\n/.test((await request('/metrics')).text), 'gone');
});

test('streams at their bound and past it, and a listener who does not read', async () => {
  let heard = '';
  const deaf = net.connect(port, '127.0.0.1');
  deaf.on('error', () => {});
  deaf.write('GET /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer abc\r\n\r\n');
  deaf.pause();
  const streams = await Promise.all(Array.from({ length: EVENTS_STREAMS_MAX - 1 }, (_, i) => listen({ authorization: `Bearer abc${i}` })));
  check(streams.every(stream => stream.status === 200), 'all open');
  const past = await request('/events', { headers: { authorization: 'Bearer abc' } });
  same([past.status, past.json().code], [503, 'unavailable'], 'one more');
  same((await post(LOG_OUTPUT, {})).status, 200, 'calls go on');
  await post('/rasad.v1.Production/HandIn', { to: 'end' });
  await sleep(200);
  check(streams.every(stream => stream.text.includes('"place":"end"')), 'who reads is served');
  for (const stream of streams) stream.stop();
  for (let i = 0; i < 20; i++) await post('/rasad.v1.Production/HandIn', { to: 'x'.repeat(900), lines: Array.from({ length: 500 }, () => ({})) });
  deaf.on('data', part => { heard += part; });
  deaf.resume();
  await sleep(300);
  await post('/rasad.v1.Production/HandIn', { to: 'again' });
  await sleep(200);
  check(heard.includes('data: {}\n\n') && heard.includes('"place":"again"'), 'told that hints were lost, then served again');
  check(!/\n\ndata: [^\n]*data:/.test(heard), 'hints are whole');
  deaf.destroy();
  for (let i = 0; i < 3; i++) { await post('/rasad.v1.Production/HandIn', { to: 'vo.8' }); await sleep(50); }
  check(/rasad_events_streams 0\n/.test((await request('/metrics')).text), 'gone');
});

// ---- the share of one address ----

const CLIENT_SHARE = 2, CLIENT_SHARE_CROWDED = 8, SESSION_STREAMS_MAX = 8;

/** A connection from another address of this machine: only 127.0.0.1 is the machine itself. */
const from = (address) => new Promise((resolve) => {
  const socket = net.connect({ port, host: '127.0.0.1', localAddress: address });
  socket.on('error', () => resolve(null));
  socket.on('connect', () => resolve(socket));
});
/** Does the gateway answer on it? */
const answers = (socket) => new Promise((resolve) => {
  if (socket === null) return resolve(false);
  const timer = setTimeout(() => resolve(false), 3000);
  socket.once('data', () => { clearTimeout(timer); resolve(true); });
  socket.once('close', () => { clearTimeout(timer); resolve(false); });
  socket.write('GET /icon.svg HTTP/1.1\r\nHost: x\r\n\r\n');
});
/** So many, some at a time (the kernel's queue is short, and patience too): those that were let in. */
const keep = async (address, count) => {
  const held = [];
  for (let left = count; left > 0; left -= 100) {
    const sockets = await Promise.all(Array.from({ length: Math.min(left, 100) }, () => from(address)));
    const letIn = await Promise.all(sockets.map(answers));
    held.push(...sockets.filter((_, i) => letIn[i]));
  }
  return held;
};

/** The same at a gateway with no proxy in front of it: there connections are people. */
async function facing(run) {
  const before = port, [own, at] = await startGateway({ RASAD_BEHIND_PROXY: '0' });
  port = at;
  try {
    await run();
  } finally {
    port = before;
    own.kill('SIGKILL');
    await ended(own);
  }
}

test('one address holds half of the connections, and an eighth when they are scarce; others get through', () => facing(async () => {
  const half = CONNECTIONS_MAX / CLIENT_SHARE, eighth = CONNECTIONS_MAX / CLIENT_SHARE_CROWDED;
  const crowd = await keep('127.0.0.2', half + 1);
  same(crowd.length, half, 'held by the first');
  const second = await keep('127.0.0.3', half);
  check(second.length >= CONNECTIONS_MAX / 4 - 8 && second.length <= CONNECTIONS_MAX / 4 + 8, `held by the second: ${second.length}`); // up to three quarters in all
  const third = await keep('127.0.0.4', eighth + 1);
  same(third.length, eighth, 'held by the third');
  check(await answers(await from('127.0.0.5')), 'a fourth gets through');
  check((await request('/healthz')).status === 200, 'and so does the machine itself');
  check(/rasad_http_clients_refused_total [1-9]/.test((await request('/metrics')).text), 'counted');
  for (const socket of [...crowd, ...second, ...third]) socket.destroy();
  await sleep(600);
  check(await answers(await from('127.0.0.2')), 'when they have gone, all is as before');
}));

test('one address holds half of the bodies', async () => {
  const open = [];
  const head = `POST ${LOG_OUTPUT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${BODY_BYTES_MAX}\r\n\r\n{`;
  const beginOne = async (address) => {
    const socket = await from(address);
    let got = '';
    socket.on('data', (text) => { got += text; });
    socket.on('error', () => {});
    socket.write(head);
    open.push(socket);
    return () => got;
  };
  const most = BODIES_BYTES_MAX / CLIENT_SHARE / BODY_BYTES_MAX, said = [];
  for (let i = 0; i < most + 1; i++) said.push(await beginOne('127.0.0.6'));
  await sleep(200);
  const refused = said.filter((got) => got() !== '').length;
  same(refused, 0, 'answered before the body'); // the refusal waits for the body, which is read and thrown away
  const other = await beginOne('127.0.0.7');
  open.at(-1).write(Buffer.alloc(BODY_BYTES_MAX - 1, 0x20));
  open.at(-2).write(Buffer.alloc(BODY_BYTES_MAX - 1, 0x20));
  await sleep(400);
  check(/^HTTP\/1\.1 503/.test(said.at(-1)()), `one past the half: ${said.at(-1)().slice(0, 40)}`);
  check(/^HTTP\/1\.1 400/.test(other()), `another address: ${other().slice(0, 40)}`); // JSON that is none
  for (const socket of open) socket.destroy();
});

test('whom the proxy in front names last has the share, not the proxy', async () => {
  const seen = async (forwarded) => (await post(GET_ME, {}, { authorization: 'Bearer abc', 'x-forwarded-for': forwarded })).status;
  for (const forwarded of ['203.0.113.7', '10.0.0.1, 203.0.113.7', '2001:db8::1', '::1', 'unknown', '', '203.0.113.7, ', 'x'.repeat(200)]) same(await seen(forwarded), 200, forwarded);
  const twice = await raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.7\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n`);
  same(status(twice), 400, 'two such headers');
});

test('streams of one session at their bound and past it', async () => {
  const streams = await Promise.all(Array.from({ length: SESSION_STREAMS_MAX }, () => listen({ authorization: 'Bearer one' })));
  const past = await request('/events', { headers: { authorization: 'Bearer one' } });
  same([past.status, past.json().code, past.headers['retry-after']], [429, 'resource_exhausted', '1'], 'one past it');
  const other = await listen({ authorization: 'Bearer two' });
  for (const stream of [...streams, other]) stream.stop();
});

test('lines that end in LF, folded ones, NUL: none of them is a line', async () => {
  const good = `GET ${GET_ME}?connect=v1&encoding=json&message=%7B%7D HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer abc\r\n\r\n`;
  for (const bytes of [
    'GET / HTTP/1.1\nHost: x\n\n', 'GET / HTTP/1.1\r\nHost: x\n\r\n', 'GET / HTTP/1.1\r\nHost: x\r\n\n', 'GET / HTTP/1.1\nHost: x\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n', 'GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\tc\r\n\r\n', 'GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: x\r\nA\0: b\r\n\r\n', 'GET / HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n', 'GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n', 'GET\0 / HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: x\r\n\0\0Content-Length: 5\r\n\r\n', 'GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n',
  ]) {
    const got = await raw(bytes + good);
    check(status(got) === 400 && got.closed && !/"person"/.test(got.text), `${JSON.stringify(bytes)}: ${got.text.slice(0, 60)}`);
  }
  for (let pieces = 1; pieces < 8; pieces += 2) { // what is good stays good however it comes
    const got = await raw(good, { pieces, pause: 1 });
    same(status(got), 200, `in pieces of ${pieces}`);
  }
});

test('what stands behind a chunked body is not run', async () => {
  const body = `POST ${GET_ME} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer abc\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`;
  const got = await raw(body + body);
  same([status(got), got.closed, got.answers], [200, true, 1], 'one answer, then closed');
});

test('a hint, and what may wait, at their bounds and past them', async () => {
  const stream = await listen({ authorization: 'Bearer abc' });
  await sleep(100);
  const around = 'data: {"topic":"output","place":"","sequence":"12"}\n\n'.length;
  const hints = async (bytes, count) => {
    stream.text = '';
    await post('/rasad.v1.Production/HandIn', { to: 'x'.repeat(bytes - around), lines: Array.from({ length: count }, () => ({})) });
    await sleep(150);
    stream.text = stream.text.replaceAll(/^:.*\n\n/gm, ''); // a beat between
    return [stream.text.length, stream.text.includes('data: {}\n\n')];
  };
  same(await hints(EVENTS_HINT_BYTES_MAX, 1), [EVENTS_HINT_BYTES_MAX, false], 'one hint');
  same(await hints(EVENTS_HINT_BYTES_MAX + 1, 1), [0, false], 'too long for one');
  const lost = 'data: {}\n\n'.length + 1; // room kept free for it
  const half = Math.floor((EVENTS_WAITING_BYTES_MAX - lost) / 2);
  same(await hints(half, 2), [2 * half, false], 'as much as may wait');
  same((await hints(half, 3))[1], true, 'more than that');
  stream.stop();
  for (let i = 0; i < 3; i++) { await post('/rasad.v1.Production/HandIn', { to: 'vo.8' }); await sleep(50); }
});

test('an open stream outlives the patience for requests', async () => {
  const stream = await listen({ authorization: 'Bearer abc' });
  await sleep(PATIENCE_MS + 1000);
  await post('/rasad.v1.Production/HandIn', { to: 'late' });
  await sleep(100);
  check(stream.text.includes('late') && !stream.closed, 'still there');
  stream.stop();
});

// ---- deadlines as they are when nobody shortens them: all at once, beside the other tests ----

async function deadlines() {
  const [gateway, at] = await startGateway({ RASAD_PATIENCE_MS: String(CLIENT_PATIENCE_MS) });
  const from = Date.now();
  const within = (what, least) => {
    const ms = Date.now() - from;
    check(ms > least - 300 && ms < least + 3000, `${what}: ${ms} ms`);
  };
  const late = async (headers, least) => {
    same((await post(LOG_OUTPUT, { workDate: 'never' }, headers, { at })).status, 504, `late ${least}`);
    within(`call ${JSON.stringify(headers)}`, least);
  };
  const silent = (bytes, later, afterMs) => new Promise(resolve => {
    const socket = net.connect(at, '127.0.0.1');
    let got = '';
    socket.on('error', () => {});
    socket.on('data', part => { got += part; if (afterMs) { socket.destroy(); } });
    socket.on('close', () => resolve(got));
    socket.write(bytes);
    if (afterMs) setTimeout(() => socket.write(later), afterMs);
  });
  const head = `POST ${LOG_OUTPUT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n`;
  const checks = [
    late({}, CALL_MS), late({ 'connect-timeout-ms': String(CALL_MS_MAX) }, CALL_MS_MAX),
    late({ 'connect-timeout-ms': String(CALL_MS_MAX + 5000) }, CALL_MS_MAX),
    silent('GET / HTTP/1.1\r\n').then(() => within('headers', HEADERS_MS_MAX)),
    silent('GET / HTTP/1.1\r\n', 'Host: x\r\n\r\n', HEADERS_MS_MAX - 1000).then(got => check(got.startsWith('HTTP/1.1 200'), 'headers in time')),
    silent(`${head}{`).then(() => within('idle', IDLE_S_MAX * 1000)),
    silent(`${head}{`, '}', (IDLE_S_MAX - 2) * 1000).then(got => check(got.startsWith('HTTP/1.1 200'), 'a body after a pause')),
  ];
  const [failure] = (await Promise.allSettled(checks)).filter(outcome => outcome.status === 'rejected');
  gateway.kill('SIGTERM');
  await ended(gateway);
  if (failure) throw failure.reason;
}

test('patience is set within bounds', async () => {
  const start = ms => startGateway({ RASAD_PATIENCE_MS: String(ms) });
  const [gateway] = await start(10 * CLIENT_PATIENCE_MS);
  gateway.kill('SIGKILL');
  const child = spawn(gatewayPath, [], { env: { ...environment, RASAD_PATIENCE_MS: String(10 * CLIENT_PATIENCE_MS + 1) }, stdio: 'ignore' });
  await ended(child);
  check(child.exitCode > 0, `exit ${child.exitCode}`);
});

// ---- run ----

const rss = pid => Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

async function lifeAndDeath(gateway, service) {
  await each('memory stays bounded', async () => {
    const sanitized = readFileSync(`/proc/${gateway.pid}/maps`, 'utf8').includes('libasan');
    const most = (CONNECTIONS_MAX * CONNECTION_BYTES_MAX + 16 * 1024 * 1024) / 1024; // what so many connections held, and the rest
    check(sanitized || rss(gateway.pid) < most, `RssAnon ${rss(gateway.pid)} KiB`);
  });
  await each('an idle gateway sleeps', async () => {
    const ticks = () => Number(readFileSync(`/proc/${gateway.pid}/stat`, 'utf8').split(' ')[13]) + Number(readFileSync(`/proc/${gateway.pid}/stat`, 'utf8').split(' ')[14]);
    const from = ticks();
    await sleep(1000);
    check(ticks() - from <= 3, `${ticks() - from} ticks in a second`);
  });
  service.kill('SIGKILL');
  await ended(service);
  await each('a service that is down is unavailable, in time', async () => {
    const from = Date.now();
    const answer = await post(LOG_OUTPUT, {});
    same([answer.status, answer.json().code], [503, 'unavailable'], 'answer');
    check(Date.now() - from < 11000, `${Date.now() - from} ms`);
    const health = await request('/healthz');
    same([health.status, health.json().missing], [503, ALL], 'health');
  });
  const half = await startService(ALL.filter(name => name !== 'quality'));
  await each('health names what is missing, and calls work again', async () => {
    await sleep(1200);
    const health = await request('/healthz');
    same([health.status, health.json().missing], [503, ['quality']], 'health');
    same((await post(LOG_OUTPUT, {})).status, 200, 'call');
  });
  await each('a graceful stop answers what waits and takes nothing new', async () => {
    const stream = await listen({ authorization: 'Bearer abc' });
    const waiting = post(LOG_OUTPUT, { workDate: 'slow' });
    await sleep(100);
    gateway.kill('SIGTERM');
    await sleep(100);
    const late = await request('/healthz').then(() => 'served', () => 'refused');
    same(late, 'refused', 'a new connection');
    const answer = await waiting;
    same([answer.status, answer.headers.connection], [200, 'close'], 'what waited');
    await ended(gateway);
    same(gateway.exitCode, 0, 'exit');
    check(stream.closed, 'the stream ended');
    check(!/level=(bug|error)/.test(gateway.log), gateway.log.slice(-300));
  });
  half.kill('SIGKILL');
  await ended(half);
}

async function each(name, run) {
  try {
    await run();
    passed++;
  } catch (error) {
    failed++;
    console.log(`FAILED ${name}: ${error.message}`);
  }
}

const service = await startService(ALL);
const [gateway, at] = await startGateway({ RASAD_BEHIND_PROXY: '1' });
port = at;
const beside = deadlines().then(() => null, error => error);
for (const [name, run] of tests) await each(name, run);
await each('deadlines of calls, headers and silence', async () => { const error = await beside; if (error) throw error; });
await lifeAndDeath(gateway, service);
rmSync(data, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
