/** Groups of routes over kill -9: what waited is told by the next start, and what was told is not told again. */
import assert from "node:assert/strict";
import { receiver } from "../notify/receivers.ts";
import { startServer } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

interface Page {
  items: { flushes: number; alerts: unknown[] }[];
}

Deno.test("kill -9 while a group waits: its alerts are told together once, under one id", async () => {
  using data = temporaryDirectory();
  await using hook = receiver();
  const groups = async (server: { call<T>(method: string, path: string): Promise<T> }) =>
    (await server.call<Page>("GET", "/api/v1/routes/groups")).items;
  const first = await startServer({ data: data.path });
  try {
    const config = { url: hook.url, format: "alertmanager_v4" };
    await first.call("POST", "/api/v1/channels", { name: "ops", type: "webhook", config });
    // Long enough for the kill to fall into it, also on a busy machine.
    const route = { receiver: "ops", group_by: ["alertname"], group_wait: "8s", group_interval: "1h" };
    await first.call("PUT", "/api/v1/routes", { route });
    const spec = { topics: ["t"], conditions: [], group_by: ["host"] };
    await first.call("POST", "/api/v1/rules", { rule_name: "r", trigger_type: "event", trigger_spec: spec });
    await first.call("POST", "/api/v1/events?topic=t", [{ host: "a" }, { host: "b" }]);
    await first.until("the group", async () => (await groups(first))[0]?.alerts.length === 2);
  } finally {
    await first.kill();
  }
  assert.equal(hook.received.length, 0);
  const second = await startServer({ data: data.path });
  try {
    await second.until("the message", () => hook.received.length > 0);
    await second.until("its record", async () => {
      const { items } = await second.call<Page>("GET", "/api/v1/deliveries?state=delivered");
      return items.length === 1;
    });
  } finally {
    await second.kill();
  }
  await using third = await startServer({ data: data.path });
  assert.deepEqual((await groups(third)).map(({ flushes }) => flushes), [1], "it goes on where it was");
  const hosts = JSON.parse(hook.received[0]!.body).alerts.map((one: { labels: { host: string } }) =>
    one.labels.host
  );
  assert.deepEqual(hosts, ["a", "b"]);
  assert.equal(new Set(hook.received.map(({ id }) => id)).size, 1);
});
