/**
 * The condition of a rule as a vectorised filter. A filter narrows a selection vector in place. A top-level
 * AND becomes a list of stages, cheapest first: tests have no side effects, so their order is free, and
 * later stages see only the rows that earlier ones left. NOT is "none true" and is never rewritten.
 */
import { assertNever } from "../base/assert.ts";
import type { RuleBinding } from "../batch/binding.ts";
import { markedRows } from "./kernels.ts";
import type { Condition } from "./plan.ts";
import type { Scan } from "./scan.ts";
import { compileSelector, compileTest } from "./test_filter.ts";

export interface Filter {
  /** Rough relative cost of a row. */
  cost: number;
  /** Equal for filters that pass the same rows of any batch; null when not worth sharing. */
  key: string | null;
  /** Keeps, in `rows[0..count)`, the rows that pass, in order; answers how many. */
  narrow(scan: Scan, rows: Uint16Array, count: number): number;
}

/** The stages that a row must all pass. No stages: every row passes. */
export function compileFilter(where: Condition, binding: RuleBinding): Filter[] {
  if (where.kind !== "group" || where.logic !== "and") return [compileCondition(where, binding)];
  return byCost(where.items.flatMap((item) => compileFilter(item, binding)));
}

function compileCondition(condition: Condition, binding: RuleBinding): Filter {
  switch (condition.kind) {
    case "test":
      return compileTest(condition, binding);
    case "selector":
      return compileSelector(condition, binding);
    case "group": {
      const items = condition.items.map((item) => compileCondition(item, binding));
      return group(condition.logic, byCost(items));
    }
    default:
      return assertNever(condition);
  }
}

function byCost(filters: Filter[]): Filter[] {
  return filters.sort((a, b) => a.cost - b.cost);
}

function group(logic: "and" | "or" | "nor", items: readonly Filter[]): Filter {
  const cost = items.reduce((sum, item) => sum + item.cost, 2);
  // Empty conditions accept, whatever the logic (SEMANTICS 7, compat "empty_list").
  if (items.length === 0) return { cost: 0, key: null, narrow: (_scan, _rows, count) => count };
  if (logic === "and") return { cost, key: null, narrow: (scan, rows, n) => all(items, scan, rows, n) };
  const wanted = logic === "or" ? 1 : 0;
  return {
    cost,
    key: null,
    narrow(scan, rows, count) {
      const marks = scan.shared.borrowMarks();
      markAny(items, scan, { rows, count, marks });
      const kept = markedRows(rows, count, marks, wanted);
      scan.shared.returnMarks();
      return kept;
    },
  };
}

function all(items: readonly Filter[], scan: Scan, rows: Uint16Array, count: number): number {
  let left = count;
  for (const item of items) {
    if (left === 0) return 0;
    left = item.narrow(scan, rows, left);
  }
  return left;
}

/** Marks each row that any item passes; an item is asked only about rows not marked yet. */
function markAny(
  items: readonly Filter[],
  scan: Scan,
  selection: { rows: Uint16Array; count: number; marks: Uint8Array },
): void {
  const { rows, count, marks } = selection;
  const open = scan.shared.borrowVector();
  const trial = scan.shared.borrowVector();
  open.set(rows.subarray(0, count));
  let left = count;
  for (const item of items) {
    trial.set(open.subarray(0, left));
    const passed = item.narrow(scan, trial, left);
    if (passed === 0) continue;
    for (let i = 0; i < passed; i++) marks[trial[i]!] = 1;
    left = markedRows(open, left, marks, 0);
    if (left === 0) break;
  }
  scan.shared.returnVector();
  scan.shared.returnVector();
}
