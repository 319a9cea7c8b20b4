/** An error of node:http, node:tls or the resolver as one of the closed set of HTTP failures. */
import type { HttpFailed, HttpFailure } from "../channel/http.ts";
import { EgressRefused } from "./egress.ts";

const BY_CODE: Readonly<Record<string, HttpFailure>> = {
  ENOTFOUND: "dns_not_found",
  ENODATA: "dns_not_found",
  EAI_AGAIN: "dns_temporary",
  EAI_FAIL: "dns_temporary",
  ECONNREFUSED: "connect_refused",
  ETIMEDOUT: "connect_timeout",
  ENETUNREACH: "network_unreachable",
  EHOSTUNREACH: "network_unreachable",
  EADDRNOTAVAIL: "network_unreachable",
  EACCES: "network_unreachable",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "tls_certificate",
  UNABLE_TO_GET_ISSUER_CERT: "tls_certificate",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "tls_certificate",
  DEPTH_ZERO_SELF_SIGNED_CERT: "tls_certificate",
  SELF_SIGNED_CERT_IN_CHAIN: "tls_certificate",
  HOSTNAME_MISMATCH: "tls_certificate",
  ERR_TLS_CERT_ALTNAME_INVALID: "tls_certificate",
  EPROTO: "tls_handshake",
};

const TEXT: Readonly<Record<HttpFailure, string>> = {
  bad_url: "the URL cannot be called",
  ssrf_blocked: "the address is refused",
  body_over_limit: "the message is too long",
  dns_not_found: "the host name does not resolve",
  dns_temporary: "the host name could not be resolved for now",
  connect_refused: "the connection was refused",
  connect_timeout: "no connection in time",
  network_unreachable: "the network or host is unreachable",
  reset_before_send: "the connection was closed before the request was sent",
  reset_after_send: "the connection was closed before an answer came",
  timeout_after_send: "no answer in time",
  http_parse: "the answer is not HTTP",
  tls_certificate: "the certificate is not valid for this host",
  tls_handshake: "no TLS connection could be made",
  shutdown_during_send: "Tocsin stopped before an answer came",
  secret_missing: "there is no such secret",
  secret_locked: "a secret cannot be opened",
  secret_host_refused: "a secret may not be sent there",
  secret_unusable: "a secret cannot be sent like this",
};

/** `message`, where given, replaces the text of the code. */
export function failed(code: HttpFailure, message = `Cannot deliver: ${TEXT[code]}`): HttpFailed {
  return { kind: "failed", code, message };
}

/** Whether an error's code says that a certificate does not prove who answered. */
export function isCertificateError(code: string): boolean {
  return BY_CODE[code] === "tls_certificate" || code.startsWith("CERT_");
}

/** `connected` tells whether the request may have reached the receiver. */
export function failureOf(error: unknown, connected: boolean): HttpFailed {
  if (error instanceof EgressRefused) return failed("ssrf_blocked", `Cannot call the URL: ${error.message}`);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known = BY_CODE[code];
  if (known !== undefined) return failed(known);
  if (code.startsWith("HPE_")) return failed("http_parse");
  if (isCertificateError(code)) return failed("tls_certificate");
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_")) return failed("tls_handshake");
  return failed(connected ? "reset_after_send" : "reset_before_send");
}
