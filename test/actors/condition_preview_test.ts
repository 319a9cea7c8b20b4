import assert from "node:assert/strict";
import fc from "fast-check";
import { systemClock } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import type { TreeNode, TreeTest } from "../../src/engine/condition_tree.ts";
import { parseRule } from "../../src/model/rule.ts";
import type { ConditionPreview } from "../../actors/condition_preview.ts";
import { simulate, type SimulationResult } from "../../actors/simulation.ts";

async function previewed(
  trigger_spec: JsonObject,
  event: JsonObject,
  { trigger_type = "event", call_answers = {} }: { trigger_type?: string; call_answers?: JsonObject } = {},
): Promise<SimulationResult & { preview: ConditionPreview }> {
  const parsed = parseRule({ rule_name: "r", trigger_type, trigger_spec }, "simulate");
  assert(parsed.ok, JSON.stringify(parsed));
  const given = { rule: parsed.rule, rule_id: "r", events: [event], received_at: 0, advance_to: null };
  const result = await simulate({ ...given, call_answers, preview: "conditions" }, systemClock);
  assert(result.preview !== undefined);
  return { ...result, preview: result.preview };
}

async function noted(
  condition: JsonObject,
  event: JsonObject,
): Promise<[result: boolean, note: string | null]> {
  const { preview: { tree } } = await previewed({ conditions: [condition] }, event);
  assert(tree !== null && "conditions" in tree);
  const only = tree.conditions[0] as TreeTest;
  return [only.result, only.note?.code ?? null];
}

Deno.test("preview: every group and test has its outcome, also those that do not decide", async () => {
  const { preview: { tree } } = await previewed({
    logic: "OR",
    conditions: [
      { field: "cpu", op: ">", value: 80 },
      { logic: "NOT", conditions: [{ field: "env", value: "dev" }, { field: "disk", op: "exists" }] },
      { field: "cpu", op: ">", value: { ref: "limit" } },
    ],
  }, { metrics: { cpu: "95" }, env: "prod", limit: 99, "io.disk": 1 });
  const at = (path: string) => `/trigger_spec/conditions${path}`;
  assert.deepEqual(tree, {
    logic: "OR",
    result: true,
    conditions: [
      {
        ...{ pointer: at("/0"), field: "cpu", op: ">", expected: 80, actual: "95", result: true },
        note: { code: "read_as_numbers", message: "Both sides read as numbers: compared as numbers" },
      },
      {
        logic: "NOT",
        result: true,
        conditions: [
          {
            ...{ pointer: at("/1/conditions/0"), field: "env", op: "==", expected: "dev", actual: "prod" },
            ...{ result: false, note: null },
          },
          {
            ...{ pointer: at("/1/conditions/1"), field: "disk", op: "exists", expected: null, actual: null },
            result: false,
            note: {
              code: "missing",
              message: 'The event has no "disk" (null counts as missing): did you mean "io.disk"?',
            },
          },
        ],
      },
      {
        ...{
          pointer: at("/2"),
          field: "cpu",
          op: ">",
          expected: { ref: "limit" },
          actual: "95",
          result: false,
        },
        note: { code: "read_as_numbers", message: "Both sides read as numbers: compared as numbers" },
      },
    ],
  });
});

Deno.test("preview: says what a test made of sides of unlike types", async () => {
  const test = (op: string, value: JsonObject[string]) => ({ field: "a", op, value });
  assert.deepEqual(await noted(test(">", 1), { b: 1 }), [false, "missing"]);
  assert.deepEqual(await noted(test("!=", 1), { a: null }), [false, "missing"]);
  assert.deepEqual(await noted(test(">", { ref: "b" }), { a: 1 }), [false, "other_missing"]);
  assert.deepEqual(await noted(test(">", 1), { a: "high" }), [false, "not_a_number"]);
  assert.deepEqual(await noted(test(">", "x"), { a: 1 }), [false, "no_order"]);
  assert.deepEqual(await noted(test(">", "a"), { a: "b" }), [true, "read_as_texts"]);
  assert.deepEqual(await noted(test("==", "1"), { a: 1.0 }), [true, "read_as_numbers"]);
  assert.deepEqual(await noted(test("==", "one"), { a: 1 }), [false, "unlike_types"]);
  assert.deepEqual(await noted(test("in", [1, 2]), { a: "2" }), [true, "read_as_numbers"]);
  assert.deepEqual(await noted(test("starts_with", "1"), { a: 12 }), [true, "read_as_texts"]);
  assert.deepEqual(await noted(test("between", [1, 3]), { a: 2 }), [true, null]);
  assert.deepEqual(await noted({ field: "a", op: "not_exists" }, {}), [true, null]);
});

Deno.test("preview: a threshold, the event type and the condition must all hold", async () => {
  const spec = {
    event_type: "cpu",
    value_path: "m.v",
    op: ">",
    threshold: 5,
    conditions: [{ field: "m.v", value: 7 }],
  };
  const { preview: { tree }, matched } = await previewed(spec, { type: "cpu", m: { v: 7 } }, {
    trigger_type: "metric",
  });
  assert(tree !== null && "conditions" in tree);
  assert.deepEqual([tree.result, matched], [true, 1]);
  const tests = tree.conditions.map((node) => "pointer" in node ? [node.pointer, node.result] : node.logic);
  assert.deepEqual(tests, [["/trigger_spec/event_type", true], ["/trigger_spec/threshold", true], "AND"]);
});

Deno.test("preview: conditions on enrichments see what they come to", async () => {
  const spec = {
    enrichments: [
      { type: "calculate", name: "ratio", formula: "used / total" },
      { type: "api_call", name: "owner", endpoint: "https://a.example/", fallback: { team: "none" } },
      { type: "aggregate", name: "before", field: "used", function: "avg", of: "moving", size: "5m" },
    ],
    conditions: [
      { field: "ratio", op: ">", value: 0.5 },
      { field: "owner.team", value: "ops" },
      { field: "before", op: "not_exists" },
    ],
  };
  const event = { used: 3, total: 4 };
  const fallen = (await previewed(spec, event)).preview;
  assert.deepEqual(fallen.enriched, { ratio: 0.75, "owner.team": "none", before: null });
  assert.equal(fallen.tree?.result, false);
  const { preview, matched } = await previewed(spec, event, { call_answers: { owner: { team: "ops" } } });
  assert.deepEqual([preview.tree?.result, matched], [true, 1]);
});

const value = fc.oneof(
  fc.integer({ min: -2, max: 2 }),
  fc.constantFrom("1", "-2", "a", "b", " 1 ", "true", ""),
  fc.boolean(),
);
const field = fc.constantFrom("a", "b", "m.c", "l.0");
const test = fc.oneof(
  fc.record({ field, op: fc.constantFrom("==", "!=", ">", "<=", "contains", "starts_with"), value }),
  fc.record({ field, op: fc.constantFrom("==", "<", "contains"), value: fc.record({ ref: field }) }),
  fc.record({
    field,
    op: fc.constantFrom("in", "not_in"),
    value: fc.array(value, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ field, op: fc.constantFrom("exists", "not_exists") }),
  fc.record({ field, op: fc.constant("between"), value: fc.tuple(value, value) }),
);
const { group } = fc.letrec<{ group: JsonObject }>((tie) => ({
  group: fc.record({
    conditions: fc.array(fc.oneof({ maxDepth: 3 }, test, tie("group")), { maxLength: 3 }),
    logic: fc.constantFrom("AND", "OR", "NOT"),
  }) as fc.Arbitrary<JsonObject>,
}));
const events = fc.record({
  a: value,
  b: fc.oneof(value, fc.constant(null)),
  m: fc.record({ c: value }),
  l: fc.array(value, { maxLength: 1 }),
  metrics: fc.record({ b: value }),
}, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>;

Deno.test("preview: the root comes out as the engine decides, and each group by its members", async () => {
  await fc.assert(fc.asyncProperty(group, events, async (spec, event) => {
    const { preview: { tree }, matched } = await previewed(spec, event);
    assert(tree !== null);
    assert.equal(tree.result, matched === 1);
    checkGroups(tree);
  }));
});

function checkGroups(node: TreeNode): void {
  if (!("conditions" in node)) return;
  const results = node.conditions.map(({ result }) => result);
  const wished = results.length === 0 || (
    node.logic === "AND"
      ? results.every(Boolean)
      : node.logic === "OR"
      ? results.some(Boolean)
      : !results.some(Boolean)
  );
  assert.equal(node.result, wished);
  for (const item of node.conditions) checkGroups(item);
}
