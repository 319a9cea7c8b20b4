/** Operators between columns: arithmetic in one loop each, comparisons as conditions compare. */
import { assertNever } from "../../base/assert.ts";
import { KIND } from "../../batch/batch.ts";
import { equals, ordered, type ValueTest } from "../compare.ts";
import type { ValueColumn } from "../gathered.ts";
import { draft, isNull, ofNumbers, putTruth, TRUTH, valueAt } from "./_columns.ts";
import type { Arithmetic, BinaryOperator, Comparing } from "./expression.ts";

type Pair = readonly [ValueColumn, ValueColumn];

const ARITHMETIC: ReadonlySet<string> = new Set(["+", "-", "*", "/", "%", "**"]);

export function isArithmetic(op: BinaryOperator): op is Arithmetic {
  return ARITHMETIC.has(op);
}

// A row without a numeric reading is NaN on its side, and so in the result.
export function arithmetic(
  op: Arithmetic,
  [{ numbers: a }, { numbers: b }]: Pair,
  count: number,
): ValueColumn {
  const out = new Float64Array(count);
  switch (op) {
    case "+":
      for (let i = 0; i < count; i++) out[i] = a[i]! + b[i]!;
      break;
    case "-":
      for (let i = 0; i < count; i++) out[i] = a[i]! - b[i]!;
      break;
    case "*":
      for (let i = 0; i < count; i++) out[i] = a[i]! * b[i]!;
      break;
    case "/":
      for (let i = 0; i < count; i++) out[i] = a[i]! / b[i]!;
      break;
    case "%":
      for (let i = 0; i < count; i++) out[i] = a[i]! % b[i]!;
      break;
    case "**":
      // NaN ** 0 is 1 in the language.
      for (let i = 0; i < count; i++) out[i] = Number.isNaN(a[i]) ? NaN : a[i]! ** b[i]!;
      break;
    default:
      assertNever(op);
  }
  return ofNumbers(out);
}

export function compareColumns(op: Comparing, [a, b]: Pair, count: number): ValueColumn {
  const out = draft(count);
  for (let i = 0; i < count; i++) {
    if (isNull(a, i) || isNull(b, i)) continue;
    const plain = a.kinds[i] === KIND.number && b.kinds[i] === KIND.number;
    const holds = plain ? compareNumbers(op, a.numbers[i]!, b.numbers[i]!) : compareValues(op, [a, b], i);
    putTruth(out, i, holds ? TRUTH.yes : TRUTH.no);
  }
  return out;
}

function compareNumbers(op: Comparing, a: number, b: number): boolean {
  switch (op) {
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
  }
}

function compareValues(op: Comparing, [a, b]: Pair, row: number): boolean {
  const [x, y] = [valueAt(a, row), valueAt(b, row)];
  if (op === "==") return equals(x, y, false);
  if (op === "!=") return !equals(x, y, false);
  return ordered(x, op, y, false);
}

/** Is each row equal to one of the list? */
export function memberColumn(of: ValueColumn, list: readonly ValueColumn[], count: number): ValueColumn {
  const out = draft(count);
  for (let i = 0; i < count; i++) {
    if (isNull(of, i)) continue;
    const value = valueAt(of, i);
    const found = list.some((item) => equals(value, valueAt(item, i), false));
    putTruth(out, i, found ? TRUTH.yes : TRUTH.no);
  }
  return out;
}

/** What a test says of each row that is not null. */
export function testColumn(of: ValueColumn, test: ValueTest, count: number): ValueColumn {
  const out = draft(count);
  for (let i = 0; i < count; i++) {
    if (!isNull(of, i)) putTruth(out, i, test(valueAt(of, i)) ? TRUTH.yes : TRUTH.no);
  }
  return out;
}
