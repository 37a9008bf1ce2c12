// Makes photos smaller before they are sent, and shows how far an upload is.
// Without this script the form is sent as any other, and the server does the same work.
"use strict";

const LONGEST_SIDE_PX = 2600; // what the server keeps
const QUALITY = 0.85;

for (const form of document.querySelectorAll("form[data-upload]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

async function send(form) {
  const [button, status, bar] = ["button", "[role=status]", "progress"].map((one) => form.querySelector(one));
  button.disabled = true;
  status.textContent = form.dataset.preparing;
  const body = await smaller(new FormData(form));
  const lost = () => {
    button.disabled = false;
    bar.hidden = true;
    status.textContent = form.dataset.lost;
  };
  const sending = new XMLHttpRequest();
  sending.upload.addEventListener("progress", (sent) => {
    bar.hidden = false;
    bar.value = sent.loaded / sent.total;
    status.textContent = form.dataset.sending;
  });
  sending.addEventListener("load", () => {
    if (sending.status < 400 && sending.responseURL !== form.action) location.assign(sending.responseURL);
    else if (!show(sending.responseText)) lost(); // an error, or a page that no address leads to
  });
  for (const end of ["error", "abort", "timeout"]) sending.addEventListener(end, lost);
  sending.open("POST", form.action);
  sending.send(body);
}

// Show the page of an error in the place of this one, unless it is not ours but that of a proxy.
function show(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const main = page.querySelector("main");
  if (!main) return false;
  document.title = page.title;
  document.querySelector("main").replaceWith(main);
  const form = document.querySelector("form[data-upload]");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
  (document.querySelector(".errors") ?? document.querySelector("main")).focus();
  return true;
}

async function smaller(body) {
  const made = new FormData();
  for (const [name, value] of body) {
    if (value instanceof File) made.append(name, await shrunk(value), value.name);
    else made.append(name, value);
  }
  return made;
}

// What the browser cannot open, and what would become larger, is sent as it is.
async function shrunk(file) {
  if (!file.type.startsWith("image/")) return file;
  try {
    const image = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff"; // a transparent photo is on paper, not on black
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    const photo = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    return photo && photo.size < file.size ? photo : file;
  } catch {
    return file;
  }
}
