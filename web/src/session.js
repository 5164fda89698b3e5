/* session.js - who is at the phone, where she works, what things are called; reads with what the phone kept of them.
 * Owns:  me (GetMe), items, names of places seen, the chosen role, the person a help-line operator enters for.
 * Rule:  a read shows first what was kept, then what the server says; numbers that are not fresh are marked. What is kept
 *        is kept by person: nobody sees another's. */
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks';
import { asker, call, clock, NoAnswer, read, readNew, Refused } from './api.js';
import { allKept, clearKept, getKept, pruneKept, putKept } from './db.js';
import { addDays, dayAt, nameOf, onLanguage, setProgramme } from './i18n.js';
import { concerns, gather } from './hints.js';
import { deviceName, flush, outbox, startOutbox } from './outbox.js';
import { phone, startPhone, touched, wasTouched } from './phone.js';
import { readsOfToday } from './today.js';

export const session = {
  state: 'starting',   // starting; out; names: an enrolled phone asks who it is; in
  expired: false,      // in, but the server wants the password or PIN again
  me: null,
  roleIndex: 0,
  items: [],
  acting: null,        // {person, name, roles, places}: the help line enters for her
  online: navigator.onLine,
};
const places = new Map();  // code -> {code, name, kind, behaviour, ...} as seen
const listeners = new Set();

export function sessionChanged() { listeners.forEach(listener => listener()); }

function useRedraw(subscribe) {
  const [, redraw] = useReducer(count => count + 1, 0);
  useLayoutEffect(() => subscribe(redraw), []); // at once: what changes before the first paint must be seen too
}
const subscribe = listener => { listeners.add(listener); return () => listeners.delete(listener); };
export const useSession = () => { useRedraw(subscribe); return session; };
export const useLanguage = () => useRedraw(onLanguage);
export const useOutbox = () => { useRedraw(listener => outbox.subscribe(listener)); return outbox; };

// Who writes after midnight writes of the day that ended: until four in the morning "today" is yesterday.
const DAY_BEGINS_MS = 4 * 3600000;
/** The server's clock, as far as the phone knows it. */
export const nowMs = () => Date.now() + clock.aheadMs;
export const workDay = ms => dayAt(ms - DAY_BEGINS_MS);
export const today = () => workDay(nowMs());

const who = () => session.acting || session.me;
export const currentRole = () => {
  const roles = who()?.roles || [];
  return roles[session.acting ? 0 : session.roleIndex] || roles[0] || { role: 'ROLE_UNKNOWN', place: '' };
};
export const roleWord = role => 'role_' + String(role).replace('ROLE_', '').toLowerCase();
/** Code of the place of the role she works in. */
export const here = () => currentRole().place || '';
export const personCode = () => session.me?.person || '';

export function rememberPlace(place) {
  if (place?.code) places.set(place.code, { ...places.get(place.code), ...place });
}
export const placeOf = code => places.get(code) || { code };

/** Has the place lines of its own of a day: what came to it, what it gave? Of a maker that hands in, its taker has them. */
export const keepsDay = code => {
  const { makes, holds, serves } = placeOf(code).behaviour || {};
  return Boolean(code) && !(makes && !holds && !serves);
};

/** The name of a place; of one never seen the code, and the name as soon as the server has said it. */
export function placeName(code) {
  const place = places.get(code);
  if (!place && code && !wanted.has(code) && session.state === 'in') {
    wanted.add(code);
    lookUp = lookUp.then(() => read('Registry/GetPlace', { place: code })).then(found => { rememberPlace(found); sessionChanged(); }).catch(() => {});
  }
  return nameOf(place?.name, code);
}
const wanted = new Set();  // codes asked for, once each
let lookUp = Promise.resolve();

export const itemOf = code => session.items.find(view => view.item.code === code)?.item || { code };
export const itemName = code => nameOf(itemOf(code).name, code);
export const viewOf = code => session.items.find(view => view.item.code === code);
export const goods = () => session.items.filter(view => view.item.class !== 'ITEM_CLASS_MONEY');

/** Items somebody makes: with a recipe or paid by piece. */
export function madeItems() {
  const made = goods().filter(view => view.inputs?.length || Number(view.ratePerPiece) > 0);
  return made.length ? made : goods();
}
/** The item last written on the sheet of what was made. */
export const madeItem = () => (madeItems().find(view => view.item.code === localStorage.getItem('item:made')) || madeItems()[0])?.item.code;
/** Items that go into others: given out to makers. */
export function inputItems() {
  const inputs = new Set(session.items.flatMap(view => (view.inputs || []).flatMap(input => [input.item, ...(input.alternatives || [])])));
  const given = goods().filter(view => inputs.has(view.item.code) || view.item.usedUpOnIssue);
  return given.length ? given : goods();
}

// ---- signing in and out

const keyOf = key => `${asker.person} ${key}`;  // what is kept is hers alone

function take(me) {
  session.me = me;
  if (me.offsetMin !== undefined) setProgramme(me.offsetMin);
  try { localStorage.setItem('help-phone', me.helpPhone || ''); } catch { /* a full disk */ }
  session.roleIndex = Math.min(Number(localStorage.getItem(`role:${me.person}`) || 0), Math.max(0, (me.roles || []).length - 1));
  (me.places || []).forEach(rememberPlace);
}

// The server's clock as last heard: a phone may be years off, and a week without a line.
clock.aheadMs = Number(localStorage.getItem('clock-ahead') || 0);
clock.heard = serverMs => {
  const ahead = serverMs - Date.now();
  if (Math.abs(ahead - clock.aheadMs) < 2000) return;
  clock.aheadMs = ahead;
  try { localStorage.setItem('clock-ahead', String(ahead)); } catch { /* a full disk */ }
  sessionChanged();
};

/** The help line's number, as last heard: who can not sign in needs it most. */
export const helpPhone = () => localStorage.getItem('help-phone') || '';

const keep = (key, value) => putKept(keyOf(key), value).catch(() => {}); // no room: then the next read shows it

async function refreshMe() {
  const me = await read('Registry/GetMe', {});
  take(me);
  session.expired = false;
  await keep('me', me);
  session.items = (await read('Registry/ListItems', {})).items || [];
  await keep('items', session.items);
}

const KEEP_READS_MS = 40 * 86400000;

/** What the phone has of a person; false: she never was here. */
async function open(person) {
  asker.person = person;
  const me = await getKept(keyOf('me')).catch(() => null);
  memory.clear();
  places.clear();
  session.items = await getKept(keyOf('items')).catch(() => null) || [];
  for (const place of await getKept(keyOf('places')).catch(() => null) || []) rememberPlace(place);
  Object.assign(session, { acting: null, expired: false });
  if (me) take(me);
  return Boolean(me);
}

/** She is in, with what the phone has of her; the server is asked as soon as it can be. */
export async function enter(person, signedIn) {
  if (!await open(person)) await refreshMe();
  localStorage.setItem('person', person);
  touched();
  await startOutbox(session.me, signedIn).catch(() => {});
  session.state = 'in';
  sessionChanged();
  if (signedIn) await connected();
}

/** The server knows her: everything for today comes onto the phone, what waits leaves it. */
export async function connected() {
  try {
    await refreshMe();
  } catch (error) {
    notSignedIn(error);
    return flush();
  }
  sessionChanged();
  startOutbox(session.me, true);
  return fetchToday();
}

function notSignedIn(error) {
  if (error instanceof Refused && error.code === 'unauthenticated') dispatchEvent(new Event('signed-out'));
}

/** Starts with what the phone kept, then asks the server. */
export async function start() {
  pruneKept(Date.now() - KEEP_READS_MS).catch(() => {});
  await startPhone();
  const person = localStorage.getItem('person');
  const here = person && (!phone.people || wasTouched());
  if (here && await open(person)) {
    await startOutbox(session.me, true).catch(() => {});
    session.state = 'in';
    sessionChanged();
    return connected();
  }
  if (phone.people) return showNames();
  session.state = 'out';
  sessionChanged();
  return startOutbox(null);
}

/** By name and password; on an enrolled phone too, for who has no PIN. */
export async function signIn(login, password) {
  const answer = await call('Registry/SignIn', { login, password }, { 'rasad-cookie': '1', 'rasad-person': '', 'rasad-device': deviceName() });
  if (!answer.person) throw new NoAnswer('', 'stranger');
  if (!phone.people && localStorage.getItem('person') !== answer.person) await clearKept();
  await enter(answer.person, true);
}

/** Nobody is at the phone; what waits on it stays and goes. */
async function leave(state) {
  await startOutbox(null);
  memory.clear();
  places.clear();
  asker.person = '';
  localStorage.removeItem('person');
  Object.assign(session, { state, expired: false, me: null, acting: null, items: [] });
  location.hash = '';
  sessionChanged();
}

export const showNames = () => leave('names');

export async function signOut() {
  await call('Registry/SignOut', {}).catch(() => {});
  await clearKept().catch(() => {});
  await leave(phone.people ? 'names' : 'out');
}

export function chooseRole(index) {
  session.roleIndex = index;
  localStorage.setItem(`role:${session.me.person}`, String(index));
  sessionChanged();
}

export function actFor(person) {
  session.acting = person;
  sessionChanged();
}

addEventListener('signed-out', () => { session.expired = true; sessionChanged(); });
for (const event of ['online', 'offline']) {
  addEventListener(event, () => {
    session.online = navigator.onLine;
    sessionChanged();
    if (session.online && session.state === 'in') connected();
  });
}

// ---- reads

const memory = new Map();  // key -> {data, atMs}
const watchers = new Set();

/** What a hint concerns is read again; without one all that is live. */
export function somethingChanged(hint) {
  gather(hint?.data, topics => watchers.forEach(load => concerns(load.method, topics) && load()));
}

function learn(data) {
  let learned = false;
  for (const place of data.places || []) { rememberPlace(place); learned = true; }
  for (const row of [...(data.rows || []), ...(data.requests || []), ...(data.questions || [])]) {
    if (row.name && typeof row.name === 'object' && row.place) rememberPlace({ code: row.place, name: row.name });
    if (row.placeName && row.place) rememberPlace({ code: row.place, name: row.placeName });
    if (row.makerName && row.maker) rememberPlace({ code: row.maker, name: row.makerName });
  }
  for (const each of data.shipments || []) {
    rememberPlace({ code: each.from, name: each.fromName });
    rememberPlace({ code: each.to, name: each.toName });
  }
  if (learned) keep('places', [...places.values()]);
}

const PAGES_MAX = 20;

/** A read with all its pages put together; `list` names the repeated field. Without data: it is still what `known` marks. */
async function readAll(method, request, list, known) {
  const first = await readNew(method, request, known);
  if (!first.data) return first;
  let page = first.data;
  for (let pages = 1; list && page.next && page.next !== '0' && pages < PAGES_MAX; pages++) {
    page = await read(method, { ...request, after: page.next });
    first.data[list] = [...(first.data[list] || []), ...(page[list] || [])];
    first.etag = null; // it marks one page
  }
  if (list) first.data.cut = Boolean(page.next && page.next !== '0');
  return first;
}

const readKey = (method, request) => `${method} ${JSON.stringify(request)}`;

const AT_ONCE_MS = 20;
const underWay = new Map();  // what several parts of a page ask in one breath is asked once
function refresh(method, request, list, looked) {
  const key = keyOf(readKey(method, request));
  const same = underWay.get(key);
  if (same && performance.now() - same.since < AT_ONCE_MS) return same.answer;
  const now = { since: performance.now(), answer: refreshNow(method, request, list, looked) };
  underWay.set(key, now);
  now.answer.catch(() => {}).then(() => { if (underWay.get(key) === now) underWay.delete(key); });
  return now.answer;
}

/** Asks for what changed, and keeps it: {data, atMs, etag, ...}. */
async function refreshNow(method, request, list, looked) {
  const key = readKey(method, request);
  const whose = keyOf(key);
  const atMs = Date.now();
  const had = memory.get(key) || await getKept(whose).catch(() => null);
  const got = await readAll(method, request, list, had?.data && had.etag);
  const now = { ...had, ...looked, method, request, list, etag: got.etag, data: got.data || had.data, atMs };
  if (whose !== keyOf(key)) return now; // somebody else is at the phone by now
  learn(now.data);
  memory.set(key, now);
  putKept(whose, now).catch(() => {});
  return { ...now, bytes: got.bytes };
}

export async function ask(method, request, list) {
  const { data } = await readAll(method, request, list);
  learn(data);
  return data;
}

// What has nothing to show yet. A page made of several parts shows itself when none is left, so that nothing jumps.
const awaited = new Set();
export const expect = what => awaited.add(what);
export const arrived = what => awaited.delete(what);

const FIRST_LOOK_MS = 1500; // longer than that a part may come late and push

let wasThere = false; // once it was, the phone has something for every part: it shows at once

/** True once everything on the page has something to show, or has taken too long. */
export function useAllThere() {
  const [there, setThere] = useState(wasThere);
  useEffect(() => {
    if (there) return undefined;
    const until = performance.now() + FIRST_LOOK_MS;
    let quiet = 0, frame = 0;
    const look = () => {
      quiet = awaited.size ? 0 : quiet + 1; // two quiet frames: what came may itself ask for more
      if (quiet > 2 || performance.now() > until) setThere(wasThere = true);
      else frame = requestAnimationFrame(look);
    };
    frame = requestAnimationFrame(look);
    return () => cancelAnimationFrame(frame);
  }, []);
  return there;
}

const AT_ONCE = 3;
const TODAY_BYTES_MAX = 100 * 1024;
const LEARN_MS = 7 * 86400000;
let fetching = null;

/** What she needs for today, onto the phone: what her role's screens show, then what she looked at these days. */
function fetchToday() {
  fetching ||= (async () => {
    const who = asker.person;
    const seen = await allKept(who + ' ');
    const looked = seen.map(([, kept]) => kept).filter(kept => kept.askedMs > Date.now() - LEARN_MS && kept.method)
      .map(kept => [kept.method, JSON.parse(JSON.stringify(kept.request).replaceAll(kept.askedDay, today())), kept.list]);
    const wanted = [...new Map([...readsOfToday(), ...looked].map(each => [readKey(each[0], each[1]), each])).values()];
    let bytes = 0;
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      while (wanted.length && bytes < TODAY_BYTES_MAX && who === asker.person) {
        const got = await refresh(...wanted.shift()).catch(error => { if (error instanceof NoAnswer) wanted.length = 0; });
        bytes += got?.bytes || 0;
      }
    }));
  })().catch(() => {}).then(() => { fetching = null; });
  return fetching;
}

const SLOW_MS = 4000; // then what is shown is marked as of before

/** {data, stale, error, reload}. A request of null waits. Options: list (pages together), live (again at each hint). */
export function useRead(method, request, { list, live } = {}) {
  const key = request && readKey(method, request);
  const [, redraw] = useReducer(count => count + 1, 0);
  const state = useRef({}).current;
  if (state.key !== key) Object.assign(state, { key, error: null, stale: true }, memory.has(key) && { ...memory.get(key), of: key });

  useEffect(() => {
    if (!key) return;
    let gone = false;
    const show = change => { if (!gone) { Object.assign(state, change); redraw(); } arrived(show); };
    if (!memory.has(key)) expect(show);
    // What another request was answered bridges the moment until this one is; for an answer it never stands.
    const failed = error => show({ error, stale: true, ...(state.of !== key && { data: undefined }) });
    const load = async () => {
      const slow = setTimeout(() => failed(new NoAnswer('slow')), SLOW_MS);
      try {
        const kept = await refresh(method, request, list, { askedMs: Date.now(), askedDay: today() });
        show({ data: kept.data, atMs: kept.atMs, of: key, stale: false, error: null });
      } catch (error) {
        notSignedIn(error);
        failed(error);
      } finally {
        clearTimeout(slow);
      }
    };
    if (!memory.has(key)) {
      getKept(keyOf(key)).then(kept => {
        if (kept && !memory.has(key)) { memory.set(key, kept); show({ data: kept.data, atMs: kept.atMs, of: key }); }
      }).catch(() => {});
    }
    load();
    state.reload = load;
    if (live) watchers.add(Object.assign(load, { method }));
    return () => { gone = true; arrived(show); watchers.delete(load); };
  }, [key]);

  return { data: state.key === key ? state.data : undefined, stale: state.stale, atMs: state.atMs, error: state.error, reload: state.reload,
    offline: state.error instanceof NoAnswer };
}

/** Hints of the server that something changed; the data come by ordinary reads. */
export function listenToEvents() {
  let source = null;
  const open = () => {
    if (source && (session.state !== 'in' || session.expired)) { source.close(); source = null; }
    if (source || session.state !== 'in' || session.expired || !navigator.onLine) return;
    source = new EventSource('/events');
    source.onmessage = somethingChanged;
    source.addEventListener('feed', somethingChanged);
    source.onerror = () => {
      if (source?.readyState === EventSource.CLOSED) { source = null; setTimeout(open, 10000); }
    };
  };
  open();
  listeners.add(open);
  addEventListener('online', open);
  // What this phone itself recorded shows at once, feed or no feed.
  let recorded = 0;
  outbox.subscribe(() => {
    const now = outbox.entries.filter(entry => entry.state !== 'waiting').length;
    if (now !== recorded) somethingChanged();
    recorded = now;
  });
}

// ---- small states of screens

/** True on a wide screen. */
export function useWide(minWidth = 760) {
  const query = useRef(matchMedia(`(min-width: ${minWidth}px)`)).current;
  const [wide, setWide] = useState(query.matches);
  useEffect(() => {
    const change = () => setWide(query.matches);
    query.addEventListener('change', change);
    return () => query.removeEventListener('change', change);
  }, []);
  return wide;
}

export const isTouch = () => matchMedia('(pointer: coarse)').matches;

/** First and last day of the last so many days. */
export const lastDays = count => ({ from: addDays(today(), 1 - count), to: today() });
