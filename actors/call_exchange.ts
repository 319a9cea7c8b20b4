/** One call of an endpoint that a rule asks, and what its answer is worth. It never rejects. */
import type { JsonValue } from "../src/base/json.ts";
import { CALL_MARKS } from "../src/base/secret_marks.ts";
import type { HttpPort } from "../src/channel/http.ts";
import type { CallRequest } from "../src/engine/enrich/call_request.ts";
import { soundJson } from "../src/ingest/polled_event.ts";
import { bodyOf, type PollFailure } from "./poll_exchange.ts";

/** A longer answer is refused: it becomes a record of the log. */
export const CALL_ANSWER_BYTES_MAX = 65_536;

/** "busy": it got no place in time. */
export type CallFailure = PollFailure | "busy";

export type CallOutcome =
  | { kind: "value"; value: JsonValue }
  | { kind: "failed"; reason: CallFailure; message: string };

const encoder = new TextEncoder();

export async function call(
  { method, url, body, secrets }: CallRequest,
  { http, signal, deadline_ms }: { http: HttpPort; signal: AbortSignal; deadline_ms: number },
): Promise<CallOutcome> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== null) headers["content-type"] = "application/json";
  const result = await http.send({
    ...{ method, url, headers, body: encoder.encode(body ?? ""), signal, deadline_ms },
    answer_bytes_max: CALL_ANSWER_BYTES_MAX,
    ...(secrets && { secrets: CALL_MARKS }),
  });
  const answer = bodyOf(result, CALL_ANSWER_BYTES_MAX);
  if (answer.kind === "failed") return failed(answer.reason, answer.why);
  const value = soundJson(answer.body);
  return value === undefined ? failed("not_json", "the answer is no sound JSON") : { kind: "value", value };
}

export function failed(reason: CallFailure, why: string): CallOutcome {
  return { kind: "failed", reason, message: `Cannot call the endpoint: ${why}` };
}
