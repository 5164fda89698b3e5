/* offline.mjs - the app where there is no line, half a line, or a line that lies; on phones of one and of several people.
 * Flow:   a small proxy stands between the browser and the gateway: it drops, hangs, redirects, answers for others.
 * Rule:   whatever happened, each entry is in the journal once, as it was made, by who made it; none is lost.
 * How to run it: lib.mjs. */
import { createServer, request as forward } from 'node:http';
import { readFileSync } from 'node:fs';

const GATEWAY = new URL(process.env.RASAD_URL || 'http://localhost:8080');

// ---- the line

/** How the line is: a function of (path, number of the request to it) -> 'pass', 'drop' (it arrives, its answer does not),
 *  'down', 'html', 'bare', 'json', 'redirect', 'hang', 'hang after'. */
const line = { mode: () => 'pass', seen: [], bytes: 0, lastMs: 0 };
const PORTAL = '<!doctype html><title>Welcome to Free WiFi</title><p>Please accept our terms.';

const proxy = createServer((incoming, answer) => {
  const chunks = [];
  incoming.on('data', chunk => chunks.push(chunk));
  incoming.on('end', () => {
    const body = Buffer.concat(chunks);
    const path = incoming.url.split('?')[0];
    line.lastMs = Date.now();
    if (path.startsWith('/rasad.v1.')) line.seen.push({ path: path.slice(10), method: incoming.method, body: body.toString(), headers: incoming.headers });
    const mode = line.mode(path, line.seen.filter(each => '/rasad.v1.' + each.path === path).length);
    if (mode === 'down') return incoming.socket.destroy();
    if (mode === 'hang') return undefined;
    if (mode === 'html') return answer.writeHead(200, { 'content-type': 'text/html' }).end(PORTAL);
    if (mode === 'json') return answer.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
    if (mode === 'bare') return answer.writeHead(404).end();
    if (mode === 'login') return answer.writeHead(401, { 'content-type': 'text/html' }).end(PORTAL);
    if (mode === 'redirect') return answer.writeHead(302, { location: '/portal' }).end();
    const out = forward({ host: GATEWAY.hostname, port: GATEWAY.port, path: incoming.url, method: incoming.method, headers: incoming.headers }, reply => {
      const bytes = [];
      if (path === '/events') { answer.writeHead(reply.statusCode, reply.headers); return reply.pipe(answer); }
      reply.on('data', chunk => bytes.push(chunk));
      return reply.on('end', () => {
        const all = Buffer.concat(bytes);
        if (path.startsWith('/rasad.v1.')) line.bytes += all.length;
        if (mode === 'drop') return incoming.socket.destroy();
        if (mode === 'hang after') return undefined;
        return answer.writeHead(reply.statusCode, reply.headers).end(all);
      });
    });
    out.on('error', () => incoming.socket.destroy());
    if (path === '/events') incoming.socket.once('close', () => out.destroy());
    out.end(body);
    return undefined;
  });
}).listen(0, '127.0.0.1');
await new Promise(resolve => proxy.on('listening', resolve));
process.env.RASAD_URL = `http://localhost:${proxy.address().port}`;

const {
  axe, DESK, fail, lookOver, loginOf, PHONE, same, SCREENS, show, signIn, suite, test, today, type, until, URL_BASE, WAIT_MS, word,
  ZONE,
} = await import('./lib.mjs');

const COMMANDS = /Production\/LogOutput|Materials\/|Distribution\//;
const commands = name => line.seen.filter(each => each.method === 'POST' && each.path === name);
const down = () => { line.mode = () => 'down'; };
const back = () => { line.mode = () => 'pass'; };

/** A test with a line that works at first, and a page with nothing in it that nobody thought of. */
const situation = (name, run, { noisy } = {}) => test(name, async tools => {
  back();
  Object.assign(line, { seen: [], bytes: 0 });
  const opened = [];
  try {
    await run({ ...tools, open: async (...args) => { const app = await tools.open(...args); opened.push(app); return app; } });
  } finally {
    back();
  }
  const scripts = opened.flatMap(app => app.errors).filter(text => text.startsWith('script: '));
  if (scripts.length && !noisy) fail(scripts[0]);
});

// ---- the server, past the proxy

const tokens = {};
async function server(role, method, body, headers = {}) {
  tokens[role] ||= await ask('Registry/SignIn', { login: loginOf(role).name, password: loginOf(role).password }).then(answer => answer.token);
  return ask(method, body, { authorization: `Bearer ${tokens[role]}`, ...headers });
}
async function ask(method, body, headers = {}) {
  const answer = await fetch(new URL(`/rasad.v1.${method}`, GATEWAY), { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
  const json = await answer.json();
  if (!answer.ok) throw new Error(`${method}: ${json.message}`);
  return json;
}
const newId = () => crypto.randomUUID();

/** The entries of the journal from here on. */
async function mark() { return Number((await server('auditor', 'Reports/GetHead', {})).sequence); }
async function since(head) {
  const { entries = [] } = await server('auditor', 'Reports/ListEntries', { after: String(head), limit: 200 });
  return entries.map(({ entry }) => ({ ...entry.header, requestId: Buffer.from(entry.header.requestId, 'base64').toString('hex'), events: entry.events }))
    .filter(entry => entry.actor !== 'system' && COMMANDS.test(entry.method));
}

// ---- the phone

/** Until all of the app, also what is seldom wanted, is on the phone. */
const whole = app => until('the whole app is on the phone', () => app.page.evaluate(async () => {
  const paths = [];
  for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys()) paths.push(new URL(request.url).pathname);
  return ['/desk-', '/words-en-', '/words-hi-', '/words-fa-', '/desk-words-en-', '/desk-words-hi-', '/desk-words-fa-'].every(part => paths.some(path => path.startsWith(part) && (part !== '/desk-' || path.endsWith('.js'))));
}));
const waiting = async app => Number(/\d+/.exec(await app.page.locator('.count-waiting').innerText())[0]);
const sent = app => until('nothing waits', async () => await waiting(app) === 0);
const controlled = app => app.page.waitForFunction(() => navigator.serviceWorker?.controller, null, { timeout: WAIT_MS });

/** Until nothing has been asked of the server for a while. */
async function quiet() {
  await until('the line is quiet', () => Date.now() - line.lastMs > 900);
}

/** Cuts the line as the phone sees it, and as it is. */
async function airplane(app, on) {
  if (on) down(); else back();
  await app.context.setOffline(on);
}

/** Gives so many metres of cloth to the first group: the same row may be typed again and again. */
async function gave(app, text) {
  await show(app, 'gave');
  // Where a part of the app did not get through, the screen says so, and she tries again.
  const rows = app.page.locator('.sheet-row').first();
  await rows.waitFor({ timeout: 8000 }).catch(async () => { await app.page.reload(); await show(app, 'gave'); await rows.waitFor(); });
  const row = await app.page.locator('.sheet-row').first().getAttribute('data-row');
  await type(app, row, 'quantity', text);
  await recordIt(app);
  return row;
}

/** Records what is typed; asked whether so much is right, it is. */
async function recordIt(app) {
  const { page } = app;
  await page.locator('.sheet-record .button').click();
  const yes = page.getByRole('button', { name: word('yes_record'), exact: true });
  const done = page.locator('.receipt, .undo, dialog.dialog').first();
  await done.waitFor();
  if (await yes.isVisible()) { await yes.click(); await page.locator('.receipt, .undo').first().waitFor(); }
}

async function onPhone(app) {
  await app.page.locator('.receipt.is-waiting').first().waitFor();
}

const metresOf = entry => entry.events.map(event => Number(event.issued?.quantity) / 100).join();

/** What can be tapped of a pad: of the one in front, where the page behind it asks too. */
const ofPad = what => `:is(dialog[open], body:not(:has(dialog[open]))) ${what}`;
async function tapDigits(app, digits) {
  for (const digit of digits) await app.page.locator(ofPad('.digit-keys button'), { hasText: new RegExp(`^${digit}$`) }).click();
}
async function pin(app, digits) {
  await tapDigits(app, digits);
  await app.page.locator(ofPad('.digit-done')).click();
}

const HOLD = ms => `localStorage.setItem('hold-ms', '${ms}')`;

await suite(async () => {
  for (const role of ['cluster_manager', 'store_keeper', 'kitchen_operator']) {
    await situation(`today is on the phone: ${role}, all screens without a line, 100 KB, then only what changed`, async ({ open }) => {
      const app = await open(null);
      await controlled(app);
      line.bytes = 0;
      await signIn(app, loginOf(role));
      await quiet();
      const first = line.bytes;
      if (first > 100 * 1024) fail(`${first} bytes`);
      await whole(app);
      await airplane(app, true);
      await app.page.reload();
      await app.page.locator('.shell').waitFor();
      for (const screen of ['home', ...SCREENS[role].filter(name => name !== 'trace'), 'needs', 'entries']) {
        await show(app, screen);
        await app.page.waitForTimeout(100);
        const text = await app.page.locator('main').innerText();
        if ((screen !== 'flow' && text.includes(word('no_line_no_numbers'))) || text.includes(word('screen_not_kept'))) fail(`${screen}: nothing of it is on the phone`);
        if (['stock', 'ask', 'flow'].includes(screen) && !text.includes(word('as_of').split('{')[0].trim())) fail(`${screen}: does not say as of when`);
      }
      await airplane(app, false);
      await quiet();
      line.bytes = 0;
      await app.page.reload();
      await app.page.locator('.shell').waitFor();
      await quiet();
      console.log(`        ${role}: first ${first} bytes, again ${line.bytes}`);
      if (line.bytes > first / 4 && line.bytes > 8000) fail(`again ${line.bytes} bytes of ${first}`);
    });
  }

  await situation('replies lost after the commit: the same bytes again, once in the journal', async ({ open }) => {
    const app = await open('cluster_manager');
    const head = await mark();
    line.mode = (path, n) => !/Issue/.test(path) ? 'pass' : n === 2 ? 'hang after' : 'drop';
    await gave(app, '71');
    await until('the second try hangs', () => commands('Materials/Issue').length === 2);
    back();
    await app.page.reload(); // also the hanging one is given up with the page
    await app.page.locator('.shell').waitFor();
    await sent(app);
    const tries = commands('Materials/Issue');
    if (tries.length < 3) fail(`it was sent ${tries.length} times only`);
    same(new Set(tries.map(each => each.body)).size, 1, 'bodies');
    same(new Set(tries.map(each => ['rasad-device', 'rasad-device-time', 'rasad-device-offset', 'rasad-device-sequence', 'rasad-person'].map(name => each.headers[name]).join())).size, 1, 'headers');
    const entries = await since(head);
    same(entries.length, 1, 'entries');
    same(metresOf(entries[0]), 71, 'given');
  });

  await situation('undo: for ten seconds it never was; then it goes by itself', async ({ open }) => {
    const app = await open('cluster_manager');
    await app.page.evaluate(HOLD(10000));
    await app.page.reload();
    const head = await mark();
    const row = await gave(app, '72');
    await app.page.locator('.undo').waitFor();
    await lookOver(app, 'undo');
    same(await waiting(app), 1, 'on the phone');
    await app.page.locator('.undo').getByRole('button', { name: word('undo') }).click();
    await app.page.locator('.undo').waitFor({ state: 'detached' });
    same(await waiting(app), 0, 'on the phone');
    await until('the number is back on the sheet', async () => (await app.page.locator(`.sheet-row[data-row="${row}"]`).innerText()).includes('72')
      || await app.page.locator(`input[name="${row}|quantity"]`).inputValue().catch(() => '') === '72');
    same(commands('Materials/Issue').length, 0, 'sent');
    await recordIt(app);
    await app.page.locator('.undo').getByRole('button', { name: word('send_it_now') }).click();
    await sent(app);
    await app.page.evaluate(HOLD(1500));
    await app.page.reload();
    await gave(app, '73');
    await app.page.locator('.undo').waitFor();
    same(commands('Materials/Issue').length, 1, 'sent while held');
    await sent(app);
    same((await since(head)).map(metresOf).join(' '), '72 73', 'journal');
  });

  await situation('a tab killed between commit and answer: the next one settles it', async ({ open }) => {
    const app = await open('cluster_manager');
    const head = await mark();
    await controlled(app);
    line.mode = path => /Issue/.test(path) ? 'hang after' : 'pass';
    await gave(app, '74');
    await until('it arrived', async () => (await since(head)).length === 1);
    const client = await app.context.newCDPSession(app.page);
    await Promise.race([client.send('Page.crash').catch(() => {}), new Promise(resolve => setTimeout(resolve, 500))]);
    back();
    app.page = await app.context.newPage();
    await app.page.goto(URL_BASE + '/');
    await app.page.locator('.shell').waitFor();
    await sent(app);
    same((await since(head)).length, 1, 'entries');
    await show(app, 'entries');
    if (!/\d{5}/.test(await app.page.locator('.receipt-code .num').first().innerText())) fail('no receipt number');
  });

  await situation('airplane mode for a week, the session gone: red, kept, and recorded on its day', async ({ open }) => {
    const app = await open('cluster_manager');
    await controlled(app);
    await show(app, 'gave');
    await quiet();
    const head = await mark();
    await airplane(app, true);
    await gave(app, '75');
    await onPhone(app);
    const day = today();
    await app.context.clearCookies();
    await app.context.addInitScript(() => { const now = Date.now; Date.now = () => now() + 7 * 86400000; });
    await app.page.reload();
    await app.page.locator('.count-waiting.old').waitFor();
    await show(app, 'entries');
    await app.page.locator('.card .badge.bad', { hasText: word('waits_since').split('{')[0].trim() }).waitFor();
    await airplane(app, false);
    await app.page.locator('.again input[name=password]').waitFor();
    same(await waiting(app), 1, 'on the phone');
    await app.page.fill('.again input[name=password]', loginOf('cluster_manager').password);
    await app.page.click('.again button[type=submit]');
    await sent(app);
    const [entry, ...more] = await since(head);
    same(more.length, 0, 'more entries');
    same(new Date(entry.events[0].day * 86400000).toISOString().slice(0, 10), day, 'day');
  });

  for (const years of [-6, 20]) {
    await situation(`a clock ${years} years off: the server's day, the phone's own time beside it`, async ({ open }) => {
      const app = await open(null);
      await app.context.addInitScript(off => {
        const Real = Date;
        class Off extends Real { constructor(...args) { if (args.length) super(...args); else super(Real.now() + off); } }
        Off.now = () => Real.now() + off;
        self.Date = Off;
      }, years * 365 * 86400000);
      await app.page.reload();
      await signIn(app, loginOf('cluster_manager'));
      const head = await mark();
      await gave(app, '76');
      await sent(app);
      const [entry] = await since(head);
      same(new Date(entry.events[0].day * 86400000).toISOString().slice(0, 10), today(), 'day');
      const off = (Number(entry.deviceTimeMs) - Number(entry.serverTimeMs)) / 86400000 / 365;
      if (Math.abs(off - years) > 0.1) fail(`device time is ${off} years off`);
    });
  }

  for (const timezoneId of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) { // 25 hours apart: never both in India's day
    await situation(`a phone set to ${timezoneId}: days and hours are the programme's`, async ({ open }) => {
      const app = await open('cluster_manager', { device: { ...PHONE, timezoneId } });
      const head = await mark();
      await gave(app, '76.5');
      await sent(app);
      const [entry] = await since(head);
      same(new Date(entry.events[0].day * 86400000).toISOString().slice(0, 10), today(), 'day');
      await show(app, 'entries');
      same(await app.page.locator('.section-head .count').first().innerText(), 1, 'of today');
      const hour = new Date(Number(entry.serverTimeMs)).toLocaleTimeString('en-GB', { timeZone: ZONE, hour: '2-digit', minute: '2-digit' });
      const shown = /(\d\d):(\d\d)/.exec(await app.page.locator('.card').first().innerText());
      const apart = Math.abs((Number(shown[1]) - Number(hour.slice(0, 2))) * 60 + Number(shown[2]) - Number(hour.slice(3)));
      if (apart > 1 && apart < 1439) fail(`shown ${shown[0]}, made ${hour}`);
    });
  }

  await situation('what needs her is counted on every screen as it comes; the help line is one tap away, also before signing in', async ({ open }) => {
    const app = await open('cluster_manager');
    await show(app, 'made');
    await quiet();
    const needs = async () => Number(/\d+/.exec(await app.page.locator('.count-needs').innerText())[0]);
    const before = await needs();
    const { roles: [{ place }] } = await server('cluster_manager', 'Registry/GetMe', {});
    await server('cluster_manager', 'Distribution/Request', { requestId: newId(), day: today(), place, lines: [{ item: 'elastic', quantity: '100', neededDay: today() }] });
    await until('one more', async () => await needs() === before + 1);
    for (const screen of ['made', 'needs']) {
      await show(app, screen);
      same(await app.page.locator('.top a[href^="tel:"]').getAttribute('href'), 'tel:+911800123456', screen);
    }
    await app.page.locator('main a[href^="tel:"]').waitFor();
    await lookOver(app, 'needs');
    await app.page.locator('.who').click();
    await app.page.getByRole('button', { name: word('sign_out') }).click();
    await app.page.locator('.sign-in').waitFor();
    await app.page.locator('.welcome a[href^="tel:"]').waitFor();
  });

  for (const mode of ['html', 'bare', 'json', 'login', 'redirect', 'hang']) {
    await situation(`a line that lies (${mode}): no answer, and no loss`, async ({ open }) => {
      const app = await open('cluster_manager');
      await controlled(app);
      await show(app, 'gave');
      await quiet();
      const head = await mark();
      line.mode = () => mode;
      await gave(app, '77');
      await onPhone(app);
      await app.page.waitForTimeout(mode === 'hang' ? 6000 : 2500);
      same(await waiting(app), 1, 'on the phone');
      if (await app.page.locator('.receipt.is-good, .again').count()) fail('it believed the stranger');
      if (mode !== 'hang') same(await app.page.locator('.receipt .badge').first().innerText(), word('no_receipt_yet'), 'state'); // it left, and who knows
      await app.page.reload();
      await app.page.locator('.count-waiting.some').waitFor();
      await app.page.evaluate(() => navigator.serviceWorker.controller.postMessage('keep the rest'));
      await app.page.waitForTimeout(600);
      const foreign = await app.page.evaluate(async () => {
        const found = [];
        for (const name of await caches.keys()) for (const kept of await (await caches.open(name)).matchAll()) if ((await kept.text()).includes('Free WiFi')) found.push(kept.url);
        return found.join(' ');
      });
      same(foreign, '', 'kept of the stranger');
      back();
      await app.page.reload();
      await sent(app);
      same((await since(head)).map(metresOf).join(' '), '77', 'journal');
    });
  }

  await situation('a full disk: the number stays on the sheet, goes at once or into a file', async ({ open }) => {
    const app = await open(null);
    const client = await app.context.newCDPSession(app.page);
    await client.send('Storage.overrideQuotaForOrigin', { origin: URL_BASE, quotaSize: 1 });
    await signIn(app, loginOf('cluster_manager'));
    await quiet();
    const head = await mark();
    const row = await gave(app, '78');
    const dialog = app.page.locator('dialog.dialog');
    await dialog.getByText(word('disk_full_means').slice(0, 30)).waitFor();
    await lookOver(app, 'full disk');
    same(commands('Materials/Issue').length, 0, 'sent');
    await dialog.getByRole('button', { name: word('back'), exact: true }).click();
    await until('the number is on the sheet', async () => (await app.page.locator(`.sheet-row[data-row="${row}"]`).innerText()).includes('78')
      || await app.page.locator(`input[name="${row}|quantity"]`).inputValue().catch(() => '') === '78');
    await recordIt(app);
    down();
    await dialog.getByRole('button', { name: word('send_unkept') }).click();
    await dialog.getByText(word('no_line')).waitFor();
    back();
    await dialog.getByRole('button', { name: word('send_unkept') }).click();
    await app.page.locator('.receipt.is-good').waitFor();
    same((await since(head)).map(metresOf).join(' '), '78', 'journal');
    await gave(app, '79');
    const [file] = await Promise.all([app.page.waitForEvent('download'), dialog.getByRole('button', { name: word('save_file') }).click()]);
    const saved = JSON.parse(readFileSync(await file.path(), 'utf8'));
    same(JSON.parse(saved.entries[0].text).lines[0].quantity, 7900, 'in the file');
    await sent(app); // it stays on the page too, and goes with it
    same((await since(head)).map(metresOf).join(' '), '78 79', 'journal');
  });

  for (const locks of [true, false]) {
    await situation(`two tabs at once${locks ? '' : ', without locks'}: each entry once, each with its own number`, async ({ open }) => {
      const app = await open('cluster_manager');
      if (!locks) await app.context.addInitScript(() => Object.defineProperty(Navigator.prototype, 'locks', { value: undefined }));
      await app.page.reload();
      await controlled(app);
      const second = { ...app, page: await app.context.newPage() };
      second.page.setDefaultTimeout(WAIT_MS);
      await second.page.goto(URL_BASE + '/#/count');
      await second.page.locator('.shell').waitFor();
      await show(app, 'gave');
      await show(second, 'count');
      await quiet();
      const head = await mark();
      await airplane(app, true);
      for (const [tab, box, text] of [[app, 'quantity', '1'], [second, 'counted', '81']]) {
        await tab.page.bringToFront();
        await type(tab, await tab.page.locator('.sheet-row').first().getAttribute('data-row'), box, text);
      }
      await Promise.all([app, second].map(tab => tab.page.evaluate(() => document.querySelector('.sheet-record .button').click())));
      await until('both tabs know of both', async () => await waiting(app) === 2 && await waiting(second) === 2);
      await airplane(app, false);
      await sent(app);
      await sent(second);
      const entries = await since(head);
      same(entries.map(entry => entry.method).sort().join(' '), 'Materials/Count Materials/Issue', 'journal');
      same(new Set(entries.map(entry => entry.deviceSequence)).size, 2, 'numbers');
    });
  }

  await situation('another signs in in a second tab: nobody enters as somebody else', async ({ open }) => {
    const app = await open('cluster_manager');
    await show(app, 'gave');
    await quiet();
    const head = await mark();
    const keeper = loginOf('store_keeper');
    await app.page.evaluate(login => fetch('/rasad.v1.Registry/SignIn', {
      method: 'POST', headers: { 'content-type': 'application/json', 'rasad-cookie': '1' }, body: JSON.stringify({ login: login.name, password: login.password }),
    }), keeper);
    await gave(app, '82');
    await app.page.locator('.again').waitFor();
    same(await waiting(app), 1, 'on the phone');
    await app.page.fill('.again input[name=password]', loginOf('cluster_manager').password);
    await app.page.click('.again button[type=submit]');
    await sent(app);
    same((await since(head)).map(entry => entry.actor).join(' '), loginOf('cluster_manager').name, 'who');
  });

  await situation('signing out with entries on the phone: warned, and they stay', async ({ open }) => {
    const app = await open('cluster_manager');
    const { name, password } = loginOf('cluster_manager');
    await controlled(app);
    await show(app, 'gave');
    await quiet();
    const head = await mark();
    await airplane(app, true);
    await gave(app, '83');
    await onPhone(app);
    await app.page.locator('.who').click();
    await app.page.getByRole('button', { name: word('sign_out') }).click();
    await app.page.getByText(word('sign_out_means')).waitFor();
    await app.page.getByRole('button', { name: word('sign_out') }).click();
    await app.page.locator('.sign-in').waitFor();
    await airplane(app, false);
    await app.page.waitForTimeout(500);
    same((await since(head)).length, 0, 'sent without her');
    await signIn(app, { name, password });
    await sent(app);
    same((await since(head)).map(metresOf).join(' '), '83', 'journal');
  });

  await situation('a file of what waits, played in by an officer, twice, and then the phone finds a line', async ({ open }) => {
    const app = await open('cluster_manager');
    await controlled(app);
    await show(app, 'gave');
    await quiet();
    const head = await mark();
    await airplane(app, true);
    await gave(app, '84');
    await onPhone(app);
    await gave(app, '85');
    await until('two wait', async () => await waiting(app) === 2);
    await show(app, 'entries');
    await app.page.evaluate(() => { navigator.canShare = undefined; });
    const [download] = await Promise.all([app.page.waitForEvent('download'), app.page.getByRole('button', { name: word('save_file') }).click()]);
    const path = await download.path();
    back();
    const officer = await open('supply_officer', { device: DESK });
    for (const round of [1, 2]) {
      await show(officer, 'home');
      await show(officer, 'play');
      await officer.page.setInputFiles('.file-button input', { name: 'entries.json', mimeType: 'application/json', buffer: readFileSync(path) });
      await officer.page.getByRole('button', { name: word('play_n').replace('{n}', '2') }).click();
      await until(`recorded, round ${round}`, async () => await officer.page.locator('.card .badge.good').count() === 2);
      await lookOver(officer, 'play');
      await axe(officer, 'play');
    }
    const entries = await since(head);
    same(entries.map(metresOf).join(' '), '84 85', 'journal');
    same(entries.map(entry => [entry.actor, entry.onBehalfOf, entry.channel].join(' ')).join(), Array(2).fill([loginOf('supply_officer').name, loginOf('cluster_manager').name, 'CHANNEL_IMPORT'].join(' ')).join(), 'who');
    if (entries.some(entry => Number(entry.deviceTimeMs) > Date.now() || !Number(entry.deviceSequence))) fail('its times are lost');
    await officer.page.setInputFiles('.file-button input', { name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{"kind":"something else"}') });
    await officer.page.getByText(word('no_such_file')).waitFor();
    await airplane(app, false);
    await sent(app);
    same((await since(head)).length, 2, 'entries in all');
  });

  await situation('several people on one phone: names, PINs, each entry its author\'s', async ({ open }) => {
    const { place } = (await server('administrator', 'Registry/ListPeople', { limit: 200 })).people.find(person => person.code === loginOf('cluster_manager').name).roles[0];
    const names = [['rekha-' + place, 'Rekha'], ['asha-' + place, 'Asha']].map(([code, name]) => [code.slice(0, 24), name]);
    await server('administrator', 'Registry/AddPeople', { requestId: newId(), lines: names.map(([code, name]) => ({ code, name, roles: [{ role: 'ROLE_CLUSTER_MANAGER', place }] })) });
    for (const [i, [code]] of names.entries()) await server('administrator', 'Registry/SetPassword', { person: code, pin: `1234${i}` });
    const enrolled = await server('administrator', 'Registry/EnrolDevice', { device: 'shared-1', people: names.map(([code]) => code) });

    const app = await open(null);
    await controlled(app);
    await app.page.evaluate(HOLD(0));
    await app.page.getByText(word('enrol_phone')).click();
    await lookOver(app, 'enrol');
    await tapDigits(app, '00000000');
    await app.page.locator(ofPad('.digit-done')).click();
    await app.page.locator('[role=alert]', { hasText: word('reason_WRONG_PASSWORD') }).waitFor();
    // Its answer is lost; the browser asks again by itself: the same digits and the same key.
    line.mode = (path, n) => /ClaimDevice/.test(path) && n === 2 ? 'drop' : 'pass';
    await tapDigits(app, enrolled.claimCode);
    await app.page.locator(ofPad('.digit-done')).click();
    await app.page.locator('.names').waitFor();
    if (commands('Registry/ClaimDevice').length < 3) fail('no answer was lost');
    await lookOver(app, 'names');
    await axe(app, 'names');

    const choose = async name => { await app.page.locator('.name', { hasText: name }).click(); await app.page.locator(ofPad('.digit-pad')).waitFor(); };
    await choose('Rekha');
    await lookOver(app, 'pin');
    await axe(app, 'pin');
    await pin(app, '12340');
    await app.page.locator('.shell').waitFor();
    await show(app, 'gave');
    await quiet();
    await app.page.locator('.who').click();          // two taps and the PIN
    await choose('Asha');
    await pin(app, '12341');
    await app.page.locator('.who', { hasText: 'Asha' }).waitFor();
    await show(app, 'gave');
    await quiet();

    const head = await mark();
    await airplane(app, true);
    await app.page.reload();
    await app.page.locator('.who', { hasText: 'Asha' }).waitFor(); // just touched: still hers
    await gave(app, '86');
    await onPhone(app);
    await app.page.locator('.who').click();
    await choose('Rekha');
    await pin(app, '99999');
    await app.page.getByText(word('pin_wrong')).waitFor();
    await pin(app, '12340');
    await app.page.locator('.who', { hasText: 'Rekha' }).waitFor();
    await gave(app, '87');
    await onPhone(app);
    await show(app, 'entries');
    if (!(await app.page.locator('main').innerText()).includes('Asha')) fail('it does not say whose entries wait');
    await app.context.clearCookies();                 // a week later no session is left
    await airplane(app, false);
    await sent(app);
    const entries = await since(head);
    same(entries.map(entry => `${entry.actor} ${metresOf(entry)} ${entry.device}`).sort().join(', '), `${names[1][0]} 86 shared-1, ${names[0][0]} 87 shared-1`, 'journal');

    // Wrong five times: she waits. A new PIN from the help line, and the phone learns it.
    await app.page.locator('.who').click();
    await choose('Asha');
    for (let i = 0; i < 5; i++) {
      await app.page.locator(ofPad('.digit-keys button:enabled'), { hasText: /^1$/ }).waitFor();
      await pin(app, '5555');
      await app.page.locator('.pin [role=alert]').waitFor();
      await app.page.waitForTimeout(700);
    }
    await app.page.getByText(word('pin_wait')).waitFor();
    await lookOver(app, 'waits');
    await server('helpline', 'Registry/SetPassword', { person: names[1][0], pin: '678900' });
    await app.page.clock.install();
    await app.page.clock.fastForward(62000);
    await app.page.locator(ofPad('.digit-keys button:enabled'), { hasText: /^1$/ }).waitFor();
    await pin(app, '678900');
    await app.page.locator('.who', { hasText: 'Asha' }).waitFor();

    // The administrator takes the phone back: the names go, the entries would not.
    await server('administrator', 'Registry/EnrolDevice', { device: 'shared-1', people: [names[0][0]] });
    await app.page.reload();
    await until('it is no phone of names any more', () => app.page.evaluate(() => new Promise(resolve => {
      const open = indexedDB.open('rasad');
      open.onsuccess = () => { const get = open.result.transaction('phone').objectStore('phone').get('device'); get.onsuccess = () => { open.result.close(); resolve(!get.result); }; };
    })));
  });

  await situation('the key in the administrator\'s picture enrols too; nobody gets in on a phone without a line the first time', async ({ open }) => {
    const { place } = (await server('administrator', 'Registry/ListPeople', { limit: 200 })).people.find(person => person.code === loginOf('cluster_manager').name).roles[0];
    const code = 'lata-' + place.slice(0, 18);
    await server('administrator', 'Registry/AddPeople', { requestId: newId(), lines: [{ code, name: 'Lata', roles: [{ role: 'ROLE_CLUSTER_MANAGER', place }] }] });
    await server('administrator', 'Registry/SetPassword', { person: code, pin: '2468' });
    const { deviceKey } = await server('administrator', 'Registry/EnrolDevice', { device: 'shared-2', people: [code] });
    const app = await open(null);
    await controlled(app);
    await app.page.evaluate(key => { location.hash = '#/enrol?key=' + key; }, deviceKey);
    await app.page.locator('.name', { hasText: 'Lata' }).waitFor();
    if ((await app.page.evaluate(() => location.href)).includes(deviceKey)) fail('the key stands in the address');
    await quiet();
    await airplane(app, true);
    await app.page.reload();
    await app.page.locator('.name', { hasText: 'Lata' }).click();
    await pin(app, '2468');
    await app.page.getByText(word('pin_first_line')).waitFor();
    await airplane(app, false);
    await pin(app, '2468');
    await app.page.locator('.shell').waitFor();
  });
});
