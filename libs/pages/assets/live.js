// Asks again for each part of a page that names an address, while somebody can see the page. An answer that
// does not come, or has no such part, is shown as the part's template of what is not known.
"use strict";

const EVERY_MS = 1500;

async function fresh(part) {
  try {
    const answer = await fetch(part.dataset.live);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.getElementById(part.id) ?? unknown(part);
  } catch {
    return unknown(part);
  }
}

function unknown(part) {
  const template = part.querySelector("template");
  if (!template) return part;
  const other = part.cloneNode();
  other.append(...template.content.cloneNode(true).childNodes);
  return other;
}

function replace(part, other) {
  if (other.isEqualNode(part)) return;
  const held = part.contains(document.activeElement) && document.activeElement.getAttribute("href");
  part.replaceWith(other);
  if (held) other.querySelector(`a[href="${CSS.escape(held)}"]`)?.focus();
}

async function askAgain() {
  if (!document.hidden) {
    for (const part of document.querySelectorAll("[data-live]")) replace(part, await fresh(part));
  }
  setTimeout(askAgain, EVERY_MS);
}

setTimeout(askAgain, EVERY_MS);
