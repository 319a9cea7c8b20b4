/** Rules that ask an endpoint, on the real server: across kill -9 an answer is one record, and a call is made again. */
import assert from "node:assert/strict";
import type { JsonValue } from "../../src/base/json.ts";
import { allItems } from "./all_items.ts";
import { ServerProcess } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

interface AlertItem {
  alert_id: string;
  values: { owner: JsonValue };
  events: { offset: number }[];
}

interface StateItem {
  waiting: number;
  calls: { failures: number; last_error: string | null } | null;
  counters: Record<string, number>;
}

/** An endpoint that answers as it is told, or holds its answers back. */
class Endpoint implements AsyncDisposable {
  readonly paths: string[] = [];
  /** undefined: no answer, until the connection ends. */
  answer: (path: string) => JsonValue | undefined = () => undefined;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #closing = Promise.withResolvers<void>();

  constructor() {
    this.#server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, ({ url }) => {
      const { pathname } = new URL(url);
      this.paths.push(pathname);
      const value = this.answer(pathname);
      if (value !== undefined) return Response.json(value);
      return this.#closing.promise.then(() => new Response(null, { status: 500 }));
    });
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing.resolve();
    return this.#server.shutdown();
  }
}

function ruleOf(endpoint: Endpoint, call: Record<string, JsonValue>) {
  return {
    rule_id: "gold",
    rule_name: "Gold hosts",
    trigger_type: "event",
    trigger_spec: {
      topics: ["hosts"],
      enrichments: [{
        ...{ name: "owner", type: "api_call", endpoint: `${endpoint.origin}/owners/{{ host }}` },
        ...call,
      }],
      conditions: [{ field: "cpu", op: ">", value: 90 }, { field: "owner.tier", value: "gold" }],
    },
  };
}

const state = (server: ServerProcess) => server.call<StateItem>("GET", "/api/v1/rules/gold/state");
const alertsOf = (server: ServerProcess) => allItems<AlertItem>(server, "/api/v1/alerts");
const post = (server: ServerProcess, ...events: JsonValue[]) =>
  server.call("POST", "/api/v1/events?topic=hosts", events);

Deno.test("kill -9 while a call is under way: it is made again, and the alert comes once", async () => {
  using data = temporaryDirectory();
  await using endpoint = new Endpoint();
  {
    await using server = new ServerProcess({ data: data.path });
    await server.ready();
    const rule = ruleOf(endpoint, { timeout_ms: 30_000, cache_seconds: 3600 });
    await server.call("POST", "/api/v1/rules", rule);
    await post(server, { host: "a", cpu: 99 }, { host: "b", cpu: 10 });
    await server.until("asked", () => endpoint.paths.length > 0);
    assert.equal((await state(server)).waiting, 1);
    assert.deepEqual(await alertsOf(server), []);
    await server.kill();
  }
  endpoint.answer = () => ({ tier: "gold", team: "core" });
  let first: AlertItem[];
  {
    await using server = await new ServerProcess({ data: data.path }).ready();
    await server.until("told", async () => (await alertsOf(server)).length > 0);
    assert.deepEqual(endpoint.paths, ["/owners/a", "/owners/a"]);
    first = await alertsOf(server);
    assert.deepEqual(first.map(({ values }) => values.owner), [{ tier: "gold" }]);
    await server.kill();
  }
  // The endpoint changed its mind: a replay sees what it said then, and what is in force is the answer of the log.
  endpoint.answer = () => ({ tier: "lead" });
  await using server = await new ServerProcess({ data: data.path }).ready();
  await post(server, { host: "a", cpu: 95 });
  await server.applied();
  const alerts = await alertsOf(server);
  assert.equal(alerts.length, 2);
  assert.equal(alerts[1]!.alert_id, first[0]!.alert_id);
  assert.equal(endpoint.paths.length, 2, "the cached answer was used");
  assert.deepEqual((await state(server)).counters, { calls_wanted: 1, matched: 2, alerts: 2 });
});

Deno.test("an endpoint that is silent costs an event its time-out, and no more: the fallback counts", async () => {
  using data = temporaryDirectory();
  await using endpoint = new Endpoint();
  await using server = await new ServerProcess({ data: data.path }).ready();
  await server.call(
    "POST",
    "/api/v1/rules",
    ruleOf(endpoint, { timeout_ms: 200, fallback: { tier: "gold" } }),
  );
  await post(server, { host: "a", cpu: 99 });
  await server.until("told", async () => (await alertsOf(server)).length > 0);
  const { calls, counters, waiting } = await state(server);
  assert.deepEqual([waiting, calls?.failures], [0, 1]);
  assert.match(calls?.last_error ?? "", /Cannot call the endpoint: /);
  assert.deepEqual(counters, { calls_wanted: 1, calls_failed: 1, matched: 1, alerts: 1 });
  const metrics = (await server.ask("GET", "/metrics")).text;
  assert.match(metrics, /tocsin_calls_total\{outcome="timeout"\} 1/);
  assert.match(metrics, /tocsin_rule_losses\{rule_id="gold",counter="calls_failed"\} 1/);
});

Deno.test("a stop and a start: what waits goes on waiting, and an address that is closed is not called", async () => {
  using data = temporaryDirectory();
  await using endpoint = new Endpoint();
  {
    await using server = await new ServerProcess({ data: data.path }).ready();
    await server.call("POST", "/api/v1/rules", ruleOf(endpoint, { timeout_ms: 30_000 }));
    await post(server, { host: "a", cpu: 99 }, { host: "b", cpu: 99 });
    await server.until("asked", () => endpoint.paths.length === 2);
    assert.equal((await server.stop()).code, 0);
  }
  endpoint.answer = () => ({ tier: "gold" });
  const env = { TOCSIN_EGRESS_ALLOW: "10.0.0.0/8" };
  await using server = await new ServerProcess({ data: data.path, env }).ready();
  await server.until("failed", async () => (await state(server)).counters.calls_failed === 2);
  assert.deepEqual(await alertsOf(server), []);
  assert.equal(endpoint.paths.length, 2);
  assert.match((await state(server)).calls?.last_error ?? "", /not public and not in TOCSIN_EGRESS_ALLOW/);
});
