/* screens.mjs - a picture of every screen, to be looked at: each role's, on a phone and a desk, in three languages, light and dark.
 * Use:    make screens; or with a running Rasad: RASAD_URL=... RASAD_LOGINS=... node tests/screens.mjs FOLDER; ONLY=<pattern> chooses
 *         by "role screen". It writes: a slip for each picture of its page, a phone that several use.
 * Makes:  FOLDER/<screen>/<language>-<size>-<light|dark>.png, and FOLDER/<screen>.png, all twelve side by side. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ask, CHROMIUM, loginOf, SCREENS, signIn, today, URL_BASE } from './browser/lib.mjs';

const { chromium } = createRequire(pathToFileURL(resolve('tests/browser/lib.mjs')))('playwright-core');
const folder = resolve(process.argv[2] || 'build/screens');
const only = process.env.ONLY && new RegExp(process.env.ONLY);
const SIZES = { phone: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }, desk: { viewport: { width: 1280, height: 800 } } };
const LANGUAGES = { en: 'en-IN', hi: 'hi-IN', fa: 'fa-IR' };
const SETTLED_MS = 500;
const TAP_MS = 10000;
const HEIGHT_MAX = 2200; // of a long list the first part tells

// Each screen once, as the first role that has it sees it; every role's home and what needs it; the page before signing in.
const seen = new Set();
const wanted = [[null, 'sign-in', '']];
for (const [role, names] of Object.entries(SCREENS)) {
  wanted.push([role, `home-${role}`, 'home'], [role, `needs-${role}`, 'needs']);
  for (const name of [...names, 'entries']) if (!seen.has(name)) { seen.add(name); wanted.push([role, name, name]); }
}

// ---- what shows only after a tap: how to get there, from where the address leads

const id = () => crypto.randomUUID();
const press = (page, selector, n = 0) => page.locator(selector).nth(n).click();

/** A slip of the district's store on its way to the kitchen, and the page behind its code. */
async function slipPage(page, told) {
  const slip = `P-${id().slice(0, 8).toUpperCase()}`, token = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');
  const lines = [['rice', 20000], ['pulses', 5000]].map(([item, quantity]) => ({ item, quantity: String(quantity) }));
  await ask('store_keeper', 'Distribution/Send', { requestId: id(), day: today(), slip, from: 'sonbhadra-store', to: 'rasoi-dudhi', carrier: 'tempo.UP64AT1234', lines });
  await ask('store_keeper', 'Distribution/MakeSlipLink', { slip, token });
  if (told) await ask('kitchen_operator', 'Distribution/Receive', { requestId: id(), day: today(), slip, place: 'rasoi-dudhi', proof: 'PROOF_TAP', lines });
  await page.goto(`${URL_BASE}/s/#${token}`);
  await page.waitForSelector('.slip-page .rows');
}

/** A phone that two people share, at their names. */
async function names(page) {
  const people = ['cluster_manager', 'inspector'].map(role => loginOf(role).name);
  for (const person of people) await ask('administrator', 'Registry/SetPassword', { person, pin: '2468' });
  const { deviceKey } = await ask('administrator', 'Registry/EnrolDevice', { device: `p-${id().slice(0, 8)}`, people });
  await page.goto(`${URL_BASE}/#/enrol?key=${deviceKey}`);
  await page.waitForSelector('.names .name');
}

/** What a phone without a line has saved as a file. */
const savedFile = person => {
  const entry = (word, method, body, labels, texts, items, i) => {
    const requestId = id();
    return { id: requestId, method, text: JSON.stringify({ requestId, ...body }), person, personName: person, device: 'bakshi-1', sequence: i, madeMs: Date.now() - 3600000, offsetMin: 330, word, labels, texts, items };
  };
  return JSON.stringify({
    kind: 'rasad-entries', version: 1, device: 'bakshi-1', savedMs: Date.now(), entries: [
      entry('made', 'Production/LogOutput', { workDate: today(), lines: [] }, ['Durga', 'Lakshmi'], ['92', '85'], ['mask', 'mask'], 1),
      entry('gave', 'Materials/Issue', { day: today(), lines: [] }, ['Jyoti'], ['25'], ['cloth'], 2)],
  });
};

/** The first row without anything yet; on a phone it may stand open already. */
async function openRow(page) {
  const row = page.locator('.sheet-row:not(:has(.row-done))').first();
  await row.waitFor();
  if (!await row.locator('input.number').count()) await row.locator('.sheet-name').click();
  return row;
}
async function typed(page) {
  await (await openRow(page)).locator('input.number').first().click();
  await page.keyboard.type('26');
}
const refused = page => page.route('**/*Production/LogOutput', route => route.fulfill({
  status: 400, contentType: 'application/json',
  body: JSON.stringify({ code: 'failed_precondition', message: 'refused', details: [{ type: 'rasad.v1.Refusal', debug: { line: 1, reason: 'REASON_FUTURE_DAY' } }] }),
}));
async function recorded(page) {
  await page.evaluate(() => localStorage.setItem('hold-ms', '0'));
  await page.reload();
  await typed(page);
  await press(page, '.sheet-record .button');
  const yes = page.locator('.dialog .button.main');
  await yes.or(page.locator('.receipt')).first().waitFor();
  if (await yes.isVisible()) await yes.click();
  await page.locator('.receipt.is-good, .receipt.is-bad').first().waitFor();
}

const AFTER = [
  ['cluster_manager', 'made-keypad', 'made', typed],
  ['cluster_manager', 'made-more', 'made', async page => {
    const row = page.locator('.sheet-row:has(.row-done)').first();
    await row.locator('.sheet-name').click();
    await row.locator('.sheet-acts .button').first().click();
    await row.locator('input.number').first().click();
    await page.keyboard.type('14');
  }],
  ['cluster_manager', 'made-no-work', 'made', async page => {
    const why = (await openRow(page)).locator('.sheet-acts button');
    if (await why.count()) await why.click();
  }],
  ['cluster_manager', 'made-month', 'made', page => press(page, '.day-button')],
  ['cluster_manager', 'entries-recorded', 'made', async page => { await recorded(page); await page.evaluate(() => { location.hash = '#/entries'; }); }],
  ['cluster_manager', 'entries-refused', 'made', async page => { await refused(page); await recorded(page); await page.evaluate(() => { location.hash = '#/needs'; }); }],
  ['cluster_manager', 'menu', 'home', page => press(page, '.who')],
  ['cluster_manager', 'print-slip', 'print?slip=BKS-0001'],
  ['store_keeper', 'trace-lot', 'trace?lot=48.1'],
  ['store_keeper', 'trace-nothing', 'trace?lot=999.1'],
  ['store_keeper', 'register', 'card?item=cloth'],
  ['inspector', 'inspect', 'unchecked', async page => { await press(page, '.card .button.main'); await page.locator('.defect button').nth(3).click(); }],
  ['supply_officer', 'play-file', 'play', async page => {
    await page.setInputFiles('input[type=file]', { name: 'saved.json', mimeType: 'application/json', buffer: Buffer.from(savedFile(loginOf('cluster_manager').name)) });
    await page.waitForSelector('.card');
  }],
  ['kitchen_operator', 'home-cooked', 'home', page => press(page, '.kitchen .tile')],
  ['administrator', 'people-person', 'people', page => press(page, '.person summary')],
  ['administrator', 'people-phone', 'people', page => press(page, '.more.form > summary', 1)],
  [null, 'sign-in-wrong', '', async page => {
    await page.fill('input[name=login]', 'nobody');
    await page.fill('input[name=password]', 'not the password');
    await press(page, '.sign-in button');
    await page.waitForSelector('.note.bad');
  }],
  [null, 'enrol', 'enrol'],
  [null, 'names', '', names],
  [null, 'names-pin', '', async page => { await names(page); await press(page, '.name'); await press(page, '.digit-keys button', 2); }],
  [null, 'names-pin-wrong', '', async page => {
    await names(page);
    await press(page, '.name');
    for (let i = 0; i < 4; i++) await press(page, '.digit-keys button', 2);
    await press(page, '.digit-done');
    await page.waitForSelector('.note.bad');
  }],
  [null, 'slip', '', page => slipPage(page)],
  [null, 'slip-wrong', '', async page => { await slipPage(page); await press(page, '.tall', 1); await page.locator('.number').first().fill('18'); await page.locator('.number').nth(1).fill('2'); }],
  [null, 'slip-all-came', '', async page => { await slipPage(page); await press(page, '.tall'); await page.waitForSelector('.receipt.is-good'); }],
  [null, 'slip-told-before', '', page => slipPage(page, true)],
  [null, 'slip-no-line', '', async page => { await slipPage(page); await page.context().setOffline(true); await press(page, '.tall'); await page.waitForSelector('.badge'); }],
  [null, 'slip-ended', '', async page => { await page.goto(`${URL_BASE}/s/#${'A'.repeat(43)}`); await page.waitForSelector('.note'); }],
];

// ---- the pictures

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
let pictures = 0;
const chosen = [...wanted, ...AFTER].filter(([role, name]) => !only || only.test(`${role} ${name}`));

async function openPage(size, language, role) {
  const context = await browser.newContext({ ...SIZES[size], locale: LANGUAGES[language], timezoneId: 'Asia/Kolkata', reducedMotion: 'reduce', serviceWorkers: 'block' });
  await context.addInitScript(code => localStorage.setItem('language', code), language);
  const page = await context.newPage();
  page.setDefaultTimeout(TAP_MS);
  await page.goto(URL_BASE + '/');
  if (role) await signIn({ page }, loginOf(role));
  return page;
}

/** Both schemes. A screen is seen whole, what was opened on it as it stands on the glass. */
async function take(page, size, language, name, whole) {
  await page.waitForTimeout(SETTLED_MS);
  await page.waitForFunction(() => !document.querySelector('.loading'), null, { timeout: 8000 }).catch(() => {});
  await page.mouse.move(0, 0);
  mkdirSync(join(folder, name), { recursive: true });
  const { viewport } = SIZES[size];
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme });
    if (whole) {
      await page.evaluate(() => { document.activeElement?.blur(); scrollTo(0, 0); });
      await page.setViewportSize({ ...viewport, height: Math.min(HEIGHT_MAX, Math.max(viewport.height, await page.evaluate(() => document.documentElement.scrollHeight))) });
    }
    await page.waitForTimeout(150);
    await page.screenshot({ path: join(folder, name, `${language}-${size}-${scheme}.png`) });
    pictures++;
  }
  await page.setViewportSize(viewport);
}

for (const size of Object.keys(SIZES)) {
  for (const language of Object.keys(LANGUAGES)) {
    for (const role of new Set(chosen.map(([role]) => role))) {
      const page = await openPage(size, language, role);
      for (const [, name, hash] of chosen.filter(each => each[0] === role && !each[3])) {
        await page.evaluate(to => { location.hash = to; }, '#/' + hash);
        await take(page, size, language, name, true);
      }
      await page.context().close();
    }
    for (const [role, name, hash, act] of chosen.filter(each => each[3])) { // each in a browser of its own: one tap leads to the next
      const page = await openPage(size, language, role);
      await page.evaluate(to => { location.hash = to; }, '#/' + hash);
      await page.waitForTimeout(SETTLED_MS);
      try {
        await act(page);
        await page.waitForTimeout(SETTLED_MS);
        const glass = await page.evaluate(() => Boolean(document.querySelector('dialog[open], .keypad')));
        await take(page, size, language, name, !glass);
      } catch (error) {
        console.log(`no picture of ${name}, ${language} ${size}: ${error.message.split('\n')[0].slice(0, 200)}`);
      }
      await page.context().close();
    }
  }
}

// Side by side, so that one look compares them.
const sheet = await (await browser.newContext({ viewport: { width: 2400, height: 800 } })).newPage();
for (const [, name] of chosen) {
  const image = (language, size, scheme) => {
    const bytes = readFileSync(join(folder, name, `${language}-${size}-${scheme}.png`)).toString('base64');
    return `<img src="data:image/png;base64,${bytes}" style="width:${size === 'desk' ? 640 : 230}px;max-height:900px;object-fit:cover;object-position:top">`;
  };
  const rows = ['phone', 'desk'].map(size => `<div>${Object.keys(LANGUAGES).flatMap(language => ['light', 'dark'].map(scheme => image(language, size, scheme))).join('')}</div>`);
  await sheet.setContent(`<style>body{margin:8px;background:#888}div{display:flex;flex-wrap:wrap;gap:8px;margin-bottom:8px;align-items:flex-start}</style>${rows.join('')}`);
  await sheet.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
await browser.close();
console.log(`${pictures} pictures of ${chosen.length} screens in ${folder}`);
