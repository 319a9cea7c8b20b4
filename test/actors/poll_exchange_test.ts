/** What a poll asks for. How polling goes is in poller_test.ts and test/routes/polling_test.ts. */
import assert from "node:assert/strict";
import type { HttpRequest } from "../../src/channel/http.ts";
import type { Polling } from "../../src/model/polling.ts";
import { poll } from "../../actors/poll_exchange.ts";

async function asked(polling: Partial<Polling>): Promise<HttpRequest> {
  const requests: HttpRequest[] = [];
  const http = {
    send: (request: HttpRequest) => {
      requests.push(request);
      return Promise.resolve({
        ...{ kind: "answer" as const, status: 200, headers: {}, body: "{}", body_end: "complete" as const },
      });
    },
  };
  const whole: Polling = {
    ...{ endpoint: "/runtime/m", method: "GET", params: {}, interval_ms: 1_000, timeout_ms: 500 },
    ...polling,
  };
  await poll(whole, { http, signal: new AbortController().signal });
  return requests[0]!;
}

Deno.test("a poll of this server's own path keeps its params, as any other", async () => {
  const params = { host: "a b", tags: ["x", "y"] };
  const own = await asked({ params });
  assert.equal(own.url, "tocsin://self/runtime/m?host=a+b&tags=x&tags=y");
  const other = await asked({ endpoint: "https://example.test/m?z=1", params: { a: 1 } });
  assert.equal(other.url, "https://example.test/m?z=1&a=1");
  const posted = await asked({ method: "POST", params });
  assert.deepEqual([posted.url, new TextDecoder().decode(posted.body)], [
    "tocsin://self/runtime/m",
    JSON.stringify(params),
  ]);
  assert.deepEqual([own.deadline_ms, own.method], [500, "GET"]);
});
