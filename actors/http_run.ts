/** One run of an API definition of type "http": a request behind the egress guard, and what it was answered. */
import type { Clock } from "../src/base/clock.ts";
import { randomId } from "../src/base/ids.ts";
import { isObject, type JsonObject, type JsonValue, printedJson } from "../src/base/json.ts";
import { Problem } from "../src/base/problem.ts";
import { SecretMarks } from "../src/base/secret_marks.ts";
import type { HttpPort, HttpResult } from "../src/channel/http.ts";
import { httpLogic } from "../src/model/http_logic.ts";
import { cleanHeaders } from "../src/notify/script_http.ts";
import type { ApiCall, Runnable } from "./script_desk.ts";

/** @throws Problem 400 for a parameter that is missing, 502 where there is no good answer */
export async function runHttp(
  { logic, runtime_policy: policy }: Runnable,
  { params, deadlineMs = Infinity }: ApiCall,
  { http, signal }: { http: HttpPort; clock: Clock; signal: AbortSignal },
) {
  const secrets = new SecretMarks(randomId());
  const spec = httpLogic(secrets.marked(logic), params);
  const url = URL.parse(spec.url);
  if (url === null) {
    throw new Problem({ status: 400, code: "bad_url", detail: "The parameters make no address" });
  }
  if (policy.allowed_hosts.length > 0 && !policy.allowed_hosts.includes(url.hostname.toLowerCase())) {
    throw new Problem({ status: 400, code: "host_not_allowed", detail: "Host is not whitelisted" });
  }
  for (const [name, value] of Object.entries(spec.params)) url.searchParams.append(name, printedJson(value));
  const body = spec.body === null ? "" : JSON.stringify(spec.body);
  const type = body === "" ? {} : { "content-type": "application/json" };
  const answer = await http.send({
    ...{
      method: spec.method,
      url: url.href,
      headers: { ...type, ...cleanHeaders(Object.entries(spec.headers)) },
      ...{ signal, secrets },
    },
    body: new TextEncoder().encode(body),
    deadline_ms: Math.min(policy.timeout_ms, deadlineMs),
    answer_bytes_max: policy.max_response_bytes,
  });
  const { status, data } = dataOf(answer);
  const rows = Array.isArray(data) ? data.filter(isObject) : isObject(data) ? [data] : [];
  return {
    result: {
      ...{ status_code: status, data, columns: Object.keys(rows[0] ?? {}), rows, row_count: rows.length },
      params,
    } as JsonObject,
    // Headers may carry credentials.
    references: { http_spec: { method: spec.method, url: secrets.shown(spec.url) }, params } as JsonObject,
  };
}

function dataOf(answer: HttpResult): { status: number; data: JsonValue } {
  const failed = (detail: string) => new Problem({ status: 502, code: "http_failed", detail });
  if (answer.kind === "failed") throw failed(`HTTP request failed: ${answer.message}`);
  const { status, body, body_end } = answer;
  if (status < 200 || status > 299) throw failed(`HTTP response error: ${status}`);
  if (body_end === "cut") throw failed("HTTP response exceeds the allowed byte limit");
  if (body_end === "broken") throw failed("HTTP request failed: the connection ended within the answer");
  try {
    return { status, data: JSON.parse(body) as JsonValue };
  } catch (_noJson) {
    return { status, data: body };
  }
}
