/**
 * Makes the test that an operator stands for: of one present value against constants, or of two present
 * values. Whatever can be prepared (sets, folded texts, the automaton of a regular expression) is prepared
 * here once. `matches` is RE2 and therefore linear in the text, whatever the pattern.
 */
import { RE2JS } from "re2js";
import { assert } from "../base/assert.ts";
import type { JsonScalar, JsonValue } from "../base/json.ts";
import { equals, folded, memberTest, type Order, ordered, printed, type ValueTest } from "./compare.ts";
import type { Operand, Operator } from "./plan.ts";

/** A question about two present values: the field's and the other field's. */
export type PairTest = (a: JsonValue, b: JsonValue) => boolean;

/** The test of `op` against constants. */
export function valueTest(op: Operator, operand: Operand, foldCase: boolean): ValueTest {
  switch (op) {
    case "==":
      return memberTest(scalars(operand), foldCase);
    case "!=":
      return negated(memberTest(scalars(operand), foldCase));
    case "in":
      return memberTest(scalars(operand), foldCase);
    case "not_in":
      return negated(memberTest(scalars(operand), foldCase));
    case ">":
    case ">=":
    case "<":
    case "<=":
      return orderTest(op, scalar(operand), foldCase);
    case "between":
      return rangeTest(operand, foldCase);
    case "contains":
      return containsTest(scalar(operand), foldCase);
    case "starts_with":
    case "ends_with":
      return affixTest(op, scalar(operand), foldCase);
    case "matches":
      return matchTest(scalar(operand), foldCase);
    case "exists":
      return () => true;
    case "not_exists":
      return () => false;
  }
}

/** The test of `op` between two fields. The compiler lets no other operators through. */
export function pairTest(op: Operator, foldCase: boolean): PairTest {
  switch (op) {
    case "==":
      return (a, b) => equals(a, b, foldCase);
    case "!=":
      return (a, b) => !equals(a, b, foldCase);
    case "in":
      return (a, b) => listed(b).some((item) => equals(a, item, foldCase));
    case "not_in":
      return (a, b) => !listed(b).some((item) => equals(a, item, foldCase));
    case ">":
    case ">=":
    case "<":
    case "<=":
      return (a, b) => ordered(a, op, b, foldCase);
    case "contains":
      return (a, b) =>
        Array.isArray(a)
          ? a.some((item) => equals(item, b, foldCase))
          : folded(printed(a), foldCase).includes(folded(printed(b), foldCase));
    case "starts_with":
      return (a, b) => folded(printed(a), foldCase).startsWith(folded(printed(b), foldCase));
    case "ends_with":
      return (a, b) => folded(printed(a), foldCase).endsWith(folded(printed(b), foldCase));
    default:
      assert(false, `${op} takes no field on its right side`);
  }
}

function negated(test: ValueTest): ValueTest {
  return (value) => !test(value);
}

function orderTest(op: Order, bound: JsonScalar, foldCase: boolean): ValueTest {
  return (value) => ordered(value, op, bound, foldCase);
}

function rangeTest(operand: Operand, foldCase: boolean): ValueTest {
  assert(operand.kind === "range", "between has a range");
  const { low, high } = operand;
  return (value) => ordered(value, ">=", low, foldCase) && ordered(value, "<=", high, foldCase);
}

function containsTest(wanted: JsonScalar, foldCase: boolean): ValueTest {
  const isMember = memberTest([wanted], foldCase);
  const part = folded(printed(wanted), foldCase);
  return (value) =>
    Array.isArray(value) ? value.some(isMember) : folded(printed(value), foldCase).includes(part);
}

function affixTest(op: "starts_with" | "ends_with", wanted: JsonScalar, foldCase: boolean): ValueTest {
  const part = folded(printed(wanted), foldCase);
  return op === "starts_with"
    ? (value) => folded(printed(value), foldCase).startsWith(part)
    : (value) => folded(printed(value), foldCase).endsWith(part);
}

function matchTest(pattern: JsonScalar, foldCase: boolean): ValueTest {
  const expression = RE2JS.compile(printed(pattern), foldCase ? RE2JS.CASE_INSENSITIVE : 0);
  return (value) => expression.test(printed(value));
}

/** What a field on the right of `in` lists: a list's items, comma text's parts, else the one value. */
function listed(value: JsonValue): readonly JsonValue[] {
  if (Array.isArray(value)) return value;
  return typeof value === "string" ? value.split(",").map((part) => part.trim()) : [value];
}

function scalar(operand: Operand): JsonScalar {
  assert(operand.kind === "const", "the operator has a constant");
  return operand.value;
}

function scalars(operand: Operand): readonly JsonScalar[] {
  if (operand.kind === "list") return operand.values;
  return [scalar(operand)];
}
