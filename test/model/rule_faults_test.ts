/** Every fault of a rule document: where it points, its code, and the words that callers match on. */
import assert from "node:assert/strict";
import { parseRule } from "../../src/model/rule.ts";

const GOOD = { rule_name: "r", trigger_type: "event", trigger_spec: { field: "cpu", op: ">", value: 80 } };

/** Faults as "pointer code: message". */
function faults(document: unknown): string[] {
  const parsed = parseRule(document);
  return parsed.ok ? [] : parsed.errors.map(({ pointer, code, message }) => `${pointer} ${code}: ${message}`);
}

function rule(change: Record<string, unknown>): unknown {
  return { ...GOOD, ...change };
}

function spec(trigger_spec: unknown, trigger_type = "event"): unknown {
  return { ...GOOD, trigger_type, trigger_spec };
}

function test(op: string, value?: unknown): unknown {
  return spec(value === undefined ? { field: "a", op } : { field: "a", op, value });
}

type Row = [claim: string, document: unknown, ...expected: string[]];

const WHOLE: Row[] = [
  ["null", null, " invalid_type: Cannot use null as the document: expected an object"],
  ["a list", [], " invalid_type: Cannot use a list as the document: expected an object"],
  [
    "an empty object",
    {},
    "/rule_name required: rule_name is required",
    "/trigger_type required: trigger_type is required",
    "/trigger_spec required: trigger_spec is required",
  ],
  [
    "a blank name",
    rule({ rule_name: "  " }),
    '/rule_name invalid_value: Cannot use "  " as rule_name: expected text that is not blank',
  ],
  [
    "a long rule_id",
    rule({ rule_id: "x".repeat(129) }),
    `/rule_id out_of_range: Cannot use "${"x".repeat(59)}… as rule_id: expected at most 128 characters`,
  ],
  [
    "a severity",
    rule({ severity: "fatal" }),
    '/severity invalid_value: Cannot use "fatal" as severity: expected "info", "warning", "error", "critical"',
  ],
  [
    "is_active as text",
    rule({ is_active: "maybe" }),
    '/is_active invalid_type: Cannot use "maybe" as is_active: expected true or false',
  ],
  ["a label", rule({ labels: { a: 1 } }), "/labels/a invalid_type: Cannot use 1 as a: expected text"],
  [
    "too many labels",
    rule({ labels: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`l${i}`, ""])) }),
    "/labels out_of_range: Cannot use more than 64 labels",
  ],
  ["a tag", rule({ tags: [7] }), "/tags/0 invalid_type: Cannot use 7 as tags[0]: expected text"],
  [
    "an unknown trigger type",
    rule({ trigger_type: "metrics" }),
    '/trigger_type unsupported_trigger: Unsupported trigger type "metrics": did you mean "metric"?',
  ],
  [
    "a trigger type that is no text",
    rule({ trigger_type: 5 }),
    "/trigger_type unsupported_trigger: Unsupported trigger type 5: " +
    "expected one of event, metric, schedule, anomaly, pattern",
  ],
  [
    "a cooldown as number",
    rule({ cooldown: 300 }),
    '/cooldown invalid_duration: Cannot use 300 as a duration: expected text like "5m", "1h30m" or "250ms", ' +
    "at most 366d",
  ],
  [
    "a negative cooldown",
    rule({ cooldown: "-5m" }),
    '/cooldown invalid_duration: Cannot use "-5m" as a duration: expected text like "5m", "1h30m" or "250ms", ' +
    "at most 366d",
  ],
  [
    "an isolation",
    rule({ isolation: "own" }),
    '/isolation invalid_value: Cannot use "own" as isolation: expected "shared", "dedicated"',
  ],
  [
    "a limit of 0",
    rule({ limits: { keys: 0 } }),
    "/limits/keys out_of_range: Cannot use 0 as keys: expected at least 1",
  ],
  [
    "a limit that is no whole number",
    rule({ limits: { alerts_per_minute: 1.5 } }),
    "/limits/alerts_per_minute invalid_type: Cannot use 1.5 as alerts_per_minute: expected a whole number",
  ],
  [
    "a size",
    rule({ limits: { state_bytes: "much" } }),
    '/limits/state_bytes invalid_type: Cannot use "much" as state_bytes: expected a number',
  ],
];

const MEMBERS: Row[] = [
  [
    "colour",
    rule({ discription: "x" }),
    '/discription unknown_member: Unknown member "discription": did you mean "description"?',
  ],
  [
    "in trigger_spec",
    spec({ feild: "a", topics: ["t"] }),
    '/trigger_spec/feild unknown_member: Unknown member "feild": did you mean "field"?',
  ],
  [
    "in a condition",
    spec({ conditions: [{ field: "a", value: 1, case_sensitiv: true }] }),
    '/trigger_spec/conditions/0/case_sensitiv unknown_member: Unknown member "case_sensitiv": ' +
    'did you mean "case_sensitive"?',
  ],
  [
    "in limits",
    rule({ limits: { key: 5 } }),
    '/limits/key unknown_member: Unknown member "key": did you mean "keys"?',
  ],
  [
    "in action_spec",
    rule({ action_spec: { type: "notify", channels: ["a"], chanels: 1 } }),
    '/action_spec/chanels unknown_member: Unknown member "chanels": did you mean "channels"?',
  ],
  [
    "in time, with characters that a pointer escapes",
    spec({ topics: ["t"], time: { "a/b~c": 1 } }),
    '/trigger_spec/time/a~1b~0c unknown_member: Unknown member "a/b~c": did you mean "field"?',
  ],
];

const SAYS_NOTHING = "/trigger_spec required: trigger_spec says nothing about events: " +
  "expected field, conditions, event_type, source, topics or a threshold";

const CONDITIONS: Row[] = [
  [
    "an empty trigger_spec",
    spec({}),
    SAYS_NOTHING,
  ],
  [
    "a trigger_spec as list",
    spec([1]),
    "/trigger_spec invalid_type: Cannot use a list as trigger_spec: expected an object",
  ],
  [
    "a symbol that is no operator",
    test("~=", 1),
    '/trigger_spec/op unsupported_operator: Unsupported operator "~=": expected one of ' +
    "> >= < <= == != in not_in contains starts_with ends_with matches exists not_exists between",
  ],
  [
    "a word that is no operator",
    test("startswith", "a"),
    '/trigger_spec/op unsupported_operator: Unsupported operator "startswith": did you mean "starts_with"?',
  ],
  [
    "logic",
    spec({ conditions: [], logic: "XOR" }),
    '/trigger_spec/logic unsupported_logic: Unsupported composite logic "XOR": expected AND, OR or NOT',
  ],
  [
    "conditions that are no list",
    spec({ conditions: { field: "a" } }),
    "/trigger_spec/conditions invalid_type: Cannot use an object as conditions: expected a list",
  ],
  [
    "a condition that is no object",
    spec({ conditions: [5] }),
    "/trigger_spec/conditions/0 invalid_type: Cannot use 5 as conditions[0]: expected an object",
  ],
  [
    "a condition without field",
    spec({ conditions: [{ op: "==", value: 1 }] }),
    "/trigger_spec/conditions/0/field required: field is required",
  ],
  [
    "a value without field",
    spec({ value: 3, topics: ["t"] }),
    "/trigger_spec/field required: field is required: value says what to compare it with",
  ],
  [
    "a field that is no text",
    spec({ field: 3 }),
    "/trigger_spec/field invalid_type: Cannot use 3 as field: expected text",
  ],
  [
    "a reserved field",
    spec({ field: "@source", value: 1 }),
    '/trigger_spec/field reserved_name: Cannot use "@source" as a field: the name is reserved; ' +
    "use trigger_spec.source",
  ],
  ["no value", test("=="), '/trigger_spec/value required: value is required for "=="'],
  ["no list", test("in"), '/trigger_spec/value required: value is required for "in"'],
  [
    "a list to compare with",
    test("==", [1]),
    '/trigger_spec/value invalid_value: Cannot use a list as value of "==": expected one value; a list is for "in"',
  ],
  [
    "an object that is no ref",
    test("<", { reff: "b" }),
    '/trigger_spec/value invalid_value: Cannot use an object as value: expected {"ref": "<field>"}',
  ],
  [
    "a list of lists",
    test("in", [[1]]),
    '/trigger_spec/value invalid_value: Cannot use a list as value of "in": expected a list of values or comma text',
  ],
  [
    "a list that is too long",
    test("in", Array.from({ length: 10_001 }, (_, i) => i)),
    '/trigger_spec/value out_of_range: Cannot use 10001 values for "in": expected at most 10000',
  ],
  [
    "a range of one",
    test("between", [1]),
    '/trigger_spec/value invalid_value: Cannot use a list as value of "between": expected [low, high]',
  ],
  [
    "an open range",
    test("between", [1, null]),
    '/trigger_spec/value invalid_value: Cannot use a list as value of "between": expected [low, high]',
  ],
  [
    "a value for exists",
    test("exists", 5),
    '/trigger_spec/value invalid_value: Cannot use 5 as value: "exists" takes none',
  ],
  [
    "a pattern that is no text",
    test("matches", 5),
    '/trigger_spec/value invalid_value: Cannot use 5 as value of "matches": expected a regular expression',
  ],
  [
    "a pattern with a fault",
    test("matches", "a["),
    '/trigger_spec/value invalid_pattern: Cannot use "a[" as a regular expression: missing closing ]: `[`',
  ],
  [
    "two names of one thing that differ",
    spec({ field: "a", op: ">", operator: "<", value: 1 }),
    '/trigger_spec/operator conflict: Cannot use both "op" and "operator": they are two names of one thing',
  ],
  [
    "a field twice in group_by",
    spec({ topics: ["t"], group_by: ["a", "b", "a"] }),
    '/trigger_spec/group_by/2 duplicate: Cannot group by "a" twice',
  ],
  [
    "no topics",
    spec({ topics: [] }),
    "/trigger_spec/topics out_of_range: Cannot use a list as topics: expected at least 1 item",
  ],
  [
    "a unit of time",
    spec({ topics: ["t"], time: { unit: "min" } }),
    '/trigger_spec/time/unit invalid_value: Cannot use "min" as unit: expected "s", "ms", "us", "ns"',
  ],
];

const METRIC: Row[] = [
  ["nothing but where its value comes from", spec({ source: "runtime" }, "metric"), SAYS_NOTHING],
  [
    "no threshold",
    spec({ value_path: "a", op: ">" }, "metric"),
    "/trigger_spec/threshold required: threshold is required",
  ],
  [
    "a null threshold",
    spec({ metric_name: "a", threshold: null }, "metric"),
    "/trigger_spec/threshold required: threshold is required",
  ],
  [
    "no path",
    spec({ op: ">", threshold: 1 }, "metric"),
    "/trigger_spec/value_path required: value_path is required",
  ],
  [
    "a threshold as words",
    spec({ value_path: "a", threshold: "high" }, "metric"),
    '/trigger_spec/threshold invalid_type: threshold must be numeric: current value is "high"',
  ],
  [
    "an operator that no threshold has",
    spec({ value_path: "a", op: "contains", threshold: 1 }, "metric"),
    '/trigger_spec/op unsupported_operator: Unsupported operator "contains": expected one of > >= < <= == !=',
  ],
  [
    "a method",
    spec({ value_path: "a", threshold: 1, method: "PUT" }, "metric"),
    '/trigger_spec/method invalid_value: method must be GET or POST: current value is "PUT"',
  ],
  [
    "params",
    spec({ value_path: "a", threshold: 1, params: [1] }, "metric"),
    "/trigger_spec/params invalid_type: params must be an object: current value is a list",
  ],
  [
    "a source that cannot be polled",
    spec({ endpoint: "/runtime/m", value_path: "a", threshold: 1, source: "kafka" }, "metric"),
    '/trigger_spec/source unsupported_source: Unsupported metric source "kafka": expected "runtime" or "payload"',
  ],
];

const ACTIONS: Row[] = [
  [
    "an action that is no object",
    rule({ action_spec: "ops" }),
    '/action_spec invalid_type: Cannot use "ops" as action_spec: expected an object',
  ],
  [
    "an unknown type",
    rule({ action_spec: { type: "notfy" } }),
    '/action_spec/type unsupported_action: Unsupported action type "notfy": did you mean "notify"?',
  ],
  [
    "no channels",
    rule({ action_spec: { type: "notify" } }),
    "/action_spec/channels required: channels is required",
  ],
  [
    "an empty list of channels",
    rule({ action_spec: { type: "notify", channels: [] } }),
    "/action_spec/channels out_of_range: Cannot use a list as channels: expected at least 1 item",
  ],
  [
    "a filter in a message that only templates have",
    rule({ action_spec: { type: "notify", channels: ["a"], message: "{{ cpu|center(9) }}" } }),
    '/action_spec/message invalid_message: Cannot use "{{ cpu|center(9) }}": the filter "center" is not one of a ' +
    'message (did you mean "count"?): use a template, which has all of them',
  ],
];

for (const [group, rows] of Object.entries({ WHOLE, MEMBERS, CONDITIONS, METRIC, ACTIONS })) {
  for (const [claim, document, ...expected] of rows) {
    Deno.test(`rule fault, ${group.toLowerCase()}: ${claim}`, () =>
      assert.deepEqual(faults(document), expected));
  }
}

Deno.test("a fault within a condition hides no other condition's fault, nor a fault beside it", () => {
  const conditions = [{ field: "a", colour: 1, op: "in" }, { conditions: [{ field: "b", op: ">" }] }, {
    op: "?",
  }];
  assert.deepEqual(faults(spec({ conditions, window_config: {} })).map((text) => text.split(":")[0]), [
    "/trigger_spec/conditions/0/colour unknown_member",
    "/trigger_spec/conditions/0/value required",
    "/trigger_spec/conditions/1/conditions/0/value required",
    "/trigger_spec/conditions/2/op unsupported_operator",
    "/trigger_spec/window_config/type required",
  ]);
});

Deno.test("all faults of a document are told at once, fifty at most", () => {
  const conditions = Array.from({ length: 60 }, () => ({ field: "a", op: "~" }));
  assert.equal(faults(spec({ conditions })).length, 50);
  const several = faults(
    rule({ rule_name: 1, colour: 1, severity: 2, cooldown: "x", trigger_spec: { feild: 1 } }),
  );
  assert.deepEqual(several.map((text) => text.split(" ")[0]), [
    "/rule_name",
    "/severity",
    "/trigger_spec/feild",
    "/trigger_spec",
    "/cooldown",
    "/colour",
  ]);
});
