/**
 * What a script may ask of the network: under the policy of its definition, and behind the egress guard like every
 * call of this server. What is refused says so in the words that scripts of the reference system know.
 */
import { isObject, type JsonObject, type JsonValue, printedJson } from "../base/json.ts";
import type { SecretMarks } from "../base/secret_marks.ts";
import type { HttpFailure, HttpPort, HttpResult } from "../channel/http.ts";
import type { RuntimePolicy } from "../model/api_definition.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const HEADERS_MAX = 50;
const BODY_CHARACTERS_MAX = 1_048_576;
const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
const FRAMING = new Set([
  ...["host", "content-length", "connection", "keep-alive", "te"],
  ...["trailer", "transfer-encoding", "upgrade", "expect"],
]);

const REFUSALS: Readonly<Partial<Record<HttpFailure, string>>> = {
  bad_url: "Invalid host",
  ssrf_blocked: "Private address not allowed",
  dns_not_found: "Unable to resolve host",
  dns_temporary: "Unable to resolve host",
};

export interface ScriptHttpOptions {
  policy: RuntimePolicy;
  http: HttpPort;
  /** Those of this run. */
  secrets: SecretMarks;
  signal: AbortSignal;
  /** What is left of the run, ms. */
  leftMs: number;
}

/** @throws Error what the script sees */
export async function scriptHttp(request: JsonObject, options: ScriptHttpOptions): Promise<JsonValue> {
  const { policy, http, secrets, signal, leftMs } = options;
  if (!policy.allow_network) throw new Error("Network access is disabled");
  const url = addressOf(request.url, policy);
  const method = typeof request.method === "string" ? request.method.toUpperCase() : "GET";
  if (!METHODS.includes(method)) throw new Error(`Unknown method: expected ${METHODS.join(", ")}`);
  const text = request.json_body === undefined || request.json_body === null
    ? typeof request.body === "string" ? request.body : ""
    : JSON.stringify(request.json_body);
  if (text.length > BODY_CHARACTERS_MAX) throw new Error("The body of the request is too long");
  const asked = typeof request.timeout_ms === "number" && request.timeout_ms > 0
    ? request.timeout_ms
    : leftMs;
  const result = await http.send({
    ...{ method, url: url.href, headers: headersOf(request, text), secrets, signal },
    body: new TextEncoder().encode(text),
    deadline_ms: Math.max(1, Math.min(asked, leftMs)),
    answer_bytes_max: policy.max_response_bytes,
  });
  return answerOf(result);
}

function addressOf(given: JsonValue | undefined, { allowed_hosts }: RuntimePolicy): URL {
  const url = typeof given === "string" ? URL.parse(given) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error("Invalid host");
  const name = url.hostname.toLowerCase();
  if (name === "169.254.169.254") throw new Error("Metadata endpoints are blocked");
  if (allowed_hosts.length > 0 && !allowed_hosts.includes(name)) throw new Error("Host is not whitelisted");
  return url;
}

function headersOf({ headers, json_body }: JsonObject, text: string): Record<string, string> {
  const given = isObject(headers) ? Object.entries(headers).slice(0, HEADERS_MAX) : [];
  const type = json_body !== undefined && text !== "" ? { "content-type": "application/json" } : {};
  return { ...type, ...cleanHeaders(given) };
}

/** Names in small letters, values without control characters; what frames the request stays with the client. */
export function cleanHeaders(given: readonly (readonly [string, JsonValue])[]): Record<string, string> {
  const named = given.map(([name, value]) => [name.toLowerCase(), printedJson(value)] as const);
  return Object.fromEntries(
    named.filter(([name]) => HEADER_NAME.test(name) && !FRAMING.has(name))
      .map(([name, text]) => [name, text.replaceAll(/[^\t\x20-\x7e]/g, " ")]),
  );
}

function answerOf(result: HttpResult): JsonValue {
  if (result.kind === "failed") throw new Error(REFUSALS[result.code] ?? result.message);
  const { status, headers, body, body_end } = result;
  if (body_end === "cut") throw new Error("Response exceeds the allowed byte limit");
  if (body_end === "broken") throw new Error("The connection ended within the answer");
  if (status < 200 || status > 299) throw new Error(`HTTP status ${status}`);
  return { status_code: status, headers: { ...headers }, body };
}
