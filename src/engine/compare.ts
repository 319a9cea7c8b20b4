/**
 * The scalar meaning of the comparing operators (SEMANTICS 3 and 5). Two sides that both read as numbers
 * (number, boolean, numeric text) compare as doubles, unless both are integer texts whose doubles would
 * lose digits; else text compares with text by code unit; a boolean equals the text true or false. Unlike
 * types are unequal and have no order. Null equals nothing. The filter's loops are shortcuts of these.
 */
import { jsonEquals, type JsonScalar, type JsonValue } from "../base/json.ts";
import { isBigIntegerText, numberOfText } from "../base/numeric.ts";

/** A question about one present value. */
export type ValueTest = (value: JsonValue) => boolean;

export type Order = ">" | ">=" | "<" | "<=";

/** The numeric reading, NaN when there is none. */
export function numberOf(value: JsonValue): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "string" ? numberOfText(value) : NaN;
}

/** How `contains`, `starts_with`, `ends_with` and `matches` see a value; lists and objects as JSON. */
export function printed(value: JsonValue): string {
  if (typeof value === "string") return value;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export function equals(a: JsonValue, b: JsonValue, foldCase: boolean): boolean {
  if (a === null || b === null) return false;
  if (typeof a === "object" || typeof b === "object") return jsonEquals(a, b);
  const x = numberOf(a);
  const y = numberOf(b);
  if (!Number.isNaN(x) && !Number.isNaN(y) && !bothBig(a, b)) return x === y;
  if (typeof a === "number" || typeof b === "number") return false;
  return folded(String(a), foldCase) === folded(String(b), foldCase);
}

export function ordered(a: JsonValue, order: Order, b: JsonValue, foldCase: boolean): boolean {
  const x = numberOf(a);
  const y = numberOf(b);
  if (!Number.isNaN(x) && !Number.isNaN(y) && !bothBig(a, b)) return inOrder(x, order, y);
  if (typeof a !== "string" || typeof b !== "string") return false;
  return inOrder(folded(a, foldCase), order, folded(b, foldCase));
}

export function folded(text: string, foldCase: boolean): string {
  return foldCase ? text.toLowerCase() : text;
}

/**
 * A test whether a value equals any of `values`, in constant time: the outcome of {@linkcode equals} for
 * each, prepared as sets.
 */
export function memberTest(values: readonly JsonScalar[], foldCase: boolean): ValueTest {
  const wanted = values.filter((value) => value !== null);
  const readings = wanted.map(numberOf).filter((number) => !Number.isNaN(number));
  const numbers = new Set(readings);
  const exact = new Set(wanted.filter((value) => !isBig(value)).map(numberOf));
  const texts = new Set(wanted.filter(meetsAsText).map((value) => folded(String(value), foldCase)));
  return (value) => {
    if (typeof value === "number") return numbers.has(value);
    if (typeof value === "boolean") {
      return numbers.has(value ? 1 : 0) || texts.has(String(value));
    }
    if (typeof value !== "string") return false;
    const number = numberOfText(value);
    if (Number.isNaN(number)) return texts.has(folded(value, foldCase));
    if (!isBigIntegerText(value)) return numbers.has(number);
    return exact.has(number) || texts.has(folded(value, foldCase));
  };
}

function meetsAsText(value: JsonScalar): boolean {
  return typeof value === "boolean" || isBig(value) ||
    (typeof value === "string" && Number.isNaN(numberOf(value)));
}

function isBig(value: JsonValue): boolean {
  return typeof value === "string" && isBigIntegerText(value);
}

function bothBig(a: JsonValue, b: JsonValue): boolean {
  return isBig(a) && isBig(b);
}

function inOrder<T extends number | string>(a: T, order: Order, b: T): boolean {
  switch (order) {
    case ">":
      return a > b;
    case ">=":
      return a >= b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
  }
}
