// Reads a page aloud, block by block, where the device has a voice of its own for the language of the page.
// Voices that need a server are left out: what stands on a page may be personal.
"use strict";

const { read, stop } = document.currentScript.dataset;
const BLOCKS = "h1, h2, h3, p, li, dt, dd, label, legend, th, td, summary";
const speech = window.speechSynthesis;
const { lang } = document.documentElement;
const voice = () => speech.getVoices().find((one) => one.localService && one.lang.startsWith(lang));

if (speech) {
  speech.cancel(); // what the page before began
  speech.addEventListener?.("voiceschanged", offer);
  offer();
}

function offer() {
  if (!voice() || document.querySelector("[data-aloud]")) return;
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.aloud = "";
  button.textContent = read;
  button.addEventListener("click", () => (speech.speaking ? speech.cancel() : say(button)));
  document.getElementById("republic").append(button);
}

function say(button) {
  const blocks = [...document.querySelector("main").querySelectorAll(BLOCKS)];
  const whole = blocks.filter((one) => !one.querySelector(BLOCKS) && one.checkVisibility?.() !== false);
  button.textContent = stop;
  for (const block of whole) {
    const words = Object.assign(new SpeechSynthesisUtterance(block.innerText), { voice: voice(), lang });
    words.onstart = () => block.classList.add("spoken");
    words.onend = words.onerror = () => {
      block.classList.remove("spoken");
      if (!speech.pending) button.textContent = read;
    };
    speech.speak(words);
  }
}
