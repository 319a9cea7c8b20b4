/**
 * The one way out: every HTTP call of the product goes through this client, so through the egress guard.
 * A connection is made only to an address that was vetted for it, and kept alive for the next call to the
 * same host; TLS is checked against the name. No redirects, a deadline for the whole exchange, the first
 * 20,000 bytes of the answer where a request does not ask for more. It never rejects.
 */
import { Agent as HttpAgent, type ClientRequest, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, type AgentOptions, request as httpsRequest } from "node:https";
import { connect as tlsConnect, type ConnectionOptions } from "node:tls";
import type { Clock } from "../base/clock.ts";
import type { HttpPort, HttpRequest, HttpResult } from "../channel/http.ts";
import { Exchange } from "./_exchange.ts";
import { failed } from "./_failure.ts";
import { type EgressGuard, literalOf, portOf } from "./egress.ts";
import { vettedLookup } from "./_vetted_lookup.ts";

/** Of a request: an alert's evidence is cut at 256 kB, so more is a mistake. */
export const REQUEST_BODY_BYTES_MAX = 1_048_576;
const DEADLINE_MS = 10_000;
const IDLE_CONNECTION_MS = 4_000;
const IDLE_CONNECTIONS_PER_HOST_MAX = 32;
const CONNECTIONS_PER_HOST_MAX = 64;

export interface HttpClient extends HttpPort {
  /** Closes idle connections. Idempotent. */
  close(): void;
}

export function createHttpClient(
  { egress, clock, deadlineMs = DEADLINE_MS, ca }: {
    egress: EgressGuard;
    clock: Clock;
    deadlineMs?: number;
    /** PEM of further certificate authorities to trust. */
    ca?: string;
  },
): HttpClient {
  const pooling = {
    keepAlive: true,
    timeout: IDLE_CONNECTION_MS,
    maxFreeSockets: IDLE_CONNECTIONS_PER_HOST_MAX,
    maxSockets: CONNECTIONS_PER_HOST_MAX,
  };
  const http = new HttpAgent(pooling);
  const https = tlsAgent({ ...pooling, ...(ca === undefined ? {} : { ca }) });
  return {
    async send(request) {
      const verdict = egress.checkUrl(request.url);
      if (verdict.kind === "refused") {
        return failed(verdict.reason === "bad_url" ? "bad_url" : "ssrf_blocked", verdict.message);
      }
      if (request.body.length > REQUEST_BODY_BYTES_MAX) return failed("body_over_limit");
      if (request.signal.aborted) return failed("shutdown_during_send");
      const open = openRequest(request, { url: verdict.url, egress, agents: { http, https } });
      return await timed(new Exchange(open, request.body, request.answer_bytes_max), {
        signal: request.signal,
        clock,
        deadlineMs: request.deadline_ms ?? deadlineMs,
      });
    },
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

// The platform's own agent loads the machine's certificates into each connection. That needs a permission
// that nothing else here needs, and passes by what DENO_CERT and DENO_TLS_CA_STORE say.
function tlsAgent(options: AgentOptions): HttpsAgent {
  const agent = new HttpsAgent(options);
  agent.createConnection = (target) => tlsConnect(target as ConnectionOptions);
  return agent;
}

function openRequest(
  { method, headers, body }: HttpRequest,
  { url, egress, agents }: { url: URL; egress: EgressGuard; agents: { http: HttpAgent; https: HttpsAgent } },
): ClientRequest {
  const port = portOf(url);
  const literal = literalOf(url.hostname);
  const options = {
    method,
    host: literal ?? url.hostname.replace(/\.$/, ""),
    port,
    path: url.pathname + url.search,
    headers: {
      accept: "*/*",
      "user-agent": "Tocsin/0.1",
      ...headers,
      host: url.host,
      "content-length": body.length,
    },
    // Not called for literals, which checkUrl has vetted.
    lookup: vettedLookup((name) => egress.resolve(name, port)),
  };
  return url.protocol === "https:"
    ? httpsRequest({ ...options, agent: agents.https })
    : httpRequest({ ...options, agent: agents.http });
}

async function timed(
  exchange: Exchange,
  { signal, clock, deadlineMs }: { signal: AbortSignal; clock: Clock; deadlineMs: number },
): Promise<HttpResult> {
  const timer = clock.after(deadlineMs, () => exchange.stop("deadline"));
  const onAbort = () => exchange.stop("shutdown");
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await exchange.result;
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", onAbort);
  }
}
