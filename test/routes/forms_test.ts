import assert from "node:assert/strict";
import { openApi } from "./api.ts";

const form = {
  rule_name: "High CPU",
  description: "cpu above 80",
  trigger_type: "event",
  trigger_spec: { topics: ["metrics"] },
  composite_condition: { conditions: [{ field: "cpu", op: ">", value: 80 }], logic: "OR" },
  window_config: { type: "tumbling", size: "5m" },
  aggregation: { type: "avg", fieldName: "cpu" },
  actions: [{ endpoint: "https://hooks.example.com/a" }],
  severity: "critical",
};

Deno.test("forms: a form becomes a rule that a save takes, and the saved rule the form again", async () => {
  await using api = await openApi();
  const made = await api.send("POST", "/rules/form", { form });
  assert.equal(made.status, 200, made.text);
  const { rule, ...told } = made.body;
  assert.deepEqual(told, { valid: true, errors: [], warnings: [] });
  assert.deepEqual(rule.trigger_spec.window_config, { type: "tumbling", size_seconds: 300 });
  const saved = await api.send("POST", "/rules", rule);
  assert.equal(saved.status, 201, saved.text);
  const shown = await api.send("POST", "/rules/form", { rule: saved.body });
  const { form: back, ...kept } = shown.body;
  assert.deepEqual(kept, { lossless: true, lost: [], rewritten: [] });
  assert.deepEqual(back, {
    ...form,
    rule_id: saved.body.rule_id,
    is_active: true,
    window_config: { type: "tumbling", size_seconds: 300 },
    aggregation: { type: "avg", field: "cpu" },
    enrichments: [],
    actions: [{ endpoint: "https://hooks.example.com/a", type: "webhook" }],
  });
});

Deno.test("forms: what a save would refuse is told beside the rule", async () => {
  await using api = await openApi();
  const { status, body } = await api.send("POST", "/rules/form", {
    form: {
      ...form,
      composite_condition: { conditions: [] },
      actions: [{ type: "notify", channels: ["none"] }],
    },
  });
  assert.equal(status, 200);
  assert.deepEqual([body.valid, body.errors[0].pointer], [false, "/action_spec/channels/0"]);
  assert.deepEqual(body.warnings.map((one: { code: string }) => one.code), ["takes_everything"]);
});

Deno.test("forms: faults point into what was given", async () => {
  await using api = await openApi();
  const pointers = async (body: Parameters<typeof api.send>[2]) => {
    const reply = await api.send("POST", "/rules/form", body);
    assert.equal(reply.status, 400, reply.text);
    return reply.body.errors.map((fault: { pointer: string; message: string }) => fault);
  };
  const wrong = { ...form, composite_condition: { conditions: [{ field: "a", op: "contain", value: 1 }] } };
  assert.deepEqual(await pointers({ form: wrong }), [{
    pointer: "/form/composite_condition/conditions/0/op",
    code: "unsupported_operator",
    message: 'Unsupported operator "contain": did you mean "contains"?',
  }]);
  assert.equal(
    (await pointers({ rule: { trigger_type: "event", trigger_spec: 1 } }))[0].pointer,
    "/rule/rule_name",
  );
  assert.equal((await pointers({}))[0].pointer, "/form");
  assert.equal((await pointers({ from: form }))[0].message, 'Unknown member "from": did you mean "form"?');
  assert.equal((await pointers({ form, rule: {} }))[0].code, "conflict");
});

Deno.test("forms: the reference system's path saves, and tells faults as it does", async () => {
  await using api = await openApi();
  const { severity: _, ...plain } = form;
  const made = await api.send("POST", "/cep/rules/form", { ...plain, created_by: "kim" });
  assert.equal(made.status, 200, made.text);
  const { rule } = made.body.data;
  assert.deepEqual([rule.created_by, rule.description, rule.is_active], ["kim", "cpu above 80", true]);
  assert.equal((await api.send("GET", `/rules/${rule.rule_id}`)).body.trigger_spec.logic, "OR");
  const refused = await api.send("POST", "/cep/rules/form", {
    ...plain,
    composite_condition: { conditions: [{ field: "a", op: "~=", value: 1 }] },
    actions: [],
  });
  assert.equal(refused.status, 422);
  assert.deepEqual(refused.body.detail[0].loc, ["body", "composite_condition", "conditions", 0, "op"]);
});
