/* sw.js - serves the shell (page, script, stylesheet, icon) without a line. It never touches entries or reads:
 * what is asked of the services goes to the services, and entries are kept and sent by the page itself. */
const CACHE = 'shell-{{version}}';
const SHELL = {{shell}}; // what a first visit needs, kept at once
const REST = {{rest}};  // other languages and screens: kept when first used, or all when the page says the line is idle

/* A new version brings at once what the one before had on this phone: names differ in their hash alone. */
self.addEventListener('install', event => event.waitUntil((async () => {
  const had = new Set();
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) had.add(plain(new URL(request.url).pathname));
  }
  const cache = await caches.open(CACHE);
  const wanted = [...SHELL, ...REST.filter(path => had.has(plain(path)))];
  await cache.addAll(wanted.map(path => new Request(path, { cache: path === '/' ? 'reload' : 'default' })));
})()));

const plain = path => path.replace(/-[^-]*$/, '');

/* A new version takes over only when a page that has just started asks for it: never under one that is still loading. */
self.addEventListener('message', event => {
  if (event.data === 'take over') self.skipWaiting();
  else event.waitUntil(keep(event.data === 'keep the rest' ? REST : REST.filter(path => event.data.keep?.includes(path))));
});

async function keep(paths) {
  const cache = await caches.open(CACHE);
  for (const path of paths) if (!await cache.match(path)) await cache.add(path).catch(() => {}); // no line, no room: later
}

self.addEventListener('activate', event => {
  event.waitUntil(caches.keys()
    .then(names => Promise.all(names.filter(name => name.startsWith('shell-') && name !== CACHE).map(name => caches.delete(name))))
    .then(() => self.clients.claim()));
});

self.addEventListener('fetch', event => {
  const url = new URL(event.request.url);
  const late = REST.includes(url.pathname);
  if (event.request.method !== 'GET' || url.origin !== location.origin || !(late || SHELL.includes(url.pathname))) return;
  event.respondWith(answer(event.request, url.pathname, late));
});

async function answer(request, path, late) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(path);
  if (kept) return kept;
  const got = await fetch(request);
  if (late && got.ok) await cache.put(path, got.clone()).catch(() => {}); // a full disk is no reason not to answer
  return got;
}
