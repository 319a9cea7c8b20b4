/** trigger_spec.pattern: what makes no sense, each fault with its pointer, and what is certain never to match. */
import assert from "node:assert/strict";
import type { JsonObject, JsonValue } from "../../src/base/json.ts";
import { parseRule } from "../../src/model/rule.ts";

/** Faults as "pointer code: message", pointers within trigger_spec.pattern (or, with "..", trigger_spec). */
function faults(pattern: JsonValue, more: JsonObject = {}): string[] {
  const parsed = parseRule({ rule_name: "r", trigger_type: "pattern", trigger_spec: { pattern, ...more } });
  if (parsed.ok) return [];
  return parsed.errors.map(({ pointer, code, message }) => {
    const within = pointer.replace("/trigger_spec", "");
    return `${
      within.startsWith("/pattern") ? within.slice("/pattern".length) : `..${within}`
    } ${code}: ${message}`;
  });
}

function step(name: string, more: JsonObject = {}): JsonObject {
  return { name, field: "type", value: name, ...more };
}

const A = step("a");
const B = step("b");

function steps(...given: JsonObject[]): JsonObject {
  return { steps: given };
}

function nested(depth: number): JsonObject {
  return depth === 0 ? A : { steps: [nested(depth - 1)] };
}

const many = (n: number) => Array.from({ length: n }, (_, i) => step(`s${i}`, { value: "same" }));

const AFTER_MATCH =
  'as after_match: expected no_skip, skip_to_next, skip_past_last, {"skip_to_first": "<step>"} ' +
  'or {"skip_to_last": "<step>"}';
const TIMES = "as times: expected n, [min, max] or [min, null], each at most 1000";

const REFUSED: [claim: string, pattern: JsonValue, ...expected: string[]][] = [
  ["no steps", {}, "/steps required: steps is required"],
  [
    "an empty list of steps",
    { steps: [] },
    "/steps out_of_range: Cannot use a list as steps: expected at least 1 item",
  ],
  [
    "a member with a slip",
    { ...steps(A), withn: "5m" },
    '/withn unknown_member: Unknown member "withn": did you mean "within"?',
  ],
  [
    "a duration that is none",
    { ...steps(A, B), within: "5" },
    '/within invalid_duration: Cannot use "5" as a duration: expected text like "5m", "1h30m" or "250ms", at most 400d',
  ],
  [
    "a mode without within",
    { ...steps(A, B), within_mode: "first_to_last" },
    '/within_mode conflict: Cannot use "within_mode" without within',
  ],
  [
    "previous_to_current before a group",
    { steps: [A, { steps: [B] }], within: "1m", within_mode: "previous_to_current" },
    "/within_mode conflict: Cannot use previous_to_current with a group as last step: give its first step a within",
  ],
  [
    "an after_match that is none",
    { ...steps(A), after_match: "skip" },
    `/after_match invalid_value: Cannot use "skip" ${AFTER_MATCH}`,
  ],
  [
    "an after_match of two kinds",
    { ...steps(A), after_match: { skip_to_first: "a", skip_to_last: "a" } },
    `/after_match invalid_value: Cannot use an object ${AFTER_MATCH}`,
  ],
  [
    "a skip to a step that is not there",
    { ...steps(A), after_match: { skip_to_first: "z" } },
    '/after_match/skip_to_first unknown_name: Cannot skip to "z": the pattern has no such step',
  ],
  [
    "a skip to a negated step",
    { ...steps(A, step("n", { negated: true }), B), after_match: { skip_to_last: "n" } },
    '/after_match/skip_to_last unknown_name: Cannot skip to "n": a negated step is in no match',
  ],
  [
    "no name",
    steps({ field: "v", value: 1 }),
    "/steps/0/name required: name is required: each step has one of its own",
  ],
  [
    "a name with a dot",
    steps(step("a.b")),
    '/steps/0/name invalid_value: Cannot use "a.b" as name: expected a name without a dot',
  ],
  ["two steps of one name", steps(A, B, A), '/steps/2/name conflict: Cannot use "a" for two steps'],
  [
    "a value without a field",
    steps({ name: "a", value: 1 }),
    "/steps/0/field required: field is required: value says what to compare it with",
  ],
  ["no times", steps(step("a", { times: "2" })), `/steps/0/times invalid_value: Cannot use "2" ${TIMES}`],
  [
    "times the wrong way round",
    steps(step("a", { times: [3, 2] })),
    `/steps/0/times invalid_value: Cannot use a list ${TIMES}`,
  ],
  [
    "too many times",
    steps(step("a", { times: 1001 })),
    `/steps/0/times invalid_value: Cannot use 1001 ${TIMES}`,
  ],
  [
    "inner without times",
    steps(step("a", { inner: "strict" }), B),
    '/steps/0/inner conflict: Cannot use "inner" without times: it stands between the events of a loop',
  ],
  [
    "greedy without times",
    steps(step("a", { greedy: true }), B),
    '/steps/0/greedy conflict: Cannot use "greedy" without times: one event is taken anyway',
  ],
  [
    "until where the loop has an end",
    steps(step("a", { times: [1, 3], until: { field: "type", value: "b" } })),
    '/steps/0/until conflict: Cannot use "until" without times [n, null]: it ends a loop that has no other end',
  ],
  [
    "window without times",
    steps(step("a", { window: "1m" }), B),
    '/steps/0/window conflict: Cannot use "window" without times: it limits the gaps of a loop',
  ],
  [
    "a negated step that may be left out",
    steps(A, step("n", { negated: true, optional: true }), B),
    '/steps/1/optional conflict: Cannot use "optional" with a negated step: no event of it is in a match',
  ],
  [
    "a negated step, any",
    steps(A, step("n", { negated: true, contiguity: "any" }), B),
    '/steps/1/contiguity conflict: Cannot use contiguity "any" with a negated step: expected strict (not the very next) or relaxed (none until the next step)',
  ],
  [
    "a negated step first",
    steps(step("n", { negated: true }), B),
    "/steps/0/negated conflict: Cannot begin with a negated step: there is nothing yet that it could follow",
  ],
  [
    "a negated step last without within",
    steps(A, step("n", { negated: true })),
    '/steps/1/negated required: within is required: "n" must not come, and within says for how long',
  ],
  [
    "a group with a name",
    steps({ name: "g", steps: [A] }),
    '/steps/0/name conflict: Cannot use "name" with a group of steps: it belongs to its steps',
  ],
  [
    "a group that is negated",
    steps(A, { negated: true, steps: [B] }),
    '/steps/1/negated conflict: Cannot use "negated" with a group of steps: it belongs to its steps',
  ],
  [
    "an endless group whose rounds may be empty",
    steps({ steps: [step("a", { optional: true })], times: [1, null] }, B),
    "/steps/0/steps conflict: Cannot repeat a group all of whose steps are optional: a round of it may take no event",
  ],
  [
    "groups too deep",
    steps(nested(9)),
    `${"/steps/0".repeat(9)} too_deep: Cannot nest groups of steps deeper than 8 levels`,
  ],
  [
    "too many steps",
    { steps: many(101) },
    "/steps out_of_range: Cannot use 101 steps in a pattern: expected at most 100",
  ],
  [
    "too many events counted one by one",
    steps({ steps: [step("a", { times: 1000 })], times: 11 }),
    "/steps out_of_range: Cannot count 11000 events one by one: times of all steps and groups together come to at most 10000",
  ],
  [
    "too many different conditions",
    { steps: Array.from({ length: 31 }, (_, i) => step(`s${i}`)) },
    "/steps out_of_range: Cannot use 31 different conditions of steps in a pattern: expected at most 30",
  ],
  [
    "a look back at a step that comes later",
    steps(step("a", { op: ">", value: { ref: "b.v" } }), B),
    '/steps/0 never_holds: Cannot look back at "b": it has taken no event yet by then',
  ],
  [
    "a look back at a negated step",
    steps(A, step("n", { negated: true }), step("b", { value: { ref: "n.v" } })),
    '/steps/2 never_holds: Cannot look back at "n": a negated step takes no event',
  ],
  [
    "an aggregate over a step that is not there",
    steps(A, step("b", { value: { agg: "sum", of: "aa.v" } })),
    '/steps/1 unknown_name: Cannot aggregate over "aa.v": did you mean step "a"?',
  ],
  [
    "a sum of no field",
    steps(A, step("b", { value: { agg: "sum", of: "a" } })),
    '/steps/1 required: Cannot compute the sum of step "a": say of which field, as "a.<field>"',
  ],
  [
    "an aggregate of no kind",
    steps(A, step("b", { value: { agg: "median", of: "a.v" } })),
    '/steps/1/value invalid_value: Cannot use an object as value: expected {"agg": "sum" | "avg" | "count" | "min" | "max", "of": "<step>.<field>"}',
  ],
];

for (const [claim, pattern, ...expected] of REFUSED) {
  Deno.test(`pattern fault: ${claim}`, () => assert.deepEqual(faults(pattern), expected));
}

Deno.test("a rule of trigger_type pattern needs a pattern, and an aggregate over steps stands nowhere else", () => {
  const parsed = parseRule({ rule_name: "r", trigger_type: "pattern", trigger_spec: { topics: ["t"] } });
  assert(!parsed.ok);
  assert.deepEqual(parsed.errors.map(({ pointer, message }) => [pointer, message]), [
    ["/trigger_spec/pattern", "pattern is required, or recipe"],
  ]);
  assert.deepEqual(
    faults(steps(A, B), { conditions: [{ field: "v", op: ">", value: { agg: "sum", of: "a.v" } }] }),
    [
      '../conditions/0/value misplaced: Cannot use {"agg"} here: it looks at what the steps of a pattern took',
    ],
  );
});

const NEVER: [claim: string, pattern: JsonValue, ...expected: string[]][] = [
  [
    "a step of two values",
    steps(A, { name: "b", conditions: [{ field: "v", value: 1 }, { field: "v", value: "2" }] }),
    '/steps/1 never_holds: Cannot match an event to step "b": v == 1 and v == "2" never hold together',
  ],
  [
    "a range that is empty",
    steps({ name: "a", conditions: [{ field: "v", op: ">", value: 5 }, { field: "v", op: "<=", value: 5 }] }),
    '/steps/0 never_holds: Cannot match an event to step "a": v > 5 and v <= 5 never hold together',
  ],
  [
    "a value out of its range, one group down",
    steps({
      name: "a",
      conditions: [{ field: "v", op: "in", value: [1, 2] }, {
        conditions: [{ field: "v", op: "between", value: [3, 4] }],
      }],
    }),
    '/steps/0 never_holds: Cannot match an event to step "a": v in [1,2] and v between [3,4] never hold together',
  ],
  [
    "a field that is there and is not",
    steps({ name: "a", conditions: [{ field: "v", op: "not_exists" }, { field: "v", op: "!=", value: 1 }] }),
    '/steps/0 never_holds: Cannot match an event to step "a": v not_exists and v != 1 never hold together',
  ],
  [
    "an until that never comes",
    steps(
      step("a", {
        times: [1, null],
        until: { conditions: [{ field: "v", value: 1 }, { field: "v", value: 2 }] },
      }),
      B,
    ),
    '/steps/0/until never_holds: Cannot end step "a" by "until": v == 1 and v == 2 never hold together',
  ],
];

for (const [claim, pattern, ...expected] of NEVER) {
  Deno.test(`a pattern that never matches: ${claim}`, () => assert.deepEqual(faults(pattern), expected));
}

Deno.test("a step that the rule's own conditions exclude, and conditions that exclude each other", () => {
  assert.deepEqual(faults(steps(A, B), { conditions: [{ field: "type", value: "a" }] }), [
    '/steps/1 never_holds: Cannot match an event to step "b": type == "a" and type == "b" never hold together',
  ]);
  const both = [{ field: "type", value: "a" }, { field: "type", value: "b" }];
  assert.deepEqual(faults(steps(A, B), { conditions: both }), [
    '../conditions never_matches: Cannot match any event: type == "a" and type == "b" never hold together',
  ]);
});

const CAN_HOLD: [claim: string, ...conditions: JsonObject[]][] = [
  ["a number and the same as text", { field: "v", value: 1 }, { field: "v", value: "1.0" }],
  ["true and 1", { field: "v", value: true }, { field: "v", value: 1 }],
  ["texts that differ by case", { field: "v", value: "A", case_sensitive: false }, {
    field: "v",
    value: "a",
  }],
  ["ranges that touch", { field: "v", op: ">=", value: 5 }, { field: "v", op: "<=", value: 5 }],
  ["one of two", { logic: "OR", conditions: [{ field: "v", value: 1 }, { field: "v", value: 2 }] }],
  ["neither of two", { logic: "NOT", conditions: [{ field: "v", value: 1 }, { field: "v", value: 2 }] }],
  ["other fields", { field: "v", value: 1 }, { field: "w", value: 2 }],
  ["text in a range of texts", { field: "v", op: ">", value: "b" }, { field: "v", op: "<", value: "a" }],
];

for (const [claim, ...conditions] of CAN_HOLD) {
  Deno.test(`conditions that may hold together, or where it is not certain: ${claim}`, () =>
    assert.deepEqual(faults(steps({ name: "a", conditions }, B)), []));
}
