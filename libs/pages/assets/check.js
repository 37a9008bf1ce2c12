// Checks the signed code of a paper, which stands behind # and so never leaves the browser: a JWS
// by ES256 (RFC 7515), verified with the public keys of the bodies.
"use strict";

const box = document.querySelector("[data-signed]");
const token = location.hash.slice(1);
if (box && token) show(box, token);

async function show(box, token) {
  let said, claims;
  try {
    claims = await verified(token, box.dataset.keys);
    const isOther = claims && box.dataset.number && claims.n !== box.dataset.number;
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
      place.textContent = place.dataset.claim === "t" ? titles[value] || value : value;
    }
    box.querySelector("dl").hidden = false;
  }
  box.dataset.result = said;
  box.hidden = false;
}

// The claims of a code; null if it is none, is changed, or no body of ours has signed it.
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
  const { keys } = await (await fetch(address)).json();
  const found = keys.find((key) => key.kid === kid);
  if (!found) return null;
  const { kty, crv, x, y } = found;
  const kind = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, kind, false, ["verify"]);
  const signed = new TextEncoder().encode(`${head}.${body}`);
  return (await crypto.subtle.verify(kind, key, proof, signed)) ? claims : null;
}

function text(part) {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes(part));
}

function bytes(part) {
  const plain = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}
