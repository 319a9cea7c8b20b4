/** One poll: the request that a rule asks for, and what its answer is worth. It never rejects. */
import { randomId } from "../src/base/ids.ts";
import type { JsonObject, JsonValue } from "../src/base/json.ts";
import { endpointUrl } from "../src/base/own_endpoint.ts";
import { SecretMarks } from "../src/base/secret_marks.ts";
import type { HttpFailure, HttpPort, HttpRequest, HttpResult } from "../src/channel/http.ts";
import type { EventSlice } from "../src/ingest/event_slice.ts";
import { polledEvent } from "../src/ingest/polled_event.ts";
import type { Polling } from "../src/model/polling.ts";

/** A longer answer is refused: it becomes one event of the log. */
export const POLL_ANSWER_BYTES_MAX = 262_144;

export type PollFailure = "refused" | "timeout" | "unreachable" | "status" | "too_large" | "not_json";

export type PollAnswer =
  | { kind: "event"; slice: EventSlice }
  | { kind: "failed"; reason: PollFailure; message: string };

const encoder = new TextEncoder();

export async function poll(
  polling: Polling,
  { http, signal }: { http: HttpPort; signal: AbortSignal },
): Promise<PollAnswer> {
  return answerOf(await http.send(requestOf(polling, signal)));
}

function requestOf(polling: Polling, signal: AbortSignal): HttpRequest {
  const { method, timeout_ms } = polling;
  const secrets = new SecretMarks(randomId());
  const endpoint = secrets.marked(endpointUrl(polling.endpoint));
  const params = secrets.markedJson(polling.params);
  const bounds = { secrets, signal, deadline_ms: timeout_ms, answer_bytes_max: POLL_ANSWER_BYTES_MAX };
  const accept = { accept: "application/json" };
  if (method === "GET") {
    return { method, url: withQuery(endpoint, params), headers: accept, body: new Uint8Array(0), ...bounds };
  }
  const headers = { ...accept, "content-type": "application/json" };
  return { method, url: endpoint, headers, body: encoder.encode(JSON.stringify(params)), ...bounds };
}

/** A list gives its name several times; what is no text or number is written as JSON. */
function withQuery(endpoint: string, params: JsonObject): string {
  const url = URL.parse(endpoint);
  if (url === null) return endpoint;
  for (const [name, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, textOf(one));
  }
  return url.href;
}

function textOf(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function answerOf(result: HttpResult): PollAnswer {
  const text = bodyOf(result, POLL_ANSWER_BYTES_MAX);
  if (text.kind === "failed") return failed(text.reason, text.why);
  const slice = polledEvent(text.body);
  return slice === null
    ? failed("not_json", "the answer is no JSON that may be an event")
    : { kind: "event", slice };
}

function failed(reason: PollFailure, why: string): PollAnswer {
  return { kind: "failed", reason, message: `Cannot poll the endpoint: ${why}` };
}

/** The whole body of an answer of 2xx, or why there is none. */
export function bodyOf(
  result: HttpResult,
  bytesMax: number,
): { kind: "body"; body: string } | { kind: "failed"; reason: PollFailure; why: string } {
  const none = (reason: PollFailure, why: string) => ({ kind: "failed" as const, reason, why });
  if (result.kind === "failed") {
    const why = result.message.replace(/^Cannot [a-z ]+(the URL)?: /, "");
    return none(BY_CODE[result.code] ?? "unreachable", why);
  }
  const { status, body, body_end } = result;
  if (status < 200 || status > 299) return none("status", `the endpoint answered ${status}`);
  if (body_end === "broken") return none("unreachable", "the connection ended within the answer");
  if (body_end === "cut") return none("too_large", `the answer is longer than ${bytesMax} bytes`);
  return { kind: "body", body };
}

const BY_CODE: Readonly<Partial<Record<HttpFailure, PollFailure>>> = {
  bad_url: "refused",
  ssrf_blocked: "refused",
  body_over_limit: "refused",
  secret_missing: "refused",
  secret_locked: "refused",
  secret_host_refused: "refused",
  secret_unusable: "refused",
  connect_timeout: "timeout",
  timeout_after_send: "timeout",
};
