/* sw.js - serves the shell (page, script, stylesheet, icon) without a line. It never touches entries or reads:
 * what is asked of the services goes to the services, and entries are kept and sent by the page itself. */
const CACHE = 'shell-{{version}}';
const SHELL = {{shell}};

self.addEventListener('install', event => {
  event.waitUntil(caches.open(CACHE)
    .then(cache => cache.addAll(SHELL.map(path => new Request(path, { cache: 'reload' })))));
});

/* A new version takes over only when a page that has just started asks for it: never under one that is still loading. */
self.addEventListener('message', event => {
  if (event.data === 'take over') self.skipWaiting();
});

self.addEventListener('activate', event => {
  event.waitUntil(caches.keys()
    .then(names => Promise.all(names.filter(name => name !== CACHE).map(name => caches.delete(name))))
    .then(() => self.clients.claim()));
});

self.addEventListener('fetch', event => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== location.origin || !SHELL.includes(url.pathname)) return;
  event.respondWith(caches.open(CACHE)
    .then(cache => cache.match(url.pathname))
    .then(kept => kept || fetch(event.request)));
});
