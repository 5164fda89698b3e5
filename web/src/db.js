/* db.js - what the phone keeps: entries on their way, answers of reads, who uses the phone, and drafts.
 * Owns:  IndexedDB "rasad": entries (by id), kept (key -> value, may be thrown away), phone (key -> value: the enrolled
 *        device, its people, the number of the last entry); localStorage "draft:..." (written at each keystroke).
 * Why:   drafts are in localStorage because its writes are done when the call returns, also when the page is killed. */

let opened;

function open() {
  opened ||= new Promise((resolve, reject) => {
    const request = indexedDB.open('rasad', 2);
    request.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion < 1) {
        request.result.createObjectStore('entries', { keyPath: 'id' });
        request.result.createObjectStore('kept');
      }
      if (oldVersion < 2) request.result.createObjectStore('phone');
    };
    request.onsuccess = () => {
      const db = request.result;
      db.onversionchange = db.onclose = () => { opened = null; db.close(); };
      resolve(db);
    };
    request.onerror = () => { opened = null; reject(request.error); };
  });
  return opened;
}

/** Runs one transaction; done when it is on disk. `act` gets the stores and may give a request whose result is wanted. */
async function run(names, mode, act) {
  const db = await open();
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(names, mode, mode === 'readwrite' ? { durability: 'strict' } : undefined);
    const request = act(...[names].flat().map(name => transaction.objectStore(name)));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error || request?.error || new Error('not kept'));
  });
}

export const allEntries = () => run('entries', 'readonly', store => store.getAll());
export const putEntry = entry => run('entries', 'readwrite', store => store.put(entry));
export const deleteEntry = id => run('entries', 'readwrite', store => store.delete(id));

/** A new entry gets its number, one after the other over all tabs, in the transaction that keeps it. */
export async function addEntry(entry) {
  await run(['entries', 'phone'], 'readwrite', (entries, phone) => {
    const last = phone.get('sequence');
    last.onsuccess = () => {
      entry.sequence = (last.result || 0) + 1;
      phone.put(entry.sequence, 'sequence');
      entries.put(entry);
    };
  });
  return entry;
}

/** Changes an entry as it stands on the disk: `change` gets it and gives the new one, null to delete it, or undefined to
 *  leave it. Gives what it gave. */
export async function changeEntry(id, change) {
  let given;
  await run('entries', 'readwrite', store => {
    const request = store.get(id);
    request.onsuccess = () => {
      given = request.result && change(request.result);
      if (given) store.put(given);
      else if (given === null) store.delete(id);
    };
  });
  return given;
}

export const getKept = key => run('kept', 'readonly', store => store.get(key));
export const putKept = (key, value) => run('kept', 'readwrite', store => store.put(value, key));
export const getPhone = key => run('phone', 'readonly', store => store.get(key));
export const putPhone = (key, value) => run('phone', 'readwrite', store => value === undefined ? store.delete(key) : store.put(value, key));

/** What the kept reads of a person are, newest first: [key, value]. */
export async function allKept(prefix) {
  const found = [];
  await run('kept', 'readonly', store => eachKept(store, (cursor, key) => { if (String(key).startsWith(prefix)) found.push([key, cursor.value]); }));
  return found.sort((a, b) => (b[1].askedMs || 0) - (a[1].askedMs || 0));
}

/** Answers of reads that nobody has asked for since then go. */
export const pruneKept = beforeMs => run('kept', 'readwrite', store => eachKept(store, cursor => {
  if (cursor.value?.data && cursor.value.atMs < beforeMs) cursor.delete();
}));

function eachKept(store, use) {
  store.openCursor().onsuccess = event => {
    const cursor = event.target.result;
    if (!cursor) return;
    use(cursor, cursor.key);
    cursor.continue();
  };
}
export const clearKept = () => run('kept', 'readwrite', store => store.clear());

// What a full disk did not take stays at least as long as the page does.
const loose = new Map();

export const getDraft = key => loose.get(key) || JSON.parse(localStorage.getItem('draft:' + key) || '{}');

export function putDraft(key, values) {
  loose.delete(key);
  try {
    if (Object.keys(values).length) localStorage.setItem('draft:' + key, JSON.stringify(values));
    else localStorage.removeItem('draft:' + key);
  } catch {
    loose.set(key, values);
  }
}

/** Rows of an entry back onto the sheet they were typed on; a sheet that is open shows them. */
export function backToDraft(entry, fits = () => true) {
  if (!entry.draftKey || !entry.typed) return;
  const draft = getDraft(entry.draftKey);
  for (const key of entry.keys) if (fits(key)) draft[key] = { ...draft[key], ...entry.typed[key] };
  putDraft(entry.draftKey, draft);
  dispatchEvent(new CustomEvent('draft', { detail: entry.draftKey }));
}
