import assert from "node:assert/strict";
import { openApi } from "./api.ts";

const condition = { field: "cpu", op: ">", value: 80 };

Deno.test("preview: of a rule, a trigger or a condition; what comes after conditions counts for would_execute", async () => {
  await using api = await openApi();
  const test_payload = { cpu: 95, host: "a" };
  const rule = {
    rule_name: "r",
    trigger_type: "event",
    trigger_spec: {
      ...{ conditions: [condition, { field: "host", value: "b" }], logic: "OR" },
      ...{ window_config: { type: "tumbling", size: "1m" }, aggregations: [{ as: "n", type: "count" }] },
      having: { field: "n", op: ">", value: 1 },
    },
  };
  const { status, body } = await api.send("POST", "/rules/preview", { rule, test_payload });
  assert.equal(status, 200);
  assert.deepEqual([body.condition_matched, body.would_execute], [true, false]);
  assert.deepEqual([body.matched_conditions, body.failed_conditions], [["cpu > 80"], ["host == b"]]);
  assert.equal(body.condition_evaluation_tree.conditions[1].actual, "a");
  const part = await api.send("POST", "/rules/preview", { trigger_spec: condition, test_payload });
  assert.equal(part.body.would_execute, true);
  await api.send("POST", "/rules", { ...rule, rule_id: "r" });
  const stored = await api.send("POST", "/rules/r/preview", { test_payload: {} });
  assert.equal(stored.body.condition_matched, false);
});

Deno.test("preview: faults point into what was given", async () => {
  await using api = await openApi();
  const fault = async (path: string, body: Parameters<typeof api.send>[2]) => {
    const reply = await api.send("POST", path, body);
    assert.equal(reply.status, 400, reply.text);
    return [reply.body.errors[0].pointer, reply.body.errors[0].code];
  };
  const test_payload = {};
  const wrong = { field: "a", op: "largerthan", value: 1 };
  assert.deepEqual(await fault("/rules/preview", { condition: wrong, test_payload }), [
    "/condition/op",
    "unsupported_operator",
  ]);
  assert.deepEqual(await fault("/rules/preview", { trigger_spec: { conditions: [wrong] }, test_payload }), [
    "/trigger_spec/conditions/0/op",
    "unsupported_operator",
  ]);
  assert.deepEqual(await fault("/rules/preview", { condition }), ["/test_payload", "required"]);
  assert.deepEqual(await fault("/rules/preview", { test_payload }), ["/rule", "required"]);
  assert.deepEqual(await fault("/rules/preview", { condition, rule: {}, test_payload }), [
    "/condition",
    "conflict",
  ]);
  const schedule = { rule_name: "s", trigger_type: "schedule", trigger_spec: { cron: "* * * * *" } };
  assert.deepEqual(await fault("/rules/preview", { rule: schedule, test_payload }), [
    "/rule/trigger_type",
    "invalid_value",
  ]);
});

Deno.test("validate: one condition, with the nearest operator, and its outcome where a payload is given", async () => {
  await using api = await openApi();
  const said = async (body: Parameters<typeof api.send>[2]) => {
    const reply = await api.send("POST", "/rules/validate", body);
    assert.equal(reply.status, 200, reply.text);
    return reply.body;
  };
  assert.deepEqual(await said({ condition }), { valid: true, errors: [], warnings: [] });
  assert.deepEqual(await said({ condition: { field: "a", op: "start_with", value: "x" } }), {
    valid: false,
    errors: [{
      pointer: "/condition/op",
      code: "unsupported_operator",
      message: 'Unsupported operator "start_with": did you mean "starts_with"?',
    }],
    warnings: [],
  });
  const group = { logic: "NOT", conditions: [condition] };
  const { condition_matched, tree } = await said({ condition: group, test_payload: { cpu: "n/a" } });
  assert.equal(condition_matched, true);
  assert.equal(tree.conditions[0].conditions[0].note.code, "not_a_number");
});

Deno.test("conditions: every operator has a template whose example a save takes", async () => {
  await using api = await openApi();
  const { body } = await api.send("GET", "/conditions/templates");
  assert.equal(body.operators.length, 15);
  for (const { operator, example_value } of body.operators) {
    const { valid, errors } = (await api.send("POST", "/rules/validate", {
      condition: { field: "a", op: operator, value: example_value },
    })).body;
    assert.deepEqual([operator, valid, errors], [operator, true, []]);
  }
  assert.deepEqual(body.groups.map((one: { logic: string }) => one.logic), ["AND", "OR", "NOT"]);
});
