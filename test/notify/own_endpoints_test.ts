/** Endpoints of this server, asked without a connection. */
import assert from "node:assert/strict";
import { endpointUrl } from "../../src/base/own_endpoint.ts";
import type { HttpPort, HttpRequest, HttpResult } from "../../src/channel/http.ts";
import { createEgressGuard } from "../../src/notify/egress.ts";
import { createHttpClient } from "../../src/notify/http_client.ts";
import { type OwnAnswer, type OwnCall, withOwnEndpoints } from "../../src/notify/own_endpoints.ts";
import { VirtualClock } from "../virtual_clock.ts";

function bench(answer: (call: OwnCall) => Promise<OwnAnswer>) {
  const clock = new VirtualClock();
  const calls: OwnCall[] = [];
  const passed: string[] = [];
  const http: HttpPort = {
    send: ({ url }) => {
      passed.push(url);
      return Promise.resolve({ kind: "failed", code: "dns_not_found", message: "x" });
    },
  };
  const own = { answer: (call: OwnCall) => (calls.push(call), answer(call)) };
  const ended = new AbortController();
  const port = withOwnEndpoints({ http, own, clock, executedBy: "cep-metric-poll" });
  const send = (endpoint: string, more: Partial<HttpRequest> = {}): Promise<HttpResult> =>
    port.send({
      ...{
        method: "GET",
        url: endpointUrl(endpoint),
        headers: {},
        body: new Uint8Array(0),
        signal: ended.signal,
      },
      ...more,
    });
  return { clock, calls, passed, ended, send };
}

const echo = (call: OwnCall): Promise<OwnAnswer> =>
  Promise.resolve({ status: 200, body: { path: call.path, query: { ...call.query }, body: call.body } });

Deno.test("own endpoints: a path is answered here, with its query, body and who asks", async () => {
  const { calls, passed, send } = bench(echo);
  const result = await send("/runtime/metrics/cpu?host=a%20b&limit=5");
  assert(result.kind === "answer");
  assert.deepEqual([result.status, result.body_end], [200, "complete"]);
  assert.deepEqual(JSON.parse(result.body).query, { host: "a b", limit: "5" });
  await send("/runtime/x", { method: "POST", body: new TextEncoder().encode('{"a":1}') });
  assert.deepEqual([calls[1]!.method, calls[1]!.body, calls[1]!.executedBy], [
    "POST",
    { a: 1 },
    "cep-metric-poll",
  ]);
  assert.deepEqual(passed, []);
});

Deno.test("own endpoints: any other address goes on to the client", async () => {
  const { calls, passed, send } = bench(echo);
  await send("https://example.test/runtime/x");
  assert.deepEqual([calls.length, passed], [0, ["https://example.test/runtime/x"]]);
});

Deno.test("own endpoints: only what stands under /runtime/, however the path is written", async () => {
  const { calls, passed, send } = bench(echo);
  for (
    const path of [
      "/api/v1/rules",
      "/runtime",
      "//evil.test/runtime/x",
      "/runtime/../api/v1/rules",
      "/RUNTIME/x",
    ]
  ) {
    const result = await send(path);
    assert.deepEqual([path, result.kind === "failed" && result.code], [path, "bad_url"]);
  }
  assert.deepEqual([calls, passed], [[], []]);
});

Deno.test("own endpoints: without who answers them the egress guard refuses their address", async () => {
  const egress = createEgressGuard({ allow: [] });
  const client = createHttpClient({ egress, clock: new VirtualClock() });
  const request = {
    method: "GET",
    headers: {},
    body: new Uint8Array(0),
    signal: new AbortController().signal,
  };
  const result = await client.send({ ...request, url: endpointUrl("/runtime/x") });
  assert.deepEqual(result.kind === "failed" && result.code, "ssrf_blocked");
  client.close();
});

Deno.test("own endpoints: an answer has a bound, and a deadline ends the wait", async () => {
  const { clock, send } = bench((call) =>
    call.path === "/runtime/long"
      ? Promise.resolve({ status: 200, body: { text: "x".repeat(500) } })
      : new Promise(() => {})
  );
  const long = await send("/runtime/long", { answer_bytes_max: 100 });
  assert(long.kind === "answer");
  assert.deepEqual([long.body_end, long.body.length], ["cut", 100]);
  const slow = send("/runtime/slow", { deadline_ms: 3_000 });
  await clock.advance(3_000);
  const result = await slow;
  assert.deepEqual(result.kind === "failed" && result.code, "timeout_after_send");
});

Deno.test("own endpoints: a stop ends the wait, and a throw is a status", async () => {
  const { ended, send } = bench(() => new Promise(() => {}));
  const waiting = send("/runtime/x");
  ended.abort();
  const result = await waiting;
  assert.deepEqual(result.kind === "failed" && result.code, "shutdown_during_send");
  const thrown = await bench(() => Promise.reject(new Error("a secret"))).send("/runtime/x");
  assert(thrown.kind === "answer");
  assert.deepEqual([thrown.status, thrown.body.includes("secret")], [500, false]);
});
