/** The server in figures, over HTTP. */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import { receiver } from "../notify/receivers.ts";
import { type Api, cpuRule, openApi } from "./api.ts";

/** A rule whose alerts reach a channel that refuses them, one that never matches, and some events. */
async function busy(api: Api, url: string): Promise<void> {
  await api.send("POST", "/channels", { channel_id: "ops", name: "ops", type: "webhook", config: { url } });
  const notify = { type: "notify", channels: ["ops"] };
  await api.send("POST", "/rules", cpuRule({ rule_id: "hot", action_spec: notify, severity: "critical" }));
  const idle = {
    rule_name: "idle",
    trigger_type: "event",
    trigger_spec: { topics: ["metrics"], event_type: "x" },
  };
  await api.send("POST", "/rules", { ...idle, rule_id: "idle" });
  await api.send("POST", "/rules", { ...idle, rule_id: "off", is_active: false });
  const events = [{ cpu: 99, host: "a" }, { cpu: 98, host: "b" }, { cpu: 1, host: "a" }];
  await api.send("POST", "/events?topic=metrics", events as never);
  await api.send("POST", "/events?topic=other", { a: 1 });
  await api.settle();
  for (let dead = 0; dead < 2;) {
    await turn(systemClock);
    dead = (await api.send("GET", "/deliveries?state=dead")).body.items.length;
  }
  await api.counted();
}

Deno.test("monitoring: the summary, performance and errors tell what happened", async () => {
  await using peer = receiver(() => new Response("no", { status: 400 }));
  await using api = await openApi();
  await busy(api, `http://127.0.0.1:${peer.port}/hook`);
  const summary = (await api.send("GET", "/stats/summary")).body;
  assert.deepEqual(summary.rules, { total: 3, active: 2, inactive: 1, by_status: { running: 2 } });
  assert.deepEqual(summary.events, {
    ...{ today: 4, last_hour: 4, last_24h: 4 },
    by_topic: [{ topic: "metrics", today: 3, last_hour: 3 }, { topic: "other", today: 1, last_hour: 1 }],
  });
  assert.deepEqual([summary.matches.today, summary.alerts.today, summary.alerts.unacked], [2, 2, 2]);
  assert.deepEqual([summary.alerts.by_severity, summary.alerts.by_status], [{ critical: 2 }, { firing: 2 }]);
  assert.deepEqual([summary.deliveries.dead, summary.errors.by_kind], [2, { delivery_failed: 2 }]);
  assert.deepEqual(summary.top_rules.map((one: { alerts: number }) => one.alerts), [2]);

  const { items, total_rules } = (await api.send("GET", "/rules/performance?sort=matches&limit=1")).body;
  const { cpu_ms, ...hot } = items[0];
  assert.deepEqual([total_rules, typeof cpu_ms], [2, "number"]);
  assert.deepEqual(hot, {
    ...{ rule_id: "hot", rule_name: items[0].rule_name, is_active: true, status: "running" },
    ...{ batches: 1, events: 3, matches: 2, alerts: 2, errors: 2, restarts: 0, lag: 0 },
  });

  const timeline = (await api.send("GET", "/errors/timeline")).body;
  assert.deepEqual([timeline.items.length, timeline.bucket, timeline.total], [24, "1h", 2]);
  assert.equal(timeline.items.reduce((sum: number, one: { total: number }) => sum + one.total, 0), 2);
  const [newest] = timeline.recent;
  assert.deepEqual([newest.kind, newest.rule_id, typeof newest.ref], ["delivery_failed", "hot", "string"]);
  assert.match(newest.message, /400/);
  assert.equal((await api.send("GET", "/errors/timeline?kind=poison&bucket=5m")).body.total, 0);
});

Deno.test("monitoring: the reference system's figures are the same ones", async () => {
  await using peer = receiver(() => new Response("no", { status: 400 }));
  await using api = await openApi();
  await busy(api, `http://127.0.0.1:${peer.port}/hook`);
  const { stats } = (await api.send("GET", "/cep/stats/summary")).body.data;
  assert.deepEqual([stats.total_rules, stats.today_execution_count, stats.today_error_count], [3, 2, 2]);
  assert.equal(stats.today_error_rate, 1);
  const { rules } = (await api.send("GET", "/cep/rules/performance")).body.data;
  assert.deepEqual([rules[0].rule_id, rules[0].execution_count, rules[0].error_rate], ["hot", 2, 1]);
  const { data } = (await api.send("GET", "/cep/errors/timeline?period=6h")).body;
  assert.deepEqual([data.timeline.length, data.total_errors, data.recent_errors.length], [6, 2, 2]);
  assert.deepEqual([data.error_distribution.validation, data.recent_errors[0].rule_id], [2, "hot"]);
});

Deno.test("monitoring: schedules tell when they fire next", async () => {
  await using api = await openApi();
  const spec = { cron: "0 9 * * *", timezone: "Asia/Seoul", missed: "skip" };
  const rule = { rule_name: "daily", trigger_type: "schedule", trigger_spec: spec };
  await api.send("POST", "/rules", { ...rule, rule_id: "daily" });
  const every = { trigger_type: "schedule", trigger_spec: { interval_seconds: 90 } };
  await api.send("POST", "/rules", { ...every, rule_id: "off", rule_name: "off", is_active: false });
  const { items, polls, next_cursor } = (await api.send("GET", "/scheduler/status")).body;
  const daily = items.find((one: { rule_id: string }) => one.rule_id === "daily");
  assert.match(daily.next_at, /T00:00:00/);
  assert.deepEqual([daily.cron, daily.timezone, daily.missed, daily.last_fired_at], [
    ...["0 9 * * *", "Asia/Seoul", "skip", null],
  ]);
  const off = items.find((one: { rule_id: string }) => one.rule_id === "off");
  assert.deepEqual([off.interval, off.next_at, off.is_active], ["1m30s", null, false]);
  assert.deepEqual([polls, next_cursor], [{ rules: 0, failing: 0, items: [] }, null]);
});

Deno.test("monitoring: what cannot be shown is refused with its reason", async () => {
  await using api = await openApi();
  for (
    const [path, detail] of [
      ["/errors/timeline?bucket=7m", 'expected a part of a day in steps of 5m, like "1h"'],
      ["/errors/timeline?bucket=5m&from=2020-01-01T00:00:00Z", "expected at most 1000 of them"],
      ["/errors/timeline?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", 'it is not after "from"'],
      ["/errors/timeline?kind=bad", "expected attempt_failed or delivery_failed"],
      ["/rules/performance?sort=name", "expected cpu or events"],
    ] as const
  ) {
    const { status, body } = await api.send("GET", path);
    assert.equal(status, 400);
    assert(body.detail.includes(detail), body.detail);
  }
});
