// One page that uses the client: log in, find a service, apply, follow the answer live.
// Opened with ?gateway=http://127.0.0.1:… (`make up` prints the address).
import { brought, Nagorik, Refused, type Schemas } from "../src/index.js";

type Question = {
  enum?: string[];
  type?: string;
  const?: unknown;
  $ref?: string;
  ui: { label: Schemas["Text"]; options?: Record<string, Schemas["Text"]> };
};

const main = document.querySelector("main")!;
const alarm = document.querySelector("[role=alert]")!;
const gateway = new URLSearchParams(location.search).get("gateway") ?? location.origin;
const nagorik = new Nagorik(gateway, "bn");
const { api } = nagorik;

/** Show a form, and do something with what is typed when it is sent. */
function ask(title: string, controls: (Node | string)[], button: string, act: (form: HTMLFormElement) => Promise<void>) {
  const form = document.createElement("form");
  const [heading, submit] = [document.createElement("h1"), document.createElement("button")];
  [heading.textContent, submit.textContent] = [title, button];
  form.append(heading, ...controls, submit);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    alarm.textContent = "";
    submit.disabled = true;
    act(form).catch(say).finally(() => (submit.disabled = false));
  });
  main.replaceChildren(form);
}

function labelled(text: string, control: HTMLElement, name: string): HTMLLabelElement {
  const label = document.createElement("label");
  control.setAttribute("name", name);
  label.append(text, control);
  return label;
}

function say(failure: unknown) {
  const errors = failure instanceof Refused ? (failure.problem.errors ?? []) : [];
  alarm.textContent = [String(failure), ...errors.map((each) => `${each.pointer}: ${each.message}`)].join("\n");
}

const typed = (form: HTMLFormElement, name: string) => String(new FormData(form).get(name) ?? "");

function askPhone() {
  ask("মোবাইল নম্বর", [labelled("নম্বর", document.createElement("input"), "phone")], "কোড পাঠান", async (form) => {
    const phone = typed(form, "phone");
    await nagorik.requestCode(phone);
    ask("এসএমএসের কোড", [labelled("কোড", document.createElement("input"), "code")], "লগইন", async (code) => {
      await nagorik.logIn(phone, typed(code, "code"));
      askService();
    });
  });
}

function askService() {
  ask("কোন সেবা?", [labelled("সেবার নাম", document.createElement("input"), "q")], "খুঁজুন", async (form) => {
    const found = brought(await api.GET("/v1/services", { params: { query: { q: typed(form, "q"), open: "true" } } }));
    const choice = document.createElement("select");
    choice.append(...found.items.map((each) => new Option(each.name.bn, each.public_service_id)));
    ask("কোন সেবা?", [labelled("সেবা", choice, "service")], "আবেদন করুন", (chosen) => askAnswers(typed(chosen, "service")));
  });
}

async function askAnswers(public_service_id: string) {
  const path = { public_service_id };
  const service = brought(await api.GET("/v1/services/{public_service_id}", { params: { path } }));
  const questions = Object.entries((service.form as { properties: Record<string, Question> }).properties);
  const controls = questions.map(([name, question]) => labelled(question.ui.label.bn, control(question), name));
  const key = crypto.randomUUID(); // the same for every try: the application is accepted once
  ask(service.name.bn, controls, "জমা দিন", async (form) => {
    const answered = questions.filter(([name]) => typed(form, name));
    const answers = Object.fromEntries(answered.map(([name, question]) => [name, answer(question, typed(form, name))]));
    const sent = { body: { public_service_id, form: answers }, params: { header: { "Idempotency-Key": key } } };
    followed(brought(await api.POST("/v1/applications", sent)).tracking_number);
  });
}

function control(question: Question): HTMLElement {
  if (!question.enum) return document.createElement("input");
  const select = document.createElement("select");
  select.append(new Option(), ...question.enum.map((value) => new Option(question.ui.options?.[value]?.bn ?? value, value)));
  return select;
}

function answer(question: Question, text: string): unknown {
  if (question.$ref?.endsWith("/address")) return { area: text }; // the code of a union or ward
  if (question.const !== undefined) return question.const;
  return question.$ref?.endsWith("/yes_no") || question.type === "boolean" ? text === "true" : text;
}

function followed(tracking_number: string) {
  const [heading, list] = [document.createElement("h1"), document.createElement("ol")];
  heading.textContent = tracking_number;
  main.replaceChildren(heading, list);
  nagorik.follow(tracking_number, (live) => {
    const lines = live.type === "snapshot" ? live.application.timeline.map((each) => each.title.bn) : [live.type];
    if (live.type === "snapshot") list.replaceChildren();
    list.append(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
  });
}

askPhone();
