/* days.mjs - each role's day from signing in to done, three times: with a line, without one (the phone is used, closed and opened
 * again before there is a line), and with the line cut after the commit, before its answer. Whatever happens, each entry stands in
 * the journal exactly once. How to run it: lib.mjs. */
import {
  ask, axe, button, fail, freeRow, me, record, same, show, suite, test, today, type, until, WAIT_MS, word,
} from './lib.mjs';

const SETTLE_MS = 45000; // an entry waits some seconds on the phone to be undone, and a lost answer for the next try
const uuid = () => crypto.randomUUID();

// ---- the services, beside the app

const placeOf = async role => (await ask(role, 'Registry/GetMe', {})).roles[0].place;

/** The entries of a person after a sequence, by method. */
async function entriesSince(sequence, actor) {
  const found = [];
  for (let after = sequence; ;) {
    const page = await ask('auditor', 'Reports/ListEntries', { after: String(after), limit: 200 });
    for (const { entry } of page.entries || []) if (entry.header.actor === actor) found.push(entry);
    if (!Number(page.next)) return found;
    after = page.next;
  }
}

// ---- the phone

/** What the outbox holds, as it stands on the phone's disk. */
const outbox = app => app.page.evaluate(() => new Promise((resolve, reject) => {
  const open = indexedDB.open('rasad');
  open.onerror = () => reject(open.error);
  open.onsuccess = () => {
    const all = open.result.transaction('entries').objectStore('entries').getAll();
    all.onsuccess = () => { open.result.close(); resolve(all.result.map(({ id, method, state, receipt, refused }) => ({ id, method, state, receipt, refused }))); };
  };
}));

async function settled(app, count) {
  const end = Date.now() + SETTLE_MS;
  for (;;) {
    const entries = await outbox(app);
    if (entries.length >= count && entries.every(entry => entry.state === 'recorded' || entry.state === 'refused')) return entries;
    if (Date.now() > end) fail(`still on the phone: ${JSON.stringify(entries.map(({ method, state }) => [method, state]))}`);
    await app.page.waitForTimeout(250);
  }
}

/** Opens every screen of the day once, as anybody does in the morning with a line; then they are on the phone. */
async function lookAt(app, screens) {
  for (const screen of screens) { await show(app, screen); await app.page.waitForTimeout(250); }
  await app.page.waitForFunction(() => navigator.serviceWorker?.controller, null, { timeout: WAIT_MS });
}

const firstRow = async app => { await app.page.locator('.sheet-row').first().waitFor(); return app.page.locator('.sheet-row').first().getAttribute('data-row'); };
const kept = async (app, count) => until(`${count} entries on the phone`, async () => (await outbox(app)).length >= count);

// ---- the days: which screens, what has to stand before, what is done, which methods are to stand once each

const DAYS = {
  cluster_manager: {
    screens: ['home', 'made', 'handed', 'gave', 'count'],
    methods: ['Production/LogOutput', 'Production/HandIn', 'Materials/Issue', 'Materials/Count'],
    async work(app) {
      await show(app, 'made');
      await type(app, await freeRow(app), 'good', '14');
      await record(app);
      await kept(app, 1);
      await show(app, 'handed');
      await type(app, await firstRow(app), 'good', '5');
      await record(app);
      await kept(app, 2);
      await show(app, 'gave');
      await type(app, await firstRow(app), 'quantity', '3');
      await record(app);
      await kept(app, 3);
      await show(app, 'count');
      await type(app, await firstRow(app), 'counted', '70');
      await record(app);
    },
  },
  store_keeper: {
    screens: ['home', 'came', 'count'],
    methods: ['Materials/Receive', 'Materials/Count'],
    async work(app) {
      await show(app, 'came');
      await type(app, await firstRow(app), 'quantity', '120');
      await record(app);
      await kept(app, 1);
      await show(app, 'count');
      await type(app, await firstRow(app), 'counted', '900');
      await record(app);
    },
  },
  inspector: {
    screens: ['home', 'unchecked'],
    methods: ['Quality/Inspect'],
    async before() { // a sack that waits
      const place = await placeOf('cluster_manager');
      const item = (await ask('cluster_manager', 'Registry/ListItems', {})).items.find(view => view.item.check === 'CHECK_INSPECTOR' && view.inputs?.length).item.code;
      const group = (await ask('cluster_manager', 'Registry/ListPlaces', { parent: place, limit: 50 })).places.find(each => each.kind === 'group').code;
      await ask('cluster_manager', 'Production/LogOutput', { requestId: uuid(), workDate: today(), lines: [{ place: group, item, good: '30', membersAtWork: 3 }] });
      await ask('cluster_manager', 'Production/HandIn', { requestId: uuid(), day: today(), to: place, lines: [{ place: group, item, good: '30' }] });
    },
    async prepare(app) { // she opens it while there is a line: the draw is on her phone
      await show(app, 'unchecked');
      await app.page.getByRole('button', { name: word('check_it') }).first().click();
      await app.page.locator('.draw').waitFor();
    },
    async work(app) {
      await button(app, 'all_fine').click();
      await record(app);
    },
  },
  supply_officer: {
    screens: ['home', 'decide'],
    methods: ['Distribution/Approve'],
    async before() { // a kitchen asks for more than its quota
      const place = await placeOf('kitchen_operator');
      const item = (await ask('kitchen_operator', 'Registry/ListItems', {})).items.find(each => each.item.class === 'ITEM_CLASS_GOODS' && !each.inputs?.length && !each.item.usedUpOnIssue).item;
      await ask('kitchen_operator', 'Distribution/Request', { requestId: uuid(), place, day: today(), lines: [{ item: item.code, quantity: String(7 * Number(item.displayFactor || 1)) }] });
    },
    async work(app) {
      await show(app, 'decide');
      await app.page.locator('[data-request]').first().getByRole('button', { name: new RegExp('^' + word('give')) }).click();
    },
  },
  kitchen_operator: {
    screens: ['home', 'cooked', 'served'],
    methods: ['Production/LogOutput', 'Distribution/Serve'],
    async work(app) {
      await show(app, 'cooked');
      await type(app, await firstRow(app), 'good', '60');
      await record(app);
      await kept(app, 1);
      await show(app, 'served');
      const row = await firstRow(app);
      await type(app, row, 'quantity', '55');
      await type(app, row, 'people', '50');
      await record(app);
    },
  },
  helpline: {
    screens: ['home', 'caller'],
    methods: ['Production/LogOutput'],
    async prepare(app) { // the caller is found while there is a line, her sheet is open; then the line goes
      const { name } = await ask('cluster_manager', 'Registry/GetMe', {});
      await show(app, 'caller');
      await app.page.locator('.find input').fill(name);
      await app.page.locator('.find button').click();
      await button(app, 'enter_for_her').click();
      await app.page.locator('.acting').waitFor();
      await show(app, 'made');
      await firstRow(app);
    },
    async work(app) {
      await type(app, await freeRow(app), 'good', '8');
      await record(app);
    },
  },
  administrator: {
    screens: ['home', 'places', 'people'],
    methods: ['Registry/AddPlaces'],
    async work(app) {
      await show(app, 'places');
      const form = app.page.locator('details.form', { hasText: word('add_place') }).first();
      await form.locator('summary').click();
      await form.locator('input').nth(0).fill('A new village');
      await form.getByRole('radio').nth(3).click();
      await form.locator('input[maxlength="24"]').fill('day-' + Date.now() % 1000000);
      await form.getByRole('button', { name: word('record'), exact: true }).click();
    },
  },
};

/** The line is cut behind the commit: each command arrives, and its first answer does not. */
async function cutAnswers(app, methods) {
  const cut = new Set();
  await app.page.route(/\/rasad\.v1\.(\w+\/\w+)$/, async route => {
    const method = /\/rasad\.v1\.(\w+\/\w+)$/.exec(route.request().url())[1];
    const id = route.request().method() === 'POST' && /"requestId":"([^"]+)"/.exec(route.request().postData() || '')?.[1];
    if (!methods.includes(method) || !id || cut.has(id)) return route.continue();
    cut.add(id);
    await route.fetch();
    return route.abort();
  });
  return cut;
}

await suite(async () => {
  for (const [role, day] of Object.entries(DAYS)) {
    for (const line of ['a line', 'no line', 'answers that are lost']) {
      await test(`${role}'s day, with ${line}`, async ({ open }) => {
        await day.before?.();
        const app = await open(role, line === 'answers that are lost' ? { device: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, serviceWorkers: 'block' } } : {});
        const { person } = await me(app);
        const { sequence } = await ask('auditor', 'Reports/GetHead', {});
        if (line === 'answers that are lost') for (const screen of day.screens) await show(app, screen);
        else await lookAt(app, day.screens);
        await day.prepare?.(app);
        const cut = line === 'answers that are lost' ? await cutAnswers(app, day.methods) : null;
        if (line === 'no line') await app.context.setOffline(true);
        await day.work(app);
        await kept(app, day.methods.length);
        if (line === 'no line') {
          const waiting = await outbox(app);
          if (waiting.some(entry => entry.state === 'recorded')) fail('recorded without a line');
          await app.page.reload(); // the phone was put away
          await app.page.locator('.shell').waitFor();
          same((await outbox(app)).length, waiting.length, 'entries after the phone was put away');
          await app.context.setOffline(false);
        }
        const entries = await settled(app, day.methods.length);
        const bad = entries.filter(entry => entry.state !== 'recorded' || entry.refused);
        if (bad.length) fail(`refused: ${JSON.stringify(bad)}`);
        for (const entry of entries) if (!/^\d{5}$/.test(entry.receipt?.receiptCode || '')) fail(`${entry.method} has no receipt number`);
        const stands = await entriesSince(sequence, person);
        same(stands.map(entry => entry.header.method).sort(), entries.map(entry => entry.method).sort(), 'entries of the journal');
        for (const method of day.methods) if (!stands.some(entry => entry.header.method === method)) fail(`${method} is not in the journal`);
        if (cut && cut.size < day.methods.length) fail(`${cut.size} answers were lost, ${day.methods.length} should have been`);
        await show(app, 'entries');
        await axe(app, 'my entries');
      });
    }
  }

  await test("auditor's day, with no line: what was seen with one is there, and says from when", async ({ open }) => {
    const app = await open('auditor');
    await lookAt(app, ['journal', 'flow']);
    const shown = await app.page.locator('main').innerText();
    await app.context.setOffline(true);
    await show(app, 'journal');
    await app.page.locator('.entry').first().waitFor();
    await app.page.getByText(word('as_of').split('{')[0].trim()).first().waitFor();
    if (!shown) fail('nothing was shown');
  });
});
