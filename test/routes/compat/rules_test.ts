import assert from "node:assert/strict";
import { receiver } from "../../notify/receivers.ts";
import { openApi } from "../api.ts";

const document = {
  rule_name: "n",
  trigger_type: "event",
  trigger_spec: { topics: ["t"], field: "cpu", op: ">", value: 80 },
};

Deno.test("rules: a rule made here is the rule of the native API, and the other way round", async () => {
  await using api = await openApi();
  const made = (await api.send("POST", "/cep/rules", { ...document, created_by: "kim" })).body.data.rule;
  const native = (await api.send("GET", `/rules/${made.rule_id}`)).body;
  assert.deepEqual([native.rule_name, native.trigger_spec], ["n", document.trigger_spec]);
  assert.deepEqual([made.created_by, made.is_active, made.action_spec], ["kim", true, {}]);
  await api.send("POST", "/rules", { ...document, rule_id: "native", severity: "critical" });
  const shown = (await api.send("GET", "/cep/rules/native")).body.data.rule;
  assert.deepEqual([shown.rule_id, shown.severity, shown.created_by], ["native", "critical", null]);
});

Deno.test("rules: an update changes the given members only, each as a whole", async () => {
  await using api = await openApi();
  const { rule_id } =
    (await api.send("POST", "/cep/rules", { ...document, created_by: "kim" })).body.data.rule;
  const trigger_spec = { topics: ["t"], conditions: [{ field: "mem", op: ">", value: 1 }] };
  const { status, body } = await api.send("PUT", `/cep/rules/${rule_id}`, { trigger_spec });
  assert.equal(status, 200);
  // A merge would have kept field, op and value beside the conditions.
  assert.deepEqual(body.data.rule.trigger_spec, trigger_spec);
  assert.deepEqual([body.data.rule.rule_name, body.data.rule.created_by], ["n", "kim"]);
  assert.ok(body.data.rule.updated_at >= body.data.rule.created_at);
  const off = await api.send("PUT", `/cep/rules/${rule_id}`, { is_active: false });
  assert.equal(off.body.data.rule.is_active, false);
  assert.equal((await api.send("PUT", "/cep/rules/none", {})).status, 404);
});

Deno.test("rules: newest update first, by trigger type", async () => {
  await using api = await openApi();
  for (const rule_id of ["a", "b", "c"]) await api.send("POST", "/cep/rules", { ...document, rule_id });
  await api.send("POST", "/cep/rules", {
    ...{ rule_id: "s", rule_name: "s", trigger_type: "schedule" },
    trigger_spec: { cron: "0 9 * * *" },
  });
  const ids = async (query: string) =>
    (await api.send("GET", `/cep/rules${query}`)).body.data.rules.map((rule: { rule_id: string }) =>
      rule.rule_id
    );
  assert.deepEqual(await ids("?trigger_type=schedule"), ["s"]);
  assert.deepEqual((await ids("?trigger_type=event")).toSorted(), ["a", "b", "c"]);
  assert.deepEqual(await ids("?trigger_type=none"), []);
});

Deno.test("rules: toggled and deleted, as the documents of the reference system say", async () => {
  await using api = await openApi();
  await api.send("POST", "/cep/rules", { ...document, rule_id: "r" });
  const toggle = async (body: object) =>
    (await api.send("PATCH", "/cep/rules/r/toggle", { ...body })).body.data.rule.is_active;
  assert.deepEqual([await toggle({}), await toggle({}), await toggle({ is_active: true })], [
    false,
    true,
    true,
  ]);
  const { status, body } = await api.send("DELETE", "/cep/rules/r");
  assert.deepEqual([status, body.data, body.message], [200, null, "Rule r deleted"]);
  assert.equal((await api.send("DELETE", "/cep/rules/r")).body.detail, "Rule not found");
});

Deno.test("anomaly status: at both paths; another rule says that it is none", async () => {
  await using api = await openApi();
  const trigger_spec = { topics: ["m"], value_path: "v", baseline_values: [1, 2, 4] };
  await api.send("POST", "/cep/rules", {
    rule_id: "a",
    rule_name: "a",
    trigger_type: "anomaly",
    trigger_spec,
  });
  await api.settle();
  for (const path of ["/cep/rules/anomaly-status/a", "/cep/rules/a/anomaly-status"]) {
    const { data } = (await api.send("GET", path)).body;
    assert.deepEqual([data.anomaly_enabled, data.baseline_count, data.baseline_source], [
      true,
      3,
      "trigger_spec",
    ]);
  }
  await api.send("POST", "/cep/rules", { ...document, rule_id: "r" });
  const { data } = (await api.send("GET", "/cep/rules/anomaly-status/r")).body;
  assert.deepEqual([data.anomaly_enabled, typeof data.message], [false, "string"]);
  assert.equal((await api.send("GET", "/cep/rules/anomaly-status/none")).body.detail, "Rule not found");
  assert.equal((await api.send("POST", "/cep/rules/a/anomaly-reset", {})).body.data.rule_id, "a");
});

Deno.test("simulate: a metric rule without payload is asked for the value of its endpoint", async () => {
  await using api = await openApi();
  const answers = ['{"data":{"value":81}}', "no json", null];
  await using peer = receiver(() => {
    const answer = answers.shift();
    return answer === null ? new Response("no", { status: 500 }) : new Response(answer);
  });
  const endpoint = `http://127.0.0.1:${peer.port}/metrics`;
  const trigger_spec = { endpoint, value_path: "data.value", op: ">", threshold: 80, interval: "1h" };
  await api.send("POST", "/cep/rules", {
    rule_id: "m",
    rule_name: "m",
    trigger_type: "metric",
    trigger_spec,
  });
  const simulate = () => api.send("POST", "/cep/rules/m/simulate", {});
  const { references, would_execute } = (await simulate()).body.data.simulation;
  const { extracted_value, used_test_payload, runtime_endpoint } = references.trigger;
  assert.deepEqual([would_execute, extracted_value, used_test_payload, runtime_endpoint], [
    true,
    81,
    false,
    endpoint,
  ]);
  for (const detail of [/^Runtime response is not valid JSON/, /^Runtime response error: .*500/]) {
    const { status, body } = await simulate();
    assert.deepEqual([status, body.error], [502, "EXTERNAL_SERVICE_ERROR"]);
    assert.match(body.detail, detail);
  }
});

Deno.test("preview: shows every test with its outcome, and honours the logic that the page sends", async () => {
  await using api = await openApi();
  const conditions = [
    { field: "cpu", op: ">", value: 80 },
    { logic: "NOT", conditions: [{ field: "env", op: "==", value: "dev" }] },
    { field: "mem", op: ">", value: 80 },
  ];
  const ask = async (condition_logic: string) => {
    const body = {
      trigger_spec: {},
      conditions,
      condition_logic,
      test_payload: { cpu: 90, env: "prod", mem: 1 },
    };
    return (await api.send("POST", "/cep/rules/preview", body)).body.data.preview;
  };
  const or = await ask("OR");
  assert.deepEqual([or.condition_matched, or.matched_conditions, or.failed_conditions], [
    ...[true, ["cpu > 80"], ["env == dev", "mem > 80"]],
  ]);
  const { children, ...root } = or.condition_evaluation_tree;
  assert.deepEqual(root, { logic: "OR", result: true });
  assert.deepEqual(children[1], {
    ...{ logic: "NOT", result: true },
    children: [{ field: "env", op: "==", expected: "dev", actual: "prod", result: false, note: null }],
  });
  assert.equal((await ask("AND")).condition_matched, false);
});

Deno.test("validate condition: what cannot be evaluated is told, with status 200", async () => {
  await using api = await openApi();
  const ask = async (condition: object) => {
    const body = { condition: { ...condition }, payload: { tags: ["a", "b"] } };
    return (await api.send("POST", "/cep/validate/condition", body)).body.data.validation;
  };
  const hit = await ask({ field: "tags", op: "contains", value: "b" });
  assert.deepEqual([hit.valid, hit.suggestions], [true, ["Condition matched"]]);
  assert.deepEqual((await ask({ field: "tags", op: "in", value: ["c"] })).suggestions, [
    "Condition did not match",
  ]);
  const bad = await ask({ field: "tags", op: "~=", value: "b" });
  assert.deepEqual([bad.valid, bad.errors.length, bad.suggestions], [false, 1, []]);
});

Deno.test("rules: a description within the action, as pages keep it, is the rule's", async () => {
  await using api = await openApi();
  const body = { ...document, rule_id: "r", action_spec: { description: "Too hot" } };
  const { rule } = (await api.send("POST", "/cep/rules", body)).body.data;
  assert.deepEqual([rule.description, rule.action_spec], ["Too hot", { description: "Too hot" }]);
  assert.deepEqual((await api.send("GET", "/rules/r")).body.action_spec, {});
  // A page sends back what it was shown, with what it changed.
  const changed = { ...rule, action_spec: { description: "Hotter" }, description: undefined };
  const again = (await api.send("PUT", "/cep/rules/r", JSON.stringify(changed))).body.data.rule;
  assert.deepEqual([again.description, again.action_spec.description], ["Hotter", "Hotter"]);
});
