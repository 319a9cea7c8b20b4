/** The spellings that a rule document may use, and the one normal form that they are read as. */
import { NO_ACTION } from "../../src/model/action.ts";
import assert from "node:assert/strict";
import { parseRule, type Rule, type Trigger } from "../../src/model/rule.ts";

function read(document: unknown): { rule: Rule; warnings: string[] } {
  const parsed = parseRule(document);
  assert(parsed.ok, JSON.stringify(parsed));
  return { rule: parsed.rule, warnings: parsed.warnings.map(({ pointer, code }) => `${pointer} ${code}`) };
}

function trigger(trigger_spec: unknown, trigger_type = "event"): Trigger {
  return read({ rule_name: "r", trigger_type, trigger_spec }).rule.trigger;
}

function test(op: string, value?: unknown): unknown {
  const where = trigger({ conditions: [{ field: "a", op, value }] }).where;
  const [node] = where!.conditions;
  assert(node?.kind === "test");
  return [node.op, node.value];
}

Deno.test("a rule of the least members has every default", () => {
  const { rule, warnings } = read({
    rule_name: "r",
    trigger_type: "event",
    trigger_spec: { field: "cpu", value: 80 },
  });
  assert.deepEqual(warnings, []);
  assert.deepEqual(rule, {
    rule_id: null,
    rule_name: "r",
    description: "",
    tags: [],
    severity: "info",
    labels: {},
    is_active: true,
    trigger: {
      type: "event",
      topics: null,
      event_type: null,
      source: null,
      where: {
        kind: "group",
        logic: "AND",
        conditions: [{
          kind: "test",
          field: "cpu",
          op: "==",
          value: { kind: "const", value: 80 },
          case_sensitive: true,
        }],
      },
      threshold: null,
      block: null,
      group_by: [],
      time: { field: null, unit: null, delay_ms: 0, lateness_ms: 0, idle_ms: 10_000 },
      polling: null,
      enrichments: [],
      window: null,
      aggregates: [],
      having: null,
      anomaly: null,
      schedule: null,
      pattern: null,
    },
    action: NO_ACTION,
    hold: null,
    cooldown_ms: 0,
    isolation: "shared",
    limits: {
      keys: 1_000_000,
      alerts_per_minute: 6_000,
      state_bytes: 268_435_456,
      events_per_window: 100_000,
      partials_per_key: 1_000,
    },
  });
});

Deno.test("members of an answer and members of the user's own are accepted", () => {
  const parsed = parseRule({
    rule_name: "r",
    trigger_type: "event",
    trigger_spec: { topics: "a", "x-team": { owner: "ops" } },
    created_at: "2026-01-01T00:00:00Z",
    updated_at: "2026-01-01T00:00:00Z",
    version: 4,
    effective: {},
    "x-note": [1],
  });
  assert(parsed.ok);
});

Deno.test("null says that a member is absent", () => {
  const { rule } = read({
    rule_id: null,
    rule_name: "r",
    description: null,
    tags: null,
    severity: null,
    labels: null,
    is_active: null,
    trigger_type: "event",
    trigger_spec: { field: "a", op: null, value: 1, conditions: null, logic: null, topics: null, time: null },
    action_spec: null,
    cooldown: null,
    isolation: null,
    limits: null,
  });
  assert.equal(rule.trigger.where?.conditions.length, 1);
  assert.equal(rule.severity, "info");
});

Deno.test("operators: blanks around one do not count, = is ==, none is ==", () => {
  assert.deepEqual(test(" > ", 1), [">", { kind: "const", value: 1 }]);
  assert.deepEqual(test("=", "x"), ["==", { kind: "const", value: "x" }]);
  assert.deepEqual(trigger({ field: "a", operator: "<", value: 1 }).where?.conditions[0], {
    kind: "test",
    field: "a",
    op: "<",
    value: { kind: "const", value: 1 },
    case_sensitive: true,
  });
});

Deno.test("values are read as their operator takes them", () => {
  assert.deepEqual(test("in", "us-east, eu-west,"), ["in", { kind: "list", values: ["us-east", "eu-west"] }]);
  assert.deepEqual(test("not_in", [1, "a", true]), ["not_in", { kind: "list", values: [1, "a", true] }]);
  assert.deepEqual(test("in", 5), ["in", { kind: "list", values: [5] }]);
  assert.deepEqual(test("between", [1, "2"]), ["between", { kind: "range", low: 1, high: "2" }]);
  assert.deepEqual(test(">", { ref: "limits.cpu" }), [">", { kind: "ref", path: "limits.cpu" }]);
  assert.deepEqual(test("==", null), ["==", { kind: "const", value: null }]);
  assert.deepEqual(test("exists"), ["exists", { kind: "none" }]);
  assert.deepEqual(test("not_exists", ""), ["not_exists", { kind: "none" }]);
  assert.deepEqual(test("matches", "^a+$"), ["matches", { kind: "const", value: "^a+$" }]);
});

Deno.test("logic is read in any case, and groups nest", () => {
  const where = trigger({ logic: "or", conditions: [{ logic: "Not", conditions: [] }] }).where;
  assert.deepEqual(where, {
    kind: "group",
    logic: "OR",
    conditions: [{ kind: "group", logic: "NOT", conditions: [] }],
  });
});

Deno.test("conditions beat field/op/value, with a warning", () => {
  const { rule, warnings } = read({
    rule_name: "r",
    trigger_type: "event",
    trigger_spec: { field: "a", value: 1, conditions: [{ field: "b", value: 2 }] },
  });
  const [node] = rule.trigger.where!.conditions;
  assert.equal(node?.kind === "test" && node.field, "b");
  assert.deepEqual(warnings, ["/trigger_spec/field ignored"]);
});

Deno.test("duration without an aggregation is ignored and warned about", () => {
  const { warnings } = read({
    rule_name: "r",
    trigger_type: "metric",
    trigger_spec: { metric_name: "cpu", operator: ">", threshold: 85, duration: "5m" },
  });
  assert.deepEqual(warnings, ["/trigger_spec/duration ignored"]);
});

Deno.test("a range that nothing is in is warned about, where it stands", () => {
  const warnings = (trigger_spec: unknown) =>
    read({ rule_name: "r", trigger_type: "event", trigger_spec }).warnings;
  const empty = { field: "a", op: "between", value: [5, 1] };
  assert.deepEqual(warnings(empty), ["/trigger_spec empty_range"]);
  const nested = { conditions: [{ field: "b", value: 1 }, { conditions: [empty] }] };
  assert.deepEqual(warnings(nested), ["/trigger_spec/conditions/1/conditions/0 empty_range"]);
});

Deno.test("metric sugar: each spelling names the same threshold", () => {
  const threshold = { path: "cpu", op: ">", value: 85 };
  for (
    const spec of [
      { value_path: "cpu", op: ">", threshold: 85 },
      { metricName: "cpu", operator: ">", threshold: "85" },
      { metric_name: "cpu", op: " > ", threshold: " 8.5e1 " },
    ]
  ) assert.deepEqual(trigger(spec, "metric").threshold, threshold);
  assert.equal(trigger({ value_path: "cpu", threshold: 1 }, "metric").threshold?.op, "==");
});

Deno.test("value_path without a threshold names the block of the conditions", () => {
  const { block, threshold } = trigger({ value_path: "data", conditions: [] }, "metric");
  assert.deepEqual({ block, threshold }, { block: "data", threshold: null });
});

Deno.test("source selects events, but in metric rules runtime and payload say where the value is", () => {
  const sources = ["runtime", "payload", "kafka"];
  const spec = (source: string) => ({ source, value_path: "a", threshold: 1 });
  assert.deepEqual(sources.map((source) => trigger(spec(source), "metric").source), [null, null, "kafka"]);
  assert.deepEqual(sources.map((source) => trigger({ source }).source), sources);
  assert.equal(trigger({ eventType: "error" }).event_type, "error");
});

Deno.test("group_by is a list or comma text; one topic needs no list", () => {
  assert.deepEqual(trigger({ topics: "t", group_by: "region, service.name" }).group_by, [
    "region",
    "service.name",
  ]);
  assert.deepEqual(trigger({ topics: "t" }).topics, ["t"]);
  assert.deepEqual(trigger({ topics: ["b", "a", "b"] }).topics, ["b", "a"]);
});

Deno.test("durations and sizes are read as ms and bytes, null lifts a limit", () => {
  const { rule } = read({
    rule_name: "r",
    trigger_type: "event",
    trigger_spec: { topics: ["t"] },
    cooldown: "1h30m",
    limits: { keys: null, state_bytes: "64 MiB" },
  });
  assert.equal(rule.cooldown_ms, 5_400_000);
  assert.deepEqual(rule.limits, {
    keys: null,
    alerts_per_minute: 6_000,
    state_bytes: 67_108_864,
    events_per_window: 100_000,
    partials_per_key: 1_000,
  });
});

Deno.test("a notify action names channels once each; its type is read in any case", () => {
  const { rule } = read({
    rule_name: "r",
    trigger_type: "event",
    trigger_spec: { topics: ["t"] },
    action_spec: { type: " Notify", channels: ["ops", "ops", "slack"], message: "cpu {{ cpu }}" },
  });
  const { notify } = rule.action;
  assert.deepEqual(notify?.channels, ["ops", "slack"]);
  assert.equal(notify?.message?.text, "cpu {{ cpu }}");
  assert.equal(notify?.title, null);
});
