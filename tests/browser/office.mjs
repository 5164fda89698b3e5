/* office.mjs - the officer's page and the pictures of a flow: what is shown is what the API says, to the last unit; what is
 * decided there is decided; another's entry moves what is open; by keyboard, right to left, on a phone and on a desk. */
import {
  api, axe, daysAgo, dayText, DESK, fail, itemsOf, loginOf, lookOver, me, same, show, suite, test, today, until, URL_BASE, word,
} from './lib.mjs';
import { concerns } from '../../web/src/hints.js';
import { bounds, classOf, ticks } from '../../web/src/pictures/scale.js';
import { toCsv } from '../../web/src/csv.js';

const WIDE = { viewport: { width: 1920, height: 1080 } };
const from = daysAgo(29), to = today();
const digits = text => Number(text.replace(/[^\d]/g, ''));
const uuid = () => crypto.randomUUID();

/** A call as somebody else, without a page. */
async function as(role, method, body) {
  const { name, password } = loginOf(role);
  const post = async (path, message, token) => {
    const answer = await fetch(`${URL_BASE}/rasad.v1.${path}`, { method: 'POST', body: JSON.stringify(message), headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) } });
    const json = await answer.json();
    if (!answer.ok || json.refused) fail(`${path}: ${JSON.stringify(json).slice(0, 300)}`);
    return json;
  };
  const { token } = await post('Registry/SignIn', { login: name, password });
  return post(method, body, token);
}

const placeOfRole = async (open, role) => (await me(await open(role))).place;
const factor = view => Number(view.item.displayFactor || 1);
const said = (value, view, language = 'en-IN') => new Intl.NumberFormat(language, { maximumFractionDigits: 3 }).format(value / factor(view));
const measures = {
  made: flow => Number(flow.good || 0), came: flow => Number(flow.supplied || 0) + Number(flow.in || 0), used: flow => Number(flow.consumed || 0),
  went: flow => Number(flow.out || 0) + Number(flow.served || 0) + Number(flow.sold || 0), left: flow => Number(flow.closing || 0),
};
const requestsOf = async (app, place) => (await api(app, 'Distribution/ListRequests', { place, openOnly: true, limit: 500 })).requests || [];
const named = async (app, place, name) => (await api(app, 'Distribution/ListRequests', { place, limit: 500 })).requests.find(each => each.name === name);
const ask = async (place, lines) => {
  const receipt = await as('kitchen_operator', 'Distribution/Request', { requestId: uuid(), day: today(), place, lines });
  return receipt.lines.map(line => line.name);
};

await suite(async () => {
  await test('classes of a map: whole numbers, rising, every value in the class its legend says', async () => {
    for (const [values, unit] of [[[1, 2, 3], 1], [[5, 5, 5, 5], 1], [[12, 130, 1400, 15000, 160000, 1700000], 1], [[9619, 771081, 744808, 26273], 100],
      [Array.from({ length: 592 }, (_, i) => (i * 7919) % 60000), 1]]) {
      const list = bounds(values, unit);
      if (list.length > 4 || list.some((bound, i) => bound % unit || bound <= (list[i - 1] || 0))) fail(`bounds ${list} of ${values}`);
      const most = Math.max(...values), least = Math.min(...values.filter(value => value > 0));
      if (list.length && (list[0] <= least || list.at(-1) > most)) fail(`an empty class: ${list} for ${least} to ${most}`);
      for (const value of values) if (classOf(value, list) !== (value === 0 ? 0 : 1 + list.filter(bound => bound <= value).length)) fail(`class of ${value}`);
    }
    same(classOf(-3, [5]), -1, 'below zero');
    same(bounds([]).length, 0, 'nothing to class');
  });

  await test('marks of an axis reach over every value; a count has no halves', async () => {
    for (const [least, most] of [[0, 1], [0, 3], [0, 3359], [-400, 1200], [0, 263161], [0, 0]]) {
      const list = ticks(least, most, 4, true);
      if (list[0] > least || list.at(-1) < most || list.length > 8 || list.some(mark => !Number.isInteger(mark))) fail(`${least} to ${most}: ${list}`);
    }
    same(ticks(0, 0.4, 4, false).at(-1) >= 0.4, true, 'parts of a metre');
  });

  await test('a spreadsheet takes no name for a formula', async () => {
    same(toCsv([['=1+1', '-5', '-x', 'a,b', 'say "so"', '@a']]), `\ufeff'=1+1,-5,'-x,"a,b","say ""so""",'@a\r\n`, 'cells');
  });

  await test('a hint concerns what it changes, one without a topic everything', async () => {
    const cases = [['Reports/GetFlow', 'output_logged', true], ['Reports/GetFlow', 'requested', false], ['Reports/GetBelow', 'person_added', false],
      ['Distribution/ListRequests', 'approval_confirmed', true], ['Distribution/ListRequests', 'request_cancelled', true], ['Distribution/ListRequests', 'output_logged', false],
      ['Distribution/ListShipments', 'sent', true], ['Distribution/ListShipments', 'served', false], ['Reports/GetFlow', 'reversed', true], ['Registry/GetPlace', 'served', true]];
    for (const [method, topic, wanted] of cases) same(concerns(method, new Set([topic])), wanted, `${method} at ${topic}`);
    for (const [method] of cases) same(concerns(method, new Set(['place_added', null])), true, method);
  });

  await test('the Sankey, the map, the table and the list say what the API says', async ({ open }) => {
    const app = await open('supply_officer', { device: WIDE });
    const { place } = await me(app);
    const view = (await itemsOf(app)).find(each => each.item.code === 'mask');
    const flow = (await api(app, 'Reports/GetFlow', { place, from, to })).rows.find(row => row.item === 'mask');
    const below = (await api(app, 'Reports/GetBelow', { place, item: 'mask', from, to, limit: 500 })).rows;
    for (const measure of Object.keys(measures)) {
      await show(app, `flow?item=mask&measure=${measure}&from=${from}&to=${to}`);
      await app.page.locator(`td.chosen[data-measure=${measure}]`).first().waitFor();
      const shown = await app.page.evaluate(() => ({
        rows: [...document.querySelectorAll('tr[data-row]')].map(row => [row.dataset.row, ...[...row.querySelectorAll('[data-measure]')].map(cell => [cell.dataset.measure, cell.textContent])]),
        map: [...document.querySelectorAll('.map a')].map(cell => [cell.dataset.place, Number(cell.dataset.value)]),
        nodes: [...document.querySelectorAll('.flow-picture [data-node]')].map(node => [node.dataset.node, Number(node.dataset.value), node.querySelector('.value').textContent]),
        terms: Object.fromEntries([...document.querySelectorAll('[data-flow]')].map(term => [term.dataset.flow, term.textContent])),
      }));
      same(shown.rows.length, below.length, 'rows of the table');
      for (const [code, ...cells] of shown.rows) {
        const row = below.find(each => each.place === code) || fail(`${code} is not below`);
        for (const [key, text] of cells) same(text, said(measures[key](row.flow), view), `${code}, ${key}`);
      }
      for (const [code, value] of shown.map) same(value, measures[measure](below.find(each => each.place === code).flow), `${code} on the map`);
      same(shown.map.length, below.filter(row => row.latitudeUdeg).length, 'places on the map');
      if (measure === 'made') {
        const parts = shown.nodes.filter(([node]) => below.some(row => row.place === node));
        same(parts.reduce((sum, [, value]) => sum + value, 0), flow.good, 'parts of what was made');
        for (const [code, value] of parts) same(value, below.find(row => row.place === code).flow.good, `${code} in the Sankey`);
      }
      same(shown.terms.good, `${said(Number(flow.good), view)} pieces`, 'made, in the list');
    }
    await lookOver(app, 'flow at 1920 px');
    await axe(app, 'flow at 1920 px');
  });

  await test('day by day: the chart’s table, its sum and its sentence; by keyboard', async ({ open }) => {
    const app = await open('supply_officer', { device: DESK });
    const { place } = await me(app);
    const view = (await itemsOf(app)).find(each => each.item.code === 'mask');
    const days = (await api(app, 'Reports/GetSeries', { place, item: 'mask', from, to })).days;
    await show(app, `flow?item=mask&measure=made&from=${from}&to=${to}`);
    const chart = app.page.locator('.series svg');
    await chart.waitFor();
    same(await app.page.locator('.series [data-sum]').innerText(), `${said(days.reduce((sum, day) => sum + Number(day.flow.good || 0), 0), view)} pieces`, 'sum');
    await app.page.locator('.series summary').click();
    for (const day of days) same(await app.page.locator(`[data-day="${day.day}"]`).innerText(), `${said(Number(day.flow.good || 0), view)} pieces`, day.day);
    await chart.focus();
    await app.page.keyboard.press('Home');
    same(await chart.getAttribute('aria-valuenow'), 1, 'Home');
    await app.page.keyboard.press('End');
    await app.page.keyboard.press('ArrowLeft');
    same(await chart.getAttribute('aria-valuenow'), 29, 'a day back');
    const before = days.find(day => day.day === daysAgo(1));
    if (!(await chart.getAttribute('aria-valuetext')).endsWith(`: ${said(Number(before?.flow.good || 0), view)}`)) fail(`says ${await chart.getAttribute('aria-valuetext')}`);
    await show(app, `flow?item=mask&measure=left&from=${from}&to=${to}`);
    const last = days.at(-1);
    await until('what is left runs on to today', async () => (await app.page.locator(`[data-day="${to}"]`).innerText().catch(() => '')) === `${said(Number(last.flow.closing), view)} pieces`);
  });

  await test('down to a group and back: the address follows, the back button too', async ({ open }) => {
    const app = await open('supply_officer', { device: DESK });
    const { page } = app;
    const { place } = await me(app);
    await show(app, `flow?item=mask&measure=made&from=${from}&to=${to}`);
    const trail = [];
    for (let at = place; ;) {
      const rows = (await api(app, 'Reports/GetBelow', { place: at, item: 'mask', from, to, limit: 500 })).rows || [];
      const next = rows.sort((a, b) => measures.made(b.flow) - measures.made(a.flow))[0];
      if (!next) break;
      await page.locator(`tr[data-row="${next.place}"] a`).click();
      await until(`${next.place} is shown`, async () => (await page.locator('.path [aria-current]').innerText()) === next.name.en);
      if (!page.url().includes(`place=${next.place}`) || !page.url().includes('measure=made') || !page.url().includes(`from=${from}`)) fail(`the address is ${page.url()}`);
      const good = (await api(app, 'Reports/GetFlow', { place: next.place, from, to })).rows.find(row => row.item === 'mask')?.good || 0;
      await until(`numbers of ${next.place}`, async () => digits(await page.locator('[data-flow=good]').first().innerText().catch(() => '')) === Number(good));
      trail.push(at = next.place);
    }
    if (trail.length < 4) fail(`only ${trail.join(' > ')}`);
    for (const code of [...trail.slice(0, -1).reverse(), undefined]) {
      await page.goBack();
      await until(`back at ${code}`, async () => new URLSearchParams(page.url().split('?')[1]).get('place') === (code || null));
    }
    // The address alone is enough: a link sent to somebody.
    await page.goto(`${URL_BASE}/#/flow?place=${trail[1]}&item=mask&measure=made&from=${from}&to=${to}`);
    await page.reload();
    await page.locator('.path a').first().waitFor();
    await page.locator('.path a').first().click();
    await until('up again', async () => page.url().includes(`place=${place}`));
  });

  await test('all of a kind, sorted, and the same as a spreadsheet', async ({ open }) => {
    const app = await open('supply_officer', { device: DESK });
    const { page } = app;
    const { place } = await me(app);
    const rows = (await api(app, 'Reports/GetBelow', { place, kind: 'group', item: 'mask', from, to, limit: 500 })).rows;
    await show(app, `flow?item=mask&measure=made&kind=group&from=${from}&to=${to}`);
    await page.getByRole('columnheader', { name: word('measure_made') }).getByRole('button').click();
    await until('sorted, the most first', async () => (await page.locator('th[aria-sort=descending]').count()) === 1);
    const best = Math.max(...rows.map(row => measures.made(row.flow)));
    same(digits(await page.locator('tr[data-row] td.chosen').first().innerText()), best, 'first row');
    if (!page.url().includes('sort=-made')) fail('the order is not in the address');
    const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: word('as_spreadsheet') }).click()]);
    const file = await saved.createReadStream();
    let text = '';
    for await (const part of file) text += part;
    if (!text.startsWith('\ufeff')) fail('no byte order mark');
    const lines = text.slice(1).trim().split('\r\n');
    same(lines.length, rows.length + 1, 'lines of the spreadsheet');
    const cut = line => line.match(/("([^"]|"")*"|[^,]*)(,|$)/g).map(cell => cell.replace(/,$/, '').replace(/^"|"$/g, ''));
    const column = cut(lines[0]).findIndex(cell => cell.startsWith(word('flow_good')));
    if (column < 0) fail(`head: ${lines[0]}`);
    same(lines.slice(1).reduce((sum, line) => sum + Number(cut(line)[column]), 0), rows.reduce((sum, row) => sum + measures.made(row.flow), 0), 'made, summed in the spreadsheet');
  });

  await test('the map by keyboard: one stop, arrows go on, Enter opens', async ({ open }) => {
    const app = await open('supply_officer', { device: WIDE });
    const { page } = app;
    await show(app, `flow?item=mask&measure=made&kind=village_organisation&from=${from}&to=${to}`);
    await page.locator('.map a').nth(2).waitFor();
    same(await page.locator('.map a[tabindex="0"]').count(), 1, 'stops');
    await page.locator('.map a[tabindex="0"]').focus();
    const first = await page.evaluate(() => document.activeElement.dataset.place);
    let next = first;
    for (const key of ['ArrowDown', 'ArrowRight', 'ArrowUp', 'ArrowLeft']) {
      await page.keyboard.press(key);
      next = await page.evaluate(() => document.activeElement.dataset.place);
      if (next !== first) break;
    }
    if (next === first) fail('no arrow goes on');
    const name = await page.evaluate(() => document.activeElement.getAttribute('aria-label'));
    const beside = (await page.locator('.pointed-place').innerText()).replace(/\s+/g, ' ');
    if (name.replace(': ', ' ') !== beside) fail(`beside the map: ${beside}, on it: ${name}`);
    await page.keyboard.press('Enter');
    await until('it is open', () => page.url().includes(`place=${next}`));
  });

  await test('Persian: the picture and the days run from the right, the map does not turn', async ({ open }) => {
    const app = await open('supply_officer', { device: DESK, language: 'fa' });
    const { page } = app;
    await show(app, `flow?item=mask&measure=made&kind=village_organisation&from=${from}&to=${to}`);
    await page.locator('.map a').nth(2).waitFor();
    const seen = await page.evaluate(() => {
      const middle = element => { const box = element.getBoundingClientRect(); return box.left + box.width / 2; };
      const bars = [...document.querySelectorAll('.series .bar')];
      return {
        came: middle(document.querySelector('.flow-picture [data-node=supplied]')), stays: middle(document.querySelector('.flow-picture [data-node=stage_STOCK]')),
        first: middle(bars[0]), last: middle(bars.at(-1)), map: Object.fromEntries([...document.querySelectorAll('.map a')].map(cell => [cell.dataset.place, middle(cell)])),
      };
    });
    if (seen.came < seen.stays) fail('what came stands on the left');
    if (seen.first < seen.last) fail('the first day stands on the left');
    const { place } = await me(app);
    const rows = (await api(app, 'Reports/GetBelow', { place, kind: 'village_organisation', item: 'mask', from, to })).rows.sort((a, b) => a.longitudeUdeg - b.longitudeUdeg);
    if (!(seen.map[rows[0].place] < seen.map[rows.at(-1).place])) fail('west is not on the left');
    await lookOver(app, 'flow in Persian');
  });

  await test('how far the requests are: asked, approved, sent, came', async ({ open }) => {
    const app = await open('supply_officer', { device: DESK });
    const { place } = await me(app);
    const views = await itemsOf(app);
    const until7 = dayText(new Date(Date.now() + 7 * 86400000));
    const rows = (await api(app, 'Distribution/GetProgress', { place, from, to: until7 })).rows;
    await show(app, `flow?from=${from}&to=${to}`);
    for (const row of rows) {
      const line = app.page.locator(`.progress-rows [data-item="${row.item}"]`);
      await line.waitFor();
      const view = views.find(each => each.item.code === row.item);
      for (const key of ['requested', 'approved', 'sent', 'received']) {
        const text = await line.locator(`[data-step=${key}]`).innerText();
        if (!text.startsWith(said(Number(row[key] || 0), view))) fail(`${row.item}, ${key}: ${text}, wanted ${row[key]}`);
      }
    }
  });

  await test('late and not confirmed: counted, listed, somebody to call, a text to send', async ({ open }) => {
    const kitchen = await placeOfRole(open, 'kitchen_operator');
    const store = await placeOfRole(open, 'store_keeper');
    const receipt = await as('kitchen_operator', 'Distribution/Request', { requestId: uuid(), day: daysAgo(1), place: kitchen, lines: [{ item: 'salt', quantity: 90000000, neededDay: daysAgo(1) }] });
    const slip = `OFF-${Date.now() % 100000}`;
    await as('store_keeper', 'Distribution/Send', { requestId: uuid(), day: daysAgo(2), slip, from: store, to: kitchen, lines: [{ item: 'oil', quantity: 2000 }] });
    const app = await open('supply_officer');
    const { page } = app;
    const { place } = await me(app);
    const open_ = await requestsOf(app, place);
    const late = open_.filter(each => each.neededDay < today() && (each.status === 'asked' ? Number(each.requested) : Number(each.approved || 0)) - Number(each.cancelled || 0) > Number(each.sent || 0));
    const slips = (await api(app, 'Distribution/ListShipments', { place, openOnly: true, limit: 500 })).shipments.filter(each => each.status === 'not_confirmed');
    await show(app, 'home');
    for (const [what, wanted] of [['decide', open_.filter(each => each.status === 'asked').length], ['late', late.length], ['unconfirmed', slips.length]]) {
      await until(`${what} ${wanted}`, async () => digits(await page.locator(`.strip [data-what=${what}] b`).innerText()) === wanted);
    }
    await page.locator('.strip [data-what=late]').click();
    const card = page.locator(`[data-late="${receipt.lines[0].name}"]`);
    await card.waitFor();
    if (!page.url().includes('what=late')) fail('the address does not follow');
    await card.locator('a[href^="tel:"]').first().waitFor();
    await card.getByRole('button', { name: word('ask_again') }).click();
    const text = await page.locator('dialog[open] textarea').inputValue();
    if (!text.includes('90,000 kilograms')) fail(`the text: ${text}`);
    await page.keyboard.press('Escape');
    await page.locator('.strip [data-what=unconfirmed]').click();
    const sent = page.locator('.card', { hasText: slip });
    await sent.waitFor();
    await sent.getByRole('button', { name: word('ask_again') }).click();
    if (!(await page.locator('dialog[open] textarea').inputValue()).includes(slip)) fail('the slip is not in the text');
    await page.keyboard.press('Escape');
    for (const what of ['late', 'unconfirmed']) { await show(app, `decide?what=${what}`); await lookOver(app, what); await axe(app, what); }
  });

  await test('a shortage shows as it is typed; another amount, with its reason', async ({ open }) => {
    const kitchen = await placeOfRole(open, 'kitchen_operator');
    const [name] = await ask(kitchen, [{ item: 'salt', quantity: 70000000 }]);
    const app = await open('supply_officer');
    const { page } = app;
    const { place } = await me(app);
    const proposal = await api(app, 'Distribution/ProposeAllocation', { request: name });
    const there = (proposal.proposals || []).filter(each => each.because !== 'own_use').reduce((sum, each) => sum + Number(each.quantity), 0);
    await show(app, 'decide');
    const card = page.locator(`[data-request="${name}"]`);
    await card.locator('[data-lacking]').waitFor();
    await card.getByRole('button', { name: word('other_amount') }).click();
    await card.locator('input.number').click();
    await page.keyboard.type('60000');
    // Others ask for the same salt: what is proposed here is what they leave.
    await until('what is lacking of it', async () => {
      const lacking = Number(await card.locator('[data-lacking]').getAttribute('data-lacking'));
      return lacking >= 60000000 - there && lacking <= 60000000;
    });
    await card.getByRole('radio', { name: word('refuse_NOT_ENOUGH') }).click();
    await card.getByRole('button', { name: new RegExp('^' + word('give')) }).click();
    const found = await until('it is decided', async () => { const request = await named(app, place, name); return request.status !== 'asked' && request; });
    same(found.approved, 60000000, 'approved');
    await until('it stays where it was, folded or to be set aside', async () => (await card.count()) === 1);
  });

  await test('no, and why', async ({ open }) => {
    const kitchen = await placeOfRole(open, 'kitchen_operator');
    const [name] = await ask(kitchen, [{ item: 'pulses', quantity: 1234000 }]);
    const app = await open('supply_officer');
    const { place } = await me(app);
    await show(app, 'decide');
    const card = app.page.locator(`[data-request="${name}"]`);
    await card.getByRole('button', { name: word('no_and_why') }).click();
    await card.getByRole('radio', { name: word('refuse_TWICE') }).click();
    await card.getByRole('button', { name: word('not_approved') }).click();
    await until('not approved', async () => (await named(app, place, name)).status === 'not_approved');
    await until('its receipt number stands on it', async () => /^\d{5}$/.test(await card.locator('.said .num').first().innerText().catch(() => '')));
  });

  await test('all as proposed: what it comes to is shown, then approved and set aside; put back', async ({ open }) => {
    const app = await open('supply_officer');
    const { page } = app;
    const { place } = await me(app);
    await show(app, 'decide');
    const before = (await requestsOf(app, place)).filter(each => each.status === 'asked');
    if (before.length < 3) fail(`only ${before.length} are asked`);
    await until('all are listed', async () => (await page.locator('.give-all').innerText()).trim() === word('give_all').replace('{n}', before.length));
    await page.locator('.give-all').click();
    const dialog = page.locator('dialog[open]');
    await dialog.locator('[data-item]').first().waitFor();
    same(await dialog.locator('[data-item]').count(), new Set(before.map(each => each.item)).size, 'items in the sum');
    await dialog.getByRole('button', { name: word('yes_give_all') }).click();
    const after = await until('none is left to decide', async () => {
      const now = await requestsOf(app, place);
      return !now.some(each => each.status === 'asked') && now;
    });
    const aside = await until('what there is is set aside', async () => {
      const all = await Promise.all(before.map(each => named(app, place, each.name)));
      return all.some(each => Number(each.allocated) > 0) && all;
    });
    for (const each of aside) same(Number(each.approved), Number(each.requested) - Number(each.cancelled || 0), `${each.item} approved`);
    if (!after.length) fail('nothing is open');
    await until('two receipts, nothing refused', async () => (await page.locator('.receipt.is-good').count()) >= 2 && !(await page.locator('.receipt.is-bad').count()));
    const one = aside.find(each => Number(each.allocated) > 0);
    const card = page.locator(`[data-request="${one.name}"]`);
    await card.getByRole('button', { name: word('put_back') }).first().click();
    await until('put back', async () => Number((await named(app, place, one.name)).allocated || 0) < Number(one.allocated));
    await lookOver(app, 'decide');
    await axe(app, 'decide');
  });

  await test('more than fifty are asked: fifty at a time, the others come up', async ({ open }) => {
    const kitchen = await placeOfRole(open, 'kitchen_operator');
    for (let i = 0; i < 53; i++) await ask(kitchen, [{ item: 'flour', quantity: 900000 + i }]);
    const app = await open('supply_officer');
    const { page } = app;
    const { place } = await me(app);
    const left = async () => (await requestsOf(app, place)).filter(each => each.status === 'asked').length;
    await show(app, 'decide');
    const before = await left();
    await page.locator('.more-wait').waitFor();
    same(digits(await page.locator('.more-wait').innerText()), before - 50, 'more wait');
    const n = digits(await page.locator('.give-all').innerText());
    if (n < 30 || n > 50) fail(`${n} at once`);
    await page.locator('.give-all').click();
    await page.getByRole('button', { name: word('yes_give_all') }).click();
    await until('these are decided', async () => await left() === before - n);
    await until('the others have come up', async () => (await page.locator('.more-wait').count()) === 0 && (await page.locator('.request:not(.is-done)').count()) > 0);
  });

  await test('the day as text: every number of it is the API’s, in three languages', async ({ open }) => {
    for (const [language, locale] of [['en', 'en-IN'], ['hi', 'hi-IN'], ['fa', 'fa-IR']]) {
      const app = await open('supply_officer', { language });
      const { page } = app;
      await app.context.grantPermissions(['clipboard-read', 'clipboard-write']);
      const { place } = await me(app);
      const views = await itemsOf(app);
      const day = daysAgo(1);
      const flow = (await api(app, 'Reports/GetFlow', { place, from: day, to: day })).rows;
      const progress = (await api(app, 'Distribution/GetProgress', { place, from: day, to: day })).rows || [];
      const open_ = await requestsOf(app, place);
      await show(app, `home?day=${day}`);
      await page.locator('.officer').getByRole('button', { name: word('as_text', language), disabled: false }).click();
      const text = await page.locator('dialog[open] textarea').inputValue();
      const line = code => text.split('\n').filter(each => each.startsWith(`• ${views.find(view => view.item.code === code).item.name[language]}:`));
      for (const row of flow.filter(each => Number(each.good))) {
        const view = views.find(each => each.item.code === row.item);
        if (!line(row.item).some(each => each.includes(said(Number(row.good), view, locale)))) fail(`${language}: made ${row.good} ${row.item} is not in: ${text}`);
        if (Number(row.closing) && !line(row.item).some(each => each.includes(said(Number(row.closing), view, locale)))) fail(`${language}: left ${row.closing} ${row.item} is not in: ${text}`);
      }
      for (const row of progress) {
        const view = views.find(each => each.item.code === row.item);
        if (!line(row.item).some(each => each.includes(said(Number(row.requested), view, locale)))) fail(`${language}: asked ${row.requested} ${row.item} is not in: ${text}`);
      }
      const asked = new Intl.NumberFormat(locale).format(open_.filter(each => each.status === 'asked').length);
      if (!text.split('\n')[1].startsWith(`${word('strip_decide', language)} ${asked}`)) fail(`${language}: ${text.split('\n')[1]}`);
      if (text.length > 1500) fail(`${text.length} characters`);
      await page.getByRole('button', { name: word('copy', language), exact: true }).click();
      await page.getByText(word('copied', language)).waitFor();
      same(await page.evaluate(() => navigator.clipboard.readText()), text, 'clipboard');
      await page.keyboard.press('Escape');
      await lookOver(app, `the day in ${language}`);
      await axe(app, `the day in ${language}`);
    }
  });

  await test('what nobody asked for, and how long material lasts', async ({ open }) => {
    const app = await open('supply_officer');
    const { place } = await me(app);
    const views = await itemsOf(app);
    const week = (await api(app, 'Reports/GetFlow', { place, from: daysAgo(6), to: today() })).rows;
    const stock = row => Number(row?.closingByStage?.find(each => each.stage === 'STAGE_STOCK')?.quantity || 0);
    const wanted = (await requestsOf(app, place)).filter(each => each.item === 'mask')
      .reduce((sum, each) => sum + Math.max(0, (each.status === 'asked' ? Number(each.requested) : Number(each.approved || 0)) - Number(each.cancelled || 0) - Number(each.sent || 0) - Number(each.allocated || 0)), 0);
    const mask = views.find(each => each.item.code === 'mask');
    await show(app, 'home');
    const free = app.page.locator('[data-free=mask]');
    await free.waitFor();
    if (!(await free.innerText()).includes(said(stock(week.find(row => row.item === 'mask')) - wanted, mask))) fail(await free.innerText());
    const lasts = await app.page.locator('[data-lasts]').evaluateAll(rows => rows.map(row => [row.dataset.lasts, row.innerText]));
    if (!lasts.length) fail('nothing is running out');
    for (const [item, text] of lasts) {
      const row = week.find(each => each.item === item);
      same(digits(text.replace(/^[^:]*:/, '')), Math.floor(stock(row) * 7 / Number(row.consumed)), `${item} lasts`);
    }
    await app.page.locator(`[data-lasts="${lasts[0][0]}"] a.button`).click(); // more of just that
    await app.page.locator(`.sheet-row.is-active[data-row="${lasts[0][0]}"] input:focus`).waitFor();
  });

  await test('live: another’s request is counted at once, nothing moves, and only what it concerns is read', async ({ open }) => {
    const kitchen = await placeOfRole(open, 'kitchen_operator');
    await ask(kitchen, [{ item: 'rice', quantity: 150001 }]);
    const app = await open('supply_officer');
    const { page } = app;
    await show(app, 'decide');
    const cards = () => page.locator('.columns [data-request], [data-request]').evaluateAll(list => list.map(card => card.dataset.request));
    await until('listed', async () => (await cards()).length > 0);
    await page.waitForTimeout(2500); // hints of what the tests before did
    const before = await cards();
    const [name] = await ask(kitchen, [{ item: 'rice', quantity: 160001, urgent: true }]);
    await until('the new one is there', async () => (await cards()).includes(name));
    same((await cards()).filter(each => before.includes(each)).join(), before.join(), 'the others stand where they stood');

    await show(app, `flow?item=mask&from=${from}&to=${to}`);
    await page.waitForTimeout(2500);
    const read = [];
    page.on('request', request => { const method = /rasad\.v1\.(\w+\/\w+)/.exec(request.url()); if (method) read.push(method[1]); });
    await ask(kitchen, [{ item: 'rice', quantity: 170001 }]);
    await until('how far requests are is read again', () => read.includes('Distribution/GetProgress'));
    await page.waitForTimeout(600);
    if (read.some(method => method.startsWith('Reports/Get'))) fail(`a request made it read ${read.join(', ')}`);
  });
});
