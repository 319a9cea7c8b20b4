/**
 * An HTTP port that answers requests to this server's own endpoints in the process, without a connection, a
 * token or a guard between; every other request goes on to the client. Polls, calls of enrichments and webhook
 * actions ask through it, so a rule tells no difference: there is a deadline, a bound of the answer, a status.
 */
import type { Clock } from "../base/clock.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import { OWN_ORIGIN, OWN_PATHS } from "../base/own_endpoint.ts";
import type { HttpPort, HttpRequest, HttpResult } from "../channel/http.ts";
import { failed } from "./_failure.ts";
import { markedSecrets } from "./secret_http.ts";

/** A request to a path of this server. */
export interface OwnCall {
  method: string;
  /** Begins with "/runtime/"; as it is written, percent-encoding included. */
  path: string;
  /** Of a name that stands several times, the last value. */
  query: Readonly<Record<string, string>>;
  /** null: there is none. */
  body: JsonValue;
  /** Who asks: "cep-metric-poll", say. */
  executedBy: string;
  deadlineMs: number;
}

export interface OwnAnswer {
  status: number;
  body: JsonObject;
}

/** Who answers them: what GET and POST /runtime/... answer over HTTP. */
export interface OwnEndpoints {
  answer(call: OwnCall): Promise<OwnAnswer>;
}

export interface OwnPortParts {
  http: HttpPort;
  own: OwnEndpoints;
  clock: Clock;
  executedBy: string;
}

const DEADLINE_MS = 10_000;
const ANSWER_BYTES_MAX = 20_000;
const INTERNAL_ERROR = 500;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function withOwnEndpoints({ http, own, clock, executedBy }: OwnPortParts): HttpPort {
  return {
    async send(request) {
      const url = request.url.startsWith(`${OWN_ORIGIN}/`) ? URL.parse(request.url) : null;
      if (url === null) return await http.send(request);
      if (!url.pathname.startsWith(OWN_PATHS)) return failed("bad_url");
      const [secret] = markedSecrets(request);
      if (secret !== undefined) return keptFrom(secret);
      const call = callOf(request, { url, executedBy });
      if (call === null) return failed("bad_url");
      return await bounded(answered(own, call, request), { request, clock, ms: call.deadlineMs });
    },
  };
}

/** Scripts run there, and what is asked is logged. */
function keptFrom(secret: string): HttpResult {
  const why = "it may not be sent to this server itself: the definition names it";
  return failed("secret_host_refused", `Cannot send secret "${secret}": ${why}`);
}

function callOf(
  { method, body, deadline_ms = DEADLINE_MS }: HttpRequest,
  { url, executedBy }: { url: URL; executedBy: string },
): OwnCall | null {
  let read: JsonValue = null;
  try {
    if (body.length > 0) read = JSON.parse(decoder.decode(body));
  } catch (_noJson) {
    return null;
  }
  const query = Object.fromEntries(url.searchParams);
  return { method, path: url.pathname, query, body: read, executedBy, deadlineMs: deadline_ms };
}

async function answered(own: OwnEndpoints, call: OwnCall, request: HttpRequest): Promise<HttpResult> {
  const { status, body } = await own.answer(call).catch((): OwnAnswer => {
    // Its own fault was logged where it was met; whoever asks sees a status.
    return { status: INTERNAL_ERROR, body: { detail: "the server failed" } };
  });
  const text = JSON.stringify(body);
  const bytes = encoder.encode(text);
  const max = request.answer_bytes_max ?? ANSWER_BYTES_MAX;
  const fits = bytes.length <= max;
  return {
    ...{ kind: "answer", status, headers: { "content-type": "application/json" } },
    ...{ body: fits ? text : decoder.decode(bytes.subarray(0, max)), body_end: fits ? "complete" : "cut" },
  };
}

/** Ends by the deadline, and when this process stops waiting. What runs then ends by its own deadline. */
async function bounded(
  answer: Promise<HttpResult>,
  { request: { signal }, clock, ms }: { request: HttpRequest; clock: Clock; ms: number },
): Promise<HttpResult> {
  const { promise, resolve } = Promise.withResolvers<HttpResult>();
  const timer = clock.after(ms, () => resolve(failed("timeout_after_send")));
  const onAbort = () => resolve(failed("shutdown_during_send"));
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([promise, answer]);
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", onAbort);
  }
}
