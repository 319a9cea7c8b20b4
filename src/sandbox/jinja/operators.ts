/** The operators of expressions on values of any kind. */
import { wholeNumber } from "./format.ts";
import { percent } from "./format.ts";
import { type Arithmetic, calculate, isInteger, isNumber, negative, plain } from "./numbers.ts";
import { equals, items, order, text } from "./printing.ts";
import {
  entryOf,
  identity,
  isMapping,
  isText,
  limit,
  LIST_ITEMS_MAX,
  Markup,
  TEXT_CHARACTERS_MAX,
  Tuple,
  typeFault,
  typeName,
  Undefined,
} from "./values.ts";

type Escape = (value: unknown) => string;

/** `left op right`. @throws TemplateFault */
export function binary(op: Arithmetic, [left, right]: readonly [unknown, unknown], escape: Escape): unknown {
  if (isNumber(left) && isNumber(right)) return calculate(op, left, right);
  for (const value of [left, right]) {
    if (value instanceof Undefined && !(op === "%" && isText(left))) throw value.fault();
  }
  const answer = op === "+"
    ? added(left, right, escape)
    : op === "*"
    ? repeated(left, right) ?? repeated(right, left)
    : op === "%" && isText(left)
    ? marked(left, percent(text(left), right, left instanceof Markup ? escape : text))
    : undefined;
  if (answer !== undefined) return answer;
  throw typeFault(`unsupported operand type(s) for ${op}: '${typeName(left)}' and '${typeName(right)}'`);
}

function marked(like: unknown, value: string): string | Markup {
  return like instanceof Markup ? new Markup(value) : value;
}

function added(left: unknown, right: unknown, escape: Escape): unknown {
  if (isText(left) && isText(right)) {
    const safe = left instanceof Markup || right instanceof Markup;
    const joined = safe ? escape(left) + escape(right) : text(left) + text(right);
    limit(joined.length, TEXT_CHARACTERS_MAX, "a text");
    return safe ? new Markup(joined) : joined;
  }
  if (Array.isArray(left) && Array.isArray(right)) return list([...left, ...right]);
  return left instanceof Tuple && right instanceof Tuple
    ? new Tuple(list([...left.items, ...right.items]))
    : undefined;
}

function list(values: unknown[]): unknown[] {
  limit(values.length, LIST_ITEMS_MAX, "a list");
  return values;
}

function repeated(value: unknown, given: unknown): unknown {
  if (!isInteger(given)) return undefined;
  const times = Math.max(0, plain(given));
  if (isText(value)) {
    limit(text(value).length * times, TEXT_CHARACTERS_MAX, "a text");
    return marked(value, text(value).repeat(times));
  }
  const values = Array.isArray(value) ? value : value instanceof Tuple ? value.items : null;
  if (values === null) return undefined;
  limit(values.length * times, LIST_ITEMS_MAX, "a list");
  const all = Array.from({ length: times }, () => values).flat();
  return value instanceof Tuple ? new Tuple(all) : all;
}

/** `left ~ right ~ ...`: under autoescape what is not safe is escaped as soon as one part is safe. */
export function concatenated(values: readonly unknown[], escape: Escape | null): unknown {
  const safe = escape !== null && values.some((value) => value instanceof Markup);
  let joined = "";
  for (const value of values) {
    joined += safe ? escape(value) : text(value);
    limit(joined.length, TEXT_CHARACTERS_MAX, "a text");
  }
  return safe ? new Markup(joined) : joined;
}

export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in";

export function compare(op: Comparison, left: unknown, right: unknown): boolean {
  switch (op) {
    case "==":
      return equals(left, right);
    case "!=":
      return !equals(left, right);
    case "in":
      return contains(right, left);
    case "not in":
      return !contains(right, left);
    case "<":
      return order(left, right) < 0;
    case "<=":
      return order(left, right) <= 0;
    case ">":
      return order(left, right) > 0;
    case ">=":
      return order(left, right) >= 0;
  }
}

export function contains(holder: unknown, value: unknown): boolean {
  if (isText(holder)) {
    if (!isText(value)) {
      throw typeFault(`'in <string>' requires string as left operand, not ${typeName(value)}`);
    }
    return text(holder).includes(text(value));
  }
  if (isMapping(holder)) {
    identity(value);
    return entryOf(holder, value) !== undefined;
  }
  if (isNumber(holder) || holder === null) {
    throw typeFault(`argument of type '${typeName(holder)}' is not iterable`);
  }
  return items(holder).some((one) => equals(one, value));
}

export function unary(op: "-" | "+", value: unknown): unknown {
  if (value instanceof Undefined) throw value.fault();
  if (op === "-") return negative(value);
  if (isNumber(value)) return typeof value === "boolean" ? wholeNumber(value) : value;
  throw typeFault(`bad operand type for unary +: '${typeName(value)}'`);
}
