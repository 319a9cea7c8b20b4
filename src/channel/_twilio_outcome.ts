/**
 * What Twilio's answer means: the status decides, listed codes refine it, an unlisted code falls back to the
 * status, since Twilio asks not to build on codes alone. The API has no idempotency key: where a request may
 * have got through without an answer the outcome is unknown. Held by test/vectors/delivery/retry_http.json.
 */
import { isObject, type JsonValue } from "../base/json.ts";
import { parsedJson } from "./_parsed_json.ts";
import type { SendResult } from "./channel.ts";
import type { HttpAnswer, HttpFailure, HttpResult } from "./http.ts";
import { outcomeOfHttp, type Reading } from "./http_outcome.ts";
import {
  deferred,
  delivered,
  ofChannel,
  ofMessage,
  ofRecipient,
  transient,
  type Verdict,
} from "./verdict.ts";

const atMost = (verdict: Verdict, retries_max: number): Verdict => ({ ...verdict, retries_max });

/** Codes of answers and, from 30001 on, of messages that were accepted and failed later. */
const BY_CODE: Readonly<Record<number, Verdict>> = {
  20003: ofChannel("auth"),
  20005: ofChannel("account_inactive"),
  20404: ofChannel("not_found"),
  20429: deferred("rate_limited"),
  21211: ofRecipient("invalid_to"),
  21212: ofChannel("invalid_from"),
  21408: ofRecipient("region_not_enabled"),
  21602: ofMessage("empty_body"),
  21603: ofChannel("invalid_from"),
  21604: ofMessage("no_to"),
  21605: ofMessage("too_long"),
  21606: ofChannel("from_not_capable"),
  21608: ofRecipient("unverified_to"),
  21610: ofRecipient("opted_out"),
  21611: deferred("queue_full"),
  21612: ofRecipient("unroutable"),
  21614: ofRecipient("not_mobile"),
  21617: ofMessage("too_long"),
  21619: ofMessage("empty_body"),
  21658: ofMessage("too_long"),
  21701: ofChannel("messaging_service"),
  21703: ofChannel("messaging_service"),
  21705: ofChannel("messaging_service"),
  21730: transient("maintenance"),
  30001: atMost(transient("queue_overflow"), 3),
  30002: ofChannel("account_suspended"),
  30003: atMost(transient("handset_unreachable"), 1),
  30004: ofRecipient("blocked"),
  30005: ofRecipient("unknown_handset"),
  30006: ofRecipient("landline"),
  30007: ofMessage("filtered"),
  30008: atMost(transient("unknown_carrier_error"), 1),
  30009: atMost(transient("missing_segment"), 1),
  30010: ofChannel("price_limit"),
  30034: ofChannel("unregistered_sender"),
  63038: deferred("daily_limit"),
};

/** A sender's queue holds up to ten hours of messages. */
const QUEUE_FULL_MS = 300_000;
const QUEUE_FULL = 21611;

const CHANNEL_STATUS: ReadonlySet<number> = new Set([401, 403, 404, 405]);
/** The request may have got through. */
const MAY_BE_SENT: ReadonlySet<HttpFailure> = new Set([
  "reset_after_send",
  "timeout_after_send",
  "http_parse",
]);

export function outcomeOfTwilio(result: HttpResult, now: number): SendResult {
  const outcome = outcomeOfHttp(result, now, read);
  const maybe = result.kind === "failed" && MAY_BE_SENT.has(result.code);
  return maybe ? { ...outcome, class: "unknown" } : outcome;
}

/** Of a message as Twilio tells its state, at once or by a status callback. */
export function verdictOfMessage(status: string, code: number | null): Verdict {
  if (code === null && status !== "failed" && status !== "undelivered") return delivered;
  return (code === null ? undefined : BY_CODE[code]) ?? ofRecipient("unknown_code");
}

function read({ status, body }: HttpAnswer): Reading {
  const said = parsedJson(body);
  if (!isObject(said)) return byStatus(status, null);
  if (status >= 200 && status < 300) {
    return { verdict: verdictOfMessage(String(said.status), codeOf(said.error_code)) };
  }
  return byStatus(status, codeOf(said.code));
}

function byStatus(status: number, code: number | null): Reading {
  const about = code === null
    ? {}
    : { code: String(code), ...(code === QUEUE_FULL && { wait_ms: QUEUE_FULL_MS }) };
  const listed = code === null ? undefined : BY_CODE[code];
  if (listed !== undefined) return { ...about, verdict: listed };
  if (status < 400 || status === 429 || status === 408) return about;
  if (status >= 500) return { ...about, verdict: transient("server_error") };
  const reason = code === null ? "client_error" : "unknown_code";
  return { ...about, verdict: CHANNEL_STATUS.has(status) ? ofChannel(reason) : ofMessage(reason) };
}

function codeOf(value: JsonValue | undefined): number | null {
  const code = Number(value ?? NaN);
  return Number.isInteger(code) ? code : null;
}
