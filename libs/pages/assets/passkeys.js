// Answers with a passkey at a login, and makes a new one. Without this script, or in a browser
// without passkeys, the login asks for a code of the app.
"use strict";

const KINDS = {
  get: (asked) =>
    navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked) }),
  create: (asked) =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked) }),
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) continue;
  const button = form.querySelector("[data-passkey-button]");
  button.hidden = false;
  button.addEventListener("click", () => answer(form, button, form.querySelector("[role=status]")));
}

async function answer(form, button, status) {
  button.disabled = true;
  status.textContent = form.dataset.waiting;
  try {
    const { form_token, passkey } = form.elements;
    const body = new URLSearchParams({ form_token: form_token.value });
    const reply = await fetch(form.dataset.challenge, { method: "POST", body });
    if (reply.redirected) return location.assign(reply.url); // the login is over, or too old
    passkey.value = JSON.stringify(await KINDS[form.dataset.passkey](await reply.json()));
    form.submit();
  } catch {
    status.textContent = form.dataset.failed;
    button.disabled = false;
  }
}
