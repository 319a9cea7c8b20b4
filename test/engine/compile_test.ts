/** From rule to plan: one form for every spelling, columns named once, constants and edits. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { compileRule } from "../../src/engine/compile.ts";
import type { Plan } from "../../src/engine/plan.ts";
import { planChange } from "../../src/engine/plan_change.ts";
import { planConstants } from "../../src/engine/plan_constants.ts";
import { parseRule } from "../../src/model/rule.ts";
import { matchingRows } from "./matching_rows.ts";

function plan(trigger_spec: unknown, more: Record<string, unknown> = {}): Plan {
  const parsed = parseRule({ rule_name: "r", trigger_type: "metric", trigger_spec, ...more });
  assert(parsed.ok, JSON.stringify(parsed));
  return compileRule(parsed.rule, { rule_id: "r1", version: 3, generation: 2 });
}

const NOTHING = { kind: "group", logic: "and", items: [] };

Deno.test("a plan is plain data that crosses to a worker and back", () => {
  const whole = plan(
    {
      topics: ["t"],
      event_type: "error",
      conditions: [{ field: "cpu", op: ">", value: { ref: "limit" } }, {
        field: "host",
        op: "in",
        value: "a, b",
      }],
      group_by: ["host", "zone"],
      time: { field: "ts", unit: "ms" },
    },
    { cooldown: "5m", limits: { keys: null } },
  );
  assert.deepEqual(structuredClone(whole), whole);
  assert.deepEqual(whole, {
    format: 2,
    rule_id: "r1",
    rule_version: 3,
    generation: 2,
    topics: ["t"],
    fields: ["@event_type", "cpu", "limit", "host", "zone"],
    where: {
      kind: "group",
      logic: "and",
      items: [
        { kind: "selector", field: 0, value: "error", absent_passes: true },
        { kind: "test", field: 1, op: ">", operand: { kind: "field", field: 2 }, fold_case: false },
        { kind: "test", field: 3, op: "in", operand: { kind: "list", values: ["a", "b"] }, fold_case: false },
      ],
    },
    key: [3, 4],
    time: { field: "ts", unit: "ms" },
    names: ["@event_type", "cpu", "limit", "host", "zone"],
    enrichments: [],
    after: null,
    holds: null,
    clock: null,
    window: null,
    aggregates: [],
    having: null,
    anomaly: null,
    schedule: null,
    pattern: null,
    hold: null,
    cooldown_ms: 300_000,
    limits: { keys: null, alerts_per_minute: 6_000, state_bytes: 268_435_456 },
    index: whole.index,
  });
  assert.deepEqual(whole.index?.map(({ field }) => field), ["host"]);
});

Deno.test("one condition needs no group, and an empty group holds whatever its logic", () => {
  assert.deepEqual(plan({ field: "a", op: "exists" }).where, {
    kind: "test",
    field: 0,
    op: "exists",
    operand: { kind: "none" },
    fold_case: false,
  });
  for (const logic of ["AND", "OR", "NOT"]) assert.deepEqual(plan({ conditions: [], logic }).where, NOTHING);
  assert.deepEqual(plan({ topics: ["t"] }).where, NOTHING);
});

Deno.test("a selector lets an event without it pass only beside conditions", () => {
  const absentPasses = (spec: object) => {
    const { where } = plan({ event_type: "error", ...spec });
    const first = where.kind === "group" ? where.items[0] : where;
    return first?.kind === "selector" && first.absent_passes;
  };
  assert.equal(absentPasses({}), false);
  assert.equal(absentPasses({ conditions: [] }), false);
  assert.equal(absentPasses({ conditions: [{ conditions: [] }] }), false);
  assert.equal(absentPasses({ conditions: [{ conditions: [{ field: "a", value: 1 }] }] }), true);
  assert.equal(absentPasses({ value_path: "a", threshold: 1 }), true);
});

const EVENTS: JsonObject[] = [
  { v: 5 },
  { v: "5" },
  { v: 6 },
  { v: "n/a" },
  { v: true },
  {},
  { v: [6] },
];

Deno.test("a threshold wants a number, even where it wants a different one", () => {
  assert.deepEqual(matchingRows(plan({ value_path: "v", op: "!=", threshold: 5 }), EVENTS), [2, 4]);
  assert.deepEqual(matchingRows(plan({ value_path: "v", op: "==", threshold: "5" }), EVENTS), [0, 1]);
});

Deno.test("fields of a block are looked up in the block, then from the root", () => {
  const rows = (condition: object) =>
    matchingRows(plan({ value_path: "data.m", conditions: [condition] }), [
      { data: { m: { cpu: 90, max: 80 } } },
      { cpu: 90, max: 80 },
      { cpu: 90, max: 80, data: { m: { cpu: 10 } } },
      { max: 95, data: { m: { cpu: 90 } } },
      { data: { m: {} } },
    ]);
  assert.deepEqual(rows({ field: "cpu", op: ">", value: 80 }), [0, 1, 3]);
  assert.deepEqual(rows({ field: "cpu", op: ">", value: { ref: "max" } }), [0, 1]);
  assert.deepEqual(rows({ field: "cpu", op: "exists" }), [0, 1, 2, 3]);
  assert.deepEqual(rows({ field: "cpu", op: "not_exists" }), [4]);
  assert.deepEqual(rows({ logic: "NOT", conditions: [{ field: "cpu", op: ">", value: 80 }] }), [2, 4]);
});

Deno.test("constants are the texts of equalities, each once", () => {
  const constants = planConstants(plan({
    event_type: "error",
    logic: "OR",
    conditions: [
      { field: "a", value: "x" },
      { field: "b", op: "!=", value: "y" },
      { field: "c", op: "in", value: ["x", "z", 5, null] },
      { field: "d", op: "not_in", value: "q" },
      { field: "e", value: true },
      { field: "f", value: "folded", case_sensitive: false },
      { field: "g", op: "contains", value: "part" },
      { field: "h", op: ">", value: "order" },
      { conditions: [{ field: "i", value: "deep" }] },
    ],
  }));
  assert.deepEqual(constants, ["error", "x", "y", "z", "q", "true", "deep"]);
});

Deno.test("an edit keeps the cooldown unless its key or its time changes", () => {
  const base = { field: "a", op: ">", value: 1, group_by: ["host", "zone"], time: { field: "ts" } };
  const change = (next: object, cooldown = "5m") =>
    planChange(plan(base, { cooldown: "1m" }), plan({ ...base, ...next }, { cooldown }));
  assert.deepEqual(change({}), { kept: ["cooldown"], reset: [] });
  assert.deepEqual(change({ field: "zone", value: 9 }), { kept: ["cooldown"], reset: [] });
  assert.deepEqual(change({ group_by: ["zone", "host"] }), { kept: [], reset: ["cooldown"] });
  assert.deepEqual(change({ group_by: ["host"] }), { kept: [], reset: ["cooldown"] });
  assert.deepEqual(change({ time: { field: "ts", unit: "s" } }), { kept: [], reset: ["cooldown"] });
  assert.deepEqual(change({ time: null }), { kept: [], reset: ["cooldown"] });
});

Deno.test("without a cooldown before and after there is no state to keep or reset", () => {
  const one = { topics: ["t"], group_by: ["a"] };
  const other = { topics: ["t"], group_by: ["b"] };
  assert.deepEqual(planChange(plan(one), plan(other, { cooldown: "5m" })), { kept: [], reset: [] });
  assert.deepEqual(planChange(plan(one, { cooldown: "5m" }), plan(other)), { kept: [], reset: [] });
});
