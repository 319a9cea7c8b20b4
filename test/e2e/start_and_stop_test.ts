/** How the server starts and stops: what it leaves behind, what it refuses, and what it says then. */
import assert from "node:assert/strict";
import { systemClock as clock } from "../../src/base/clock.ts";
import { silentLogger } from "../../src/base/logging.ts";
import { openSqliteStore } from "../../src/store/sqlite/mod.ts";
import { allItems } from "./all_items.ts";
import { type LaunchOptions, ServerProcess, startServer } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

const STOP_MS_MAX = 5_000;
const EVENTS = 20_000;
const HOSTS = 500;
const EXIT_CONFIG = 78;

Deno.test("SIGTERM: stops within 5 s with code 0; what was accepted is applied once, from a snapshot", async () => {
  using data = temporaryDirectory();
  const first = await startServer({ data: data.path });
  try {
    await first.call("POST", "/api/v1/rules", {
      rule_id: "hosts",
      rule_name: "hosts",
      trigger_type: "event",
      trigger_spec: { topics: ["stop"], conditions: [], group_by: ["host"] },
      cooldown: "1h",
      limits: { alerts_per_minute: null },
    });
    const events = Array.from({ length: EVENTS }, (_, i) => ({ host: i % HOSTS, timestamp: 1.75e9 }));
    await postLines(first, events);
    // Nobody waits for the rule: it has to catch up within the stop, or after the next start.
    const { code, ms } = await first.stop();
    assert.equal(code, 0, first.report());
    assert.ok(ms < STOP_MS_MAX, `stopped after ${ms} ms`);
  } finally {
    await first.kill();
  }
  assert.ok(await snapshotOffset(data.path, "hosts") > EVENTS, "the snapshot holds everything");
  await using second = await startServer({ data: data.path });
  await second.call("POST", "/api/v1/events?topic=stop", { host: 0, timestamp: 1.75e9 });
  await second.applied();
  const state = await second.call<{ counters: object; keys: number }>("GET", "/api/v1/rules/hosts/state");
  const expected = { matched: EVENTS + 1, alerts: HOSTS, in_cooldown: EVENTS + 1 - HOSTS };
  assert.deepEqual(state.counters, expected);
  assert.equal(state.keys, HOSTS);
  assert.equal((await allItems(second, "/api/v1/alerts")).length, HOSTS);
});

Deno.test("HEAD answers as GET without a body, and every line of the log is JSON", async () => {
  using data = temporaryDirectory();
  await using server = await startServer({ data: data.path });
  const url = `${await server.origin}/api/v1/rules`;
  const head = await fetch(url, { method: "HEAD", headers: { "accept-encoding": "identity" } });
  assert.deepEqual([head.status, head.headers.get("content-type")], [200, "application/json"]);
  assert.equal(await head.text(), "");
  await server.stop();
  assert.deepEqual(server.lines.filter(({ level }) => level === "runtime"), [], server.report());
});

Deno.test("SIGTERM: a receiver that hangs, an open stream and half an upload do not hold it up", async () => {
  using data = temporaryDirectory();
  const hanging = Promise.withResolvers<Response>();
  const arrived = Promise.withResolvers<void>();
  await using receiver = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    arrived.resolve();
    return hanging.promise;
  });
  using cleanup = new DisposableStack();
  cleanup.defer(() => hanging.resolve(new Response()));
  await using server = await startServer({ data: data.path });
  const config = { url: `http://127.0.0.1:${receiver.addr.port}/` };
  await server.call("POST", "/api/v1/channels", { name: "hangs", type: "webhook", config });
  await server.call("POST", "/api/v1/rules", {
    rule_name: "every event",
    trigger_type: "event",
    trigger_spec: { conditions: [] },
    action_spec: { type: "notify", channels: ["hangs"] },
  });
  const origin = await server.origin;
  const stream = await fetch(`${origin}/api/v1/alerts/stream`);
  const { hostname, port, host } = new URL(origin);
  using upload = await Deno.connect({ hostname, port: Number(port) });
  const head = `POST /api/v1/events HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n`;
  await upload.write(new TextEncoder().encode(`${head}content-length: 100\r\n\r\n{"a":`));
  await server.call("POST", "/api/v1/events", { a: 1 });
  await arrived.promise;
  const { code, ms } = await server.stop();
  assert.equal(code, 0, server.report());
  assert.ok(ms < STOP_MS_MAX, `stopped after ${ms} ms`);
  assert.ok(!server.report().includes("took too long"), server.report());
  await stream.body?.cancel();
});

Deno.test("one owner: a second server on the same data says who is in the way, and ends", async () => {
  using data = temporaryDirectory();
  await using first = await startServer({ data: data.path });
  const { code, log } = await runToItsEnd({ data: data.path });
  assert.equal(code, 1);
  assert.match(log, /in use by another process/);
  assert.ok(log.includes(data.path), "it names the directory");
  assert.equal((await first.ask("GET", "/readyz")).status, 200);
});

Deno.test("bad configuration: every fault is told, and the code is 78", async (t) => {
  using data = temporaryDirectory();
  const refused: [name: string, env: Record<string, string>, said: RegExp[]][] = [
    ["an unknown name", { TOCSIN_DATE: "x" }, [/Unknown setting TOCSIN_DATE: did you mean TOCSIN_DATA\?/]],
    ["two values", { PORT: "http", TOCSIN_LOG: "loud" }, [/Cannot use PORT/, /Cannot use TOCSIN_LOG/]],
    ["an open address without a token", { TOCSIN_HOST: "0.0.0.0" }, [/TOCSIN_ADMIN_TOKEN/]],
    ["a missing file", { TOCSIN_ADMIN_TOKEN_FILE: `${data.path}/none` }, [/TOCSIN_ADMIN_TOKEN_FILE/]],
  ];
  for (const [name, env, said] of refused) {
    await t.step(name, async () => {
      const { code, log } = await runToItsEnd({ data: data.path, env });
      assert.equal(code, EXIT_CONFIG);
      for (const pattern of said) assert.match(log, pattern);
    });
  }
  assert.deepEqual([...Deno.readDirSync(data.path)], [], "nothing was written");
});

Deno.test("a port that is taken: the server says so and ends", async () => {
  using data = temporaryDirectory();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { code, log } = await runToItsEnd({ data: data.path, env: { PORT: String(taken.addr.port) } });
  assert.equal(code, 1);
  assert.match(log, /in use/i);
});

async function postLines(server: ServerProcess, events: readonly object[]): Promise<void> {
  const answer = await fetch(`${await server.origin}/api/v1/events?topic=stop`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: events.map((event) => JSON.stringify(event)).join("\n"),
  });
  assert.equal(answer.status, 202, await answer.text());
}

async function runToItsEnd(options: LaunchOptions): Promise<{ code: number; log: string }> {
  await using server = new ServerProcess(options);
  const code = await server.ended;
  return { code, log: server.lines.map((line) => JSON.stringify(line)).join("\n") };
}

/** Where a replay of the rule would begin. */
async function snapshotOffset(path: string, ruleId: string): Promise<number> {
  const logger = silentLogger;
  await using store = await openSqliteStore({ path, durability: "full", clock, logger, ballastBytes: 0 });
  return (await store.snapshots.allOffsets()).get(ruleId) ?? 0;
}
