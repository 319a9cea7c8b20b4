/** Every case of the compatibility record's forms, both ways, and rules that come back as they went. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { isObject, type JsonObject, type JsonValue } from "../../src/base/json.ts";
import { type Form, formToRule, readForm, ruleToForm } from "../../src/model/form/mod.ts";
import { parseRule } from "../../src/model/rule.ts";
import { vectors } from "../vector_rows.ts";

interface Cases {
  pairs: { id: string; form: JsonObject; rule: JsonObject; form_back: JsonObject }[];
  rule_to_form: {
    id: string;
    rule: JsonObject;
    form: JsonObject;
    rule_back: JsonObject;
    rule_back_equal: boolean;
  }[];
  collision: { form: JsonObject; rule_contains: { trigger_spec: JsonObject } };
  aliases: { id: string; input: JsonObject; canonical: JsonObject }[];
  invalid: { id: string; form: JsonObject; expect: { field: string } }[];
}

const { pairs, rule_to_form, collision, aliases, invalid } = vectors<Cases>("compat/forms.json");

function accepted(given: JsonObject, dialect: "own" | "reference" = "own"): Form {
  const read = readForm(given, dialect);
  assert(read.ok, JSON.stringify(read));
  return read.form;
}

function shown(rule: JsonObject) {
  const result = ruleToForm(rule);
  assert(!Array.isArray(result), JSON.stringify(result));
  return result;
}

for (const { id, form, rule, form_back } of pairs) {
  Deno.test(`form becomes the rule, and that the form again: ${id}`, () => {
    const made = formToRule(accepted(form, "reference"));
    assert.deepEqual(made, rule);
    const { form: back, ...told } = shown(made);
    assert.deepEqual(back, form_back);
    assert.deepEqual(told, { lossless: true, lost: [], rewritten: [] });
  });
}

for (const { id, rule, form, rule_back, rule_back_equal } of rule_to_form) {
  Deno.test(`rule becomes the form: ${id}`, () => {
    const { form: found, lossless, rewritten } = shown(rule);
    assert.deepEqual(found, form);
    assert.deepEqual(formToRule(found), rule_back);
    assert.equal(lossless, true);
    assert.equal(rewritten.length === 0, rule_back_equal);
  });
}

Deno.test("a shorthand and a section of the same name both come back", () => {
  const form = accepted(collision.form);
  const rule = formToRule(form);
  const spec = rule.trigger_spec as JsonObject;
  for (const [name, value] of Object.entries(collision.rule_contains.trigger_spec)) {
    assert.deepEqual(spec[name], value);
  }
  assert.deepEqual(shown(rule).form, form);
  assert.deepEqual(form, collision.form);
});

const MINIMAL = { rule_name: "r", trigger_type: "event", trigger_spec: {} };

for (const { id, input, canonical } of aliases) {
  Deno.test(`a form takes the spelling of pages: ${id}`, () => {
    const form = accepted({ ...MINIMAL, ...input });
    for (const [name, value] of Object.entries(canonical)) assert.deepEqual(form[name], value);
  });
}

for (const { id, form, expect: { field } } of invalid) {
  Deno.test(`a form is refused at ${field}: ${id}`, () => {
    const read = readForm(form, "reference");
    assert(!read.ok);
    const wished = `/${field.replaceAll(".", "/")}`;
    assert(read.errors.some(({ pointer }) => pointer === wished), JSON.stringify(read.errors));
  });
}

Deno.test("a section beside the same thing in trigger_spec is refused", () => {
  const window = { type: "tumbling", size_seconds: 60 };
  const read = readForm({ ...MINIMAL, trigger_spec: { window_config: window }, window_config: window });
  assert(!read.ok);
  assert.deepEqual(read.errors, [{
    pointer: "/trigger_spec/window_config",
    code: "conflict",
    message: 'Cannot use "window_config" in trigger_spec beside window_config',
  }]);
});

Deno.test("what no section can show stays where it is, and members of the rule stand beside the sections", () => {
  const rule = {
    rule_name: "r",
    trigger_type: "pattern",
    severity: "critical",
    labels: { team: "ops" },
    cooldown: "10m",
    is_active: true,
    trigger_spec: {
      conditions: [{ field: "a", op: "exists" }, { field: "b", op: ">", value: { ref: "c" } }],
      logic: "OR",
      window_config: { type: "sliding", size: "5m" },
      aggregation: { type: "median", field: "a" },
      enrichments: [{ type: "lookup", name: "owner", table: "owners", key: "host" }],
    },
    action_spec: {
      type: "multi_action",
      mode: "parallel",
      actions: [{ type: "webhook", endpoint: "https://a.example/", retry: { max: 3 } }],
    },
  };
  const { form, ...told } = shown(rule);
  assert.deepEqual(told, { lossless: true, lost: [], rewritten: [] });
  assert.deepEqual(formToRule(form), rule);
  assert.deepEqual(form.trigger_spec, {
    window_config: rule.trigger_spec.window_config,
    aggregation: rule.trigger_spec.aggregation,
  });
  assert.equal(form.enrichments.length, 1);
  assert.deepEqual(form.action_spec, { mode: "parallel" });
  assert.equal(form.severity, "critical");
});

Deno.test("a rule in other spellings says the same after a form", () => {
  const rule = {
    rule_name: "r",
    trigger_type: "event",
    is_active: true,
    trigger_spec: {
      conditions: [{ id: "c1", field: "a", operator: ">", value: 1 }],
      logic: "or",
      window_config: { type: "tumbling", size: "5m" },
      aggregation: { type: "stddev", fieldName: "a", outputName: "d" },
    },
  };
  const { form, lossless, rewritten } = shown(rule);
  const back = formToRule(form);
  assert.equal(lossless, true);
  assert.deepEqual(rewritten.sort(), [
    "/action_spec",
    "/trigger_spec/aggregation/field",
    "/trigger_spec/aggregation/fieldName",
    "/trigger_spec/aggregation/outputName",
    "/trigger_spec/aggregation/output_alias",
    "/trigger_spec/aggregation/type",
    "/trigger_spec/conditions",
    "/trigger_spec/logic",
    "/trigger_spec/window_config/size",
    "/trigger_spec/window_config/size_seconds",
  ]);
  const [before, after] = [parseRule(rule), parseRule(back)];
  assert(before.ok && after.ok);
  assert.deepEqual(after.rule, before.rule);
});

const scalar = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null));
const field = fc.constantFrom("cpu", "host.name", "지역", "a~b/c");
const test = fc.record({
  field,
  op: fc.constantFrom("==", "!=", ">", "contains", "in", "="),
  value: fc.oneof(scalar, fc.array(scalar, { maxLength: 2 }), fc.record({ ref: field })),
  case_sensitive: fc.boolean(),
}, { requiredKeys: ["field", "op", "value"] });
const logic = fc.constantFrom("AND", "OR", "NOT");
const { group } = fc.letrec<{ group: JsonObject }>((tie) => ({
  group: fc.record({
    conditions: fc.array(fc.oneof({ maxDepth: 3 }, test, tie("group")), { maxLength: 3 }),
    logic,
  }, { requiredKeys: ["conditions"] }) as fc.Arbitrary<JsonObject>,
}));
const seconds = fc.integer({ min: 1, max: 86_400 });
const windows = fc.oneof(
  fc.record({ type: fc.constant("tumbling"), size_seconds: seconds }),
  fc.record({ type: fc.constant("sliding"), size_seconds: seconds, slide_seconds: seconds }),
  fc.record({ type: fc.constant("session"), gap: seconds.map((n) => `${n}s`) }),
);
const aggregations = fc.record({
  type: fc.constantFrom("sum", "avg", "stddev"),
  field,
  group_by: fc.constantFrom("host", "host, region"),
  threshold: fc.integer(),
}, { requiredKeys: ["type", "field"] });
const enrichments = fc.array(
  fc.record({
    type: fc.constant("lookup"),
    name: field,
    key: field,
    source: fc.constantFrom("cache", "database"),
  }),
  { maxLength: 2 },
);
const actions = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant("webhook"), endpoint: fc.webUrl(), headers: fc.constant({}) }),
    fc.record({ endpoint: fc.webUrl(), body: fc.dictionary(fc.string(), scalar, { noNullPrototype: true }) }),
    fc.record({ type: fc.constant("notify"), channels: fc.constant(["ops"]), message: fc.string() }),
    fc.record({ type: fc.constant("api_script"), api_id: fc.uuid(), input: fc.constant({ x: 1 }) }),
  ),
  { minLength: 1, maxLength: 3 },
);
const forms = fc.record({
  rule_name: fc.string({ minLength: 1, maxLength: 50 }).filter((text) => /\S/.test(text)),
  trigger_type: fc.constantFrom("metric", "event", "schedule", "anomaly"),
  trigger_spec: fc.constantFrom({}, { event_type: "e" }, { aggregation: "avg", logic: "x" }, {
    "x-a": { b: [1] },
  }),
  description: fc.option(fc.string()),
  is_active: fc.boolean(),
  composite_condition: fc.option(group),
  window_config: fc.option(windows),
  aggregation: fc.option(aggregations),
  enrichments,
  actions,
  severity: fc.constantFrom("info", "critical"),
}, { requiredKeys: ["rule_name", "trigger_type", "trigger_spec", "actions"] });

Deno.test("the rule of any form becomes a form whose rule is the same", () => {
  fc.assert(fc.property(forms, (given) => {
    const form = accepted(plain(given), "reference");
    const rule = formToRule(form);
    const { form: back, ...told } = shown(rule);
    assert.deepEqual(back, form);
    assert.deepEqual(formToRule(back), rule);
    assert.deepEqual(told, { lossless: true, lost: [], rewritten: [] });
  }));
});

/** As it comes out of a request. */
function plain(value: unknown): JsonObject {
  const parsed: JsonValue = JSON.parse(JSON.stringify(value));
  assert(isObject(parsed));
  return parsed;
}
