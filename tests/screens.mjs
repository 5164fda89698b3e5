/* screens.mjs - a picture of every screen, to be looked at: each role's, on a phone and a desk, in three languages, light and dark.
 * Use:    make screens; or with a running Rasad: RASAD_URL=... RASAD_LOGINS=... node tests/screens.mjs FOLDER; ONLY=<pattern> chooses
 *         by "role screen".
 * Makes:  FOLDER/<screen>/<language>-<size>-<light|dark>.png, and FOLDER/<screen>.png, all twelve side by side. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CHROMIUM, loginOf, SCREENS, signIn, URL_BASE } from './browser/lib.mjs';

const { chromium } = createRequire(pathToFileURL(resolve('tests/browser/lib.mjs')))('playwright-core');
const folder = resolve(process.argv[2] || 'build/screens');
const only = process.env.ONLY && new RegExp(process.env.ONLY);
const SIZES = { phone: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }, desk: { viewport: { width: 1280, height: 800 } } };
const LANGUAGES = { en: 'en-IN', hi: 'hi-IN', fa: 'fa-IR' };
const SETTLED_MS = 500;
const HEIGHT_MAX = 2200; // of a long list the first part tells

// Each screen once, as the first role that has it sees it; every role's home; the page before signing in.
const seen = new Set();
const wanted = [[null, 'sign-in', '']];
for (const [role, names] of Object.entries(SCREENS)) {
  wanted.push([role, `home-${role}`, 'home']);
  for (const name of [...names, 'needs', 'entries']) if (!seen.has(name)) { seen.add(name); wanted.push([role, name, name]); }
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
let pictures = 0;
const chosen = wanted.filter(([role, name]) => !only || only.test(`${role} ${name}`));
const roles = [...new Set(chosen.map(([role]) => role))];
for (const [size, device] of Object.entries(SIZES)) {
  for (const [language, locale] of Object.entries(LANGUAGES)) {
    for (const role of roles) {
      const context = await browser.newContext({ ...device, locale, timezoneId: 'Asia/Kolkata', reducedMotion: 'reduce' });
      await context.addInitScript(code => localStorage.setItem('language', code), language);
      const page = await context.newPage();
      await page.goto(URL_BASE + '/');
      if (role) await signIn({ page }, loginOf(role));
      for (const [, name, hash] of chosen.filter(each => each[0] === role)) {
        await page.evaluate(to => { location.hash = to; }, '#/' + hash);
        await page.waitForTimeout(SETTLED_MS);
        await page.waitForFunction(() => !document.querySelector('.loading'), null, { timeout: 8000 }).catch(() => {});
        mkdirSync(join(folder, name), { recursive: true });
        for (const scheme of ['light', 'dark']) {
          await page.emulateMedia({ colorScheme: scheme });
          await page.evaluate(() => { document.activeElement?.blur(); scrollTo(0, 0); });
          await page.waitForTimeout(150);
          const height = Math.min(HEIGHT_MAX, Math.max(device.viewport.height, await page.evaluate(() => document.documentElement.scrollHeight)));
          await page.screenshot({ path: join(folder, name, `${language}-${size}-${scheme}.png`), fullPage: true, clip: { x: 0, y: 0, width: device.viewport.width, height } });
          pictures++;
        }
      }
      await context.close();
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
