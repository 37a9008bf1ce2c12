// Where a phone has no Bangla letters, it shows boxes until the font has arrived, and then everything
// moves. There the page waits for the font, but no longer than a first view may take.
"use strict";

const SHOWN_AFTER_MS = 2300; // since somebody tapped
const pen = document.createElement("canvas").getContext("2d");
const [narrow, wide] = ["র", "ঔ"].map((letter) => pen.measureText(letter).width);

if (narrow === wide) {
  const { classList } = document.documentElement;
  const show = () => classList.remove("waits");
  classList.add("waits");
  document.fonts.load('1rem "Noto Sans Bengali"', "র").then(show, show);
  setTimeout(show, SHOWN_AFTER_MS - performance.now());
}
