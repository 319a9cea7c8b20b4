/** `effective` is the same rule, written out. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { effective } from "../../src/model/effective_rule.ts";
import { OPERATORS } from "../../src/model/operator.ts";
import { parseRule, type Purpose, type Rule } from "../../src/model/rule.ts";

function read(document: unknown, purpose: Purpose = "save"): Rule {
  const parsed = parseRule(document, purpose);
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
    action_spec: { type: "notify", channels: ["ops"], message: "{{ cpu }}", title: null },
    cooldown: "1h30m",
    isolation: "shared",
    limits: { keys: 1_000_000, alerts_per_minute: 6_000, state_bytes: 268_435_456 },
  });
});

Deno.test("a polled metric is effective as it was written", () => {
  const spec = {
    endpoint: "/m",
    method: "post",
    params: { a: 1 },
    value_path: "v",
    threshold: 1,
    source: "runtime",
  };
  const rule = read({ rule_name: "r", trigger_type: "metric", trigger_spec: spec }, "simulate");
  assert.deepEqual(plain(read(effective(rule), "simulate")), plain(rule));
});
