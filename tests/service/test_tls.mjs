/* test_tls.mjs - TLS: what is refused without it, the certificate and its renewal while people are connected.
 * Usage:  node test_tls.mjs [BUILD] */
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';

import https from 'node:https';
import { join } from 'node:path';
import net from 'node:net';
import tls from 'node:tls';
import { RASAD, Rasad, Tests, check, exchange, processorSeconds, remove, run, same, sleep, temporary, uuid } from '../lib/rasad.mjs';

// As in services/base/limits.h.
const TLS_PEM_BYTES_MAX = 64 * 1024;
const TLS_CHAIN_MAX = 8;

const tests = new Tests();
const place = temporary('rasad-tls');
const cert = join(place, 'cert.pem'), key = join(place, 'key.pem');

/** A self-signed certificate for so many days. */
function make(name, days, kind = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']) {
  const files = [join(place, `${name}.pem`), join(place, `${name}.key`)];
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', ...kind, '-nodes', '-days', String(days), '-subj', `/CN=${name}`,
    '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', files[1], '-out', files[0]]);
  check(made.status === 0, `openssl: ${made.stderr}`);
  return files;
}

const first = make('first', 365), second = make('second', 365, ['rsa:2048']), ending = make('ending', 5);
function install([from, fromKey]) {
  copyFileSync(fromKey, key);
  copyFileSync(from, cert);
}
const fingerprint = file => new X509Certificate(readFileSync(file)).fingerprint256;

const env = { RASAD_TLS_CERT: cert, RASAD_TLS_KEY: key };

/** The certificate that a new connection is shown, and the protocol. */
function shown(port, options = {}) {
  return new Promise((done, fail) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, servername: 'localhost', ...options }, () => {
      done({ fingerprint: socket.getPeerCertificate().fingerprint256, protocol: socket.getProtocol() });
      socket.end();
    });
    socket.on('error', fail);
  });
}

async function until(condition, what, patience = 30000) {
  for (const end = Date.now() + patience; !await condition(); await sleep(50)) check(Date.now() < end, what());
}

const starts = more => run(RASAD, ['up'], { env: { RASAD_DATA: temporary('rasad-tls-data'), RASAD_PORT: '0', ...more }, timeout: 15000 });

tests.test('plain text to other machines is refused, with what to do; a declared proxy is believed', async () => {
  for (const bind of ['0.0.0.0', '::', '192.0.2.1']) {
    const got = await starts({ RASAD_BIND: bind });
    same(got.code, 2, `exit with ${bind}`);
    for (const word of ['RASAD_BIND', bind, 'RASAD_TLS_CERT', 'RASAD_TLS_KEY', 'RASAD_BEHIND_PROXY=1'])
      check(got.stderr.includes(word), `${word} is not in ${got.stderr}`);
  }
  const rasad = new Rasad({ env: { RASAD_BEHIND_PROXY: '1' } });
  await rasad.up();
  await rasad.close();
});

tests.test('a certificate without its key, a file that is not there, a word that is neither: refused by name', async () => {
  install(first);
  for (const [more, word] of [
    [{ RASAD_TLS_CERT: cert }, 'RASAD_TLS_KEY'], [{ RASAD_TLS_KEY: key }, 'RASAD_TLS_CERT'],
    [{ RASAD_BEHIND_PROXY: 'yes' }, 'RASAD_BEHIND_PROXY'], [{ ...env, RASAD_TLS_KEY: join(place, 'none') }, join(place, 'none')],
    [{ ...env, RASAD_TLS_KEY: second[1] }, 'certificate not taken'], [{ ...env, RASAD_TLS_CERT: '/dev/zero' }, 'larger than 64 KiB'],
  ]) {
    const got = await starts(more);
    check(got.code === 2 || got.code === 3, `${word}: exit ${got.code}`);
    check(got.stderr.includes(word), `${word} is not in ${got.stderr.slice(-800)}`);
  }
});

tests.test('both files together: at their bound, and one byte past it', async () => {
  const rest = TLS_PEM_BYTES_MAX - 2 - readFileSync(first[1]).length - readFileSync(first[0]).length;
  const padded = bytes => writeFileSync(cert, Buffer.concat([Buffer.from(`${'#'.repeat(bytes - 1)}\n`), readFileSync(first[0])]));
  install(first);
  padded(rest);
  const rasad = await Rasad.start({ env });
  same((await shown(rasad.port)).fingerprint, fingerprint(first[0]), 'shown');
  await rasad.close();
  padded(rest + 1);
  check((await starts(env)).stderr.includes('larger than 64 KiB'), 'one more');
});

tests.test('a chain: as long as it may be, and one longer', async () => {
  install(first);
  writeFileSync(cert, readFileSync(first[0]).toString().repeat(TLS_CHAIN_MAX));
  const rasad = await Rasad.start({ env });
  await rasad.close();
  writeFileSync(cert, readFileSync(first[0]).toString().repeat(TLS_CHAIN_MAX + 1));
  check((await starts(env)).stderr.includes('certificate not taken'), 'one more');
});

install(first);
const rasad = await Rasad.start({ env });
const gateway = rasad.pids.get('gateway');

tests.test('https: TLS 1.3 and 1.2, nothing older, no plain text; HSTS and a cookie for https alone', async () => {
  same(await shown(rasad.port), { fingerprint: fingerprint(first[0]), protocol: 'TLSv1.3' }, 'the best');
  same((await shown(rasad.port, { maxVersion: 'TLSv1.2' })).protocol, 'TLSv1.2', 'the older one');
  let old = 'spoken';
  try { await shown(rasad.port, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' }); } catch { old = 'refused'; }
  same(old, 'refused', 'TLS 1.1');
  let plain = 'nothing';
  try { plain = (await exchange(`http://127.0.0.1:${rasad.port}`, { path: '/healthz', timeout: 3000 })).status; } catch { /* cut off */ }
  same(plain, 'nothing', 'plain text');
  same((await exchange(rasad.url, { path: '/' })).headers['strict-transport-security'], 'max-age=31536000', 'HSTS');
  await rasad.ask('Registry/AddPeople', { requestId: uuid(), lines: [{ code: 'keeper', name: 'Keeper', roles: [] }] });
  await rasad.ask('Registry/SetPassword', { person: 'keeper', password: 'lentils and rice' });
  const signed = await rasad.call('Registry/SignIn', { login: 'keeper', password: 'lentils and rice' }, { token: '', headers: { 'rasad-cookie': '1' } });
  check(signed.headers['set-cookie'][0].endsWith('; Secure'), signed.headers['set-cookie'][0]);
});

tests.test('who begins to shake hands and says no more costs next to nothing', async () => {
  const sockets = Array.from({ length: 20 }, (_, i) => net.connect({ port: rasad.port, host: '127.0.0.1' }).on('error', () => {}).on('connect', function () { this.write(i % 2 ? '\x16' : Buffer.from('16030100c8010000c403', 'hex')); }));
  await sleep(500);
  const before = processorSeconds(gateway);
  await sleep(1000);
  const spent = processorSeconds(gateway) - before;
  for (let i = 0; i < 5; i++) same((await exchange(rasad.url, { path: '/healthz' })).status, 200, 'beside them');
  for (const socket of sockets) socket.destroy();
  check(spent < 0.3, `${spent} s of a processor in one second`);
});

tests.test('without TLS and without a declared proxy, nobody is believed to have come over https', async () => {
  const bare = await Rasad.start();
  await bare.ask('Registry/AddPeople', { requestId: uuid(), lines: [{ code: 'keeper', name: 'Keeper', roles: [] }] });
  await bare.ask('Registry/SetPassword', { person: 'keeper', password: 'lentils and rice' });
  const signed = await bare.call('Registry/SignIn', { login: 'keeper', password: 'lentils and rice' }, { token: '', headers: { 'rasad-cookie': '1', 'x-forwarded-proto': 'https' } });
  check(!signed.headers['set-cookie'][0].includes('Secure'), signed.headers['set-cookie'][0]);
  same((await exchange(bare.url, { path: '/' })).headers['strict-transport-security'], undefined, 'HSTS');
  await bare.close();
});

tests.test('large bodies and answers, many at once, over one certificate', async () => {
  const lines = Array.from({ length: 900 }, (_, i) => ({ code: `p${i}`, name: `A person with a long name, to fill the body ${'x'.repeat(30)}`, roles: [] }));
  await rasad.ask('Registry/AddPeople', { requestId: uuid(), lines });
  const answers = await Promise.all(Array.from({ length: 40 }, () => rasad.ask('Registry/ListPeople', {})));
  check(answers.every(answer => JSON.stringify(answer) === JSON.stringify(answers[0])), 'they differ');
  const page = (await exchange(rasad.url, { path: '/' })).bytes.toString();
  const scripts = [...page.matchAll(/(?:src|href)="(\/[\w-]+\.(?:js|css))"/g)].map(match => match[1]);
  const sizes = await Promise.all(scripts.map(async path => (await exchange(rasad.url, { path })).bytes.length));
  check(Math.max(...sizes) > 20000, `scripts and style: ${sizes}`);
});

tests.test('renewed while somebody is connected: new connections see it, hers goes on', async () => {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  const ask = () => rasad.ask('Reports/GetHead', {}, { agent });
  await ask();
  const socket = Object.values(agent.freeSockets)[0][0];
  for (const [files, how] of [[second, 'SIGHUP'], [first, 'SIGHUP again, at once']]) {
    install(files);
    rasad.child.kill('SIGHUP');
    await until(async () => (await shown(rasad.port)).fingerprint === fingerprint(files[0]), () => `${how}: ${rasad.log.slice(-600)}`);
  }
  await ask();
  check(Object.values(agent.freeSockets)[0][0] === socket, 'she had to connect again');
  agent.destroy();
  same(rasad.pids.get('gateway'), gateway, 'the same gateway');
});

tests.test('a renewal that does not fit leaves the old one in place, and the log says so', async () => {
  await sleep(11000); // a certificate is taken once in ten seconds
  copyFileSync(second[0], cert); // with the key of the first
  rasad.child.kill('SIGHUP');
  await until(() => rasad.log.includes('certificate not taken'), () => rasad.log.slice(-600));
  same((await shown(rasad.port)).fingerprint, fingerprint(first[0]), 'shown');
  install(ending);
  rasad.child.kill('SIGHUP');
  await until(async () => (await shown(rasad.port)).fingerprint === fingerprint(ending[0]), () => rasad.log.slice(-600));
});

tests.test('a gateway that is started again shows the present one; its end is a metric and a warning', async () => {
  process.kill(rasad.pids.get('gateway'), 'SIGKILL');
  await until(() => rasad.pids.get('gateway') !== gateway, () => 'no new gateway');
  await rasad.healthy();
  same((await shown(rasad.port)).fingerprint, fingerprint(ending[0]), 'shown');
  const metrics = (await exchange(rasad.url, { path: '/metrics' })).bytes.toString();
  const expires = Number(/^rasad_tls_certificate_expires_seconds (\d+)$/m.exec(metrics)?.[1]);
  same(new Date(expires * 1000).getTime(), Date.parse(new X509Certificate(readFileSync(ending[0])).validTo), 'its end');
  check(/level=warn proc=gateway event="certificate expires" days=4/.test(rasad.log), rasad.log.slice(-800));
});

await tests.run();
await rasad.close();
remove(place);
tests.end();
