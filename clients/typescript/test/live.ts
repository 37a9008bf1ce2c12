// Uses every part of the client against a running platform, and prints what it saw as JSON:
// node --experimental-eventsource dist/test/live.js GATEWAY PHONE CODE SERVICE ANSWERS
import { brought, Nagorik, Refused, type Live } from "../src/index.js";

declare const process: { argv: string[] };
const [gateway, phone, code, public_service_id, answers] = process.argv.slice(2) as [string, string, string, string, string];
const nagorik = new Nagorik(gateway, "en");
const { api } = nagorik;

await nagorik.requestCode(phone);
const wrong = await nagorik.logIn(phone, "123").catch((failure: unknown) => failure);
await nagorik.logIn(phone, code);
const found = brought(await api.GET("/v1/services", { params: { query: { q: "tax", limit: 5 } } }));
const body = { public_service_id, form: JSON.parse(answers) };
const header = { "Idempotency-Key": crypto.randomUUID() };
const first = brought(await api.POST("/v1/applications", { params: { header }, body }));
const again = brought(await api.POST("/v1/applications", { params: { header }, body }));
const seen: Live[] = [];
await new Promise<void>((decided) => {
  const stop = nagorik.follow(first.tracking_number, (live) => {
    seen.push(live);
    const isOver = live.type === "snapshot" ? live.application.status === "approved" : live.type === "application_decided";
    if (isOver) {
      stop();
      decided();
    }
  });
});
const mine = brought(await api.GET("/v1/applications", { params: { query: { limit: 1 } } }));
console.log(
  JSON.stringify({
    refused: wrong instanceof Refused ? wrong.problem.type : null,
    found: found.items.length,
    once: first.tracking_number === again.tracking_number,
    newest: mine.items[0]?.tracking_number === first.tracking_number,
    status: mine.items[0]?.status,
    seen: seen.map((live) => live.type),
  }),
);
