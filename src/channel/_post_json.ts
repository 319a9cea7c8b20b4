/** One POST of JSON, as most providers take it. */
import type { AttemptContext } from "./channel.ts";
import type { HttpResult } from "./http.ts";

export function postJson(
  url: string,
  body: object,
  { http, signal }: Pick<AttemptContext, "http" | "signal">,
): Promise<HttpResult> {
  return http.send({
    method: "POST",
    url,
    headers: { "content-type": "application/json; charset=utf-8" },
    body: new TextEncoder().encode(JSON.stringify(body)),
    signal,
  });
}
