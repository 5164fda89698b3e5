/* links.js - the links of slips sent from this phone. The token is made here, so that the slip can be printed without a
 * line; the server hears of it once it knows the slip. The last KEPT are kept, to print a slip again.
 * Owns:  localStorage "slip-links": {slip: {token, told}} */
import { call } from './api.js';
import { outbox } from './outbox.js';

const KEPT = 200;
const read = () => JSON.parse(localStorage.getItem('slip-links') || '{}');
const write = links => localStorage.setItem('slip-links', JSON.stringify(Object.fromEntries(Object.entries(links).slice(-KEPT))));

/** The token of a slip's link; a new one where this phone has none. */
export function linkToken(slip) {
  const links = read();
  if (!links[slip]) {
    const token = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32)))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
    write({ ...links, [slip]: { token, told: false } });
  }
  return read()[slip].token;
}

export const linkAddress = slip => `${location.origin}/s/#${linkToken(slip)}`;
export const linkTold = slip => Boolean(read()[slip]?.told);

/** Tells the server: the same again is the same link. Throws as call does. */
export async function tellLink(slip) {
  await call('Distribution/MakeSlipLink', { slip, token: linkToken(slip) });
  write({ ...read(), [slip]: { token: linkToken(slip), told: true } });
}

/** No link is good any more; the next one is new. */
export async function endLinks(slip) {
  await call('Distribution/EndSlipLinks', { slip });
  const { [slip]: ended, ...rest } = read();
  write(rest);
}

let telling = false;
outbox.subscribe(async () => {
  if (telling) return;
  telling = true;
  for (const [slip, link] of Object.entries(read())) {
    if (link.told || !outbox.entries.some(entry => entry.slip === slip && entry.method === 'Distribution/Send' && entry.state === 'recorded')) continue;
    await tellLink(slip).catch(() => {}); // without a line: with the next change, or when the slip is printed
  }
  telling = false;
});
