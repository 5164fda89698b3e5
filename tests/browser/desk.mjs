/* desk.mjs - the help line, the auditor, the inspector and the administrator: each one's day in a real Chromium. How to run it: lib.mjs. */
import { writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { words } from '../../web/src/words.js';
import {
  api, axe, button, DESK, fail, freeRow, itemsOf, lookOver, me, PHONE, receipt, record, same, show, stockOf, suite, test, today, type, until, word,
} from './lib.mjs';

const text = locator => locator.innerText().then(each => each.replace(/\s+/g, ' ').trim());
const uuid = () => crypto.randomUUID();
const find = async (app, what) => {
  await show(app, 'caller');
  await app.page.locator('.find input').fill(what);
  await app.page.locator('.find button').click();
};

await suite(async () => {
  await test('help line: a caller is found by number, her work is entered, the digits are read back and found again', async ({ open }) => {
    const desk = await open('helpline', { device: DESK });
    const people = (await api(desk, 'Registry/ListPeople', { place: (await me(desk)).place, limit: 500 })).people;
    const manager = people.find(person => person.roles.some(role => role.role === 'ROLE_CLUSTER_MANAGER') && person.phone) || fail('no manager with a phone');
    const digits = manager.phone.replace(/\D/g, '').slice(-10);
    const devanagari = digits.replace(/\d/g, digit => String.fromCharCode(0x966 + Number(digit)));
    await find(desk, devanagari);
    await desk.page.getByText(manager.name, { exact: true }).waitFor();
    await button(desk, 'enter_for_her').click();
    await desk.page.locator('.acting').waitFor();
    await show(desk, 'made');
    const row = await freeRow(desk);
    await type(desk, row, 'good', '9');
    await record(desk);
    const code = await receipt(desk);
    await desk.page.getByText(word('read_to_caller')).waitFor();
    await show(desk, 'home');
    await button(desk, 'end_call').click();
    await find(desk, code);
    const card = desk.page.locator('.card', { hasText: words.method_Production_LogOutput[0] }).first();
    await card.waitFor();
    if (!/\b9\b/.test(await text(card)) || !(await text(card)).includes(manager.code)) fail(await text(card));
    const wrong = code.slice(0, 4) + (Number(code[4]) + 1) % 10;
    await find(desk, wrong);
    await desk.page.getByText(word('reason_BAD_FORMAT')).waitFor();
  });

  await test('help line: who waits for a call: a number, a manager by her own wish; reached, the note is gone', async ({ open }) => {
    const desk = await open('helpline', { device: DESK });
    await find(desk, '9415 000 111');
    await desk.page.getByRole('button', { name: new RegExp(word('call_back')) }).click();
    await desk.page.locator('dialog input').fill('food packets');
    await button(desk, 'note_it').click();
    await desk.page.locator('.card', { hasText: 'food packets' }).waitFor();

    const phone = await open('cluster_manager');
    await phone.page.locator('.who').click();
    await button(phone, 'call_me').click();
    await phone.page.getByText(word('will_be_called')).waitFor();
    const name = (await me(phone)).name;
    await show(desk, 'home');
    await show(desk, 'caller');
    const hers = desk.page.locator('.card', { hasText: name });
    await hers.getByRole('button', { name: word('not_reached'), exact: true }).click();
    await until('a try is counted', async () => (await text(hers)).includes(word('n_tries').replace('{n}', '1').replace(/\{(\w+)\|\w+\}/, '$1')));
    await hers.getByRole('button', { name: word('reached'), exact: true }).click();
    await until('the note is gone', async () => await hers.count() === 0);
    same((await api(desk, 'Registry/ListCallBacks', {})).waiting.length, 1, 'waiting');
  });

  await test('auditor: twenty drawn, drawn again by the number, answers kept; a mark compared', async ({ open }) => {
    const app = await open('auditor', { device: DESK });
    await show(app, 'journal');
    await button(app, 'draw_20').click();
    const drawn = app.page.locator('.section', { hasText: word('drawn_by').split('{')[0].trim() }).locator('.entry');
    await until('drawn', async () => await drawn.count() > 0);
    const sequences = () => drawn.locator('summary .big').allInnerTexts();
    await app.page.waitForTimeout(400);
    const first = await sequences();
    if (first.length < 2 || new Set(first).size !== first.length) fail(`drawn: ${first}`);
    await drawn.first().getByRole('radio', { name: word('differs') }).click();
    const { hash } = new URL(app.page.url());
    await app.page.goto('about:blank');
    await app.page.goto(new URL('/' + hash, process.env.RASAD_URL || 'http://localhost:8080').href);
    await until('drawn again', async () => (await drawn.count()) === first.length);
    same(await sequences(), first, 'the same entries');
    same(await drawn.first().getByRole('radio', { name: word('differs') }).getAttribute('aria-checked'), 'true', 'the answer is kept');

    const head = await api(app, 'Reports/GetHead', {});
    const mark = [...atob(head.hash)].map(char => char.charCodeAt(0).toString(16).padStart(2, '0')).join('');
    await app.page.getByText(word('compare_mark')).click();
    const compare = app.page.locator('details', { hasText: word('compare_mark') });
    await compare.locator('input').nth(0).fill(String(head.sequence));
    await compare.locator('input').nth(1).fill(mark.slice(0, 16).toUpperCase().replace(/(.{4})/g, '$1 '));
    await compare.getByRole('button').click();
    await app.page.getByText(word('mark_same')).waitFor();
    await compare.locator('input').nth(1).fill((mark[0] === '0' ? '1' : '0') + mark.slice(1, 16));
    await compare.getByRole('button').click();
    await app.page.getByText(word('mark_differs')).waitFor();
  });

  await test('inspector: two sacks of a group looked at together, the draw shared out, one tap says what becomes of them', async ({ open }) => {
    const manager = await open('cluster_manager');
    const { place } = await me(manager);
    const item = (await itemsOf(manager)).find(view => view.item.check === 'CHECK_INSPECTOR' && view.inputs?.length)?.item.code || fail('nothing is checked here');
    const groups = (await api(manager, 'Registry/ListPlaces', { parent: place, limit: 100 })).places.filter(each => each.kind === 'group');
    const group = groups[groups.length - 1].code;
    for (const good of ['60', '40']) {
      await api(manager, 'Production/LogOutput', { requestId: uuid(), workDate: today(), lines: [{ place: group, item, good, membersAtWork: 4 }] });
      await api(manager, 'Production/HandIn', { requestId: uuid(), day: today(), to: place, lines: [{ place: group, item, good }] });
    }
    const app = await open('inspector', { device: PHONE });
    const rows = (await api(app, 'Quality/ListUnchecked', { place: (await me(app)).place, limit: 500 })).rows.filter(row => row.maker === group && row.item === item);
    if (rows.length < 2) fail(`${rows.length} sacks wait`);
    const total = rows.reduce((sum, row) => sum + Number(row.quantity), 0);
    const before = await stockOf(app, place, item);
    await show(app, 'unchecked');
    const card = app.page.locator('.card', { has: app.page.locator('.tick') }).filter({ hasText: String(total) }).first();
    await card.getByRole('button', { name: word('check_it') }).click();
    const plan = await api(app, 'Quality/GetPlan', { lotSize: String(total), lot: rows[0].lot });
    await app.page.locator('.draw').waitFor();
    if (!plan.everyPiece) {
      const shares = (await app.page.locator('.shares b').allInnerTexts()).map(Number);
      same(shares.reduce((sum, n) => sum + n, 0), plan.sample, 'drawn of all sacks');
    }
    await button(app, 'all_fine').click();
    await record(app);
    await receipt(app);
    await until('all of it is stock', async () => await stockOf(app, place, item) === before + total);
  });

  await test('administrator: a person gets work, a PIN and a phone; the digits enrol it; she is forgotten', async ({ open }) => {
    const app = await open('administrator', { device: DESK });
    const { place } = await me(app);
    const village = (await api(app, 'Registry/ListPlaces', { parent: place, kind: 'village_organisation', allBelow: true, limit: 5 })).places?.[0]?.code
      || (await api(app, 'Registry/ListPlaces', { parent: place, allBelow: true, limit: 5 })).places[0].code;
    const code = 'rekha' + Date.now() % 100000;
    await api(app, 'Registry/AddPeople', { requestId: uuid(), lines: [{ code, name: 'Rekha Devi', phone: '+91 94150 77777', roles: [{ role: 'ROLE_CLUSTER_MANAGER', place: village }] }] });
    await show(app, 'people');
    const person = app.page.locator('.person', { hasText: 'Rekha Devi' });
    await person.locator('summary').first().click();
    await person.locator('.inline').first().locator('input').fill('۴۸۲۱');
    await person.getByRole('button', { name: word('set_pin') }).first().click();
    await app.page.getByText(word('password_set')).first().waitFor();
    await app.page.getByText(word('share_phone')).click();
    const form = app.page.locator('details.form', { hasText: word('share_phone') });
    await form.locator('input.text').fill('test-phone');
    await form.locator('.tick', { hasText: 'Rekha Devi' }).locator('input').check();
    await form.getByRole('button', { name: word('make_digits') }).click();
    const digits = (await app.page.locator('.claim-code').innerText()).replace(/\D/g, '');
    same(digits.length, 8, 'digits');
    const deviceKey = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');
    await api(app, 'Registry/ClaimDevice', { claimCode: digits, deviceKey });
    const names = await api(app, 'Registry/ListNames', { deviceKey });
    same(names.people.map(each => each.name), 'Rekha Devi', 'names on the phone');
    await app.page.locator('dialog').getByRole('button').first().click();
    await person.getByText(word('forget_person')).click();
    await person.locator(`input[placeholder="${code}"]`).fill(code);
    await person.locator('details', { hasText: word('forget_person') }).getByRole('button', { name: word('record'), exact: true }).click();
    await receipt(app);
    same((await api(app, 'Registry/ListNames', { deviceKey })).people?.length || 0, 0, 'names after');
  });

  await test('administrator: places from a spreadsheet: all that is wrong is shown, then they are added, and again changes nothing', async ({ open }) => {
    const app = await open('administrator', { device: DESK });
    const { place } = await me(app);
    const kinds = (await api(app, 'Registry/ListKinds', {})).kinds;
    const kind = kinds.find(each => each.code === 'village_organisation')?.code || kinds[0].code;
    const parent = (await api(app, 'Registry/ListPlaces', { parent: place, limit: 5 })).places[0].code;
    const file = join(mkdtempSync(join(tmpdir(), 'rasad-sheet-')), 'places.csv');
    const rows = n => Array.from({ length: n }, (_, i) => `new-vo-${i},${kind},${parent},"Village, number ${i}",ग्राम ${i},روستا ${i},,,${i + 900},,,${i ? '' : '09AAAFX1234K1Z4'},,,`);
    const heading = 'code,kind,parent,name_en,name_hi,name_fa,latitude,longitude,register_number,lgd_code,gln,gstin,members,phone,calendar';
    const choose = async lines => {
      writeFileSync(file, '\ufeff' + [heading, ...lines].join('\r\n') + '\r\n');
      await app.page.locator('input[type=file]').setInputFiles(file);
    };
    await show(app, 'places');
    await app.page.getByText(word('places_from_file')).click();
    await choose([...rows(3), `bad code,${kind},${parent},x,,,,,,,,,,,`, `new-x,no-such-kind,${parent},x,,,,,,,,,,,`]);
    await until('two rows are wrong', async () => await app.page.locator('.refused-rows li').count() === 2);
    if (!(await text(app.page.locator('.refused-rows'))).includes(word('row_n').replace('{n}', '5'))) fail('the row is not named');
    await choose(rows(3));
    await app.page.getByRole('button', { name: word('add_n_places').replace('{n}', '3') }).click();
    await app.page.getByText(word('all_places_stand')).waitFor();
    same((await api(app, 'Registry/GetPlace', { place: 'new-vo-1' })).name.en, 'Village, number 1', 'name');
    same((await api(app, 'Registry/GetPlace', { place: 'new-vo-0' })).gstin, '09AAAFX1234K1Z4', 'gstin');
    const { sequence } = await api(app, 'Reports/GetHead', {});
    await choose(rows(3));
    await app.page.getByText(word('all_places_stand')).waitFor();
    same((await api(app, 'Reports/GetHead', {})).sequence, sequence, 'nothing new');
    await show(app, 'places?place=new-vo-1');
    await app.page.getByText(word('change_place'), { exact: true }).click();
    const change = app.page.locator('details.form', { hasText: word('field_register') });
    await change.locator('input').nth(0).fill('Village one');
    await change.getByLabel(word('field_gstin')).fill('27aapfu0939f1zv');
    await change.getByRole('button', { name: word('record'), exact: true }).click();
    await receipt(app);
    same((await api(app, 'Registry/GetPlace', { place: 'new-vo-1' })).name.en, 'Village one', 'new name');
    same((await api(app, 'Registry/GetPlace', { place: 'new-vo-1' })).gstin, '27AAPFU0939F1ZV', 'new number');
  });

  await test('administrator: the tax code of an item', async ({ open }) => {
    const app = await open('administrator');
    await show(app, 'items');
    const card = app.page.locator('.card', { hasText: 'sanitizer_isopropanol' });
    const button = card.getByRole('button', { name: word('record'), exact: true });
    await card.getByText(word('set_hsn')).click();
    await card.locator('input').fill('38089');
    if (await button.isEnabled()) fail('five digits are no code');
    await card.locator('input').fill('३८०८९४');
    await button.click();
    await card.getByText('380894').waitFor();
    same((await api(app, 'Registry/ListItems', {})).items.find(view => view.item.code === 'sanitizer_isopropanol').hsn, '380894', 'hsn');
  });

  for (const [role, screen] of [['helpline', 'caller'], ['auditor', 'journal?draw=12345678&of=40'], ['inspector', 'unchecked'], ['administrator', 'people'], ['administrator', 'places']]) {
    for (const language of ['en', 'hi', 'fa']) {
      await test(`${role}, ${screen.split('?')[0]}, ${language}: all open, on a phone`, async ({ open }) => {
        const app = await open(role, { language });
        await show(app, screen);
        await app.page.waitForTimeout(400);
        await app.page.evaluate(() => document.querySelectorAll('main details').forEach(each => { each.open = true; }));
        await app.page.waitForTimeout(200);
        await lookOver(app, screen);
        await axe(app, screen);
      });
    }
  }
});
