/**
 * What a test made of its two sides, where that is not plain to see: a side that is missing, texts that were
 * read as numbers, sides that have no order. It explains; what decides is value_test.ts.
 */
import type { JsonValue } from "../base/json.ts";
import { numberOf } from "./compare.ts";
import type { Operator } from "./plan.ts";

export interface TestNote {
  code:
    | "missing"
    | "other_missing"
    | "read_as_numbers"
    | "read_as_texts"
    | "not_a_number"
    | "no_order"
    | "unlike_types";
  message: string;
}

export interface Sides {
  field: string;
  op: Operator;
  /** undefined: the event has none. */
  actual: JsonValue | undefined;
  /** What it was compared with; undefined: the other field is missing, or nothing is compared. */
  expected: JsonValue | undefined;
  /** The other field, where there is one. */
  other: string | null;
}

const ORDERS: readonly Operator[] = [">", ">=", "<", "<=", "between"];
const EQUALITIES: readonly Operator[] = ["==", "!=", "in", "not_in"];
const TEXTUAL: readonly Operator[] = ["starts_with", "ends_with", "matches"];

/** null: there is nothing to explain. */
export function noteOf(sides: Sides): TestNote | null {
  const { field, op, actual, expected, other } = sides;
  if (op === "not_exists") return null;
  if (actual === undefined) return note("missing", `The event has no "${field}" (null counts as missing)`);
  if (op === "exists") return null;
  if (expected === undefined) return note("other_missing", `The event has no "${other}" to compare with`);
  const wanted = Array.isArray(expected) ? expected : [expected];
  if (ORDERS.includes(op)) return ofOrder(actual, wanted);
  if (EQUALITIES.includes(op)) return ofEquality(actual, wanted);
  if (TEXTUAL.includes(op) && typeof actual !== "string") {
    return note("read_as_texts", `${kindOf(actual, "A")} is compared by its text`);
  }
  return null;
}

function ofOrder(actual: JsonValue, wanted: readonly JsonValue[]): TestNote | null {
  const sides = [actual, ...wanted];
  if (sides.every(isNumeric)) return mixed(sides) ? AS_NUMBERS : null;
  if (sides.every((side) => typeof side === "string")) {
    return note("read_as_texts", "Both sides are texts that are no numbers: compared by code unit");
  }
  if (wanted.every(isNumeric)) {
    return note("not_a_number", `${kindOf(actual, "A")} is no number, and has no order beside one`);
  }
  return note("no_order", `${kindOf(actual, "A")} and ${kindOf(wanted[0]!, "a")} have no order`);
}

function ofEquality(actual: JsonValue, wanted: readonly JsonValue[]): TestNote | null {
  if (typeof actual === "object" || wanted.length === 0) return null;
  const numeric = wanted.filter(isNumeric);
  if (isNumeric(actual) && numeric.some((one) => typeof one !== typeof actual)) return AS_NUMBERS;
  const [first] = wanted;
  if (wanted.length > 1 || typeof first === typeof actual || first === null) return null;
  return note("unlike_types", `${kindOf(actual, "A")} and ${kindOf(first!, "a")} are never equal`);
}

const AS_NUMBERS = note("read_as_numbers", "Both sides read as numbers: compared as numbers");

function isNumeric(value: JsonValue): boolean {
  return !Number.isNaN(numberOf(value));
}

function mixed([first, ...others]: readonly JsonValue[]): boolean {
  return others.some((other) => typeof other !== typeof first);
}

function kindOf(value: JsonValue, article: "A" | "a"): string {
  if (Array.isArray(value)) return `${article} list`;
  if (value === null) return "null";
  if (typeof value === "object") return article === "A" ? "An object" : "an object";
  return `${article} ${typeof value === "string" ? "text" : typeof value}`;
}

function note(code: TestNote["code"], message: string): TestNote {
  return { code, message };
}
