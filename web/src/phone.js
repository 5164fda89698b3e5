/* phone.js - an enrolled phone: whose names it shows, their PINs, and getting in with or without a line.
 * Owns:   row "device" {key, code} and rows "person:<code>" {hash, salt, entryToken, wrong, wrongMs} of store phone.
 * Rule:   a PIN is checked here, against a slow hash, only to open what is on the phone; what the server has it gives to a
 *         session, which is got with the PIN as typed as soon as there is a line. The PIN itself is never kept.
 * Names:  as the server last gave them; the page of names works without a line. */
import { call, newId, NoAnswer, read, Refused } from './api.js';
import { getPhone, putPhone } from './db.js';
import { connected, enter, session, sessionChanged, showNames } from './session.js';

export const PIN_MIN = 4, PIN_MAX = 6;
const TRIES = 5;                    // wrong PINs, then she waits
const WAIT_MS = 60000, WAIT_MS_MAX = 300000;
const SLOW_HASH_ROUNDS = 300000;    // about a second on a cheap phone
const AWAY_MS = 600000;             // a phone that lay so long asks who it is

/** people: [{code, name}] where this phone is enrolled, else null. */
export const phone = { people: null, code: '', key: '' };

export async function startPhone() {
  const device = await getPhone('device').catch(() => null);
  if (device) Object.assign(phone, device);
  learnNames();
}

const secret = () => btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32)))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
const personRow = async code => await getPhone('person:' + code) || {};
const change = async (code, values) => putPhone('person:' + code, { ...await personRow(code), ...values });

// ---- enrolling

/** Who uses the phone, as the administrator has it now. */
export async function learnNames() {
  if (!phone.key) return;
  try {
    const { people, device } = await read('Registry/ListNames', { deviceKey: phone.key });
    Object.assign(phone, { people: people || [], code: device });
    await putPhone('device', { ...phone });
    sessionChanged();
  } catch (error) {
    if (error instanceof NoAnswer) return;
    // The key has ended: the phone was enrolled again, or taken back. Entries stay; their authors sign in with passwords.
    Object.assign(phone, { people: null, code: '', key: '' });
    await putPhone('device', undefined);
    if (session.state === 'names') session.state = 'out';
    sessionChanged();
  }
}

/** With the key of the administrator's picture, or with the digits she reads out. Throws what the server says. */
export async function enrol({ key, digits }) {
  const mine = key || (sessionStorage.getItem('claim') || secret());
  if (digits) {
    sessionStorage.setItem('claim', mine); // the same again, should the answer be lost
    await call('Registry/ClaimDevice', { claimCode: digits, deviceKey: mine });
    sessionStorage.removeItem('claim');
  }
  const { people, device } = await read('Registry/ListNames', { deviceKey: mine });
  Object.assign(phone, { people: people || [], code: device, key: mine });
  await putPhone('device', { ...phone });
  localStorage.setItem('device', device);
  await showNames();
}

// ---- PINs

async function slowHash(pin, salt) {
  const bytes = text => new TextEncoder().encode(text);
  const key = await crypto.subtle.importKey('raw', bytes(pin), 'PBKDF2', false, ['deriveBits']);
  const bits = await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: bytes(salt), iterations: SLOW_HASH_ROUNDS }, key, 256);
  return btoa(String.fromCharCode(...new Uint8Array(bits)));
}

/** How long she waits after so many wrong ones; a clock that jumps neither helps nor locks out. */
export async function waitOf(code) {
  const { wrong = 0, wrongMs = 0 } = await personRow(code);
  const wait = wrong < TRIES ? 0 : Math.min(WAIT_MS_MAX, WAIT_MS * 2 ** (wrong - TRIES));
  const gone = Date.now() - wrongMs;
  return gone >= 0 && gone < wait ? wait - gone : 0;
}

let typed = null; // {code, pin}: until the server has taken it; gone with the page

/** Opens the phone for her: 'in'; 'wrong'; 'wait'; 'no_line', she was never here and nobody can be asked. */
export async function openWithPin(code, pin) {
  if (await waitOf(code)) return 'wait';
  const { hash, salt } = await personRow(code);
  if (hash && crypto.subtle && await slowHash(pin, salt) === hash) {
    await change(code, { wrong: 0 });
    typed = { code, pin };
    await enter(code, false);
    connect();
    return 'in';
  }
  typed = { code, pin };
  const answer = await signInHere();
  if (answer === 'in') {
    await enter(code, true);
  } else if (answer === 'wrong' || hash) {
    typed = null;
    await change(code, { wrong: (await personRow(code)).wrong + 1 || 1, wrongMs: Date.now() });
    return await waitOf(code) ? 'wait' : 'wrong';
  }
  return answer;
}

async function signInHere() {
  const { code, pin } = typed;
  try {
    const { person, entryToken } = await call('Registry/SignIn', { login: code, pin, deviceKey: phone.key }, { 'rasad-cookie': '1', 'rasad-person': '', 'rasad-device': phone.code });
    if (person !== code) return 'no_line'; // a stranger answered
    const salt = newId();
    const hash = crypto.subtle ? { salt, hash: await slowHash(pin, salt) } : {};
    await change(code, { ...hash, entryToken, wrong: 0 });
    typed = null;
    return 'in';
  } catch (error) {
    if (!(error instanceof Refused)) return 'no_line';
    return /resource_exhausted/.test(error.code) ? 'wait' : 'wrong';
  }
}

/** She is in with what the phone has; now the server too, or as soon as there is a line. */
async function connect() {
  if (!typed || typed.code !== session.me?.person) return;
  const answer = await signInHere();
  if (answer === 'in') {
    await connected();
  } else if (answer === 'wrong') { // another PIN was set meanwhile
    const { code } = typed;
    typed = null;
    await change(code, { hash: '', entryToken: '' });
    session.expired = true;
    sessionChanged();
  } else {
    setTimeout(connect, 15000);
  }
}
addEventListener('online', () => { connect(); learnNames(); });
addEventListener('signed-out', () => connect());

// ---- a phone that lay

export function touched() {
  try { localStorage.setItem('touched', String(Date.now())); } catch { /* a full disk */ }
}
export const wasTouched = () => Math.abs(Date.now() - Number(localStorage.getItem('touched') || 0)) < AWAY_MS;

addEventListener('pointerdown', touched, true);
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible' && phone.people && session.state === 'in' && !wasTouched()) another();
});

/** Somebody else takes the phone. */
export function another() {
  typed = null;
  return showNames();
}
