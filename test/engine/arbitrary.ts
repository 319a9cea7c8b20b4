/** Random events and conditions that meet often, and in awkward ways. */
import * as fc from "fast-check";
import type { JsonObject, JsonScalar, JsonValue } from "../../src/base/json.ts";
import { EVENT_TYPE_FIELD, SOURCE_FIELD } from "../../src/base/field_path.ts";
import type { Condition, Operand, Operator } from "../../src/engine/plan.ts";

/** The columns that conditions read; operands name them by index. */
export const FIELDS = ["a", "b", "c", "n.x", "n.l.0", "toString", EVENT_TYPE_FIELD, SOURCE_FIELD];

export const scalar: fc.Arbitrary<Exclude<JsonScalar, null>> = fc.oneof(
  fc.constantFrom(0, 1, -1, 2, 5, 1.5, 1e21, 9007199254740992, -0),
  fc.constantFrom("1", " 1 ", "1.0", "5", "0", "-0", "1e0", "", "0x10", "Infinity", "true", "false", "TRUE"),
  fc.constantFrom("a", "A", "b", "ab", "B", "ä", "Ä", "\ud800", "😀", "a,b", "[1]", '[1,"a"]', "{}"),
  fc.constantFrom("9007199254740992", "9007199254740993", "+9007199254740993", "1e400", "9007199254740993.0"),
  fc.boolean(),
);

const value: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: fc.array(fc.oneof(scalar, fc.constant(null)), { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom<JsonValue>({}, { x: 1 }, [[1]], { x: { y: "a" } }) },
);

const optional = { requiredKeys: [] as [] };

const body = fc.record<Record<string, JsonValue>, string>({
  a: value,
  b: value,
  c: value,
  n: fc.oneof(value, fc.record({ x: value, l: fc.array(value, { maxLength: 2 }) }, optional)),
  metrics: fc.oneof(value, fc.record({ a: value, c: value, "n.x": value, n: value }, optional)),
  "n.x": value,
  event_type: value,
  type: value,
  source: value,
  timestamp: value,
}, optional) as fc.Arbitrary<JsonObject>;

const cloudEvent: fc.Arbitrary<JsonObject> = fc.record({ outer: body, data: fc.oneof(body, value) })
  .map(({ outer, data }) => ({ ...outer, specversion: "1.0", type: "a", source: "b", data }));

export const event: fc.Arbitrary<JsonObject> = fc.oneof(
  { weight: 5, arbitrary: body },
  { weight: 1, arbitrary: cloudEvent },
);

const field = fc.nat({ max: FIELDS.length - 1 });
const constant: fc.Arbitrary<Operand> = scalar.map((value) => ({ kind: "const", value }));
const list: fc.Arbitrary<Operand> = fc.array(scalar, { maxLength: 4 }).map((values) => ({
  kind: "list",
  values,
}));
const range: fc.Arbitrary<Operand> = fc.tuple(scalar, scalar).map(([low, high]) => ({
  kind: "range",
  low,
  high,
}));
const other: fc.Arbitrary<Operand> = field.map((index) => ({ kind: "field", field: index }));
const none: fc.Arbitrary<Operand> = fc.constant({ kind: "none" });
const pattern: fc.Arbitrary<Operand> = fc.constantFrom("^a", "a|b", "[0-9]+", "e$", "", "ä", "^true$")
  .map((value) => ({ kind: "const", value }));

function withOperands(ops: readonly Operator[], operand: fc.Arbitrary<Operand>): fc.Arbitrary<Condition> {
  return fc.record({
    kind: fc.constant("test" as const),
    field,
    op: fc.constantFrom(...ops),
    operand,
    fold_case: fc.boolean(),
  });
}

const equality = withOperands(["==", "=="], constant);

const test: fc.Arbitrary<Condition> = fc.oneof(
  equality,
  withOperands(["==", "!=", ">", ">=", "<", "<="], fc.oneof(constant, constant, other)),
  withOperands(["contains", "starts_with", "ends_with"], fc.oneof(constant, constant, other)),
  withOperands(["in", "not_in"], fc.oneof(list, list, other)),
  withOperands(["between"], range),
  withOperands(["exists", "not_exists"], none),
  withOperands(["matches"], pattern),
  fc.record({
    kind: fc.constant("selector" as const),
    field: fc.constantFrom(6, 7),
    value: fc.constantFrom("a", "b", "1", "true"),
    absent_passes: fc.boolean(),
  }),
);

/** Groups within groups. Conjunctions with an equality are frequent: they are what the index reads. */
export const condition: fc.Arbitrary<Condition> = fc.letrec<{ any: Condition; group: Condition }>((tie) => ({
  any: fc.oneof({ maxDepth: 4, withCrossShrink: true }, test, tie("group")),
  group: fc.record({
    kind: fc.constant("group" as const),
    logic: fc.constantFrom("and" as const, "and" as const, "or" as const, "nor" as const),
    items: fc.array(tie("any"), { maxLength: 4 }),
  }),
})).any;
