/** Backtests beside a real server: equal to what was live, cancelled in the middle, and over a kill. */
import assert from "node:assert/strict";
import { systemClock } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { allItems } from "./all_items.ts";
import { type ServerProcess, startServer } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

const EVENTS = 200_000;
const PER_REQUEST = 20_000;
const HOSTS = 40;
const APPLIED_MS_MAX = 60_000;

const RULE = {
  rule_id: "busy",
  rule_name: "Busy hosts",
  trigger_type: "metric",
  trigger_spec: {
    ...{ topics: ["metrics"], group_by: ["host"] },
    window_config: { type: "sliding", size: "2m", slide: "30s" },
    aggregations: [{ as: "mean", type: "avg", field: "cpu" }, { as: "most", type: "max", field: "cpu" }],
    having: { conditions: [{ field: "mean", op: ">", value: 50.2 }] },
    time: { watermark_delay: "1s" },
  },
};

interface Shown {
  backtest_id: string;
  state: string;
  error: string | null;
  progress: { events: number };
  result: { alerts_total: number; alerts: JsonObject[] } | null;
}

async function post(server: ServerProcess, from: number, start: number): Promise<void> {
  const lines = Array.from({ length: PER_REQUEST }, (_, i) => {
    const n = from + i;
    return JSON.stringify({ host: `h${n % HOSTS}`, cpu: (n * 7919) % 101, timestamp: start + 20 * n });
  });
  const answer = await fetch(`${await server.origin}/api/v1/events?topic=metrics`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: lines.join("\n"),
  });
  assert.equal(answer.status, 202, await answer.text());
}

const shown = (server: ServerProcess, id: string) => server.call<Shown>("GET", `/api/v1/backtests/${id}`);

Deno.test("a backtest equals the life of its rule; one is cancelled in the middle, one dies with its server", async () => {
  using data = temporaryDirectory();
  {
    await using server = await startServer({ data: data.path });
    await server.call("POST", "/api/v1/rules", RULE);
    const start = systemClock.now() - 20 * EVENTS;
    for (let from = 0; from < EVENTS; from += PER_REQUEST) await post(server, from, start);
    await server.applied(APPLIED_MS_MAX);
    const live = await allItems<JsonObject>(server, "/api/v1/alerts");
    assert.ok(live.length > 100, `${live.length} alerts`);

    const begun = await server.call<Shown>("POST", "/api/v1/rules/busy/backtest", {});
    await server.until(
      "done",
      async () => (await shown(server, begun.backtest_id)).state !== "running",
      APPLIED_MS_MAX,
    );
    await server.until(
      "ended",
      async () => ["done", "failed"].includes((await shown(server, begun.backtest_id)).state),
    );
    const done = await shown(server, begun.backtest_id);
    assert.equal(done.state, "done", done.error ?? "");
    assert.equal(done.progress.events, EVENTS);
    const ids = (alerts: readonly JsonObject[]) => alerts.map(({ alert_id }) => String(alert_id)).sort();
    const found = done.result!;
    assert.equal(found.alerts_total, live.length);
    const known = new Map(live.map((alert) => [alert.alert_id, alert]));
    for (const alert of found.alerts) assert.deepEqual(alert, known.get(alert.alert_id));
    if (found.alerts.length === live.length) assert.deepEqual(ids(found.alerts), ids(live));

    const cut = await server.call<Shown>("POST", "/api/v1/rules/busy/backtest", {});
    await server.until("under way", async () => (await shown(server, cut.backtest_id)).progress.events > 0);
    await server.call("POST", `/api/v1/backtests/${cut.backtest_id}/cancel`, {});
    await server.until(
      "ended",
      async () => ["cancelled", "done"].includes((await shown(server, cut.backtest_id)).state),
    );
    assert.equal((await shown(server, cut.backtest_id)).state, "cancelled");

    const last = await server.call<Shown>("POST", "/api/v1/rules/busy/backtest", {});
    await server.until("under way", async () => (await shown(server, last.backtest_id)).progress.events > 0);
    await server.kill();
  }
  await using server = await startServer({ data: data.path });
  const { items } = await server.call<{ items: Shown[] }>("GET", "/api/v1/backtests");
  assert.deepEqual(items, [], "backtests are forgotten by a restart");
  const again = await server.call<Shown>("POST", "/api/v1/rules/busy/backtest", {});
  await server.until("done", async () => (await shown(server, again.backtest_id)).state === "done");
});
