/**
 * Tests of one field that cannot hold together, such as `status == 1` and `status == 2`. Only what is certain is
 * told: constants of one field below AND; what NOT and OR say, and what looks at other fields, is passed over.
 */
import type { JsonScalar } from "../base/json.ts";
import { numberOfText } from "../base/numeric.ts";
import type { ConditionNode, TestNode } from "./condition.ts";

/** Two tests, as text, of which all must hold and never do; null when nothing is certain. */
export function contradictionIn(nodes: readonly ConditionNode[]): string | null {
  const byField = new Map<string, TestNode[]>();
  for (const test of nodes.flatMap((node) => [...required(node)])) {
    const others = byField.get(test.field) ?? [];
    const against = others.find((other) => excludes(test, other) || excludes(other, test));
    if (against !== undefined) return `${said(against)} and ${said(test)} never hold together`;
    byField.set(test.field, [...others, test]);
  }
  return null;
}

/** The tests that must hold for a condition to hold. */
function* required(node: ConditionNode): Generator<TestNode> {
  if (node.kind === "test") yield node;
  else if (node.logic === "AND" || (node.logic === "OR" && node.conditions.length === 1)) {
    for (const one of node.conditions) yield* required(one);
  }
}

function excludes(a: TestNode, b: TestNode): boolean {
  // Every other test fails where the field is absent.
  if (a.op === "not_exists") return b.op !== "not_exists";
  const one = valuesOf(a);
  const others = valuesOf(b);
  if (one !== null && others !== null) return one.every((value) => !others.includes(value));
  const range = rangeOf(a);
  const other = rangeOf(b);
  if (range === null) return false;
  if (other !== null) return isEmpty(together(range, other));
  return others?.every((value) => typeof value === "number" && !isWithin(value, range)) ?? false;
}

/** The values that a test lets through, numbers as such and texts without their case; null: not a few. */
function valuesOf({ op, value }: TestNode): (number | string)[] | null {
  const given = op === "==" && value.kind === "const"
    ? [value.value]
    : op === "in" && value.kind === "list"
    ? value.values
    : null;
  const read = given?.map(plain) ?? null;
  return read !== null && read.every((one) => one !== null) ? read : null;
}

/** null: a value that equals others in more than one way. */
function plain(value: JsonScalar): number | string | null {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return null;
  const number = numberOfText(value);
  const text = value.toLowerCase();
  if (text === "true" || text === "false") return null;
  return Number.isNaN(number) ? text : number;
}

interface Range {
  low: number;
  high: number;
  lowIncluded: boolean;
  highIncluded: boolean;
}

function rangeOf({ op, value }: TestNode): Range | null {
  if (op === "between" && value.kind === "range") {
    const { low, high } = value;
    if (typeof low !== "number" || typeof high !== "number") return null;
    return { low, high, lowIncluded: true, highIncluded: true };
  }
  if (value.kind !== "const" || typeof value.value !== "number") return null;
  const all = { low: -Infinity, high: Infinity, lowIncluded: true, highIncluded: true };
  if (op === ">" || op === ">=") return { ...all, low: value.value, lowIncluded: op === ">=" };
  if (op === "<" || op === "<=") return { ...all, high: value.value, highIncluded: op === "<=" };
  return null;
}

function together(a: Range, b: Range): Range {
  const low = a.low > b.low || (a.low === b.low && !a.lowIncluded) ? a : b;
  const high = a.high < b.high || (a.high === b.high && !a.highIncluded) ? a : b;
  return { low: low.low, lowIncluded: low.lowIncluded, high: high.high, highIncluded: high.highIncluded };
}

function isEmpty({ low, high, lowIncluded, highIncluded }: Range): boolean {
  return low > high || (low === high && !(lowIncluded && highIncluded));
}

function isWithin(value: number, range: Range): boolean {
  return !isEmpty(together(range, { low: value, high: value, lowIncluded: true, highIncluded: true }));
}

function said({ field, op, value }: TestNode): string {
  const shown = value.kind === "const"
    ? ` ${JSON.stringify(value.value)}`
    : value.kind === "range"
    ? ` ${JSON.stringify([value.low, value.high])}`
    : value.kind === "list"
    ? ` ${value.values.length > 3 ? `one of ${value.values.length} values` : JSON.stringify(value.values)}`
    : "";
  return `${field} ${op}${shown}`;
}
