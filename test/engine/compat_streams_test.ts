/**
 * The aggregation and window cases of the compatibility record, run as rules over a stream: all events of a case
 * in one window, or in the windows that they make.
 */
import assert from "node:assert/strict";
import type { JsonObject, JsonValue } from "../../src/base/json.ts";
import { parseRule } from "../../src/model/rule.ts";
import { vectors } from "../vector_rows.ts";
import { RuleBench } from "./rule_bench.ts";

interface AggregationCase {
  id: string;
  aggregation: JsonObject;
  events: JsonObject[];
  expect: {
    matched: boolean;
    aggregated_value?: number;
    event_count?: number;
    error?: { status: number; detail_contains: string };
    groups?: Record<string, number>;
    matched_groups?: string[];
  };
}

interface WindowCase {
  id: string;
  window_config: JsonObject;
  event_times: number[];
  /** A session has `closes_at` in place of `end`. */
  expect: { windows: { start: number; end?: number; closes_at?: number; count: number }[] };
}

const { aggregation_cases, window_cases } = vectors<
  { aggregation_cases: AggregationCase[]; window_cases: WindowCase[] }
>("compat/rules.json");

/** Cases that this product decides otherwise: docs/compatibility.md says why. */
const OTHERWISE: Readonly<Record<string, "refused" | JsonValue[]>> = {
  "agg-std-single": [null],
  "agg-unknown-type": [85],
  "agg-no-field": "refused",
  "agg-percentile-missing": "refused",
  "agg-percentile-out-of-range": "refused",
  "agg-data-wrapper": [null],
  "agg-no-numeric": [null],
};

const T0 = 1_767_225_600;

function ruleOf(aggregation: JsonObject): JsonObject {
  return {
    rule_name: "r",
    trigger_type: "metric",
    trigger_spec: { topics: ["t"], window_config: { type: "tumbling", size_seconds: 3600 }, aggregation },
    limits: { alerts_per_minute: null },
  };
}

/** What each key's window came to. */
function valuesOf(
  aggregation: JsonObject,
  events: readonly JsonObject[],
): { key: string; value: JsonValue }[] {
  const bench = new RuleBench(ruleOf(aggregation));
  if (events.length > 0) bench.feed(events.map((event, i) => ({ ...event, timestamp: T0 + i })), T0 * 1000);
  bench.end();
  return bench.effects.alerts.map(({ key, values }) => ({
    key: String(key[0] ?? "default"),
    value: Object.values(values)[0]!,
  }));
}

function close(a: JsonValue, b: number | undefined): void {
  assert.ok(typeof a === "number" && Math.abs(a - b!) <= 1e-9 * Math.abs(b!), `${a} is not ${b}`);
}

for (const { id, aggregation, events, expect } of aggregation_cases) {
  if (id in OTHERWISE) continue;
  Deno.test(`compat aggregation: ${id}`, () => {
    if (expect.error !== undefined) {
      const parsed = parseRule(ruleOf(aggregation));
      assert.ok(!parsed.ok && parsed.errors[0]!.message.includes(expect.error.detail_contains));
      return;
    }
    const told = valuesOf(aggregation, events);
    if (expect.groups !== undefined) {
      assert.deepEqual(Object.fromEntries(told.map(({ key, value }) => [key, value])), expect.groups);
    } else if (expect.matched_groups !== undefined) {
      assert.deepEqual(told.map(({ key }) => key), expect.matched_groups);
    } else {
      assert.equal(told.length, expect.matched ? 1 : 0);
      if (expect.matched) close(told[0]!.value, expect.aggregated_value);
    }
  });
}

for (const [id, value] of Object.entries(OTHERWISE)) {
  Deno.test(`compat aggregation, decided otherwise: ${id}`, () => {
    const { aggregation, events } = aggregation_cases.find((one) => one.id === id)!;
    if (value === "refused") assert.equal(parseRule(ruleOf(aggregation)).ok, false);
    else assert.deepEqual(valuesOf(aggregation, events).map((told) => told.value), value);
  });
}

for (const { id, window_config, event_times, expect } of window_cases) {
  Deno.test(`compat window: ${id}`, () => {
    const bench = new RuleBench({
      trigger_spec: { topics: ["t"], window_config, time: { watermark_delay: "1h" } },
      limits: { alerts_per_minute: null },
    });
    const latest = Math.max(...event_times) * 1000;
    bench.feed(event_times.map((timestamp) => ({ timestamp })), latest);
    bench.end();
    const told = bench.effects.alerts.map(({ window, values }) => ({
      start: window!.start / 1000,
      end: window!.end / 1000,
      count: Object.values(values)[0],
    }));
    const wanted = expect.windows.map(({ start, end, closes_at, count }) => ({
      start,
      end: end ?? closes_at,
      count,
    }));
    assert.deepEqual(told, wanted);
  });
}
