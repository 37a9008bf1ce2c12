// Loads htmx, at the address that the page names, when somebody begins to use the page: a first view needs
// none of it, and whoever only reads does not pay for it.
"use strict";

const { src } = document.currentScript.dataset;
const BEGIN = ["pointerdown", "keydown", "focusin", "input"];
const ANSWERS = ["input", "change"];
let missed = null; // what was last typed or chosen while the script was on its way

function load() {
  for (const event of BEGIN) removeEventListener(event, load);
  const script = document.createElement("script");
  script.src = src;
  addEventListener("htmx:after:process", repeatWhatWasMissed, { once: true }); // it listens now
  document.head.append(script);
}

function note({ target }) {
  if (target.closest("[hx-trigger]")) missed = target;
}

function repeatWhatWasMissed() {
  for (const event of ANSWERS) removeEventListener(event, note);
  for (const event of ANSWERS) missed?.dispatchEvent(new Event(event, { bubbles: true }));
}

for (const event of ANSWERS) addEventListener(event, note);
for (const event of BEGIN) addEventListener(event, load);
