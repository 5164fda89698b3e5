/* sw.js - serves the shell (page, script, stylesheet, icon) without a line. It never touches entries or reads:
 * what is asked of the services goes to the services, and entries are kept and sent by the page itself.
 * Rule:  only what has the hash the build knows is kept: a captive portal answers 200 to everything. */
const CACHE = 'shell-{{version}}';
const SHELL = {{shell}}; // path -> hash; what a first visit needs, kept at once
const REST = {{rest}};  // other languages and screens: kept when first used, or all when the page says the line is idle

const ours = (path, cache) => new Request(path, { cache, integrity: SHELL[path] || REST[path] });

/* A new version brings at once what the one before had on this phone: names differ in their hash alone. */
self.addEventListener('install', event => event.waitUntil((async () => {
  const had = new Set();
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) had.add(plain(new URL(request.url).pathname));
  }
  const cache = await caches.open(CACHE);
  const wanted = [...Object.keys(SHELL), ...Object.keys(REST).filter(path => had.has(plain(path)))];
  await cache.addAll(wanted.map(path => ours(path, path === '/' ? 'reload' : 'default')));
})()));

const plain = path => path.replace(/-[^-]*$/, '');

/* A new version takes over only when a page that has just started asks for it: never under one that is still loading. */
self.addEventListener('message', event => {
  if (event.data === 'take over') self.skipWaiting();
  else event.waitUntil(keep(Object.keys(REST).filter(path => event.data === 'keep the rest' || event.data.keep?.includes(path))));
});

async function keep(paths) {
  const cache = await caches.open(CACHE);
  for (const path of paths) if (!await cache.match(path)) await cache.add(ours(path, 'default')).catch(() => {}); // no line, no room: later
}

self.addEventListener('activate', event => {
  event.waitUntil(caches.keys()
    .then(names => Promise.all(names.filter(name => name.startsWith('shell-') && name !== CACHE).map(name => caches.delete(name))))
    .then(() => self.clients.claim()));
});

self.addEventListener('fetch', event => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== location.origin || !(url.pathname in REST || url.pathname in SHELL)) return;
  event.respondWith(answer(url.pathname));
});

async function answer(path) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(path);
  if (kept) return kept;
  const got = await fetch(ours(path, 'default'));
  if (got.ok) await cache.put(path, got.clone()).catch(() => {}); // a full disk is no reason not to answer
  return got;
}
