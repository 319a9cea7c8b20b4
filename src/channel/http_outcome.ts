/**
 * What an HTTP exchange means for a delivery, for every channel whose status decides (webhook, PagerDuty):
 * the channel's half of the retry rule, *whether*. Retry-After turns 413, 429 and 5xx into "deferred" and
 * softens nothing else. Follows RFC 9110, the Standard Webhooks document and Alertmanager's practice; the
 * table is held by test/vectors/delivery/retry_http.json.
 */
import type { SendResult } from "./channel.ts";
import type { HttpAnswer, HttpFailure, HttpResult } from "./http.ts";
import { retryAfterMs } from "./retry_after.ts";

type Verdict = Pick<SendResult, "class" | "scope" | "reason">;

const delivered: Verdict = { class: "delivered", scope: null, reason: null };
const transient = (reason: string): Verdict => ({ class: "transient", scope: null, reason });
const ofMessage = (reason: string): Verdict => ({ class: "permanent", scope: "message", reason });
const ofChannel = (reason: string): Verdict => ({ class: "permanent", scope: "channel", reason });

const BY_STATUS: Readonly<Record<number, Verdict>> = {
  401: ofChannel("auth"),
  402: ofChannel("client_error"),
  403: ofChannel("auth"),
  404: ofChannel("not_found"),
  405: ofChannel("client_error"),
  407: ofChannel("auth"),
  408: transient("timeout"),
  409: ofMessage("conflict"),
  410: ofChannel("gone"),
  413: ofMessage("too_long"),
  415: ofChannel("client_error"),
  421: transient("misdirected"),
  425: transient("too_early"),
  426: ofChannel("client_error"),
  429: { class: "deferred", scope: null, reason: "rate_limited" },
  451: ofChannel("client_error"),
  501: ofChannel("server_error"),
  505: ofChannel("server_error"),
};

const BY_FAILURE: Readonly<Record<HttpFailure, Verdict>> = {
  bad_url: ofChannel("bad_url"),
  ssrf_blocked: ofChannel("address_refused"),
  body_over_limit: ofMessage("too_long"),
  dns_not_found: transient("dns"),
  dns_temporary: transient("dns"),
  connect_refused: transient("network"),
  connect_timeout: transient("timeout"),
  network_unreachable: transient("network"),
  reset_before_send: transient("network"),
  reset_after_send: transient("network"),
  timeout_after_send: transient("timeout"),
  http_parse: transient("protocol"),
  tls_certificate: ofChannel("tls_cert"),
  tls_handshake: transient("tls"),
  shutdown_during_send: { class: "unknown", scope: null, reason: "shutdown" },
};

// At least this much, lest "Retry-After: 0" on a 429 make a loop.
const DEFERRAL_MS_MIN = 1000;

/** `now`, ms since the epoch, is the time of the answer. */
export function outcomeOfHttp(result: HttpResult, now: number): SendResult {
  if (result.kind === "failed") {
    const verdict = BY_FAILURE[result.code];
    return { ...verdict, status: null, error: result.message, response_body: null, retry_after_ms: null };
  }
  const wait = softens(result.status) ? retryAfterMs(result.headers["retry-after"], now) : null;
  const verdict = verdictOf(result.status);
  const defers = verdict.class === "deferred" || (wait !== null && wait > 0);
  return {
    ...(defers ? { class: "deferred", scope: null, reason: verdict.reason } : verdict),
    status: result.status,
    error: verdict.class === "delivered" ? null : explain(result, verdict),
    response_body: result.body,
    retry_after_ms: defers && wait !== null ? Math.max(wait, DEFERRAL_MS_MIN) : null,
  };
}

function softens(status: number): boolean {
  return status === 413 || status === 429 || status >= 500;
}

function verdictOf(status: number): Verdict {
  const listed = BY_STATUS[status];
  if (listed !== undefined) return listed;
  if (status < 200) return ofChannel("protocol");
  if (status < 300) return delivered;
  if (status < 400) return ofChannel("redirect_refused");
  if (status < 500) return ofMessage("client_error");
  return transient("server_error");
}

function explain(answer: HttpAnswer, verdict: Verdict): string {
  const text = `Cannot deliver: the receiver answered ${answer.status}`;
  return verdict.reason === "redirect_refused" ? `${text}; redirects are not followed` : text;
}
