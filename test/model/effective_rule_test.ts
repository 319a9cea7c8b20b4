/** `effective` is the same rule, written out. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { effective } from "../../src/model/effective_rule.ts";
import { OPERATORS } from "../../src/model/operator.ts";
import type { Feature } from "../../src/model/not_supported_yet.ts";
import { parseRule, type Purpose, type Rule } from "../../src/model/rule.ts";
import { EVERYTHING } from "./built.ts";

function read(document: unknown, purpose: Purpose = "save", built?: ReadonlySet<Feature>): Rule {
  const parsed = parseRule(document, purpose, built);
  assert(parsed.ok, JSON.stringify(parsed));
  return parsed.rule;
}

/** A rule as JSON: what a message does, it does by its text. */
function plain(rule: Rule): unknown {
  return JSON.parse(JSON.stringify(rule));
}

const field = fc.constantFrom("cpu", "a.b", "metrics.load", "지역", "x-1");
const scalar = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null));
const bound = fc.oneof(fc.integer(), fc.string());

const test = fc.constantFrom(...OPERATORS).chain((op) =>
  fc.record({ field, op: fc.constant(op), value: valueOf(op), case_sensitive: fc.boolean() })
);

function valueOf(op: string): fc.Arbitrary<unknown> {
  if (op.endsWith("exists")) return fc.constant(undefined);
  if (op.endsWith("in")) return fc.oneof(fc.array(scalar), fc.constant("a, b"));
  if (op === "between") return fc.tuple(bound, bound);
  if (op === "matches") return fc.constantFrom("^a", "b{2,3}$");
  return fc.oneof(scalar, field.map((ref) => ({ ref })));
}

const { group } = fc.letrec((tie) => ({
  group: fc.record({
    conditions: fc.array(fc.oneof({ maxDepth: 4 }, test, tie("group")), { maxLength: 4 }),
    logic: fc.constantFrom("AND", "or", "Not"),
  }),
}));

const members = fc.record({
  topics: fc.uniqueArray(fc.constantFrom("a", "b", "_alerts"), { minLength: 1 }),
  event_type: fc.constant("error"),
  source: fc.constant("api"),
  group_by: fc.constantFrom(["host"], "region, host"),
  time: fc.constantFrom({ field: "ts", unit: "ms" }, { unit: "s" }, {}),
  value_path: fc.constant("data.v"),
}, { requiredKeys: [] });

const condition = fc.oneof(test, group) as fc.Arbitrary<object>;
const threshold = fc.constantFrom({ value_path: "p", op: ">=", threshold: "5" }, {});

Deno.test("property: reading the effective document of a rule gives the same rule", () => {
  fc.assert(fc.property(condition, members, threshold, (where, rest, limit) => {
    const spec = "conditions" in where ? { ...rest, ...limit, ...where } : { ...rest, ...where };
    const rule = read({ rule_name: "r", trigger_type: "event", trigger_spec: spec });
    assert.deepEqual(plain(read(effective(rule))), plain(rule));
  }));
});

Deno.test("the effective document names everything by its one name, with its default", () => {
  const rule = read({
    rule_id: "r1",
    rule_name: "r",
    trigger_type: "metric",
    trigger_spec: { metricName: "cpu", operator: "=", threshold: "85", field: "env", value: "prod" },
    action_spec: { type: "NOTIFY", channels: ["ops"], message: "{{ cpu }}" },
    cooldown: "90m",
  });
  assert.deepEqual(effective(rule), {
    rule_id: "r1",
    rule_name: "r",
    description: "",
    tags: [],
    severity: "info",
    labels: {},
    is_active: true,
    trigger_type: "metric",
    trigger_spec: {
      topics: null,
      event_type: null,
      source: null,
      conditions: [{ field: "env", op: "==", value: "prod", case_sensitive: true }],
      logic: "AND",
      value_path: "cpu",
      op: "==",
      threshold: 85,
      group_by: [],
      time: { field: null, unit: null },
    },
    action_spec: { type: "notify", channels: ["ops"], message: "{{ cpu }}", title: null, template: null },
    cooldown: "1h30m",
    isolation: "shared",
    limits: { keys: 1_000_000, alerts_per_minute: 6_000, state_bytes: 268_435_456 },
  });
});

Deno.test("a polled metric is effective as it was written", () => {
  const spec = {
    endpoint: "/runtime/m",
    method: "post",
    params: { a: 1 },
    value_path: "v",
    threshold: 1,
    source: "runtime",
  };
  const rule = read({ rule_name: "r", trigger_type: "metric", trigger_spec: spec }, "simulate");
  assert.deepEqual(plain(read(effective(rule), "simulate")), plain(rule));
});

const duration = fc.constantFrom("1s", "90s", "1h30m", "2d");
const emit = fc.constantFrom({}, { emit: "on_change" }, { emit_empty: true }, { emit: "on_close" });

const window = fc.oneof(
  fc.record({ type: fc.constant("tumbling"), size: duration, more: emit }),
  fc.record({
    type: fc.constant("sliding"),
    size: fc.constant("1h"),
    slide_seconds: fc.constantFrom(60, 90),
  }),
  fc.record({ type: fc.constant("sliding"), size: duration }),
  fc.record({ type: fc.constant("session"), gap: duration, max_duration: fc.constantFrom(null, "3d") }),
  fc.record({
    type: fc.constant("count"),
    size: fc.integer({ min: 1, max: 99 }),
    slide: fc.constantFrom(1, 7),
  }),
).map((one) => {
  const { more, ...rest } = one as Record<string, unknown>;
  return { ...rest, ...more as object };
});

const aggregate = fc.record({
  type: fc.constantFrom("count", "avg", "Average", "std", "median", "percentile", "distinct", "first"),
  field,
  percentile_value: fc.constantFrom(0, 57, 99.9),
});

const having = fc.record({
  field: fc.constantFrom("a0", "key.host"),
  op: fc.constant(">"),
  value: fc.constantFrom(80, { ref: "a0" }),
});

const enrichments = fc.subarray([
  {
    type: "lookup",
    name: "owner",
    table: "hosts",
    key: "host",
    fields: "team, tier",
    default: { team: "?" },
  },
  { type: "calculate", name: "ratio", formula: "used / total" },
  { type: "aggregate", name: "before", field: "cpu", function: "max", of: "moving", size: "1h" },
  { type: "aggregate", name: "yesterday", field: "cpu", of: "same_hour_yesterday" },
  {
    type: "api_call",
    name: "ticket",
    endpoint: "/runtime/t",
    key: "host",
    params: { a: [1] },
    fallback: null,
  },
]);

const computing = fc.record({
  topics: fc.constant(["t"]),
  group_by: fc.constant(["host"]),
  window_config: window,
  aggregations: fc.array(aggregate, { minLength: 1, maxLength: 3 }).map((list) =>
    list.map((one, i) => ({ as: `a${i}`, ...one }))
  ),
  having,
  enrichments,
  time: fc.constantFrom({}, { watermark_delay: "5s", idle_after: "1m" }, { allowed_lateness: "2m" }),
}).filter(({ window_config, time }) => !("allowed_lateness" in time) || !isPerEvent(window_config));

/** Windows that fire at events wait for none that comes late. */
function isPerEvent(config: Record<string, unknown>): boolean {
  return config.type === "sliding" && config.slide_seconds === undefined;
}

const life = fc.record({ for: duration, keep_firing_for: duration }, { requiredKeys: [] });

Deno.test("property: what a rule computes survives the way over its effective document", () => {
  fc.assert(fc.property(computing, life, (trigger_spec, times) => {
    const document = { rule_name: "r", trigger_type: "event", trigger_spec, ...times };
    const rule = read(document, "save", EVERYTHING);
    assert.deepEqual(plain(read(effective(rule), "save", EVERYTHING)), plain(rule));
  }));
});

const OTHERS: Record<string, unknown>[] = [
  { trigger_type: "schedule", trigger_spec: { cron: "0 9 * * 1-5", timezone: "Asia/Seoul", missed: "skip" } },
  { trigger_type: "schedule", trigger_spec: { interval_seconds: 300, conditions: [] } },
  {
    trigger_type: "anomaly",
    trigger_spec: { value_path: "v", baseline_values: [1, "2", null], field: "a", value: 1 },
  },
  {
    trigger_type: "anomaly",
    trigger_spec: {
      value_path: "v",
      source: "runtime",
      endpoint: "/runtime/m",
      anomaly_method: "ema",
      interval: "2m",
    },
  },
  {
    trigger_type: "metric",
    trigger_spec: { metric_name: "cpu", op: ">", threshold: "85", aggregation: "avg", duration: "5m" },
  },
  {
    trigger_type: "metric",
    trigger_spec: { endpoint: "/runtime/m", value_path: "v", aggregation: "avg", duration: "5m" },
  },
  {
    trigger_type: "metric",
    trigger_spec: { topics: ["t"], aggregation: { type: "avg", field: "a", threshold: 3 } },
  },
];

for (const document of OTHERS) {
  Deno.test(`effective, read back: ${JSON.stringify(document.trigger_spec)}`, () => {
    const rule = read({ rule_name: "r", ...document }, "save", EVERYTHING);
    assert.deepEqual(plain(read(effective(rule), "save", EVERYTHING)), plain(rule));
  });
}

Deno.test("the effective document of a windowed rule shows the defaults of what it uses", () => {
  const spec = { topics: ["t"], window_config: { type: "tumbling", size_seconds: 300 } };
  const rule = read(
    { rule_name: "r", trigger_type: "event", trigger_spec: spec, for: "1m" },
    "save",
    EVERYTHING,
  );
  const { trigger_spec, limits, for: wait, keep_firing_for } = effective(rule);
  assert.deepEqual(trigger_spec, {
    topics: ["t"],
    event_type: null,
    source: null,
    group_by: [],
    window_config: { type: "tumbling", size: "5m", offset: "0s", emit: "on_close", emit_empty: false },
    aggregations: [{ as: "count", type: "count", field: null }],
    time: { field: null, unit: null, watermark_delay: "0s", allowed_lateness: "0s", idle_after: "10s" },
  });
  assert.deepEqual([wait, keep_firing_for], ["1m", "0s"]);
  assert.equal((limits as Record<string, unknown>).events_per_window, 100_000);
});
