/**
 * A typed client of the API for Deno, Node and browsers: what a request takes and answers is checked by the types of
 * operations.ts, which `deno task client` makes from the OpenAPI document. It needs fetch and nothing else. A refusal
 * is a {@linkcode ProblemError}; a server that cannot be reached is whatever fetch throws.
 *
 * ```ts ignore
 * const tocsin = createClient({ url: "http://127.0.0.1:8080", token: "..." });
 * const rule = await tocsin.request("GET /api/v1/rules/{id}", { params: { id: "high-cpu" } });
 * for await (const alert of tocsin.list("GET /api/v1/alerts", { query: { severity: "critical" } })) {
 *   console.log(alert.title);
 * }
 * ```
 */
import type { Alert, Fault, Operations } from "./operations.ts";
import { serverEvents } from "./server_events.ts";

export type { Alert, Fault, Operations } from "./operations.ts";

export interface ClientOptions {
  url: string;
  /** The admin token, where the server has one. */
  token?: string;
  /** In place of the platform's. */
  fetch?: typeof fetch;
}

type Key = keyof Operations;
type Given<K extends Key> = Omit<Operations[K], "answer"> & {
  headers?: Record<string, string>;
  signal?: AbortSignal;
};
/** May be left out where nothing in it is required. */
type Arguments<K extends Key> = Record<never, never> extends Given<K> ? [given?: Given<K>]
  : [given: Given<K>];
type Answer<K extends Key> = Operations[K] extends { answer: infer A } ? A : undefined;
type Item<K extends Key> = Answer<K> extends { items: (infer I)[] } ? I : never;
/** Operations that answer pages. */
type Lists = {
  [K in Key]: Answer<K> extends { items: unknown[]; next_cursor: string | null } ? K : never;
}[Key];

export interface Client {
  request<K extends Key>(operation: K, ...given: Arguments<K>): Promise<Answer<K>>;
  /** Every item of a list, page after page. */
  list<K extends Lists>(operation: K, ...given: Arguments<K>): AsyncGenerator<Item<K>>;
  /** Alerts as they are committed. After a break, `after` (the id of the last) misses none. */
  alerts(options?: { after?: string; signal?: AbortSignal }): AsyncGenerator<{ id: string; alert: Alert }>;
}

/** What the server refuses, as it says it (RFC 9457). */
export class ProblemError extends Error {
  readonly status: number;
  /** Stable; the message is not. */
  readonly code: string;
  readonly errors: readonly Fault[];

  constructor(status: number, { code = "", detail = "", errors = [] }: Refusal) {
    super(detail === "" ? `The server answered ${status}` : detail);
    this.name = "ProblemError";
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

interface Refusal {
  code?: string;
  detail?: string;
  errors?: Fault[];
}

interface Loose {
  params?: Record<string, string>;
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export function createClient({ url, token, fetch: ask = fetch }: ClientOptions): Client {
  const send = async (operation: string, { params = {}, query = {}, body, headers, signal }: Loose) => {
    const [method = "GET", path = "/"] = operation.split(" ");
    const target = new URL(
      path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name] ?? "")),
      url,
    );
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) target.searchParams.set(name, String(value));
    }
    const response = await ask(target, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    if (!response.ok) throw new ProblemError(response.status, refusalOf(await response.text()));
    return response;
  };
  const request = async (operation: string, given: Loose = {}) => answerOf(await send(operation, given));
  const client = {
    request,
    async *list(operation: string, given: Loose = {}) {
      let cursor: string | undefined;
      while (true) {
        const page = await request(operation, { ...given, query: { ...given.query, cursor } });
        yield* page.items;
        if (page.next_cursor === null) return;
        cursor = page.next_cursor;
      }
    },
    async *alerts({ after, signal }: { after?: string; signal?: AbortSignal } = {}) {
      const headers = after === undefined ? {} : { "last-event-id": after };
      const response = await send("GET /api/v1/alerts/stream", { headers, ...(signal && { signal }) });
      for await (const { id, event, data } of serverEvents(response.body!)) {
        if (event !== "summary") yield { id, alert: JSON.parse(data) };
      }
    },
  };
  // The types say of each operation what these functions do alike for all.
  return client as unknown as Client;
}

async function answerOf(response: Response) {
  const text = await response.text();
  if (text === "") return undefined;
  return response.headers.get("content-type")?.includes("json") === true ? JSON.parse(text) : text;
}

function refusalOf(text: string): Refusal {
  try {
    return JSON.parse(text);
  } catch (_noJson) {
    return { detail: text.slice(0, 500) };
  }
}
