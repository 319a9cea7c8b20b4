/**
 * The aggregation and window cases of the compatibility record, and those of anomalies and schedules, as far
 * as the document goes: each reads as the plan that computes what the case expects.
 */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { compileRule } from "../../src/engine/compile.ts";
import type { Plan } from "../../src/engine/plan.ts";
import { type CronSchedule, parseCron } from "../../src/base/cron.ts";
import { parseRule } from "../../src/model/rule.ts";
import { EVERYTHING } from "../model/built.ts";
import { vectors } from "../vector_rows.ts";

interface AggregationCase {
  id: string;
  aggregation: JsonObject;
  expect: { error?: { detail_contains: string } };
}

interface WindowCase {
  id: string;
  window_config: { type: string; size_seconds: number; slide_seconds?: number; gap_seconds?: number };
}

interface Vectors {
  cases: { id: string; group: string; rule: JsonObject; expect: { error?: object } }[];
  aggregation_cases: AggregationCase[];
  window_cases: WindowCase[];
}

const { cases, aggregation_cases, window_cases } = vectors<Vectors>("compat/rules.json");

function parse(trigger_spec: JsonObject) {
  return parseRule({ rule_name: "r", trigger_type: "event", trigger_spec }, "save", EVERYTHING);
}

function plan(rule: unknown): Plan {
  const parsed = parseRule(rule, "simulate", EVERYTHING);
  assert(parsed.ok, JSON.stringify(parsed));
  return compileRule(parsed.rule, { rule_id: "r", version: 1, generation: 1 });
}

/** Refused when the rule is saved, where the record finds nothing to compute: docs/compatibility.md. */
const REFUSED: Readonly<Record<string, string>> = {
  "agg-percentile-missing": "percentile_value is required: 0 to 100",
  "agg-percentile-out-of-range": "Cannot use 101 as percentile_value: expected 0 to 100",
  "agg-no-field": 'field is required for an aggregation of type "avg"',
};

const TYPES: Readonly<Record<string, string>> = {
  average: "avg",
  std: "stddev_samp",
  stddev: "stddev_samp",
  percentile: "percentile_cont",
  median: "percentile_cont",
};

for (const { id, aggregation, expect } of aggregation_cases) {
  Deno.test(`compat aggregation: ${id}`, () => {
    const spec = { conditions: [], aggregation };
    const parsed = parse(spec);
    if (id in REFUSED || expect.error !== undefined) {
      const detail = parsed.ok ? "" : parsed.errors[0]!.message;
      return assert(detail.startsWith(REFUSED[id] ?? expect.error!.detail_contains), detail);
    }
    const { aggregates, having, names, key, fields } = plan({
      rule_name: "r",
      trigger_type: "event",
      trigger_spec: spec,
    });
    const { type, field, percentile_value, threshold, op, group_by } = aggregation;
    assert.equal(aggregates.length, 1);
    const [one] = aggregates;
    assert.equal(one!.type, TYPES[String(type)] ?? type);
    assert.equal(one!.as, type);
    assert.equal(one!.field === null ? undefined : names[one!.field], field);
    const percent = type === "median" ? 50 : percentile_value;
    assert.equal(one!.p, percent === undefined ? null : Number(percent) / 100);
    assert.deepEqual(key.map((column) => fields[column]), group_by === undefined ? [] : [group_by]);
    if (threshold === undefined) return assert.equal(having, null);
    const operand = { kind: "const", value: Number(threshold) };
    const where = { kind: "test", field: 0, op: op ?? ">", operand, fold_case: false };
    assert.deepEqual(having, { names: [type], where });
  });
}

for (const { id, window_config } of window_cases) {
  Deno.test(`compat window: ${id}`, () => {
    const { window, aggregates, clock } = plan({
      rule_name: "r",
      trigger_type: "event",
      trigger_spec: { window_config },
    });
    const { type, size_seconds, slide_seconds, gap_seconds } = window_config;
    const common = { lateness_ms: 0, emit: "close", emit_empty: false, events_max: 100_000 };
    const size_ms = size_seconds * 1000;
    const shape = type === "session"
      ? { type, gap_ms: gap_seconds! * 1000, duration_ms_max: null }
      : { type: "hopping", size_ms, slide_ms: (slide_seconds ?? size_seconds) * 1000, offset_ms: 0 };
    assert.deepEqual(window, { ...shape, ...common });
    assert.deepEqual(aggregates, [{ as: "count", type: "count", field: null, p: null }]);
    assert.deepEqual(clock, { delay_ms: 0, idle_ms: 10_000 });
  });
}

for (const { id, group, rule, expect } of cases) {
  if ((group !== "anomaly" && group !== "schedule") || expect.error || id.includes("unknown")) continue;
  Deno.test(`compat ${group}, its plan: ${id}`, () => {
    const { anomaly, schedule, names, topics, index } = plan(rule);
    const spec = rule.trigger_spec as JsonObject;
    if (group === "anomaly") {
      assert(anomaly !== null && schedule === null);
      assert.equal(names[anomaly.field], spec.value_path);
      const { method, threshold, multiplier, alpha, baseline_window } = anomaly;
      const parameters = ["zscore", 3, 1.5, 0.3, 100];
      assert.deepEqual([method, threshold, multiplier, alpha, baseline_window], parameters);
      const given = spec.baseline_values as unknown[];
      assert.deepEqual(anomaly.seed, given.filter((v) => v !== null && v !== "x").map(Number));
    } else {
      assert(anomaly === null && schedule !== null);
      const cron = spec.cron ?? spec.scheduleExpression ?? null;
      assert.deepEqual(schedule.cron, cron === null ? null : read(cron as string));
      assert.equal(schedule.interval_ms, spec.cron || spec.scheduleExpression ? null : 300_000);
      assert.deepEqual([topics, index], [[], []]);
    }
  });
}

Deno.test("compat: a shorthand aggregation takes the value path, and the threshold is asked of it", () => {
  const { rule } = cases.find(({ id }) => id === "doc-lab8-production")!;
  const { where, window, aggregates, having, names } = plan(rule);
  assert.deepEqual(names, ["cpu_usage", "memory_percent"]);
  assert.equal(where.kind === "group" && where.items.length, 2);
  assert.equal(window?.type === "sliding" && window.size_ms, 300_000);
  assert.deepEqual(aggregates, [{ as: "avg", type: "avg", field: 0, p: null }]);
  const operand = { kind: "const", value: 85 };
  const test = { kind: "test", field: 0, op: ">", operand, fold_case: false };
  assert.deepEqual(having, { names: ["avg"], where: test });
});

function read(cron: string): CronSchedule {
  const reading = parseCron(cron);
  assert(reading.ok);
  return reading.schedule;
}
