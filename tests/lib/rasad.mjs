/* rasad.mjs - a whole Rasad in a temporary directory, for tests that look at it from outside.
 * Use:    const rasad = await Rasad.start(); const reply = await rasad.ask('Registry/GetMe', {}); await rasad.stop();
 * Build:  the folder with `rasad` and `rasad-gateway`: the first argument of the script, RASAD_BUILD, or build/.
 * Owns:   the processes it started and the directories it made. Both are gone when the script ends, however it ends.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const BUILD = resolve(process.argv[2] || process.env.RASAD_BUILD || join(ROOT, 'build'));
export const RASAD = join(BUILD, 'rasad');
export const sleep = ms => new Promise(done => setTimeout(done, ms));
export const uuid = randomUUID;

process.env.RASAD_SANDBOX ??= 'kill'; // what a process may not do ends it here, so that nobody overlooks it

const READY_MS_MAX = 20000;
const CALL_MS_MAX = 30000;

// ---- what must not outlive the script

const started = new Set();
const directories = new Set();

export function temporary(name = 'rasad') {
  const directory = mkdtempSync(join(tmpdir(), `${name}-`));
  directories.add(directory);
  return directory;
}

export function remove(directory) {
  rmSync(directory, { recursive: true, force: true });
  directories.delete(directory);
}

process.on('exit', () => {
  for (const child of started) try { process.kill(child.pid, 'SIGKILL'); } catch { /* it has ended */ }
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));

const hasEnded = child => child.exitCode !== null || child.signalCode !== null;
const ended = child => hasEnded(child) ? Promise.resolve() : new Promise(done => child.once('exit', done));

/** Run a program to its end. */
export function run(program, args, { env = {}, input, timeout = 120000 } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    const out = { code: null, stdout: '', stderr: '' };
    const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
    started.add(child);
    child.on('error', fail);
    child.stdin.on('error', () => {});
    child.stdout.on('data', text => { out.stdout += text; });
    child.stderr.on('data', text => { out.stderr += text; });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      started.delete(child);
      done({ ...out, code: code ?? signal });
    });
    child.stdin.end(input ?? '');
  });
}

/** One request, as bytes. Never throws for a status. */
export function exchange(url, { method = 'GET', path = '/', headers = {}, body, agent, timeout = CALL_MS_MAX } = {}) {
  return new Promise((done, fail) => {
    const { request: ask } = url.startsWith('https') ? https : http;
    const request = ask(url, { method, path, headers, agent: agent ?? false, timeout, rejectUnauthorized: false }, answer => {
      const parts = [];
      answer.on('data', part => parts.push(part));
      answer.on('error', fail);
      answer.on('aborted', () => fail(new Error('the answer was cut off')));
      answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, bytes: Buffer.concat(parts) }));
    });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', fail);
    request.end(body);
  });
}

function parsed(text) {
  try { return JSON.parse(text); } catch { return null; }
}

/** What a call came to: ok, status, body; of a refusal also code, message and the Refusals in its details. */
function outcome({ status, headers, bytes }) {
  const body = parsed(bytes.toString());
  if (status === 200) return { ok: true, status, headers, body };
  const refusals = (body?.details ?? []).filter(detail => detail.type === 'rasad.v1.Refusal').map(detail => detail.debug);
  return { ok: false, status, headers, body, code: body?.code, message: body?.message, refusals, refusal: refusals[0] };
}

export class Rasad {
  /** data: an existing directory to run on, else a new one. env: more of the environment. */
  static async start(options = {}) {
    const rasad = new Rasad(options);
    await rasad.up();
    return rasad;
  }

  constructor({ data, env = {} } = {}) {
    this.owned = data === undefined;
    this.data = data ?? temporary();
    this.env = env;
    this.port = 0;
    this.scheme = env.RASAD_TLS_CERT ? 'https' : 'http';
    this.agent = this.#agent();
    this.forbidden = []; // processes that the sandbox ended: they restart, and few tests would notice
  }

  #agent() { return new (this.scheme === 'https' ? https : http).Agent({ keepAlive: true, maxSockets: 64 }); }

  /** Start, or start again on the same port. Waits until /healthz says yes. */
  async up() {
    const env = { ...process.env, ...this.env, RASAD_DATA: this.data, RASAD_PORT: String(this.port), RASAD_BIND: '127.0.0.1' };
    const child = spawn(RASAD, ['up'], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.child = child;
    this.log = '';
    this.pids = new Map();
    started.add(child);
    child.on('exit', () => started.delete(child));
    child.on('error', error => { this.log += error.message; });
    child.stderr.on('data', text => this.#read(text));
    await new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`not ready: ${this.log.slice(-2000)}`)), READY_MS_MAX);
      const over = () => { clearTimeout(timer); fail(new Error(`ended: ${this.log.slice(-2000)}`)); };
      let text = '';
      child.on('exit', over);
      child.stdout.on('data', part => {
        const ready = /ready https?:\/\/[^:]+:(\d+)/.exec(text += part);
        if (!ready) return;
        clearTimeout(timer);
        child.off('exit', over);
        this.port = Number(ready[1]);
        done();
      });
    });
    this.url = `${this.scheme}://127.0.0.1:${this.port}`;
    await this.healthy();
    this.token = readFileSync(join(this.data, 'console.token'), 'utf8').trim();
  }

  #read(text) {
    this.log += text;
    if (this.log.length > 4_000_000) this.log = this.log.slice(-2_000_000);
    for (const [, name, pid] of String(text).matchAll(/event=started child=(\w+) pid=(\d+)/g)) this.pids.set(name, Number(pid));
    for (const [, name] of String(text).matchAll(/event=ended child=(\w+) .*signal=31$/gm)) this.forbidden.push(name);
  }

  async healthy(patience = READY_MS_MAX) {
    const until = Date.now() + patience;
    for (let said = 'nothing'; ; await sleep(25)) {
      try {
        const answer = await exchange(this.url, { path: '/healthz', timeout: 2000 });
        if (answer.status === 200) return;
        said = answer.bytes.toString();
      } catch (error) {
        said = error.message;
      }
      const lines = this.log.split('\n').filter(line => !line.includes('method='));
      if (Date.now() > until) throw new Error(`not healthy, /healthz says ${said.trim()}: ${lines.slice(-12).join(' | ')}`);
    }
  }

  /** The call's outcome, whatever it is; throws only where no answer came. */
  async call(method, request, { token = this.token, headers = {}, timeout, agent = this.agent } = {}) {
    const body = typeof request === 'string' || Buffer.isBuffer(request) ? Buffer.from(request) : Buffer.from(JSON.stringify(request));
    return outcome(await exchange(this.url, {
      method: 'POST', path: `/rasad.v1.${method}`, agent, timeout, body,
      headers: { 'content-type': 'application/json', 'content-length': body.length, ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    }));
  }

  /** The reply of a call that must go well. */
  async ask(method, request, options) {
    const got = await this.call(method, request, options);
    if (!got.ok) throw new Error(`${method}: ${got.status} ${got.message ?? JSON.stringify(got.body)}`);
    return got.body;
  }

  /** A command with a new request id; the receipt carries the id as `id`. */
  async command(method, request, options) {
    const id = request.requestId ?? uuid();
    return { ...await this.ask(method, { requestId: id, ...request }, options), id };
  }

  async head() {
    const head = await this.ask('Reports/GetHead', {});
    return { sequence: number(head.sequence), hash: Buffer.from(head.hash ?? '', 'base64').toString('hex') };
  }

  /** `rasad <args>` on this data directory. */
  cli(args, options = {}) { return cli(this.data, args, options); }

  /** As an administrator stops it: everything that was begun is answered. */
  async stop() {
    if (this.child && !hasEnded(this.child)) {
      this.child.kill('SIGTERM');
      await ended(this.child);
    }
    this.agent.destroy();
    this.agent = this.#agent();
  }

  /** All of it at once: the supervisor's group; the services go with it. */
  async kill() {
    const pids = [...this.pids.values()];
    if (!hasEnded(this.child)) process.kill(-this.child.pid, 'SIGKILL');
    await ended(this.child);
    for (const pid of pids) while (alive(pid)) await sleep(5);
  }

  async close() {
    await this.stop();
    this.agent.destroy();
    if (this.owned) remove(this.data);
    same(this.forbidden, [], 'ended by the sandbox for a system call it may not make');
  }
}

/** Of a processor, that a process has had so far. */
export function processorSeconds(pid) {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13).map(Number);
  return (user + system) / 100;
}

export function alive(pid) {
  try { process.kill(pid, 0); } catch { return false; }
  try { return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')); } catch { return false; }
}

/** `rasad <args>` on a data directory. */
export const cli = (data, args, options = {}) => run(RASAD, args, { ...options, env: { RASAD_DATA: data, ...options.env } });

// ---- days and numbers

export const number = value => Number(value ?? 0);
const DAY_MS = 86400000;
export const dayNumber = text => Date.parse(`${text}T00:00:00Z`) / DAY_MS;
export const dayText = day => new Date(day * DAY_MS).toISOString().slice(0, 10);
export const dayAfter = (text, days) => dayText(dayNumber(text) + days);
export const STAGES = ['STAGE_STOCK', 'STAGE_MADE', 'STAGE_UNCHECKED', 'STAGE_REWORK', 'STAGE_RESERVED', 'STAGE_TRANSIT', 'STAGE_LENT', 'STAGE_OWED'];

// ---- expectations

export function check(condition, what) {
  if (!condition) throw new Error(what);
}

export function same(got, wanted, what) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
  check(a === b, `${what}: got ${a}, wanted ${b}`);
}

/** Where `got` is not as `wanted` says; '' when it is. Numbers, texts and false match what JSON left out. */
export function differs(got, wanted, path = '') {
  if (wanted instanceof RegExp) return wanted.test(got ?? '') ? '' : `${path}: got ${JSON.stringify(got)}, wanted ${wanted}`;
  if (typeof wanted === 'number') return number(got) === wanted ? '' : `${path}: got ${got ?? 0}, wanted ${wanted}`;
  if (wanted === null || typeof wanted !== 'object') return (got ?? (typeof wanted === 'string' ? '' : false)) === wanted ? '' : `${path}: got ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`;
  if (Array.isArray(wanted) && (got ?? []).length !== wanted.length) return `${path}: got ${(got ?? []).length} of them (${JSON.stringify(got)?.slice(0, 400)}), wanted ${wanted.length}`;
  for (const key of Object.keys(wanted)) {
    const fault = differs(got?.[key], wanted[key], path === '' ? key : Array.isArray(wanted) ? `${path}[${key}]` : `${path}.${key}`);
    if (fault) return fault;
  }
  return '';
}

// ---- tests

/** Tests in their order; one that fails does not stop the others, but where `needed` is said. */
export class Tests {
  #list = [];
  passed = 0;
  failed = 0;

  test(name, body, { needed = false } = {}) { this.#list.push({ name, body, needed }); }

  report(name, error) {
    if (error === undefined) {
      this.passed++;
      console.log(`ok - ${name}`);
    } else {
      this.failed++;
      console.log(`FAIL - ${name}: ${String(error?.message ?? error).replaceAll('\n', ' | ')}`);
      if (process.env.TRACE && error?.stack) console.log(error.stack);
    }
  }

  async run() {
    const only = process.env.ONLY;
    for (const { name, body, needed } of this.#list) {
      if (only && !needed && !name.includes(only)) continue;
      const before = this.failed;
      try {
        await body();
        this.report(name);
      } catch (error) {
        this.report(name, error);
      }
      if (needed && this.failed > before) break;
    }
  }

  /** The last line, and the exit code. */
  end() {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    process.exit(this.failed === 0 && this.passed > 0 ? 0 : 1);
  }
}

/** Numbers by chance that come again with the same seed (mulberry32). */
export class Chance {
  constructor(seed) { this.state = seed >>> 0; }
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  below(n) { return Math.floor(this.next() * n); }
  between(least, most) { return least + this.below(most - least + 1); }
  of(list) { return list[this.below(list.length)]; }
  often(share) { return this.next() < share; }
  shuffled(list) {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [copy[i], copy[j]] = [copy[j], copy[i]];
    }
    return copy;
  }
}
