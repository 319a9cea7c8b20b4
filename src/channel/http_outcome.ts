/**
 * What an HTTP exchange means for a delivery: the channel's half of the retry rule, *whether*. The status
 * decides unless the channel reads more out of the answer. Retry-After turns 413, 429 and 5xx into "deferred"
 * and softens nothing else. Follows RFC 9110, the Standard Webhooks document and Alertmanager's practice; the
 * table is held by test/vectors/delivery/retry_http.json.
 */
import type { SendResult } from "./channel.ts";
import type { HttpAnswer, HttpFailure, HttpResult } from "./http.ts";
import { DEFERRAL_MS_MAX, retryAfterMs } from "./retry_after.ts";
import { deferred, delivered, ofChannel, ofMessage, transient, unknown, type Verdict } from "./verdict.ts";

/** What a channel reads out of an answer. */
export interface Reading {
  /** Stands in place of what the status says. */
  verdict?: Verdict;
  /** The wait that the body asks for, where no header does. */
  wait_ms?: number;
  /** The provider's code, for the operator. */
  code?: string;
}

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
  429: deferred("rate_limited"),
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
  shutdown_during_send: unknown("shutdown"),
  secret_missing: ofChannel("secret_missing"),
  secret_locked: ofChannel("secret_locked"),
  secret_host_refused: ofChannel("secret_host_refused"),
  secret_unusable: ofChannel("secret_unusable"),
};

// At least this much, lest "Retry-After: 0" on a 429 make a loop.
const DEFERRAL_MS_MIN = 1000;

/** `now`, ms since the epoch, is the time of the answer. */
export function outcomeOfHttp(
  result: HttpResult,
  now: number,
  read: (answer: HttpAnswer) => Reading = () => ({}),
): SendResult {
  if (result.kind === "failed") {
    const verdict = BY_FAILURE[result.code];
    return { ...verdict, status: null, error: result.message, response_body: null, retry_after_ms: null };
  }
  const reading = read(result);
  const verdict = reading.verdict ?? verdictOf(result.status);
  const asked = retryAfterMs(result.headers["retry-after"], now) ?? reading.wait_ms ?? null;
  const wait = softens(result.status, reading.verdict) ? asked : null;
  const defers = verdict.class === "deferred" || (wait !== null && wait > 0);
  return {
    ...(defers ? deferred(verdict.reason ?? "deferred") : verdict),
    status: result.status,
    error: verdict.class === "delivered" ? null : explain(result, verdict, reading.code),
    response_body: result.body,
    retry_after_ms: defers && wait !== null
      ? Math.min(Math.max(wait, DEFERRAL_MS_MIN), DEFERRAL_MS_MAX)
      : null,
  };
}

// A channel that knows the answer to be final is not talked out of it by a header.
function softens(status: number, read: Verdict | undefined): boolean {
  if (read !== undefined) return read.class === "deferred" || read.class === "transient";
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

function explain({ status }: HttpAnswer, verdict: Verdict, code: string | undefined): string {
  const text = `Cannot deliver: the receiver answered ${status}${code === undefined ? "" : ` "${code}"`}`;
  return verdict.reason === "redirect_refused" ? `${text}; redirects are not followed` : text;
}
