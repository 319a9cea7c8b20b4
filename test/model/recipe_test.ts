/** trigger_spec.recipe: each kind is a pattern that could be written out, and what makes no sense is refused. */
import assert from "node:assert/strict";
import { isObject, type JsonObject } from "../../src/base/json.ts";
import { effective } from "../../src/model/effective_rule.ts";
import { parseRule, type Rule } from "../../src/model/rule.ts";

function parse(trigger_spec: JsonObject) {
  return parseRule({ rule_name: "r", trigger_type: "pattern", trigger_spec });
}

function read(trigger_spec: JsonObject): Rule {
  const parsed = parse(trigger_spec);
  assert(parsed.ok, JSON.stringify(parsed));
  assert.deepEqual(parsed.warnings, []);
  return parsed.rule;
}

/** Faults as "pointer code: message", pointers within trigger_spec. */
function faults(trigger_spec: JsonObject): string[] {
  const parsed = parse(trigger_spec);
  return parsed.ok
    ? []
    : parsed.errors.map(({ pointer, code, message }) =>
      `${pointer.replace("/trigger_spec", "")} ${code}: ${message}`
    );
}

const A = { field: "type", value: "a" };
const B = { conditions: [{ field: "type", value: "b" }, { field: "v", op: ">", value: 1 }] };

function named(name: string, ...conditions: JsonObject[]): JsonObject {
  return { name, conditions };
}

const bOf = (name: string) => named(name, ...B.conditions as JsonObject[]);

const KINDS: [recipe: JsonObject, pattern: JsonObject, conditions?: JsonObject[]][] = [
  [
    { kind: "threshold", of: A, times: 5, within: "1m", then: B },
    { steps: [{ ...named("of", A), times: 5 }, bOf("then")], within: "1m" },
  ],
  [
    { kind: "threshold", of: A, times: 5, within_seconds: 60 },
    { steps: [{ ...named("of", A), times: 5 }], within: "1m" },
  ],
  [
    { kind: "threshold", of: A, times: 5, within: "1m", not: B },
    {
      steps: [{ ...named("of", A), times: 4 }, { ...bOf("not"), negated: true }, named("last", A)],
      within: "1m",
    },
  ],
  [
    { kind: "heartbeat", of: A, within: "30s" },
    { steps: [named("after", A), { ...named("missing", A), negated: true }], within: "30s" },
  ],
  [
    { kind: "absence", after: A, of: B, within: "30s" },
    { steps: [named("after", A), { ...bOf("missing"), negated: true }], within: "30s" },
  ],
  [
    { kind: "followed_by", first: A, then: B, within: "30s" },
    { steps: [named("first", A), bOf("then")], within: "30s" },
  ],
  [
    { kind: "flapping", field: "s", times: 2, within: "1m" },
    {
      steps: [
        { name: "from" },
        {
          ...named("change_1", { field: "s", op: "!=", value: { ref: "from.s" } }),
          contiguity: "strict",
        },
        named("change_2", { field: "s", op: "!=", value: { ref: "change_1.s" } }),
      ],
      within: "1m",
    },
    [{ field: "s", op: "exists" }],
  ],
  [
    { kind: "rising", field: "v", times: 3, within: "1m" },
    {
      steps: [{
        ...named("value", { field: "v", op: "<=", value: { ref: "value.v" } }),
        logic: "NOT",
        times: 4,
        inner: "strict",
      }],
      within: "1m",
    },
    [{ field: "v", op: "between", value: [-Number.MAX_VALUE, Number.MAX_VALUE] }],
  ],
  [
    { kind: "falling", field: "v", times: 3, within: "1m" },
    {
      steps: [{
        ...named("value", { field: "v", op: ">=", value: { ref: "value.v" } }),
        logic: "NOT",
        times: 4,
        inner: "strict",
      }],
      within: "1m",
    },
    [{ field: "v", op: "between", value: [-Number.MAX_VALUE, Number.MAX_VALUE] }],
  ],
];

for (const [recipe, pattern, conditions] of KINDS) {
  Deno.test(`recipe ${JSON.stringify(recipe)} is the pattern that could be written out`, () => {
    const { trigger } = read({ recipe });
    const written = read({ pattern, ...(conditions && { conditions }) }).trigger;
    assert.deepEqual(trigger, written);
  });

  Deno.test(`recipe ${recipe.kind}: effective shows the pattern, which reads as the same again`, () => {
    const rule = read({ recipe });
    const { trigger_spec } = effective(rule);
    assert(isObject(trigger_spec));
    const { pattern, conditions, logic } = trigger_spec;
    const shown = { pattern: pattern!, ...(conditions === undefined ? {} : { conditions, logic: logic! }) };
    assert.deepEqual(read(shown).trigger.pattern, rule.trigger.pattern);
    assert.deepEqual(read(shown).trigger.where, rule.trigger.where);
  });
}

Deno.test("a recipe about a field adds to the conditions of the rule, whatever their logic", () => {
  const recipe = { kind: "flapping", field: "s", times: 2, within: "1m" };
  const { where } = read({ recipe, conditions: [A, B], logic: "OR" }).trigger;
  assert.deepEqual([where?.logic, where?.conditions.map(({ kind }) => kind)], ["AND", ["group", "test"]]);
});

const FOLLOWED = { kind: "followed_by", first: A, then: B, within: "1m" };

const REFUSED: [claim: string, spec: JsonObject, ...expected: string[]][] = [
  [
    "no object",
    { recipe: "threshold" },
    '/recipe invalid_type: Cannot use "threshold" as a recipe: expected an object',
  ],
  ["no kind", { recipe: {} }, "/recipe/kind required: kind is required"],
  [
    "a kind with a slip",
    { recipe: { ...FOLLOWED, kind: "followedby" } },
    '/recipe/kind invalid_value: Cannot use "followedby" as kind: did you mean "followed_by"?',
  ],
  [
    "beside a pattern",
    { recipe: FOLLOWED, pattern: { steps: [{ name: "a" }] } },
    '/recipe conflict: Cannot use both "pattern" and "recipe": a recipe stands for a pattern',
  ],
  [
    "no within",
    { recipe: { kind: "heartbeat", of: A } },
    "/recipe/within required: within is required, or within_seconds",
  ],
  [
    "a within that is none",
    { recipe: { kind: "heartbeat", of: A, within: "soon" } },
    '/recipe/within invalid_duration: Cannot use "soon" as a duration: ' +
    'expected text like "5m", "1h30m" or "250ms", at most 400d',
  ],
  [
    "a member with a slip",
    { recipe: { ...FOLLOWED, than: B } },
    '/recipe/than unknown_member: Unknown member "than": did you mean "then"?',
  ],
  ["no conditions", { recipe: { kind: "heartbeat", within: "1m" } }, "/recipe/of required: of is required"],
  [
    "one time",
    { recipe: { kind: "threshold", of: A, times: 1, within: "1m" } },
    "/recipe/times out_of_range: Cannot use 1 as times: expected at least 2",
  ],
  [
    "too many changes",
    { recipe: { kind: "flapping", field: "s", times: 26, within: "1m" } },
    "/recipe/times out_of_range: Cannot use 26 as times: expected at most 25",
  ],
  [
    "one value to change among",
    { recipe: { kind: "flapping", field: "s", values: ["up"], times: 3, within: "1m" } },
    "/recipe/values out_of_range: Cannot use a list as values: expected at least 2 items",
  ],
  [
    "a look back at a step that comes later",
    { recipe: { ...FOLLOWED, first: { field: "v", value: { ref: "then.v" } } } },
    '/recipe never_holds: Cannot look back at "then": it has taken no event yet by then',
  ],
  [
    "a first and then that exclude the rule's own conditions",
    { recipe: FOLLOWED, conditions: [{ field: "type", value: "b" }] },
    '/recipe never_holds: Cannot match an event to step "first": ' +
    'type == "b" and type == "a" never hold together',
  ],
];

for (const [claim, spec, ...expected] of REFUSED) {
  Deno.test(`recipe fault: ${claim}`, () => assert.deepEqual(faults(spec), expected));
}

Deno.test("a recipe is for rules of trigger_type pattern", () => {
  const parsed = parseRule({ rule_name: "r", trigger_type: "event", trigger_spec: { recipe: FOLLOWED } });
  assert(!parsed.ok);
  assert.deepEqual(parsed.errors.map(({ pointer, code }) => [pointer, code]), [
    ["/trigger_spec/recipe", "misplaced"],
  ]);
});
