/* outbox.js - entries: kept on the phone before they are sent, sent in order, each under one id however often.
 * States:  waiting -> recorded | refused.  "waiting" leaves the phone only with a receipt or a refusal.
 * Flow:    record() puts the entry into IndexedDB, then flush() sends all that wait, one tab at a time (Web Lock).
 * Why:     the id is made once, with the entry; the server answers the same id the same, so a lost reply costs nothing. */
import { call, newId, NoAnswer } from './api.js';
import { allEntries, deleteEntry, putEntry } from './db.js';

const RETRY_MS = [2000, 5000, 15000, 60000];
const TRIES_OF_A_FAILING_ENTRY = 6; // then a person looks at it, and the next may go
const KEEP_DAYS = 40;

let entries = [];
let person = null;        // whose session this is: only her entries are sent
let failures = 0;
let timer = 0;
let sending = null;       // id of the entry on its way
const listeners = new Set();
const channel = 'BroadcastChannel' in self ? new BroadcastChannel('outbox') : null;
if (channel) channel.onmessage = () => load();

export const outbox = {
  get entries() { return entries; },
  get sending() { return sending; },
  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

function changed(tell = true) {
  entries = [...entries];
  listeners.forEach(listener => listener());
  if (tell) channel?.postMessage('changed');
}

async function load() {
  const old = Date.now() - KEEP_DAYS * 86400000;
  entries = (await allEntries()).sort((a, b) => a.sequence - b.sequence);
  for (const entry of entries) if (entry.state === 'recorded' && entry.madeMs < old) deleteEntry(entry.id);
  changed(false);
}

export function deviceName() {
  let name = localStorage.getItem('device');
  if (!name) localStorage.setItem('device', name = newId());
  return name;
}

export function nextNumber(what) {
  const next = Number(localStorage.getItem(what) || 0) + 1;
  localStorage.setItem(what, String(next));
  return next;
}

/** Keeps an entry: {method, body, word, who, labels, ...}; resolves when it is on the phone's disk. */
export async function record(entry) {
  const kept = {
    ...entry,
    id: newId(),
    person,
    state: 'waiting',
    tries: 0,
    madeMs: Date.now(),
    offsetMin: -new Date().getTimezoneOffset(),
    sequence: nextNumber('device-sequence'),
  };
  await putEntry(kept);
  if (!entries.some(each => each.id === kept.id)) entries.push(kept);
  changed();
  flush();
  return kept.id;
}

/** Resolves once the entry is recorded or refused. */
export function settled(id) {
  return new Promise(resolve => {
    const look = () => {
      const entry = entries.find(each => each.id === id);
      if (entry?.state === 'waiting') return;
      stop();
      resolve(entry);
    };
    const stop = outbox.subscribe(look);
    look();
  });
}

async function save(entry, change) {
  const next = { ...entry, ...change };
  await putEntry(next);
  entries = entries.map(each => each.id === entry.id ? next : each);
  changed();
}

export const markSeen = entry => save(entry, { seen: true });
export const sendAgain = entry => save(entry, { state: 'waiting', tries: 0, refusals: null }).then(flush);

function headersOf(entry) {
  const headers = {
    'rasad-channel': entry.onBehalfOf ? 'help_line' : 'app',
    'rasad-device': deviceName(),
    'rasad-device-time': String(entry.madeMs),
    'rasad-device-offset': String(entry.offsetMin),
    'rasad-device-sequence': String(entry.sequence),
  };
  if (entry.onBehalfOf) headers['rasad-on-behalf-of'] = entry.onBehalfOf;
  return headers;
}

/** Sends one entry. True: it is settled, the next may go. */
async function send(entry) {
  sending = entry.id;
  changed(false);
  try {
    const receipt = await call(entry.method, { requestId: entry.id, ...entry.body }, headersOf(entry));
    await save(entry, { state: 'recorded', receipt, refused: Number(receipt.refused || 0), settledMs: Date.now() });
    return true;
  } catch (error) {
    const lost = error instanceof NoAnswer;
    if (!lost && error.code === 'unauthenticated') {
      window.dispatchEvent(new Event('signed-out'));
      return false;
    }
    // A failure inside a service is tried again, but one entry must not hold up the others for ever.
    const tries = entry.tries + (lost && error.code === 'offline' ? 0 : 1);
    if (!lost || ((error.code === 'internal' || error.code === 'unknown') && tries >= TRIES_OF_A_FAILING_ENTRY)) {
      await save(entry, { state: 'refused', tries, message: error.message, refusals: error.refusals || [], settledMs: Date.now() });
      return true;
    }
    await save(entry, { tries });
    return false;
  } finally {
    sending = null;
    changed(false);
  }
}

async function sendAll() {
  await load();
  for (;;) {
    const entry = entries.find(each => each.state === 'waiting' && each.person === person);
    if (!entry) { failures = 0; return; }
    if (!await send(entry)) { failures++; return; }
    failures = 0;
  }
}

let running = null;

/** Sends what waits; one at a time over all tabs. */
export function flush() {
  clearTimeout(timer);
  if (!person) return Promise.resolve();
  const locked = navigator.locks ? () => navigator.locks.request('outbox', sendAll) : sendAll;
  running = (running || Promise.resolve()).then(locked).catch(() => { failures++; }).then(() => {
    clearTimeout(timer);
    if (failures) timer = setTimeout(flush, RETRY_MS[Math.min(failures, RETRY_MS.length) - 1]);
  });
  return running;
}

/** From now on this person's entries are sent; null: none. */
export async function startOutbox(who) {
  person = who;
  await load();
  flush();
}

addEventListener('online', flush);
document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') flush(); });
