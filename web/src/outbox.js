/* outbox.js - entries: kept on the phone before they are sent, sent in order, each under one id however often.
 * States:  waiting -> recorded | refused.  "waiting" leaves the phone only with a receipt or a refusal.
 * Flow:    record() writes the exact body and the entry's times into IndexedDB; HOLD_MS later (until then she may undo)
 *          flush() sends all that wait, of every author, one tab at a time (Web Lock).
 * Authors: the outbox is the phone's. An entry goes with its author's session where that is the one at hand, else with the
 *          entry token she got when she last signed in on this enrolled phone; else it waits for her.
 * Why:     the id is made once, with the entry; the server answers the same id the same, so a lost reply costs nothing. */
import { call, clock, newId, newRequestId, NoAnswer } from './api.js';
import { addEntry, allEntries, changeEntry, clearKept, deleteEntry, getPhone, putEntry, putPhone } from './db.js';

const RETRY_MS = [2000, 5000, 15000, 60000];
const TRIES_OF_A_FAILING_ENTRY = 6; // then a person looks at it, and the next may go
const KEEP_MS = 40 * 86400000;
const DAY_MS = 86400000;
const HOLD_MS = Number(localStorage.getItem('hold-ms') ?? 10000); // she may undo; a desk may set it to 0
const LEASE_MS = 30000;             // of the tab that sends, where there are no Web Locks

let entries = [];
let person = null;        // who is at the phone, {person, name}
let live = null;          // whose session the server takes
let failures = 0;
let timer = 0;
let sending = null;       // id of the entry on its way
const listeners = new Set();
const channel = 'BroadcastChannel' in self ? new BroadcastChannel('outbox') : null;
if (channel) channel.onmessage = () => load();
else addEventListener('storage', event => { if (event.key === 'outbox') load(); });

export const outbox = {
  get entries() { return entries; },
  get sending() { return sending; },
  unkept: null,           // {entry, error, choose}: the disk is full, a person says what becomes of it
  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

/** Thrown by record() where the numbers stay on the sheet. */
export class NotKept extends Error {}
addEventListener('unhandledrejection', event => { if (event.reason instanceof NotKept) event.preventDefault(); });

function changed(tell = true) {
  entries = [...entries];
  listeners.forEach(listener => listener());
  if (!tell) return;
  if (channel) channel.postMessage('changed');
  else setItem('outbox', newId());
}

async function load() {
  const onDisk = await allEntries();
  const seen = new Set(onDisk.map(entry => entry.id));
  entries = [...onDisk, ...entries.filter(entry => entry.loose && !seen.has(entry.id))].sort((a, b) => a.sequence - b.sequence);
  // What the server recorded long before what it recorded last may go: its clock counts, not the phone's.
  const latest = Math.max(0, ...entries.map(entry => Number(entry.receipt?.serverTimeMs || 0)));
  for (const entry of entries) if (entry.state === 'recorded' && Number(entry.receipt.serverTimeMs) < latest - KEEP_MS) deleteEntry(entry.id);
  changed(false);
}

function setItem(key, text) {
  try { localStorage.setItem(key, text); } catch { /* a full disk */ }
}

let ownName = null;
export function deviceName() {
  ownName = localStorage.getItem('device') || ownName || newId();
  if (!localStorage.getItem('device')) setItem('device', ownName);
  return ownName;
}

const numbers = {};
export function nextNumber(what) {
  const next = numbers[what] = Math.max(Number(localStorage.getItem(what) || 0), numbers[what] || 0) + 1;
  setItem(what, String(next));
  return next;
}

// ---- what an entry is doing

/** Still hers to undo. A clock that was set back holds nothing. */
export const isHeld = entry => entry.state === 'waiting' && !entry.sentMs && Date.now() < entry.heldUntilMs && Date.now() >= entry.madeMs - 1000;
/** On the phone for longer than a day, or since another age of its clock. */
export const isOld = entry => entry.state === 'waiting' && Math.abs(Date.now() - entry.madeMs) > DAY_MS;

/** When it was made, by the server's clock as far as it was known then. */
export const momentOf = entry => entry.madeMs + (entry.aheadMs || 0);

const bodies = new WeakMap();
/** What an entry says, read out of the text that is sent. */
export function bodyOf(entry) {
  if (!bodies.has(entry)) bodies.set(entry, JSON.parse(entry.text));
  return bodies.get(entry);
}

// ---- keeping

/** Keeps an entry: {method, body, word, who, labels, ...}; resolves when it is on the phone's disk. */
export async function record({ body, ...entry }) {
  const id = newRequestId();
  const made = {
    ...entry,
    id,
    text: JSON.stringify({ requestId: id, ...body }),
    person: person?.person,
    personName: person?.name,
    device: deviceName(),
    state: 'waiting',
    tries: 0,
    madeMs: Date.now(),
    aheadMs: clock.aheadMs,
    heldUntilMs: Date.now() + HOLD_MS,
    offsetMin: -new Date().getTimezoneOffset(),
  };
  if (!await keep(made)) return full(made);
  navigator.storage?.persist?.().then(kept => setItem('persisted', kept ? 'yes' : 'no')).catch(() => {});
  show(made);
  setTimeout(flush, HOLD_MS);
  return id;
}

function show(entry) {
  entries = [...entries.filter(each => each.id !== entry.id), entry];
  changed();
}

/** What was only read may be read again: it makes room for what was entered. */
async function keep(entry) {
  for (const makeRoom of [null, clearKept]) {
    try {
      await makeRoom?.();
      await addEntry(entry);
      return true;
    } catch { /* full, or a disk that fails */ }
  }
  return false;
}

/** The disk took nothing. Asks: send it at once, put it into a file, or leave the numbers on the sheet. */
function full(entry) {
  entry.sequence ||= nextNumber('device-sequence');
  entry.loose = true;
  entry.heldUntilMs = 0;
  return new Promise((resolve, reject) => {
    const end = then => { outbox.unkept = null; then(); changed(false); };
    const taken = () => end(() => { show(entry); resolve(entry.id); flush(); });
    outbox.unkept = {
      entry,
      leave: () => end(() => reject(new NotKept())),
      filed: taken,
      async send() {
        Object.assign(entry, await outcomeOf(entry, await credentialsOf(entry)), { unsent: true });
        if (entry.state !== 'waiting') taken();
        else changed(false);
      },
    };
    changed(false);
  });
}

/** Takes it back before it left: it was never there. False: it is on its way. */
export async function undo(entry) {
  const left = await changeEntry(entry.id, kept => kept.state === 'waiting' && !kept.sentMs ? null : undefined);
  if (left !== null) return false;
  entries = entries.filter(each => each.id !== entry.id);
  changed();
  return true;
}

/** Who waits for the answer does not wait for the undo. */
export async function release(id) {
  const held = entries.find(each => each.id === id);
  if (held && isHeld(held)) await save(held, { heldUntilMs: 0 });
  return flush();
}

/** Resolves once the entry is recorded or refused. */
export function settled(id) {
  release(id);
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
  if (!next.loose || change.state) await putEntry(next).then(() => { delete next.loose; }, () => { next.loose = true; });
  entries = entries.map(each => each.id === entry.id ? next : each);
  changed();
}

export const markSeen = entry => save(entry, { seen: true });
export const sendAgain = entry => save(entry, { state: 'waiting', tries: 0, refusals: null }).then(flush);

// ---- sending

/** The headers that say whose entry this is and when it was made, the same each time it is sent. */
export function headersOf(entry) {
  const headers = {
    'rasad-channel': entry.onBehalfOf ? 'help_line' : 'app',
    'rasad-device': entry.device,
    'rasad-device-time': String(Math.max(0, entry.madeMs)),
    'rasad-device-offset': String(entry.offsetMin),
    'rasad-device-sequence': String(entry.sequence),
  };
  if (entry.onBehalfOf) headers['rasad-on-behalf-of'] = entry.onBehalfOf;
  return headers;
}

/** The author's session, or her token on this phone; null: she must sign in first. */
async function credentialsOf(entry) {
  const own = { 'rasad-person': entry.person };
  if (entry.person === live) return own;
  const token = (await getPhone('person:' + entry.person).catch(() => null))?.entryToken;
  return token ? { ...own, authorization: `Bearer ${token}` } : null;
}

const isReceipt = answer => /^\d{5}$/.test(answer?.receiptCode);

/** What the server says: a change of the entry. {} where nothing is known; {stranger} where it does not know her. */
export async function outcomeOf(entry, headers) {
  if (!headers) return { stranger: true };
  try {
    const receipt = await call(entry.method, entry.text, { ...headersOf(entry), ...headers });
    if (!isReceipt(receipt)) throw new NoAnswer('no receipt', 'stranger');
    return { state: 'recorded', receipt, refused: Number(receipt.refused || 0), settledMs: Date.now(), error: null };
  } catch (error) {
    const lost = error instanceof NoAnswer;
    if (!lost && error.code === 'unauthenticated') return { stranger: true };
    // A failure inside a service is tried again, but one entry must not hold up the others for ever.
    const failing = lost && (error.code === 'internal' || error.code === 'unknown');
    const tries = entry.tries + (failing ? 1 : 0);
    if (lost && tries < TRIES_OF_A_FAILING_ENTRY) return { tries };
    return { state: 'refused', tries, message: error.message, refusals: error.refusals || [], settledMs: Date.now(), error: null };
  }
}

/** Whom the server does not take: her session or her token has ended. True: there is another by now, or a token left. */
async function gone(author, headers) {
  if (headers?.authorization) {
    const row = await getPhone('person:' + author);
    if (row?.entryToken && !headers.authorization.endsWith(row.entryToken)) return true; // she signed in meanwhile
    await putPhone('person:' + author, { ...row, entryToken: '' });
    return false;
  }
  if (!headers || author !== live) return false;
  live = null;
  dispatchEvent(new Event('signed-out'));
  return true;
}

/** Sends one entry: 'settled'; 'stranger', hers wait for her; 'lost', nothing is known. */
async function send(entry) {
  // Marked on the disk before it leaves: from here on no tab may undo it.
  const marked = entry.loose ? entry : await changeEntry(entry.id, kept => kept.state === 'waiting' ? { ...kept, sentMs: Date.now() } : undefined).catch(() => entry);
  if (!marked) return 'settled'; // undone, or settled by another tab
  sending = entry.id;
  changed(false);
  try {
    for (;;) {
      const headers = await credentialsOf(entry);
      const { stranger, ...change } = await outcomeOf(entry, headers);
      if (stranger && await gone(entry.person, headers)) continue;
      if (change.state || change.tries !== entry.tries) await save({ ...entry, sentMs: Date.now() }, change);
      return stranger ? 'stranger' : change.state ? 'settled' : 'lost';
    }
  } finally {
    sending = null;
    changed(false);
  }
}

async function sendAll() {
  await load();
  const strangers = new Set();
  for (;;) {
    const entry = entries.find(each => each.state === 'waiting' && !isHeld(each) && !strangers.has(each.person));
    if (!entry) { failures = 0; return; }
    const outcome = await send(entry);
    if (outcome === 'stranger') strangers.add(entry.person);
    if (outcome === 'lost') { failures++; return load(); }
    if (outcome === 'settled') { failures = 0; await load(); } // the line carries: the next loss is the first again
    renewLease();
  }
}

// ---- one tab at a time

let lease = null;
const leaseOf = () => (localStorage.getItem('outbox-lease') || ' 0').split(' ');
function renewLease() { if (lease) setItem('outbox-lease', `${lease} ${Date.now()}`); }

/** A tab that finds another at it leaves the work to it: a lease in localStorage is less than a lock, and enough, since the
 *  same id twice counts once. */
async function withLease(work) {
  const [holder, at] = leaseOf();
  if (holder && Math.abs(Date.now() - Number(at)) < LEASE_MS) { failures ||= 1; return; }
  lease = newId();
  renewLease();
  try {
    await new Promise(resolve => setTimeout(resolve, 60));
    if (leaseOf()[0] === lease) await work();
  } finally {
    if (leaseOf()[0] === lease) localStorage.removeItem('outbox-lease');
    lease = null;
  }
}

let running = null;

/** Sends what waits; one at a time over all tabs. */
export function flush() {
  clearTimeout(timer);
  const locked = navigator.locks ? () => navigator.locks.request('outbox', sendAll) : () => withLease(sendAll);
  running = (running || Promise.resolve()).then(locked).catch(() => { failures++; }).then(() => {
    clearTimeout(timer);
    if (failures) timer = setTimeout(flush, RETRY_MS[Math.min(failures, RETRY_MS.length) - 1]);
  });
  return running;
}

/** From now on she is at the phone, {person, name}; null: nobody. `signedIn`: the server has a session of hers. */
export async function startOutbox(who, signedIn) {
  person = who;
  live = signedIn ? who.person : null;
  await load();
  flush();
}

addEventListener('online', flush);
// Who leaves the screen has looked at it: nothing is held for her.
document.addEventListener('visibilitychange', async () => {
  if (document.visibilityState === 'hidden') for (const entry of entries.filter(isHeld)) await save(entry, { heldUntilMs: 0 });
  flush();
});

// ---- a file of what waits

const FILE_KIND = 'rasad-entries';
const FILE_FIELDS = ['id', 'method', 'text', 'person', 'personName', 'onBehalfOf', 'device', 'sequence', 'madeMs', 'aheadMs', 'offsetMin', 'word', 'labels', 'texts', 'items'];

/** Gives the entries out of the phone as a file, to be shared or put on a card; they stay on the phone too. */
export async function saveFile(list) {
  const text = JSON.stringify({
    kind: FILE_KIND, version: 1, device: deviceName(), savedMs: Date.now(),
    entries: list.map(entry => Object.fromEntries(FILE_FIELDS.filter(field => entry[field] !== undefined).map(field => [field, entry[field]]))),
  });
  const name = `rasad-${deviceName().slice(0, 24)}-${new Date().toISOString().slice(0, 16).replace(/\D/g, '')}.json`;
  const file = new File([text], name, { type: 'application/json' });
  if (matchMedia('(pointer: coarse)').matches && navigator.canShare?.({ files: [file] })) {
    try { return await navigator.share({ files: [file] }); } catch (error) { if (error.name === 'AbortError') return undefined; }
  }
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(file), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  return undefined;
}

/** The entries of such a file; null: it is none. */
export function readFile(text) {
  try {
    const file = JSON.parse(text);
    const fits = entry => /^[A-Z]\w+\/[A-Z]\w+$/.test(entry.method) && JSON.parse(entry.text).requestId === entry.id && entry.person;
    return file.kind === FILE_KIND && file.version === 1 && file.entries.every(fits) ? file : null;
  } catch { return null; }
}
