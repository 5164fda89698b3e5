/* kitchen.mjs - a kitchen's day in three taps each: asked for tomorrow, all came, cooked, ate, how it was. Digits of a number
 * are no taps; everything else that is tapped is counted. */
import { api, axe, daysAgo, fail, flowOf, lookOver, OFFSET_MIN, receipt, same, stockOf, suite, test, today, until, word } from './lib.mjs';

const PLACE = 'rasoi-dudhi';
const tomorrow = () => daysAgo(-1);

/** Everything tapped from now on, but the digits of the keypad. */
const watchTaps = app => app.page.evaluate(() => {
  window.taps = [];
  if (window.watching) return;
  window.watching = true;
  addEventListener('click', event => {
    const target = event.target.closest('button, a, input, summary');
    if (event.isTrusted && target && !target.closest('.keypad-digits')) window.taps.push(target.textContent.trim() || target.name);
  }, true);
});
async function tapped(app, what, most = 3) {
  const taps = await app.page.evaluate(() => window.taps);
  if (!taps.length || taps.length > most) fail(`${what}: ${taps.length} taps, ${taps.join(', ')}`);
}
const button = (app, key, values = {}) =>
  app.page.getByRole('button', { name: word(key, app.language).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? ''), exact: !/\{/.test(word(key, app.language)) }).first();
const typeKeys = async (app, digits) => {
  for (const digit of String(digits)) await app.page.locator('.keypad-digits button', { hasText: new RegExp(`^${app.language === 'fa' ? String.fromCharCode(0x6f0 + Number(digit)) : digit}$`) }).click();
};
const local = (app, n) => n.toLocaleString({ en: 'en-IN', hi: 'hi-IN', fa: 'fa-IR' }[app.language]);
const askedFor = async app => (await api(app, 'Distribution/ListRequests', { place: PLACE, limit: 500 })).requests
  .filter(request => request.neededDay === tomorrow() && request.item === 'cooked_packet');
const setQuota = async (app, askByMin) => api(app, 'Registry/SetQuotas', {
  requestId: crypto.randomUUID(), lines: [{ place: PLACE, item: 'cooked_packet', perDay: '5000', askByMin }],
});

await suite(async () => {
  for (const language of ['en', 'hi', 'fa']) {
    await test(`${language}: asks for tomorrow in three taps, and within the quota it is approved at once`, async ({ open }) => {
      await setQuota(await open('administrator'), 1440);
      const app = await open('kitchen_operator', { language });
      const before = await askedFor(app);
      if (before.length) await api(app, 'Distribution/CancelRequest', { requestId: crypto.randomUUID(), lines: before.filter(each => each.status !== 'cancelled').map(each => ({ request: each.name })) });
      await app.page.reload();
      await app.page.locator('.stepper').waitFor();
      await app.page.getByText(word('ask_before', language).replace('{time}', local(app, 24) + ':' + (language === 'fa' ? '۰۰' : '00'))).waitFor();
      await lookOver(app, 'kitchen home');
      await axe(app, 'kitchen home');
      const shown = Number(await app.page.locator('.stepper input').inputValue().then(text => text.replace(/[۰-۹]/g, digit => digit.charCodeAt(0) - 0x6f0)));
      await watchTaps(app);
      await app.page.getByRole('button', { name: word('more', language), exact: true }).click();
      await app.page.getByRole('button', { name: word('less', language), exact: true }).click();
      await app.page.locator('.ask-card .button.main').click();
      await until('the request', async () => (await askedFor(app)).some(each => each.status === 'approved'));
      await tapped(app, 'ask');
      const [request] = (await askedFor(app)).filter(each => each.status !== 'cancelled');
      same(request.requested, shown, 'asked for');
      await app.page.locator('.asked').waitFor();
      await app.page.getByText(word('request_approved', language)).first().waitFor();
      await lookOver(app, 'kitchen home, asked');
    });
  }

  await test('what is asked too late is said to be late and waits for the officer', async ({ open }) => {
    const admin = await open('administrator');
    const minute = Math.floor((Date.now() / 60000 + OFFSET_MIN) % 1440);
    await setQuota(admin, Math.max(1, minute));
    const app = await open('kitchen_operator');
    const before = (await askedFor(app)).filter(each => each.status !== 'cancelled');
    if (before.length) await api(app, 'Distribution/CancelRequest', { requestId: crypto.randomUUID(), lines: before.map(each => ({ request: each.name })) });
    await app.page.reload();
    await app.page.getByText(word('ask_is_late')).waitFor();
    await app.page.locator('.ask-card .button.main').click();
    await until('the request', async () => (await askedFor(app)).some(each => each.status === 'asked'));
    await setQuota(admin, 1200);
  });

  await test('all came: one tap; something wrong: whole numbers', async ({ open }) => {
    const keeper = await open('store_keeper');
    const send = async (slip, quantity) => api(keeper, 'Distribution/Send', {
      requestId: crypto.randomUUID(), day: today(), slip, from: 'sonbhadra-store', to: PLACE, lines: [{ item: 'rice', quantity: String(quantity) }],
    });
    await send(`KT-${process.pid}-1`, 5000);
    await send(`KT-${process.pid}-2`, 6000);
    const app = await open('kitchen_operator');
    const before = await stockOf(app, PLACE, 'rice');
    const card = slip => app.page.locator('.card', { hasText: slip });
    await card(`KT-${process.pid}-1`).waitFor();
    await watchTaps(app);
    await card(`KT-${process.pid}-1`).getByRole('button', { name: word('all_came') }).click();
    await until('it came', async () => await stockOf(app, PLACE, 'rice') === before + 5000);
    await tapped(app, 'all came', 1);
    await card(`KT-${process.pid}-2`).getByRole('button', { name: word('something_wrong') }).click();
    await app.page.locator('input[name="rice|quantity"]').click();
    await app.page.keyboard.type('5');
    await app.page.locator('input[name="rice|spoiled"]').click();
    await app.page.keyboard.type('1');
    await app.page.locator('.sheet-record .button').click();
    await receipt(app);
    same(await stockOf(app, PLACE, 'rice'), before + 5000 + 4000, 'rice');
  });

  for (const language of ['en', 'fa']) {
    await test(`${language}: cooked and ate, two taps and the number; kept without a line, sent with one`, async ({ open }) => {
      const app = await open('kitchen_operator', { language });
      const flow = () => flowOf(app, PLACE, 'cooked_packet', today(), today());
      const before = await flow();
      await app.page.locator('.tile', { hasText: word('cooked', language) }).first().waitFor();
      await watchTaps(app);
      await app.page.locator('.tile', { hasText: word('cooked', language) }).first().click();
      await typeKeys(app, 25);
      await lookOver(app, 'cooked');
      await axe(app, 'cooked');
      await button(app, 'record').click();
      await until('cooked', async () => Number((await flow()).good) === Number(before.good || 0) + 25);
      await tapped(app, 'cooked');
      await receipt(app);
      await app.context.setOffline(true);
      await watchTaps(app);
      await app.page.locator('.tile', { hasText: word('ate', language) }).first().click();
      await typeKeys(app, 21);
      await button(app, 'record').click();
      await app.page.getByText(word('will_be_sent', language)).first().waitFor();
      await tapped(app, 'ate');
      await app.context.setOffline(false);
      await until('eaten', async () => Number((await flow()).served || 0) === Number(before.served || 0) + 21);
    });
  }

  await test('cooked a second time comes on top, and says so; the day’s number is corrected on its sheet', async ({ open }) => {
    const app = await open('kitchen_operator');
    const cooked = async () => Number((await flowOf(app, PLACE, 'cooked_packet', today(), today())).good || 0);
    const before = await cooked();
    await app.page.locator('.tile', { hasText: word('cooked') }).first().click();
    await app.page.locator('dialog', { hasText: word('adds_to_it').replace('{n}', before) }).waitFor();
    await lookOver(app, 'cooked again');
    await app.page.locator('dialog a', { hasText: word('other_day_correct') }).click();
    await app.page.locator('input[name="cooked_packet|good"]:focus').waitFor();
    await typeKeys(app, 130);
    await app.page.locator('.sheet-record .button').click();
    await until('130 in all', async () => await cooked() === 130);
  });

  await test('yesterday’s food: one tap on a face; the officer reads it', async ({ open }) => {
    const app = await open('kitchen_operator', { language: 'hi' });
    await app.page.locator('.faces').waitFor();
    await watchTaps(app);
    await app.page.locator('.faces button', { hasText: word('how_so_so', 'hi') }).click();
    const officer = await open('supply_officer');
    const ratings = async () => (await api(officer, 'Distribution/ListRatings', { place: 'sonbhadra', from: daysAgo(1), to: today() })).ratings || [];
    const [rating] = await until('the opinion', async () => (await ratings()).length && ratings());
    await tapped(app, 'how it was', 1);
    await officer.page.locator('[data-opinions]', { hasText: `${word('how_so_so')} 1` }).waitFor();
    same(`${rating.place} ${rating.item} ${rating.how}`, `${PLACE} cooked_packet HOW_WAS_IT_SO_SO`, 'what is kept');
    await app.page.reload();
    await app.page.locator('.faces .chosen', { hasText: word('how_so_so', 'hi') }).waitFor();
  });

  await test('got from a donor: three taps and the number', async ({ open }) => {
    const app = await open('kitchen_operator');
    const before = await stockOf(app, PLACE, 'oil');
    await app.page.locator('.tile', { hasText: word('got_bought') }).waitFor();
    await watchTaps(app);
    await app.page.locator('.tile', { hasText: word('got_bought') }).click();
    await app.page.locator('.sheet-row[data-row="oil"] .sheet-name').click();
    await typeKeys(app, 4);
    await app.page.locator('.sheet-record .button').click();
    await until('the oil', async () => await stockOf(app, PLACE, 'oil') === before + 4000);
    await tapped(app, 'got');
  });
});
