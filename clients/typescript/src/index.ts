/** The API of Nagorik Sheba: typed requests, a login that renews itself, and live views. */
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./schema.js";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];
/** What a live view shows: the application first, then each event, under its type. */
export type Live =
  | { type: "snapshot"; application: Schemas["ApplicationView"] }
  | { type: (typeof EVENTS)[number]; event: Schemas["LiveEvent"] };

const EVENTS = [
  // events:begin
  "application_submitted",
  "application_received",
  "application_step_reached",
  "application_delayed",
  "correction_requested",
  "application_corrected",
  "application_decided",
  "application_appealed",
  "application_overdue",
  "application_deadline_moved",
  "application_withdrawn",
  "application_moved",
  "application_paper_issued",
  "application_paper_replaced",
  "application_paper_withdrawn",
  "feedback_given",
  "message_failed",
  // events:end
] as const;
const RENEW_BEFORE_S = 60;
const LONGEST_WAIT_MS = 30_000;

/** The API refused; `problem.errors` has the wrong fields, in the citizen's language. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(`${problem.title}: ${problem.detail}`);
  }
}

/** Return what a request brought. Throws `Refused`. */
export function brought<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.error !== undefined) throw new Refused(answer.error as Problem);
  return answer.data as T;
}

export class Nagorik {
  /** Requests by path, with the token of the citizen who has logged in. */
  readonly api: Client<paths>;
  #tokens: Schemas["Tokens"] | undefined;
  #renewAtMs = 0;
  #renewal: Promise<void> | undefined;

  constructor(
    readonly gateway: string,
    language: "bn" | "en" = "bn",
  ) {
    this.api = createClient<paths>({ baseUrl: gateway, headers: { "accept-language": language } });
    this.api.use({
      onRequest: async ({ request, schemaPath }) => {
        if (!this.#tokens || schemaPath.startsWith("/v1/login/")) return undefined;
        if (Date.now() > this.#renewAtMs) await (this.#renewal ??= this.#renew());
        request.headers.set("authorization", `Bearer ${this.#tokens.access_token}`);
        return request;
      },
    });
  }

  /** Have a one-time code sent to a mobile number. */
  async requestCode(phone: string): Promise<void> {
    brought(await this.api.POST("/v1/login/codes", { body: { phone } }));
  }

  /** Log in with the code. The tokens stay in memory; a page that is loaded again logs in again. */
  async logIn(phone: string, code: string): Promise<void> {
    this.#keep(brought(await this.api.POST("/v1/login/tokens", { body: { phone, code } })));
  }

  /**
   * Follow an application until the returned function is called. A view that ends (the line, a
   * token, a process) is opened again from where it ended: nothing is missed, and nothing shown twice.
   */
  follow(trackingNumber: string, show: (live: Live) => void): () => void {
    const stopped = new AbortController();
    void this.#follow(trackingNumber, show, stopped.signal);
    return () => stopped.abort();
  }

  async #follow(tracking_number: string, show: (live: Live) => void, stopped: AbortSignal): Promise<void> {
    let [last, waitMs] = ["", 500];
    while (!stopped.aborted) {
      try {
        const path = "/v1/applications/{tracking_number}/live-views";
        const { url } = brought(await this.api.POST(path, { params: { path: { tracking_number } } }));
        const address = new URL(url, this.gateway);
        if (last) address.searchParams.set("last_event_id", last);
        await watched(new EventSource(address), stopped, (live, id) => {
          if (id && id === last) return;
          [last, waitMs] = [id || last, 500];
          show(live);
        });
      } catch (failure) {
        if (failure instanceof Refused && failure.problem.status < 429) throw failure;
      }
      await pause(waitMs, stopped);
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
    }
  }

  async #renew(): Promise<void> {
    try {
      const refresh_token = this.#tokens?.refresh_token ?? "";
      this.#keep(brought(await this.api.POST("/v1/login/refresh", { body: { refresh_token } })));
    } finally {
      this.#renewal = undefined;
    }
  }

  #keep(tokens: Schemas["Tokens"]): void {
    this.#tokens = tokens;
    this.#renewAtMs = Date.now() + (tokens.expires_in_s - RENEW_BEFORE_S) * 1000;
  }
}

/** Show what a view brings until it ends. Its address opens once, so it is not left to reconnect. */
function watched(source: EventSource, stopped: AbortSignal, show: (live: Live, id: string) => void): Promise<void> {
  return new Promise((ended) => {
    const end = () => {
      source.close();
      ended();
    };
    for (const over of ["error", "reconnect", "token_expired"]) source.addEventListener(over, end);
    stopped.addEventListener("abort", end);
    source.addEventListener("snapshot", ({ data, lastEventId }) =>
      show({ type: "snapshot", application: JSON.parse(data) }, lastEventId),
    );
    for (const type of EVENTS)
      source.addEventListener(type, ({ data, lastEventId }) => show({ type, event: JSON.parse(data) }, lastEventId));
  });
}

function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((over) => {
    const timer = setTimeout(over, ms);
    stopped.addEventListener("abort", () => (clearTimeout(timer), over()));
  });
}
