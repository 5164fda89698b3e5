/* slip.mjs - a slip in the hand of somebody without a login: opened by its link, told what came, and what a link can not do. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { api, ask, axe, fail, lookOver, PHONE, receipt, record, same, show, stockOf, suite, test, today, type, until, URL_BASE, word } from './lib.mjs';

/** 32 random bytes, as the app makes them. */
const newToken = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');

let slips = 0;
/** A slip of the district's store with a link to it. */
async function sendSlip(keeper, to, goods) {
  const slip = `T-${process.pid}-${++slips}`, token = newToken();
  await api(keeper, 'Distribution/Send', {
    requestId: crypto.randomUUID(), day: today(), slip, from: 'sonbhadra-store', to,
    lines: Object.entries(goods).map(([item, quantity]) => ({ item, quantity: String(quantity) })),
  });
  await api(keeper, 'Distribution/MakeSlipLink', { slip, token });
  return { slip, token, link: `${URL_BASE}/s/#${token}` };
}

/** The link on a phone that has never been here. */
async function slipPage(open, link, language = 'en', more = {}) {
  const app = await open(null, { language, device: { ...PHONE, ...more } });
  await app.page.goto(link);
  return app;
}

const tap = (app, key) => app.page.getByRole('button', { name: word(key, app.language), exact: true }).click();

const tokenOf = page => page.url().split('#')[1];
const receiptCode = async page => {
  const code = await page.locator('.receipt.is-good .receipt-code .num').innerText();
  if (!/^[\d۰-۹]{5}$/.test(code)) fail(`receipt code is ${code}`);
  return code;
};
const shipment = async (keeper, slip) => (await api(keeper, 'Distribution/ListShipments', { place: 'sonbhadra-store', slip })).shipments[0];

/** What a phone's camera reads on the screen or the paper: the QR code as pixels, decoded. */
const JSQR = readFileSync(createRequire(import.meta.url).resolve('jsqr/dist/jsQR.js'), 'utf8');
async function decode(app, locator) {
  const png = (await locator.screenshot()).toString('base64');
  if (!await app.page.evaluate(() => 'jsQR' in window)) await app.page.evaluate(JSQR);
  return app.page.evaluate(async base64 => {
    const image = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), char => char.charCodeAt(0))]));
    const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d');
    canvas.drawImage(image, 0, 0);
    return window.jsQR(canvas.getImageData(0, 0, image.width, image.height).data, image.width, image.height)?.data;
  }, png);
}

await suite(async () => {
  for (const language of ['en', 'fa']) {
    await test(`${language}: a slip sent in the app goes on paper; its printed code, read by a camera, opens the slip`, async ({ open }) => {
      await ask('administrator', 'Registry/SetTaxCodes', { requestId: crypto.randomUUID(), lines: [{ item: 'rice', hsn: '100630', fromDay: today() }] });
      await ask('administrator', 'Registry/ChangePlaces', { requestId: crypto.randomUUID(), lines: [{ place: 'sonbhadra-store', gstin: '09AAAFX1234K1Z4' }] });
      const keeper = await open('store_keeper', { language });
      await show(keeper, 'send?to=rasoi-dudhi');
      await keeper.page.locator('summary', { hasText: word('carrier', language) }).click();
      await keeper.page.getByRole('radio', { name: word('carrier_tempo', language) }).click();
      await keeper.page.getByLabel(word('vehicle_number', language)).fill('up64 at 1234');
      await type(keeper, 'rice', 'quantity', '12');
      await record(keeper);
      await receipt(keeper);
      await keeper.page.getByRole('link', { name: word('paper_slip', language) }).first().click();
      const code = keeper.page.locator('.slip-paper .qr');
      await code.waitFor();
      await keeper.page.waitForFunction(() => !document.querySelector('.loading'));
      await lookOver(keeper, 'slip on paper');
      await axe(keeper, 'slip on paper');
      await keeper.page.getByRole('radio', { name: word('three_copies', language) }).click();
      same(await keeper.page.locator('.slip-paper').count(), 3, 'copies');
      await keeper.page.emulateMedia({ media: 'print' });
      const paper = await keeper.page.locator('.slip-paper').first().innerText();
      const taxed = language === 'fa' ? [] : ['HSN', '100630', 'GSTIN 09AAAFX1234K1Z4'];
      if (language === 'fa' && /HSN|GSTIN/.test(paper)) fail('India’s tax words on a Persian paper');
      for (const part of [...taxed, word('challan', language), word('copy_receiver', language), 'UP64AT1234', word('challan', language === 'en' ? 'hi' : 'en')])
        if (!paper.includes(part)) fail(`not on the paper: ${part}`);
      if (await keeper.page.locator('.print-tools').isVisible()) fail('buttons are printed');
      const link = await decode(keeper, code.first());
      if (!link?.startsWith(`${URL_BASE}/s/#`)) fail(`the code says ${link}`);
      const dealer = await slipPage(open, link, language);
      await tap(dealer, 'all_came');
      await receiptCode(dealer.page);
    });
  }

  for (const language of ['en', 'hi', 'fa']) {
    await test(`${language}: a slip opens without a login, one tap says that all came`, async ({ open }) => {
      const keeper = await open('store_keeper');
      const { slip, link } = await sendSlip(keeper, 'rasoi-dudhi', { rice: 12000, oil: 3000 });
      const officer = await open('supply_officer');
      const before = await stockOf(officer, 'rasoi-dudhi', 'rice');
      const dealer = await slipPage(open, link, language);
      await dealer.page.getByText(slip).waitFor();
      await lookOver(dealer, 'slip');
      await axe(dealer, 'slip');
      await tap(dealer, 'all_came');
      await receiptCode(dealer.page);
      same(await stockOf(officer, 'rasoi-dudhi', 'rice'), before + 12000, 'rice in the kitchen');
      same((await shipment(keeper, slip)).status, 'came', 'the slip');
      await lookOver(dealer, 'slip told');
      await axe(dealer, 'slip told');
      // A second look, also on another phone, shows what stands and asks nothing.
      await dealer.page.reload();
      await receiptCode(dealer.page);
      const other = await slipPage(open, link, language);
      await other.page.getByText(word('slip_told', language)).waitFor();
      same(await other.page.getByRole('button', { name: word('all_came', language) }).count(), 0, 'buttons to tell it again');
      const { entries } = await api(await open('auditor'), 'Reports/ListEntries', { place: 'up', before: '1000000' });
      const header = entries.find(({ entry }) => entry.events.some(event => event.received?.slip === slip)).entry.header;
      same(`${header.actor} for ${header.onBehalfOf}`, 'slip for rasoi-dudhi', 'who told it');
    });
  }

  await test('goods against an order: bolts of unequal length, number, price; the receipt and the label on paper, its code leads to the lot', async ({ open }) => {
    const keeper = await open('store_keeper');
    const { page } = keeper;
    const orders = async () => (await api(keeper, 'Materials/ListOrders', { place: 'sonbhadra-store' })).orders.find(each => each.order === 'PO-7');
    const before = Number((await orders()).received);
    await show(keeper, 'came');
    await page.getByRole('radio', { name: `${word('order')} PO-7` }).click();
    await type(keeper, 'cloth', 'quantity', '118.40');
    await page.locator('input[name="cloth|packs"]').click();
    await page.keyboard.type('3');
    await page.getByText(word('still_to_come')).waitFor();
    await page.getByText('947').first().waitFor(); // 11,840 cm at 2,500 for 200
    await page.locator('.came-more summary').click();
    await page.locator('.came-more .text').fill('KH 2240');
    await page.locator('input[name="cloth|price"]').click();
    await page.keyboard.type('5328.50');
    await page.mouse.wheel(0, 400);
    await lookOver(keeper, 'came, against an order');
    await axe(keeper, 'came, against an order');
    await record(keeper);
    await receipt(keeper);
    same((await orders()).received, before + 11840, 'of the order');
    await page.getByRole('link', { name: word('paper_receipt') }).first().click();
    await page.locator('.paper table').waitFor();
    const text = await page.locator('.paper').innerText();
    for (const part of ['KH-2240', '118.4', '5,328.5', '3 Bolt']) if (!text.includes(part)) fail(`not on the receipt: ${part} in ${text}`);
    await lookOver(keeper, 'the receipt on paper');
    await axe(keeper, 'the receipt on paper');
    await page.getByRole('radio', { name: word('paper_labels') }).click();
    const link = await decode(keeper, page.locator('.label .qr').first());
    if (!/\/lot\/\d+-1$/.test(link)) fail(`the label says ${link}`);
    await page.goto(link);
    await page.locator('.lot.asked').waitFor();
    await page.getByText('KH-2240').first().waitFor();
    // The same by what is written on the goods.
    await show(keeper, 'trace?lot=KH-2240');
    await page.locator('.lot.asked').waitFor();
  });

  await test('on the slip’s paper: the lots, their last day, and what was paid for them', async ({ open }) => {
    const keeper = await open('store_keeper');
    const id = () => crypto.randomUUID();
    const lot = (await api(keeper, 'Materials/Receive', { requestId: id(), day: today(), place: 'sonbhadra-store', lines: [
      { item: 'oil', quantity: 10000, how: 'CAME_FROM_BOUGHT', supplierLot: 'OIL-77', expiry: '2030-03-01', price: 150000, money: 'inr' }] })).lines[0].name;
    const slip = `OIL-${Date.now() % 100000}`;
    await api(keeper, 'Distribution/Send', { requestId: id(), day: today(), slip, from: 'sonbhadra-store', to: 'rasoi-dudhi', lines: [{ item: 'oil', quantity: 4000, lot }, { item: 'rice', quantity: 1000 }] });
    await show(keeper, `print?slip=${slip}`);
    await keeper.page.locator('.slip-lot').first().waitFor();
    const rows = await keeper.page.locator('.slip-paper tbody tr').allInnerTexts();
    const oil = rows.find(row => row.includes('OIL-77')), rice = rows.find(row => !row.includes('OIL-77'));
    for (const part of ['4 litre', '1 Mar 2030', '600 rupee']) if (!oil.includes(part)) fail(`not on the paper: ${part} in ${oil}`);
    if (/rupee/.test(rice)) fail(`nobody knows what the rice cost: ${rice}`);
    await lookOver(keeper, 'slip with lots');
    await show(keeper, 'stock');
    await keeper.page.locator('.lots li', { hasText: 'OIL-77' }).getByText('1 Mar 2030').first().waitFor();
  });

  await test('something is wrong: whole numbers, what is missing shows, and it can be put right', async ({ open }) => {
    const keeper = await open('store_keeper');
    const { slip, link } = await sendSlip(keeper, 'dealer-1', { mask: 300, rice: 25000 });
    const dealer = await slipPage(open, link);
    await tap(dealer, 'something_wrong');
    await dealer.page.fill('input[name="mask|came"]', '290');
    await dealer.page.fill('input[name="mask|spoiled"]', '300');
    await dealer.page.getByText(word('slip_too_much')).waitFor();
    if (!await dealer.page.getByRole('button', { name: word('record') }).isDisabled()) fail('more spoiled than came can be recorded');
    await dealer.page.fill('input[name="mask|spoiled"]', '4');
    await dealer.page.getByText('10 piece').waitFor();
    await lookOver(dealer, 'slip wrong');
    await axe(dealer, 'slip wrong');
    await tap(dealer, 'record');
    await receiptCode(dealer.page);
    const line = async item => { const { lots, ...line } = (await shipment(keeper, slip)).lines.find(each => each.item === item); return line; };
    same(JSON.stringify(await line('mask')), JSON.stringify({ item: 'mask', sent: '300', received: '290', spoiled: '4', missing: '10' }), 'masks');
    same((await line('rice')).received, 25000, 'rice: the empty box');
    await tap(dealer, 'correct_it');
    await dealer.page.fill('input[name="mask|came"]', '300');
    await tap(dealer, 'record');
    await until('corrected', async () => (await line('mask')).received === '300');
    same((await line('mask')).spoiled || 0, 0, 'spoiled');
  });

  await test('a reply that is lost: sent again under the same id, booked once', async ({ open }) => {
    const keeper = await open('store_keeper');
    const { link } = await sendSlip(keeper, 'rasoi-dudhi', { rice: 7000 });
    const officer = await open('supply_officer');
    const before = await stockOf(officer, 'rasoi-dudhi', 'rice');
    const dealer = await slipPage(open, link, 'en', { serviceWorkers: 'block' }); // what passes one is not always routed
    const ids = [];
    await dealer.page.route('**/rasad.v1.Distribution/Receive', async route => {
      ids.push(route.request().postDataJSON().requestId);
      const answer = await route.fetch();
      if (ids.length === 1) return route.abort('connectionreset');
      return route.fulfill({ response: answer });
    });
    await tap(dealer, 'all_came');
    await receiptCode(dealer.page);
    same(new Set(ids).size, 1, 'ids');
    if (ids.length < 2) fail('it was not sent again');
    same(await stockOf(officer, 'rasoi-dudhi', 'rice'), before + 7000, 'rice, once');
  });

  await test('without a line: kept, also when the page is closed, and sent when it opens with a line', async ({ open }) => {
    const keeper = await open('store_keeper');
    const { slip, link } = await sendSlip(keeper, 'rasoi-dudhi', { rice: 5000 });
    const dealer = await open(null);
    // A request may leave before the browser has told the page that it is offline, of a new page above all: so the page's own
    // fetch is cut too.
    await dealer.context.addInitScript(() => {
      const fetched = window.fetch;
      window.fetch = (...asked) => localStorage.getItem('test-cut') ? Promise.reject(new TypeError('Failed to fetch')) : fetched(...asked);
    });
    const cut = on => dealer.page.evaluate(on => { if (on) localStorage.setItem('test-cut', '1'); else localStorage.removeItem('test-cut'); }, on);
    await dealer.page.goto(link);
    await dealer.page.evaluate(() => navigator.serviceWorker.ready);
    await dealer.page.getByText(slip).waitFor();
    await cut(true);
    await dealer.context.setOffline(true);
    await tap(dealer, 'all_came');
    await dealer.page.getByText(word('will_be_sent')).waitFor();
    await dealer.page.close();
    dealer.page = await dealer.context.newPage();
    await dealer.page.goto(link);
    await dealer.page.getByText(word('will_be_sent')).waitFor();
    same((await shipment(keeper, slip)).status, 'on_the_way', 'the slip before');
    await cut(false);
    await dealer.context.setOffline(false);
    await receiptCode(dealer.page);
    same((await shipment(keeper, slip)).status, 'came', 'the slip after');
  });

  await test('a link that was ended, one that never was, one cut off; and two who tell it at once', async ({ open }) => {
    const keeper = await open('store_keeper');
    const { slip, link } = await sendSlip(keeper, 'rasoi-dudhi', { rice: 4000 });
    const first = await slipPage(open, link), second = await slipPage(open, link);
    await second.page.getByText(slip).waitFor();
    await tap(first, 'all_came');
    await receiptCode(first.page);
    await tap(second, 'something_wrong');
    await second.page.fill('input[name="rice|came"]', '1');
    await tap(second, 'record');
    await second.page.getByText(word('slip_told_before')).waitFor();
    same((await shipment(keeper, slip)).lines[0].received, 4000, 'what stands');
    await api(keeper, 'Distribution/EndSlipLinks', { slip });
    await second.page.reload();
    await second.page.getByText(word('slip_ended')).waitFor();
    await lookOver(second, 'slip ended');
    await second.page.getByRole('link', { name: word('call_sender') }).waitFor(); // known from before
    for (const text of [newToken(), tokenOf(first.page).slice(0, -9), '']) {
      const stranger = await slipPage(open, `${URL_BASE}/s/#${text}`);
      await stranger.page.getByText(word('slip_ended')).waitFor();
    }
  });

  await test('an answer that is quicker than the page is drawn is shown', async ({ open }) => {
    const dealer = await open(null);
    await dealer.context.addInitScript(() => { window.fetch = () => Promise.resolve(Response.json({ code: 'unauthenticated' }, { status: 401 })); });
    await dealer.page.goto(`${URL_BASE}/s/#${newToken()}`);
    await dealer.page.getByText(word('slip_ended')).waitFor();
  });

  await test('a link reads and tells nothing else, and its token stands in no address that is asked for', async ({ open }) => {
    const keeper = await open('store_keeper');
    const one = await sendSlip(keeper, 'rasoi-dudhi', { rice: 3000 });
    const other = await sendSlip(keeper, 'rasoi-dudhi', { rice: 2000 });
    const dealer = await open(null);
    const asked = [];
    dealer.page.on('request', request => asked.push(request.url()));
    await dealer.page.goto(one.link);
    await dealer.page.getByText(one.slip).waitFor();
    for (const url of asked) if (url.includes(one.token.slice(0, 10)) && !url.includes('#')) fail(`the token in ${url}`);
    const as = (method, body) => dealer.page.evaluate(async ([path, text, token]) =>
      (await fetch(path, { method: 'POST', body: text, headers: { 'content-type': 'application/json', authorization: 'Bearer ' + token } })).status,
    ['/rasad.v1.' + method, JSON.stringify(body), one.token]);
    for (const [method, body] of [
      ['Registry/GetMe', {}], ['Registry/ListPlaces', { parent: 'up' }], ['Materials/GetStock', { place: 'rasoi-dudhi' }],
      ['Distribution/ListShipments', { place: 'rasoi-dudhi' }], ['Reports/GetFlow', { place: 'rasoi-dudhi', from: today(), to: today() }],
      ['Distribution/MakeSlipLink', { slip: one.slip, token: newToken() }], ['Distribution/EndSlipLinks', { slip: one.slip }],
    ]) same(await as(method, body), 401, method);
    const receive = { requestId: crypto.randomUUID(), day: today(), slip: other.slip, place: 'rasoi-dudhi', lines: [{ item: 'rice', quantity: '2000' }] };
    same(await as('Distribution/Receive', receive), 403, 'another slip');
    same(await as('Distribution/GetSlip', {}), 200, 'its own');
    dealer.errors.length = 0;
  });
});
