// Loads htmx, at the address that the page names, when somebody begins to use the page: a first view needs
// none of it, and whoever only reads does not pay for it.
"use strict";

const { src } = document.currentScript.dataset;
const BEGIN = ["pointerdown", "keydown", "focusin"];

function load() {
  for (const event of BEGIN) removeEventListener(event, load);
  const script = document.createElement("script");
  script.src = src;
  addEventListener("htmx:after:process", repeatWhatWasMissed, { once: true }); // it listens now
  document.head.append(script);
}

// What was typed or chosen while the script was on its way.
function repeatWhatWasMissed() {
  const at = document.activeElement;
  if (at.matches("select") && !at.selectedOptions[0]?.defaultSelected) {
    at.dispatchEvent(new Event("change", { bubbles: true }));
  } else if (at.matches("input") && at.value !== at.defaultValue) {
    at.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

for (const event of BEGIN) addEventListener(event, load);
