/* lib.mjs - what the app's suites share: a browser, phones and desks signed in as a role, and what no screen may show.
 * Use:    import { suite, test, ... } from './lib.mjs'; await suite(async () => { await test('name', async ({ open }) => ...); });
 *         RASAD_URL=http://localhost:8080 RASAD_LOGINS=file node <suite>.mjs; the file (or standard input) holds lines
 *         `login <role> <name> <password>`; ONLY=<pattern> runs the tests it fits.
 * Ends:   with "N passed, N failed" and the exit code.
 * A suite writes: give it a store that may be thrown away. run.mjs gives each suite one of its own. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { LANGUAGES, words } from '../../web/src/words.js';

export const URL_BASE = process.env.RASAD_URL || 'http://localhost:8080';
/** Of the programme: India's, unless run.mjs chose another (in India's night). */
export const OFFSET_MIN = Number(process.env.RASAD_OFFSET_MIN || 330);
export const ZONE = OFFSET_MIN === 330 ? 'Asia/Kolkata' : `Etc/GMT${OFFSET_MIN < 0 ? '+' : '-'}${Math.abs(OFFSET_MIN) / 60}`;
export const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium';
export const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
export const DESK = { viewport: { width: 1280, height: 800 } };
export const WAIT_MS = 20000; // a busy machine is no fault of the app; how fast it is, the marks say
export const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// ---- who may sign in

export const logins = new Map();
for (const match of readFileSync(process.env.RASAD_LOGINS || 0, 'utf8').matchAll(/^\s*login\s+(\S+)\s+(\S+)\s+(\S+)\s*$/gm)) {
  const role = match[1].toLowerCase().replace('role_', '');
  if (!logins.has(role)) logins.set(role, { role, name: match[2], password: match[3] });
}
export const loginOf = role => logins.get(role) || fail(`no login line for ${role}`);

// ---- small tools

export function fail(message) { throw new Error(message); }
export function same(got, wanted, what) { if (String(got) !== String(wanted)) fail(`${what}: ${got}, wanted ${wanted}`); }
export const word = (key, language = 'en') => words[key][LANGUAGES.indexOf(language)];
export const only = process.env.ONLY && new RegExp(process.env.ONLY);
let passed = 0;
let failed = 0;

export async function test(name, run) {
  if (only && !only.test(name)) return;
  const opened = [];
  const start = Date.now();
  try {
    await run({ open: async (...args) => { const app = await openApp(...args); opened.push(app); return app; } });
    passed++;
    console.log(`ok      ${name} (${Date.now() - start} ms)`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}: ${error.message}`);
    for (const app of opened) {
      const shown = await app.page.evaluate(() => `${location.hash} ${document.body.innerText.replace(/\s+/g, ' ').slice(0, 160)}`).catch(() => 'a page that is gone');
      console.log(`        ${app.role} saw ${shown}; ${app.errors.slice(0, 5).join(' | ')}`);
    }
  }
  for (const app of opened) await app.context.close();
}

let browser;

/** A phone or a desk of its own, signed in as a role; it remembers what went wrong in the page. */
export async function openApp(role, { language = 'en', device = PHONE } = {}) {
  const context = await browser.newContext({ timezoneId: ZONE, ...device, locale: { en: 'en-IN', hi: 'hi-IN', fa: 'fa-IR' }[language] });
  await context.addInitScript(code => { if (!localStorage.getItem('language')) localStorage.setItem('language', code); if (!localStorage.getItem('hold-ms')) localStorage.setItem('hold-ms', '0'); }, language);
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  const errors = [];
  page.on('pageerror', error => errors.push(`script: ${error.message}`));
  page.on('console', message => { if (message.type() === 'error' && !/Failed to load resource|ERR_INTERNET/.test(message.text())) errors.push(message.text()); });
  page.on('response', response => {
    if (response.status() >= 400 && !/SignIn|GetMe/.test(response.url())) errors.push(`${response.status()} ${response.url().slice(0, 160)}`);
  });
  const open = new Map(); // requests without an answer yet, since when
  page.on('request', request => open.set(request, Date.now()));
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, request => open.delete(request));
  const app = { context, page, errors, language, role };
  try {
    await page.goto(URL_BASE + '/');
    if (role) await signIn(app, loginOf(role));
  } catch (error) {
    const waiting = [...open].map(([request, since]) => `${request.url().slice(0, 120)} for ${Date.now() - since} ms`);
    const shown = await page.evaluate(() => document.body.innerText.slice(0, 80)).catch(() => '?');
    await context.close();
    fail(`${error.message.split('\n')[0]}; shown: "${shown}"; not answered: ${waiting.join(', ') || 'nothing'}; ${errors.join(' | ')}`);
  }
  return app;
}

export async function signIn({ page }, { name, password }) {
  await page.fill('input[name=login]', name);
  await page.fill('input[name=password]', password);
  await page.click('.sign-in button[type=submit]');
  await page.waitForSelector('.shell');
}

/** The services, as the page itself asks them. */
export const api = (app, method, body) => app.page.evaluate(async ([path, text]) => {
  const answer = await fetch(path, { method: 'POST', body: text, headers: { 'content-type': 'application/json', 'connect-protocol-version': '1' } });
  const json = await answer.json();
  if (!answer.ok) throw new Error(`${path}: ${JSON.stringify(json)}`);
  return json;
}, ['/rasad.v1.' + method, JSON.stringify(body)]);

const tokens = new Map();
/** The services asked by a role beside the app. */
export async function ask(role, method, body) {
  const send = (name, content, head) => fetch(`${URL_BASE}/rasad.v1.${name}`, { method: 'POST', headers: { 'content-type': 'application/json', ...head }, body: JSON.stringify(content) });
  if (!tokens.has(role)) {
    const { name, password } = loginOf(role);
    tokens.set(role, (await (await send('Registry/SignIn', { login: name, password })).json()).token);
  }
  const answer = await send(method, body, { authorization: `Bearer ${tokens.get(role)}` });
  const json = await answer.json();
  if (!answer.ok) fail(`${method}: ${JSON.stringify(json)}`);
  return json;
}

export async function show(app, hash) {
  await app.page.evaluate(to => { location.hash = to; }, '#/' + hash);
  await app.page.waitForTimeout(150);
  await app.page.waitForFunction(() => !document.querySelector('.loading'), null, { timeout: WAIT_MS });
}

export const me = async app => {
  const answer = await api(app, 'Registry/GetMe', {});
  return { ...answer, place: answer.roles[0].place };
};
export const itemsOf = async app => (await api(app, 'Registry/ListItems', {})).items;
export const button = (app, key) => app.page.getByRole('button', { name: word(key, app.language), exact: true }).first();

/** Types one number into a box of a sheet's row, on phones as fingers do. */
export async function type(app, row, box, text) {
  const { page } = app;
  const line = page.locator(`.sheet-row[data-row="${row}"]`);
  await page.locator('.sheet-row').first().waitFor();
  await until(`the row ${row}`, async () => {
    if (await line.count()) return true;
    await page.locator('.all-rows').click({ timeout: 500 }).catch(() => {});
    return false;
  });
  const input = page.locator(`input[name="${row}|${box}"]`);
  if (!await input.count()) await line.locator('.sheet-name').click();
  await input.click();
  await page.keyboard.type(text);
}

export async function record(app, key = 'record') {
  const { page } = app;
  await page.locator('.sheet-record .button').click();
  const yes = page.getByRole('button', { name: word('yes_record', app.language) });
  // An unusual number is asked about first; else it is on the phone at once.
  await Promise.race([yes.waitFor({ timeout: 3000 }), page.locator('.receipt, .undo').first().waitFor({ timeout: 3000 })]).catch(() => {});
  if (await yes.isVisible().catch(() => false)) await yes.click();
  return key;
}

/** The receipt of what was just recorded: its code, or why not. */
export async function receipt(app) {
  const shown = app.page.locator('.receipt').first();
  await shown.waitFor();
  await app.page.waitForFunction(() => document.querySelector('.receipt.is-good, .receipt.is-bad'), null, { timeout: WAIT_MS });
  const bad = app.page.locator('.receipt.is-bad').first();
  if (await bad.count()) fail(`refused: ${(await bad.innerText()).replace(/\s+/g, ' ')}`);
  const code = await app.page.locator('.receipt .receipt-code .num').first().innerText();
  if (!/^[\d۰-۹]{5}$/.test(code)) fail(`receipt code is ${code}`);
  return code;
}

export const flowOf = async (app, place, item, from, to) => {
  const flow = await api(app, 'Reports/GetFlow', { place, from, to });
  return (flow.rows || []).find(row => row.item === item) || {};
};
export const stockOf = async (app, place, item, stage = 'STAGE_STOCK') =>
  Number((await api(app, 'Materials/GetStock', { place })).rows?.find(row => row.item === item && row.stage === stage)?.quantity || 0);
export const dayText = date => date.toLocaleDateString('sv-SE', { timeZone: ZONE });
// As the app has it: until four in the morning "today" is yesterday.
const DAY_BEGINS_MS = 4 * 3600000;
export const daysAgo = days => dayText(new Date(Date.now() - DAY_BEGINS_MS - days * 86400000));
export const today = () => daysAgo(0);

export async function until(what, check) {
  const end = Date.now() + WAIT_MS;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > end) fail(`never came true: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 150));
  }
}

/** The item of a sheet and its first row that has nothing yet. */
export async function freeRow(app, skip = 0) {
  const rows = app.page.locator('.sheet-row:not(:has(.row-done)):not(:has(.row-waiting))');
  await rows.first().waitFor();
  return rows.nth(skip).getAttribute('data-row');
}

export const SCREENS = {
  cluster_manager: ['made', 'handed', 'gave', 'came', 'ask', 'deliver', 'count', 'stock', 'earned', 'flow', 'received'],
  store_keeper: ['came', 'send', 'stock', 'count', 'gave', 'deliver', 'ask', 'trace', 'flow'],
  inspector: ['unchecked', 'trace', 'stock', 'flow'],
  supply_officer: ['decide', 'flow', 'stock', 'send', 'deliver', 'trace', 'ask', 'earned', 'came', 'count'],
  kitchen_operator: ['ask', 'came', 'cooked', 'served', 'stock', 'count', 'flow'],
  helpline: ['caller', 'stock', 'flow', 'trace'],
  auditor: ['journal', 'flow', 'trace', 'stock', 'earned'],
  administrator: ['places', 'people', 'items', 'flow', 'stock'],
};

/** What no screen may show, whatever it is about. */
export async function lookOver(app, name) {
  const { page, language } = app;
  const found = await page.evaluate(() => {
    const small = [];
    for (const element of document.querySelectorAll('button, a[href], summary, input:not([type=hidden])')) {
      const box = (element.matches('[type=checkbox], [type=file]') && element.closest('label') || element).getBoundingClientRect(); // the label is what a thumb meets
      if (box.width && box.height && box.height < 47.5 && !element.closest('table') && getComputedStyle(element).visibility !== 'hidden') {
        small.push(`${element.textContent.trim().slice(0, 20) || element.className} ${Math.round(box.height)}`);
      }
    }
    return {
      over: document.documentElement.scrollWidth - innerWidth, text: document.body.innerText, small,
      dir: document.documentElement.dir, lang: document.documentElement.lang, nameless: [...document.querySelectorAll('button, a[href]')]
        .filter(element => !element.textContent.trim() && !element.getAttribute('aria-label')).length,
    };
  });
  if (found.over > 0) fail(`${name}: ${found.over} px wider than the screen`);
  if (/\bundefined\b|\bNaN\b|\[object /.test(found.text)) fail(`${name}: ${/.{0,30}(undefined|NaN|\[object ).{0,30}/.exec(found.text)[0]}`);
  const raw = /(?:^|\s)(?:stage|reason|next|method|role|flow|request|shipment|question|measure|no_work)_\w+/.exec(found.text);
  if (raw) fail(`${name}: a key without a word, ${raw[0].trim()}`);
  if (found.small.length) fail(`${name}: lower than 48 px: ${found.small.slice(0, 3).join('; ')}`);
  if (found.nameless) fail(`${name}: ${found.nameless} buttons without a name`);
  same(found.lang, language, `${name}: language`);
  same(found.dir, language === 'fa' ? 'rtl' : 'ltr', `${name}: direction`);
}

/** Contrast, names, roles: what axe finds. */
export async function axe(app, name) {
  await app.page.evaluate(() => Promise.all(document.getAnimations().map(each => each.finished.catch(() => {})))); // what fades in has no contrast yet
  if (!await app.page.evaluate(() => 'axe' in window)) await app.page.evaluate(AXE);
  const found = await app.page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const worst = found.violations.map(each => `${each.id} (${each.nodes.length}): ${each.nodes[0].html.slice(0, 120)}`);
  if (worst.length) fail(`${name}: ${worst.slice(0, 3).join('; ')}`);
}

/** Runs a suite's tests and ends the process. */
export async function suite(tests) {
  // Without the logins nothing can pass: said once, not sixty times.
  for (const { role, name, password } of logins.values()) {
    const answer = await fetch(`${URL_BASE}/rasad.v1.Registry/SignIn`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ login: name, password }),
    }).catch(error => ({ status: error.cause?.code || error.message }));
    if (answer.status !== 200) {
      console.log(`FAILED  sign in as ${role}, ${name}: ${answer.status}\n0 passed, 1 failed`);
      process.exit(1);
    }
  }
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  try {
    await tests();
  } finally {
    await browser.close();
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}
