/* smoke.mjs - every screen of every role looked over, and each role's main path, in a real Chromium. How to run it: lib.mjs. */
import {
  PHONE, DESK, WAIT_MS, ZONE, loginOf, fail, same, word, test, api, show, me, itemsOf, button, type, record, receipt,
  flowOf, stockOf, today, daysAgo, until, freeRow, SCREENS, lookOver, axe, suite,
} from './lib.mjs';
import { LANGUAGES } from '../../web/src/words.js';
import { readFileSync } from 'node:fs';
import { wordFaults } from './words.mjs';

await suite(async () => {
  await test('words: three languages, all used', async () => {
    const faults = wordFaults();
    if (faults.length) fail(faults.slice(0, 12).join('; '));
  });

  await test('quantities: the app takes as much as the server does, and not one more', async () => {
    globalThis.localStorage ??= { getItem: () => null };
    globalThis.navigator ??= { language: 'en' };
    const { toBase } = await import('../../web/src/i18n.js');
    const most = 10n ** BigInt(/#define QUANTITY_MAX .*base units: 10\^(\d+)/.exec(readFileSync('services/base/limits.h', 'utf8'))[1]);
    const kilograms = { displayFactor: 1000 };
    same([toBase(String(most), {}), toBase(String(most + 1n), {})], [Number(most), null]);
    same([toBase(String(most / 1000n), kilograms), toBase(`${most / 1000n}.001`, kilograms)], [Number(most), null]);
  });

  await test('sign in: a wrong password says so and what next', async ({ open }) => {
    const app = await open(null);
    await app.page.fill('input[name=login]', loginOf('cluster_manager').name);
    await app.page.fill('input[name=password]', 'surely not this one');
    await app.page.click('.sign-in button[type=submit]');
    await app.page.getByText(word('reason_WRONG_PASSWORD')).waitFor();
  });

  for (const [role, screens] of Object.entries(SCREENS)) {
    for (const language of LANGUAGES) {
      await test(`screens: ${role} in ${language}, 360 px`, async ({ open }) => {
        const app = await open(role, { language });
        for (const screen of ['home', ...screens, 'needs', 'entries']) {
          await show(app, screen);
          await app.page.waitForTimeout(120);
          await lookOver(app, screen);
        }
        if (app.errors.length) fail(app.errors[0]);
      });
    }
    await test(`screens: ${role}, 1280 px`, async ({ open }) => {
      const app = await open(role, { device: DESK });
      for (const screen of ['home', ...screens]) {
        await show(app, screen);
        await app.page.waitForTimeout(120);
        await lookOver(app, screen);
        await axe(app, screen);
      }
      if (app.errors.length) fail(app.errors[0]);
    });
    await test(`screens: ${role}, dark`, async ({ open }) => {
      const app = await open(role, { device: { ...PHONE, colorScheme: 'dark' } });
      for (const screen of ['home', ...screens]) {
        await show(app, screen);
        await app.page.waitForTimeout(120);
        await axe(app, screen);
      }
    });
  }

  await test('manager: made, with a receipt, and the sheet and the flow show it', async ({ open }) => {
    const app = await open('cluster_manager');
    const { place } = await me(app);
    await show(app, 'made');
    const item = await app.page.evaluate(() => localStorage.getItem('item:made'));
    const row = await freeRow(app);
    const made = item || (await itemsOf(app)).find(view => view.inputs?.length)?.item.code;
    const before = Number((await flowOf(app, place, made, today(), today())).good || 0);
    await type(app, row, 'good', '12');
    await type(app, row, 'spoiled', '1');
    await type(app, row, 'members', '3');
    await record(app);
    await receipt(app);
    await until('the row says what was recorded', () => app.page.locator(`.sheet-row[data-row="${row}"] .row-done`).count());
    const after = Number((await flowOf(app, place, made, today(), today())).good || 0);
    same(after - before, 12, 'made in the flow');
    await show(app, `flow?place=${place}&item=${made}&from=${today()}&to=${today()}`);
    const shown = await app.page.locator('[data-flow=good]').first().innerText();
    same(shown.replace(/[^\d]/g, ''), after, 'shown in the flow');
  });

  await test('manager: corrected, the new number replaces the old', async ({ open }) => {
    const app = await open('cluster_manager');
    const { place } = await me(app);
    await show(app, 'made');
    const row = await freeRow(app);
    await type(app, row, 'good', '20');
    await record(app);
    await receipt(app);
    await until('recorded', () => app.page.locator(`.sheet-row[data-row="${row}"] .row-done`).count());
    const item = (await app.page.evaluate(() => localStorage.getItem('item:made'))) || (await itemsOf(app)).find(view => view.inputs?.length)?.item.code;
    await app.page.locator(`.sheet-row[data-row="${row}"] .sheet-name`).click();
    await type(app, row, 'good', '8');
    await record(app);
    await receipt(app);
    const sheet = await until('the server has the new number', async () => {
      const found = (await api(app, 'Production/GetSheet', { place, day: today(), item, limit: 500 })).rows.find(each => each.place === row);
      return String(found.good) === '8' && found;
    });
    same(sheet.good, 8, 'good after the correction');
  });

  await test('manager: handed in, with a sack number to write on it', async ({ open }) => {
    const app = await open('cluster_manager');
    await show(app, 'handed');
    const row = await app.page.locator('.sheet-row').first().getAttribute('data-row');
    await type(app, row, 'good', '10');
    await record(app);
    await receipt(app);
    await app.page.locator('.receipt .sack-number .num').first().waitFor();
  });

  await test('manager: gave material', async ({ open }) => {
    const app = await open('cluster_manager');
    await show(app, 'gave');
    const row = await app.page.locator('.sheet-row').first().getAttribute('data-row');
    await type(app, row, 'quantity', '5');
    await record(app);
    await receipt(app);
  });

  await test('manager: counted, and the difference shows', async ({ open }) => {
    const app = await open('cluster_manager');
    const { place } = await me(app);
    await show(app, 'count');
    const row = await app.page.locator('.sheet-row').first().getAttribute('data-row');
    await type(app, row, 'counted', '7');
    await record(app);
    await receipt(app);
    const item = (await itemsOf(app)).find(view => view.item.code === row).item;
    same(await stockOf(app, place, row), 7 * Number(item.displayFactor || 1), 'stock after the count');
  });

  await test('manager: an entry is taken back', async ({ open }) => {
    const app = await open('cluster_manager');
    await show(app, 'gave');
    const row = await app.page.locator('.sheet-row').nth(1).getAttribute('data-row');
    await type(app, row, 'quantity', '2');
    await record(app);
    await receipt(app);
    await show(app, 'entries');
    await button(app, 'take_back').click();
    await app.page.locator('dialog').getByRole('button', { name: word('take_back') }).click();
    await until('the reversal is recorded', () => app.page.locator('.card', { hasText: word('taken_back') }).count());
    await until('nothing waits', async () => (await app.page.locator('.count-waiting').innerText()).startsWith('0'));
    if (await app.page.locator('.card .badge.bad').count()) fail('the reversal was refused');
  });

  await test('digits: Persian, Devanagari and Arabic are taken', async ({ open }) => {
    const app = await open('cluster_manager', { device: DESK });
    await show(app, 'gave');
    const row = await app.page.locator('.sheet-row').first().getAttribute('data-row');
    const box = app.page.locator(`input[name="${row}|quantity"]`);
    for (const typed of ['۱۲', '१२', '١٢', '12']) {
      await box.fill(typed);
      same(await box.inputValue(), '12', `typed ${typed}`);
    }
    await box.fill('');
  });

  await test('drafts: what was typed is there after the page is gone', async ({ open }) => {
    const app = await open('cluster_manager');
    await show(app, 'gave');
    const row = await app.page.locator('.sheet-row').last().getAttribute('data-row');
    await type(app, row, 'quantity', '37');
    await app.page.reload();
    await app.page.locator(`.sheet-row[data-row="${row}"] .row-typed`).waitFor();
    if (!(await app.page.locator(`.sheet-row[data-row="${row}"] .row-typed`).innerText()).includes('37')) fail('the number is gone');
  });

  await test('keypad: a phone types with its own keys', async ({ open }) => {
    const app = await open('cluster_manager');
    await show(app, 'gave');
    const row = await app.page.locator('.sheet-row').last().getAttribute('data-row');
    await app.page.locator(`.sheet-row[data-row="${row}"] .sheet-name`).click();
    await app.page.locator('.keypad').waitFor();
    for (const key of ['4', '0']) await app.page.locator('.keypad button', { hasText: key }).first().click();
    same(await app.page.locator(`input[name="${row}|quantity"]`).inputValue(), '40', 'typed on the keypad');
    same(await app.page.locator(`input[name="${row}|quantity"]`).getAttribute('inputmode'), 'none', 'the phone’s own keyboard');
  });

  await test('offline: an entry is kept, survives the page, and is sent once', async ({ open }) => {
    const app = await open('cluster_manager');
    const { page, context } = app;
    const { place } = await me(app);
    await show(app, 'made');
    await page.waitForFunction(() => navigator.serviceWorker?.controller, null, { timeout: WAIT_MS });
    const row = await freeRow(app);
    const item = (await page.evaluate(() => localStorage.getItem('item:made'))) || (await itemsOf(app)).find(view => view.inputs?.length)?.item.code;
    await context.setOffline(true);
    await type(app, row, 'good', '33');
    await record(app);
    await page.locator('.receipt.is-waiting').waitFor();
    if (!(await page.locator('.count-waiting').innerText()).startsWith('1')) fail('the count does not show it');
    await page.reload();
    await page.locator('.count-waiting.some').waitFor();
    await page.locator(`.sheet-row[data-row="${row}"] .row-waiting`).waitFor();
    await context.setOffline(false);
    await until('it left the phone', async () => (await page.locator('.count-waiting').innerText()).startsWith('0'));
    const sheet = (await api(app, 'Production/GetSheet', { place, day: today(), item, limit: 500 })).rows.find(each => each.place === row);
    same(sheet.good, 33, 'recorded once');
  });

  await test('lost reply: the same entry is sent again and counts once', async ({ open }) => {
    const app = await open('cluster_manager', { device: { ...PHONE, serviceWorkers: 'block' } });
    const { page } = app;
    const { place } = await me(app);
    const ids = [];
    await page.route('**/rasad.v1.Production/LogOutput', async route => {
      ids.push(JSON.parse(route.request().postData()).requestId);
      if (ids.length > 1) return route.continue();
      await route.fetch();       // it arrives,
      return route.abort();      // its answer does not
    });
    await show(app, 'made');
    const row = await freeRow(app);
    const item = (await page.evaluate(() => localStorage.getItem('item:made'))) || (await itemsOf(app)).find(view => view.inputs?.length)?.item.code;
    await type(app, row, 'good', '21');
    await record(app);
    await receipt(app);
    if (ids.length < 2 || new Set(ids).size !== 1) fail(`ids sent: ${ids.join(', ')}`);
    const sheet = (await api(app, 'Production/GetSheet', { place, day: today(), item, limit: 500 })).rows.find(each => each.place === row);
    same(sheet.good, 21, 'counted once');
  });

  await test('double tap: one entry', async ({ open }) => {
    const app = await open('cluster_manager', { device: { ...PHONE, serviceWorkers: 'block' } });
    const ids = new Set();
    app.page.on('request', request => { if (request.url().endsWith('Materials/Issue')) ids.add(JSON.parse(request.postData()).requestId); });
    await show(app, 'gave');
    const row = await app.page.locator('.sheet-row').first().getAttribute('data-row');
    await type(app, row, 'quantity', '1');
    await app.page.evaluate(() => { const record = document.querySelector('.sheet-record .button'); record.click(); record.click(); });
    await receipt(app);
    await app.page.waitForTimeout(300);
    same(ids.size, 1, 'entries sent');
  });

  await test('refused: a line that can not be is shown with the reason and the next step', async ({ open }) => {
    const app = await open('cluster_manager');
    await app.page.route('**/rasad.v1.Materials/Issue', async route => {
      const body = JSON.parse(route.request().postData());
      body.lines[1].to = 'nobody-has-this-code';
      await route.continue({ postData: JSON.stringify(body) });
    });
    await show(app, 'gave');
    const keys = [];
    for (let i = 0; i < 2; i++) keys.push(await app.page.locator('.sheet-row').nth(i).getAttribute('data-row'));
    for (const key of keys) await type(app, key, 'quantity', '1');
    await record(app);
    const bad = app.page.locator('.receipt.is-bad');
    await bad.waitFor();
    const text = await bad.innerText();
    if (!text.includes(word('next_UNKNOWN_CODE')) && !text.includes(word('next_NOT_YOURS'))) fail(`no next step: ${text}`);
    await bad.getByRole('button', { name: word('correct_it') }).click();
    await app.page.locator(`.sheet-row[data-row="${keys[1]}"] .row-typed, input[name="${keys[1]}|quantity"]`).first().waitFor();
    if (await app.page.locator(`.sheet-row[data-row="${keys[0]}"] .row-typed`).count()) fail('the accepted line came back too');
  });

  // One request, from asking to eating, each step by the one whose work it is.
  const chain = {};
  await test('chain: store keeper, goods came from outside and stand in stock', async ({ open }) => {
    const app = await open('store_keeper');
    const { place } = await me(app);
    const view = (await itemsOf(app)).find(each => each.item.class !== 'ITEM_CLASS_MONEY' && each.item.class !== 'ITEM_CLASS_SERVICE'
      && each.item.check !== 'CHECK_INSPECTOR' && !each.item.usedUpOnIssue && !each.inputs?.length) || fail('no item to receive');
    Object.assign(chain, { store: place, item: view.item.code, factor: Number(view.item.displayFactor || 1) });
    const before = await stockOf(app, place, chain.item);
    await show(app, 'came');
    await type(app, chain.item, 'quantity', '900');
    await record(app);
    await receipt(app);
    same(await stockOf(app, place, chain.item) - before, 900 * chain.factor, 'came');
    await show(app, 'stock');
    await app.page.locator('.lots .row-button').first().waitFor();
  });

  await test('chain: kitchen asks', async ({ open }) => {
    const app = await open('kitchen_operator');
    const { place } = await me(app);
    chain.kitchen = place;
    await show(app, 'ask');
    await type(app, chain.item, 'quantity', '6');
    await record(app);
    await receipt(app);
    const asked = (await api(app, 'Distribution/ListRequests', { place, openOnly: true, limit: 200 })).requests.filter(each => each.item === chain.item);
    chain.request = asked.sort((a, b) => Number(b.name.split('.')[0]) - Number(a.name.split('.')[0]))[0] || fail('the request is not listed');
    same(chain.request.requested, 6 * chain.factor, 'asked');
  });

  await test('chain: officer approves and sets aside as proposed', async ({ open }) => {
    const app = await open('supply_officer');
    const { place } = await me(app);
    const now = async () => (await api(app, 'Distribution/ListRequests', { place, limit: 500 })).requests.find(each => each.name === chain.request.name);
    await show(app, 'decide');
    const card = () => app.page.locator(`[data-request="${chain.request.name}"]`);
    await card().waitFor();
    if ((await now()).status === 'asked') {
      await card().getByRole('button', { name: new RegExp('^' + word('give')) }).click();
    } else await card().getByRole('button', { name: new RegExp('^' + word('set_aside_n')) }).click();
    const found = await until('it is set aside', async () => { const request = await now(); return Number(request?.allocated) > 0 && request; });
    same(found.allocated, 6 * chain.factor, 'set aside');
    chain.source = found.setAside[0].place;
  });

  await test('chain: store keeper or officer sends what was set aside', async ({ open }) => {
    const app = await open(chain.source === chain.store ? 'store_keeper' : 'supply_officer');
    await show(app, `send?place=${chain.source}&to=${chain.kitchen}`);
    await app.page.locator(`.sheet-row[data-row="${chain.item}"]`).waitFor();
    await until('what was set aside is listed', async () => (await app.page.locator('.section').first().locator('.cards .card').count()) > 0);
    await type(app, chain.item, 'quantity', '6');
    await record(app);
    await receipt(app);
    const slip = await app.page.locator('.receipt .sack-number .num').first().innerText();
    const sent = (await api(app, 'Distribution/ListShipments', { place: chain.source, openOnly: true, limit: 500 })).shipments.find(each => each.slip === slip);
    chain.slip = sent?.slip || fail(`slip ${slip} is not on the way`);
  });

  await test('chain: kitchen, all came, by one tap', async ({ open }) => {
    const app = await open('kitchen_operator');
    const before = await stockOf(app, chain.kitchen, chain.item);
    await show(app, 'came');
    const card = app.page.locator('.card', { hasText: chain.slip });
    await card.getByRole('button', { name: word('all_came') }).click();
    await until('it stands in the kitchen', async () => await stockOf(app, chain.kitchen, chain.item) === before + 6 * chain.factor);
  });

  await test('chain: kitchen cooked and given to people', async ({ open }) => {
    const app = await open('kitchen_operator');
    await show(app, 'served');
    await type(app, chain.item, 'quantity', '2');
    await type(app, chain.item, 'people', '40');
    await record(app);
    await receipt(app);
    const flow = await flowOf(app, chain.kitchen, chain.item, today(), today());
    if (Number(flow.served) < 2 * chain.factor) fail(`served is ${flow.served}`);
  });

  await test('manager: gave straight to a dealer', async ({ open }) => {
    const app = await open('cluster_manager');
    await show(app, 'deliver');
    const row = await app.page.locator('.sheet-row').first().getAttribute('data-row');
    await type(app, row, 'quantity', '1');
    await app.page.locator('.place-button').first().click();
    const dialog = app.page.locator('dialog[open]');
    await dialog.locator('.row-pair', { hasNot: app.page.locator('.plain') }).locator('.row-button').first().click();
    await record(app);
    await receipt(app);
  });

  await test('inspector: draws, finds, releases', async ({ open }) => {
    const app = await open('inspector');
    const { place } = await me(app);
    const before = (await api(app, 'Quality/ListUnchecked', { place, limit: 500 })).rows || [];
    await show(app, 'unchecked');
    if (!before.length) { await app.page.getByText(word('nothing_unchecked')).waitFor(); return; }
    const free = before.find(row => !Number(row.freeFromMs) || Number(row.freeFromMs) < Date.now());
    if (!free) return;
    const view = (await itemsOf(app)).find(each => each.item.code === free.item).item;
    await show(app, `inspect?place=${free.place}&item=${free.item}&lot=${free.lot}&quantity=${free.quantity}`);
    await app.page.locator('.draw').waitFor();
    await app.page.locator('.defect button').nth(5).click();
    await type(app, free.lot || free.item, 'accepted', String(Number(free.quantity) / Number(view.displayFactor || 1)));
    await record(app);
    await receipt(app);
    const after = (await api(app, 'Quality/ListUnchecked', { place, limit: 500 })).rows || [];
    if (after.some(row => row.lot === free.lot && row.place === free.place)) fail('the lot is still unchecked');
  });

  await test('flow: the picture, the sum and the places inside show the server’s numbers', async ({ open }) => {
    const app = await open('supply_officer', { device: DESK });
    const { place } = await me(app);
    const flow = (await api(app, 'Reports/GetFlow', { place, from: daysAgo(29), to: today() })).rows || [];
    await show(app, 'flow');
    await app.page.locator('.flow-picture .ribbon').first().waitFor();
    const item = await app.page.evaluate(() => document.querySelector('.choice[aria-label="Item"] .chosen')?.textContent);
    const names = new Map((await itemsOf(app)).map(view => [view.item.code, view]));
    const row = flow.find(each => names.get(each.item)?.item.name.en === item) || flow[0];
    for (const key of ['good', 'supplied', 'served', 'consumed']) {
      if (!Number(row[key])) continue;
      const shown = await app.page.locator(`[data-flow=${key}]`).first().innerText();
      const wanted = new Intl.NumberFormat('en-IN', { maximumFractionDigits: 3 }).format(Number(row[key]) / Number(names.get(row.item).item.displayFactor || 1));
      if (!shown.startsWith(wanted)) fail(`${key}: shown ${shown}, server ${wanted}`);
    }
    await app.page.locator('.below a').first().click();
    await until('inside a place', async () => (await app.page.locator('.path a').count()) > 0 || (await app.page.url()).includes('place='));
  });

  await test('live: another’s entry moves the open flow without a touch', async ({ open }) => {
    const watcher = await open('cluster_manager', { device: DESK });
    const { place } = await me(watcher);
    const item = (await itemsOf(watcher)).find(view => view.inputs?.length)?.item.code || fail('nothing is made here');
    await show(watcher, `flow?place=${place}&item=${item}&from=${today()}&to=${today()}`);
    await watcher.page.waitForTimeout(800);
    const good = async () => Number(((await watcher.page.locator('[data-flow=good]').first().innerText().catch(() => '0')) || '0').replace(/[^\d]/g, ''));
    const before = await good();
    const other = await open('cluster_manager');
    await show(other, `made?item=${item}`);
    const row = await freeRow(other);
    await type(other, row, 'good', '5');
    await record(other);
    await receipt(other);
    await until('the open picture has it', async () => await good() === before + 5);
  });

  await test('trace: a lot in stock, where it came from and who holds it', async ({ open }) => {
    const app = await open('store_keeper');
    await show(app, 'stock');
    await app.page.locator('.lots .row-button:not([disabled])').first().click();
    await app.page.locator('.lot.asked').waitFor();
    await app.page.locator('.lot.asked .holders li').first().waitFor();
    await lookOver(app, 'trace');
  });

  await test('languages: chosen in the menu, kept, Persian has Jalali days', async ({ open }) => {
    const app = await open('cluster_manager');
    await app.page.locator('.who').click();
    await app.page.locator('dialog .languages button[lang=fa]').click();
    await app.page.locator('html[dir=rtl]').waitFor(); // its words may still be on their way
    const jalali = new Intl.DateTimeFormat('fa-IR-u-ca-persian', { month: 'long', timeZone: ZONE }).format(new Date());
    await app.page.keyboard.press('Escape');
    if (!(await app.page.locator('.top-names p').innerText()).includes(jalali)) fail(`no ${jalali} in the header`);
    await app.page.reload();
    await app.page.locator('.shell').waitFor();
    same(await app.page.evaluate(() => document.documentElement.lang), 'fa', 'kept');
  });

  await test('sign out: nothing of hers is left on the screen', async ({ open }) => {
    const app = await open('cluster_manager');
    await app.page.locator('.who').click();
    await app.page.locator('dialog').getByRole('button', { name: word('sign_out') }).click();
    await app.page.locator('input[name=login]').waitFor();
    await app.page.reload();
    await app.page.locator('input[name=login]').waitFor();
  });
});
