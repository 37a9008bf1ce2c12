// Checks the signed code of a paper, which stands behind # and so never leaves the browser: a JWS
// by ES256 (RFC 7515), verified with the public keys of the bodies.
"use strict";

const MOST_KEPT = 200;
const STATES = "paper-states";
const MARK_BYTES = 12;
const SYMBOLS = "0123456789ACDEFGHJKMNPQRTVWXY"; // as in libs/ids.py, with the look-alikes
const LOOK_ALIKES = { O: "0", I: "1", L: "1", Z: "2", S: "5", B: "8", U: "V" };
const OLD_MS = 48 * 3600 * 1000;

const box = document.querySelector("[data-signed]");
const status = document.querySelector("[data-kept]");
const list = document.querySelector("[data-list]");
const token = location.hash.slice(1);
const asked = box && (box.dataset.number || numberIn(location));
const shown = status ? showKept(status) : undefined;
if (box && token) show(box, token);
else if (list && asked) showLists(asked);
// Another code of the same paper changes what stands behind # only: what is shown is of the one before.
addEventListener("hashchange", () => location.reload());
keepPage();

// The page opens without the internet from now on, where the browser can keep it; and says so then.
async function keepPage() {
  const place = document.querySelector("[data-worker]");
  if (!place || !navigator.serviceWorker) return;
  try {
    const { worker, scope } = place.dataset;
    const registered = await navigator.serviceWorker.register(worker, { scope });
    const coming = registered.installing || registered.waiting;
    if (coming && !registered.active) await activated(coming);
    place.hidden = false;
  } catch {
    // Without it the page works as it did, and promises nothing.
  }
}

function activated(worker) {
  return new Promise((done, failed) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") done();
      if (worker.state === "redundant") failed(new Error(worker.state));
    });
  });
}

// Keeps what the server said of a paper now; where it says nothing, shows what it said last.
async function showKept(status) {
  const { state, asOf, number } = status.dataset;
  if (!window.caches) return;
  const kept = await caches.open(STATES);
  if (state) {
    await kept.delete(plain(number));
    await kept.put(plain(number), new Response(JSON.stringify({ state, asOf })));
    const all = await kept.keys();
    await Promise.all(all.slice(0, -MOST_KEPT).map((old) => kept.delete(old)));
    return;
  }
  if (status.hasAttribute("data-answered") || !asked) return;
  const found = await kept.match(plain(asked));
  const last = found && (await found.json());
  const places = document.querySelectorAll("[data-away]");
  for (const place of places) place.hidden = true;
  const unknown = token || written(asked) ? "none" : "wrong";
  status.querySelector("[data-said]").textContent = status.dataset[last ? last.state : unknown];
  const when = status.querySelector("[data-when]");
  when.hidden = !last;
  if (last) when.append(inDhaka(last.asOf));
  status.querySelector("[data-asked]").textContent = asked;
  status.dataset.result = last ? last.state : unknown;
  status.hidden = false;
  return last && last.asOf;
}

// Whether a paper that was issued is on its body's signed list of ended ones; said where the server
// says nothing of it now. Its newest list is kept for the next time without the internet.
async function showList(claims, body) {
  const found = await ended(claims, body);
  if (!list || isAnswered()) return;
  showFound(found);
  const known = await shown;
  const { asOf } = found;
  if (asOf && (!known || new Date(known) <= new Date(asOf))) status.hidden = true;
}

// Whether a number that was typed without its code is on a kept list of ended papers. That none has
// it does not say that there is such a paper: the page goes on saying what it knew last.
async function showLists(number) {
  if (isAnswered()) return;
  const n = written(number);
  if (!n) return;
  let keys;
  try {
    ({ keys } = await (await fetch(box.dataset.keys)).json());
  } catch {
    return;
  }
  const bodies = [...new Set(keys.map(({ body }) => body))];
  const found = await Promise.all(bodies.map((body) => ended({ n }, body)));
  const on = found.find(({ state }) => state === "withdrawn" || state === "replaced");
  document.querySelector("#number").value = n;
  if (on) {
    status.hidden = true;
    showFound(on);
    await shown;
    status.hidden = true;
  } else if (found.length && found.every(({ state }) => state === "holds")) {
    const oldest = found.map(({ asOf }) => asOf).sort((one, two) => new Date(one) - new Date(two));
    showFound({ state: "unlisted", asOf: oldest[0] });
  }
}

function isAnswered() {
  return status?.dataset.state || status?.hasAttribute("data-answered");
}

function showFound({ state, asOf }) {
  list.querySelector("[data-said]").textContent = list.dataset[state];
  const when = list.querySelector("[data-when]");
  when.hidden = !asOf;
  if (asOf) when.append(inDhaka(asOf));
  list.querySelector("[data-old]").hidden = !asOf || Date.now() - new Date(asOf) < OLD_MS;
  list.classList.add(state === "holds" ? "next" : "amber");
  list.dataset.result = state;
  list.hidden = false;
}

// What a list says of a paper, and until when it has what was known; null where there is no list.
async function ended({ n, u }, body) {
  let claims;
  try {
    const answer = await fetch(`${list.dataset.list}${encodeURIComponent(body)}`);
    if (!answer.ok) return { state: "none" };
    const read = await verified((await answer.json()).signed, box.dataset.keys);
    if (read && read.key.body === body && read.claims.b === body) claims = read.claims;
  } catch {
    return { state: "none" };
  }
  if (!claims) return { state: "broken" };
  const mark = await markOf(n);
  const asOf = claims.t;
  if (claims.w.includes(mark)) return { state: "withdrawn", asOf };
  if (claims.r.includes(mark)) return { state: "replaced", asOf };
  return { state: u && u < dayInDhaka() ? "expired" : "holds", asOf };
}

// What stands for a number in a list: slow on purpose, so that nobody finds numbers by a list.
async function markOf(number) {
  const [typed, salt] = [number, "ended papers"].map((text) => new TextEncoder().encode(text));
  const key = await crypto.subtle.importKey("raw", typed, "PBKDF2", false, ["deriveBits"]);
  const way = { name: "PBKDF2", hash: "SHA-256", salt, iterations: 600 };
  const made = await crypto.subtle.deriveBits(way, key, 8 * MARK_BYTES);
  const start = String.fromCharCode(...new Uint8Array(made));
  return btoa(start).replaceAll("+", "-").replaceAll("/", "_");
}

function dayInDhaka() {
  return new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Dhaka" }).format(new Date());
}

// A day as it is read; whatever else was signed stays as it is.
function dayIn(written) {
  const language = document.documentElement.lang === "bn" ? "bn-BD" : "en-GB";
  const shown = { dateStyle: "long", timeZone: "UTC" };
  const day = new Date(written);
  return Number.isNaN(day.getTime()) ? written : new Intl.DateTimeFormat(language, shown).format(day);
}

function inDhaka(moment) {
  const language = document.documentElement.lang === "bn" ? "bn-BD" : "en-GB";
  const shown = { dateStyle: "long", timeStyle: "short", timeZone: "Asia/Dhaka" };
  return new Intl.DateTimeFormat(language, shown).format(new Date(moment));
}

// The number in the address: of a paper's page, or as it was typed.
function numberIn({ pathname, search }) {
  const typed = new URLSearchParams(search).get("number") || pathname.match(/\/check\/([^/]+)$/)?.[1];
  return typed ? decodeURIComponent(typed).toUpperCase() : "";
}

// A number as it is printed, from any spelling; empty where a symbol is wrong, by the check digit.
function written(number) {
  const typed = plain(number).split("/").pop();
  const symbols = typed.replace(/[OILZSBU]/g, (symbol) => LOOK_ALIKES[symbol]);
  const values = [...symbols].map((symbol) => SYMBOLS.indexOf(symbol));
  const sum = values.reduce((all, value, place) => all + value * (values.length - place), 0);
  const isRight = values.length === 12 && !values.includes(-1) && sum % SYMBOLS.length === 0;
  return isRight ? symbols.match(/.{4}/g).join("-") : "";
}

// An address for the number, the same in any spelling.
function plain(number) {
  const latin = number.replace(/[\u09e6-\u09ef]/g, (digit) => digit.charCodeAt(0) - 0x09e6);
  return `/check/states/${latin.toUpperCase().replace(/[^0-9A-Z]/g, "")}`;
}

async function show(box, token) {
  let said, claims, read;
  try {
    read = await verified(token, box.dataset.keys);
    claims = read && read.claims.n ? read.claims : null; // a list is signed by the same key
    const isOther = claims && asked && plain(claims.n) !== plain(asked);
    said = claims ? (isOther ? "other" : "good") : "bad";
  } catch {
    said = "unknown";
  }
  box.querySelector("[data-said]").textContent = box.dataset[said];
  box.classList.add(said === "good" ? "next" : "amber");
  if (claims) {
    const titles = JSON.parse(box.dataset.titles);
    for (const place of box.querySelectorAll("[data-claim]")) {
      const value = claims[place.dataset.claim];
      if (place.dataset.claim === "t") place.textContent = titles[value] || value;
      else place.textContent = place.dataset.claim === "d" ? dayIn(value) : value;
    }
    box.querySelector("dl").hidden = false;
  }
  box.dataset.result = said;
  box.hidden = false;
  if (said === "good") await showList(claims, read.key.body);
}

// The claims of a code and the key that signed it; null if it is none, is changed, or no body of
// ours has signed it.
async function verified(token, address) {
  const [head, body, signature, ...more] = token.split(".");
  let kid, alg, claims, proof;
  try {
    ({ kid, alg } = JSON.parse(text(head)));
    claims = JSON.parse(text(body));
    proof = bytes(signature);
    if (more.length || alg !== "ES256") return null;
  } catch {
    return null;
  }
  const answer = await fetch(address);
  const { keys } = await answer.json();
  const found = keys.find((key) => key.kid === kid);
  if (!found && answer.headers.has("x-kept")) throw new Error("perhaps a newer key");
  if (!found) return null;
  const { kty, crv, x, y } = found;
  const kind = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, kind, false, ["verify"]);
  const signed = new TextEncoder().encode(`${head}.${body}`);
  return (await crypto.subtle.verify(kind, key, proof, signed)) ? { claims, key: found } : null;
}

function text(part) {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes(part));
}

function bytes(part) {
  const plain = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}
