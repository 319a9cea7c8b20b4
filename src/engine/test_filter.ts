/**
 * A single test as a filter. Comparisons with numbers and equality with most texts run as tight loops over
 * numbers and dictionary codes; the rest is asked once per distinct text of the batch. The shortcuts hold
 * because of what the columns promise: `numbers` is the numeric reading, NaN when there is none.
 */
import type { RuleBinding } from "../batch/binding.ts";
import type { JsonScalar } from "../base/json.ts";
import { numberOf, type Order } from "./compare.ts";
import type { Filter } from "./filter.ts";
import * as kernel from "./kernels.ts";
import { isNumberForEquality, isPlainText } from "./operand_class.ts";
import type { Condition, Operand } from "./plan.ts";
import { textFilter } from "./text_filter.ts";
import { pairTest, valueTest } from "./value_test.ts";

type Test = Extract<Condition, { kind: "test" }>;
type Selector = Extract<Condition, { kind: "selector" }>;

const ORDER_KERNEL: Readonly<Record<Order, kernel.NumberKernel>> = {
  ">": kernel.greater,
  ">=": kernel.greaterOrEqual,
  "<": kernel.less,
  "<=": kernel.lessOrEqual,
};

export function compileTest(test: Test, binding: RuleBinding): Filter {
  const shape = keyOf(test);
  const key = `${binding.columns[test.field]} ${shape}`;
  return presenceFilter(test, key) ?? pairFilter(test) ?? numberFilter(test, key) ??
    codeFilter(test, binding, key) ??
    textFilter({
      field: test.field,
      test: valueTest(test.op, test.operand, test.fold_case),
      cost: test.op === "matches" ? 20 : 8,
      key,
      shape,
      missingPasses: false,
    });
}

/** event_type and source: equality with one text that a missing field may pass. */
export function compileSelector(selector: Selector, binding: RuleBinding): Filter {
  const operand: Operand = { kind: "const", value: selector.value };
  const test: Test = { kind: "test", field: selector.field, op: "==", operand, fold_case: false };
  if (!selector.absent_passes) return compileTest(test, binding);
  const shape = keyOf(test);
  return textFilter({
    field: selector.field,
    test: valueTest("==", operand, false),
    cost: 8,
    key: `${binding.columns[selector.field]} absent or ${shape}`,
    shape,
    missingPasses: true,
  });
}

/** What a test asks, without the column it asks it of. */
function keyOf(test: Test): string {
  return JSON.stringify([test.op, test.operand, test.fold_case]);
}

function presenceFilter({ field, op }: Test, key: string): Filter | null {
  if (op !== "exists" && op !== "not_exists") return null;
  const run = op === "exists" ? kernel.presentRows : kernel.missingRows;
  return { cost: 3, key, narrow: (scan, rows, count) => run(rows, count, scan.column(field).kinds) };
}

function pairFilter({ field, op, operand, fold_case }: Test): Filter | null {
  if (operand.kind !== "field") return null;
  const test = pairTest(op, fold_case);
  return {
    cost: 30,
    key: null,
    narrow(scan, rows, count) {
      const left = scan.column(field);
      const right = scan.column(operand.field);
      let kept = 0;
      for (let i = 0; i < count; i++) {
        const row = rows[i]!;
        const a = scan.value(left, row);
        const b = scan.value(right, row);
        if (a !== undefined && b !== undefined && test(a, b)) rows[kept++] = row;
      }
      return kept;
    },
  };
}

function numberFilter({ field, op, operand }: Test, key: string): Filter | null {
  if (operand.kind === "range") {
    const { low, high } = operand;
    if (!ordersAsNumber(low) || !ordersAsNumber(high)) return null;
    const range = { low: numberOf(low), high: numberOf(high) };
    return {
      cost: 2,
      key,
      narrow: (scan, rows, count) => kernel.betweenNumbers(rows, count, scan.column(field).numbers, range),
    };
  }
  if (operand.kind !== "const") return null;
  const bound = numberOf(operand.value);
  if (op === "!=" && isNumberForEquality(operand.value)) {
    return {
      cost: 3,
      key,
      narrow: (scan, rows, count) => kernel.unequalNumber(rows, count, scan.column(field), bound),
    };
  }
  const run = numberKernel(op, operand.value);
  if (run === null) return null;
  return {
    cost: op === "==" ? 1 : 2,
    key,
    narrow: (scan, rows, count) => run(rows, count, scan.column(field).numbers, bound),
  };
}

function numberKernel(op: Test["op"], value: JsonScalar): kernel.NumberKernel | null {
  if (op === "==") return isNumberForEquality(value) ? kernel.equalNumber : null;
  if (op !== ">" && op !== ">=" && op !== "<" && op !== "<=") return null;
  return ordersAsNumber(value) ? ORDER_KERNEL[op] : null;
}

// Numeric text may also stand in text order to text that is not numeric, so it is no number here.
function ordersAsNumber(value: JsonScalar): boolean {
  return typeof value === "number" || typeof value === "boolean";
}

function codeFilter(test: Test, binding: RuleBinding, key: string): Filter | null {
  const { field, op, operand } = test;
  if ((op !== "==" && op !== "!=") || test.fold_case) return null;
  if (operand.kind !== "const" || !isPlainText(operand.value)) return null;
  const id = binding.constants.find(([text]) => text === operand.value)?.[1];
  if (id === undefined) return null;
  if (op === "!=") {
    return {
      cost: 3,
      key,
      narrow: (scan, rows, count) =>
        kernel.unequalCode(rows, count, scan.column(field), absentCode(scan.view.constant(id))),
    };
  }
  return {
    cost: 0,
    key,
    narrow(scan, rows, count) {
      const code = scan.view.constant(id);
      // No row of the batch holds the text; and -1 stands for "no code".
      return code < 0 ? 0 : kernel.equalCode(rows, count, scan.column(field).codes, code);
    },
  };
}

// Present rows without a code (numbers, booleans) have code -1 and differ from every text.
function absentCode(code: number): number {
  return code < 0 ? -2 : code;
}
