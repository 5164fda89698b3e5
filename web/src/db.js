/* db.js - what the phone keeps: entries on their way, answers of reads, and drafts.
 * Owns:  IndexedDB "rasad": entries (by id), kept (key -> value); localStorage "draft:..." (written at each keystroke).
 * Why:   drafts are in localStorage because its writes are done when the call returns, also when the page is killed. */

let opened;

function open() {
  opened ||= new Promise((resolve, reject) => {
    const request = indexedDB.open('rasad', 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore('entries', { keyPath: 'id' });
      request.result.createObjectStore('kept');
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => { opened = null; reject(request.error); };
  });
  return opened;
}

/** Runs one transaction on one store; done when it is on disk. */
async function run(store, mode, act) {
  const db = await open();
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(store, mode, mode === 'readwrite' ? { durability: 'strict' } : undefined);
    const request = act(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

export const allEntries = () => run('entries', 'readonly', store => store.getAll());
export const putEntry = entry => run('entries', 'readwrite', store => store.put(entry));
export const deleteEntry = id => run('entries', 'readwrite', store => store.delete(id));

export const getKept = key => run('kept', 'readonly', store => store.get(key));
export const putKept = (key, value) => run('kept', 'readwrite', store => store.put(value, key));

/** Answers of reads that nobody has asked for since then go. */
export const pruneKept = beforeMs => run('kept', 'readwrite', store => {
  store.openCursor().onsuccess = event => {
    const cursor = event.target.result;
    if (!cursor) return;
    if (cursor.value?.data && cursor.value.atMs < beforeMs) cursor.delete();
    cursor.continue();
  };
});
export const clearKept = () => run('kept', 'readwrite', store => store.clear());

export const getDraft = key => JSON.parse(localStorage.getItem('draft:' + key) || '{}');

export function putDraft(key, values) {
  if (Object.keys(values).length) localStorage.setItem('draft:' + key, JSON.stringify(values));
  else localStorage.removeItem('draft:' + key);
}
