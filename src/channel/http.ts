/**
 * What a channel may ask of HTTP. Channels import no client: the caller passes this capability in, already
 * behind the egress guard. A failure is one of a closed set of codes; no error text of the platform, which
 * may quote a URL with a secret in it, gets this far.
 */
import type { SecretMarks } from "../base/secret_marks.ts";

export type HttpFailure =
  | "bad_url"
  | "ssrf_blocked"
  | "body_over_limit"
  | "dns_not_found"
  | "dns_temporary"
  | "connect_refused"
  | "connect_timeout"
  | "network_unreachable"
  | "reset_before_send"
  | "reset_after_send"
  | "timeout_after_send"
  | "http_parse"
  | "tls_certificate"
  | "tls_handshake"
  | "shutdown_during_send"
  | "secret_missing"
  | "secret_locked"
  | "secret_host_refused"
  | "secret_unusable";

export interface HttpRequest {
  method: string;
  url: string;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array<ArrayBuffer>;
  /** Of the marks that stand for secrets in its url, headers and body; absent: nothing stands for one. */
  secrets?: SecretMarks;
  /** Aborted when this process stops waiting for answers. */
  signal: AbortSignal;
  /** Of the whole exchange; absent: the client's own. */
  deadline_ms?: number;
  /** Bytes of the answer that are kept; absent: the client's own bound. */
  answer_bytes_max?: number;
}

export interface HttpAnswer {
  kind: "answer";
  status: number;
  /** Names in small letters; of a repeated header the platform's joined or first value. */
  headers: Readonly<Record<string, string>>;
  body: string;
  /** "cut": there was more than is kept; "broken": the connection ended or the deadline came first. */
  body_end: "complete" | "cut" | "broken";
}

export interface HttpFailed {
  kind: "failed";
  code: HttpFailure;
  /** A sentence for the operator, without secrets. */
  message: string;
}

export type HttpResult = HttpAnswer | HttpFailed;

/** One exchange: no redirect is followed, and it ends by the deadline. Never rejects. */
export interface HttpPort {
  send(request: HttpRequest): Promise<HttpResult>;
}
