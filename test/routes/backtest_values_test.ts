/** What a backtest counts, and the series of values that it draws, held against plain code over the events. */
import assert from "node:assert/strict";
import { instant } from "../../src/base/event_time.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { cpuRule, openApi } from "./api.ts";
import { backtest, events, post, T0 } from "./backtest_run.ts";

const EVENTS = 25_000;
const HOUR_MS = 3_600_000;
const SIZE_MS = 60_000;

/** How many of `all` there are of each name, the names in order. */
function counted(all: readonly string[]): [string, number][] {
  const names = [...new Set(all)].sort();
  return names.map((name) => [name, all.filter((one) => one === name).length]);
}

Deno.test("a backtest counts alerts per key and per hour as plain code does", async () => {
  await using api = await openApi();
  const made = await api.send("POST", "/rules", cpuRule());
  await post(api, events(EVENTS));
  const result = await backtest(api, made.body.rule_id);
  const fired = events(EVENTS).filter(({ cpu }) => Number(cpu) > 90);
  const hours = counted(
    fired.map(({ timestamp }) => instant(Number(timestamp) - Number(timestamp) % HOUR_MS)),
  );
  assert.ok(hours.length > 2, `${hours.length} hours`);
  const byHour = (result.by_hour as JsonObject[]).map(({ hour, count }) => [
    String(hour),
    count,
  ]);
  assert.deepEqual(byHour, hours);
  const byKey = (result.by_key as { key: JsonObject; count: number }[]).map(({ key, count }) => [
    key.host,
    count,
  ]);
  assert.deepEqual(byKey.sort(), counted(fired.map(({ host }) => String(host))));
  assert.deepEqual([result.hours_left_out, result.keys_left_out, result.series], [0, 0, null]);
});

Deno.test("the series of a windowed rule: every window, also those that did not fire, and its thresholds", async () => {
  await using api = await openApi();
  const rule = cpuRule({
    trigger_spec: {
      ...{ topics: ["metrics"], group_by: ["host"] },
      window_config: { type: "tumbling", size: "1m" },
      aggregations: [{ as: "hot", type: "avg", field: "temp" }, { as: "n", type: "count" }],
      having: {
        conditions: [
          { field: "hot", op: ">", value: 85 },
          { field: "n", op: "between", value: [1, 1000] },
          { field: "key.host", op: "!=", value: "h6" },
        ],
      },
      time: { watermark_delay: "2s" },
    },
  });
  const made = await api.send("POST", "/rules", rule);
  assert.equal(made.status, 201, made.text);
  const all = events(4000);
  await post(api, all);
  // Ends every window before the event.
  await post(api, [{ host: "h0", temp: 0, timestamp: T0 + HOUR_MS }, {
    host: "h0",
    temp: 0,
    timestamp: T0 + HOUR_MS + 2 * SIZE_MS,
  }]);
  const { series, alerts_total } = await backtest(api, made.body.rule_id) as {
    alerts_total: number;
    series: { thresholds: JsonObject[]; bucket_ms: number; keys: JsonObject[]; evaluations_left_out: number };
  };
  assert.deepEqual(series.thresholds, [
    { value: "hot", op: ">", threshold: 85 },
    { value: "n", op: "between", threshold: [1, 1000] },
  ]);
  assert.deepEqual(series.keys.map(({ key }) => (key as JsonObject).host).sort(), [
    ...["h0", "h1", "h2", "h3", "h4", "h5", "h6"],
  ]);
  const h3 = series.keys.find(({ key }) => (key as JsonObject).host === "h3")!;
  const own = all.filter(({ host }) => host === "h3");
  const starts = counted(
    own.map(({ timestamp }) => String(Math.floor(Number(timestamp) / SIZE_MS) * SIZE_MS)),
  );
  const means = starts.map(([start, n]) => {
    const inside = own.filter(({ timestamp }) =>
      Math.floor(Number(timestamp) / SIZE_MS) * SIZE_MS === Number(start)
    );
    return inside.reduce((sum, { temp }) => sum + Number(temp), 0) / n;
  });
  const { hot, n } = h3.values as Record<string, Record<string, number[]>>;
  assert.deepEqual(n!.last, starts.map(([, count]) => count));
  for (const name of ["min", "max", "last"]) {
    assert.deepEqual(hot![name]!.map((value) => value.toFixed(6)), means.map((value) => value.toFixed(6)));
  }
  assert.ok(alerts_total < series.keys.length * starts.length / 2, "most windows did not fire");
});

Deno.test("the series of an anomaly rule: its values and how unusual they were", async () => {
  await using api = await openApi();
  const spec = { topics: ["metrics"], value_path: "cpu", anomaly_config: { threshold: 2.5 } };
  const made = await api.send("POST", "/rules", cpuRule({ trigger_type: "anomaly", trigger_spec: spec }));
  assert.equal(made.status, 201, made.text);
  await post(api, events(500));
  const { series } = await backtest(api, made.body.rule_id) as { series: JsonObject };
  assert.deepEqual(series.thresholds, [{ value: "score", op: ">", threshold: 2.5 }]);
  const [all] = series.keys as { evaluations: number[]; values: Record<string, Record<string, number[]>> }[];
  assert.equal(all!.evaluations.reduce((sum, n) => sum + n, 0), 500);
  assert.deepEqual(Object.keys(all!.values), ["value", "score"]);
  assert.equal(Math.max(...all!.values.value!.max!), 100);
});
