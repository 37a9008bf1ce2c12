// Keeps the page that checks papers, and what it needs, so that it opens without the internet. It is
// registered for that page alone: requests of other pages never come here. FILES, PAGES, KEYS, LISTS
// and CACHE stand above.
"use strict";

const PATIENCE_MS = 10_000;

self.addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers());
});

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin) return;
  if (mode === "navigate") event.respondWith(page(event.request, pathname));
  else if (pathname === KEYS || pathname.startsWith(LISTS)) event.respondWith(newest(event.request));
  else if (FILES.includes(pathname)) event.respondWith(file(event.request));
});

// The pages are kept as a visitor without a login sees them.
async function keep() {
  const cache = await caches.open(CACHE);
  const kept = [...FILES, ...PAGES, KEYS];
  await cache.addAll(kept.map(plain));
  const { keys } = await (await cache.match(KEYS)).json();
  const lists = new Set(keys.map(({ body }) => LISTS + body));
  await Promise.allSettled([...lists].map((path) => cache.add(plain(path))));
}

function plain(path) {
  return new Request(path, { credentials: "omit", cache: "no-cache" });
}

async function forgetOthers() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("check-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function page(request, pathname) {
  try {
    return await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (failure) {
    const shell = PAGES.find((path) => pathname === path || pathname.startsWith(`${path}/`));
    const kept = shell && (await (await caches.open(CACHE)).match(shell));
    if (!kept) throw failure;
    return kept;
  }
}

// The newest keys, or list of ended papers; those of the last time without the internet, which the
// header says.
async function newest(request) {
  const cache = await caches.open(CACHE);
  const { pathname } = new URL(request.url);
  try {
    const fresh = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!fresh.ok) throw new Error(`${fresh.status}`);
    await cache.put(pathname, fresh.clone());
    return fresh;
  } catch (failure) {
    const kept = await cache.match(pathname);
    if (!kept) throw failure;
    return new Response(await kept.text(), { headers: { "content-type": "application/json", "x-kept": "1" } });
  }
}

async function file(request) {
  return (await (await caches.open(CACHE)).match(request)) || fetch(request);
}
