/**
 * Which conditions of a pattern hold of which rows: one bit a condition, one number a row. What reads columns only
 * is judged in the read phase, for all rows of a batch at once; what reads enrichments, row by row after them.
 */
import type { RuleBinding } from "../../batch/binding.ts";
import { compileFilter, type Filter } from "../filter.ts";
import { type Gathered, valueAt } from "../gathered.ts";
import type { Scan } from "../scan.ts";
import { valuePredicate } from "../value_condition.ts";
import type { PatternPlan } from "./pattern_plan.ts";

/** The outcomes of `rows`, ascending, in their order. */
export type ReadOutcomes = (scan: Scan, rows: Uint16Array) => Int32Array;

export function prepareOutcomes({ conditions }: PatternPlan, binding: RuleBinding): ReadOutcomes {
  const filters = conditions.map(({ where }) => compileFilter(where, binding));
  return (scan, rows) => {
    const outcomes = new Int32Array(rows.length);
    for (const [i, stages] of filters.entries()) mark(stages, scan, { rows, outcomes, bit: 1 << i });
    return outcomes;
  };
}

function mark(
  stages: readonly Filter[],
  scan: Scan,
  { rows, outcomes, bit }: { rows: Uint16Array; outcomes: Int32Array; bit: number },
): void {
  const left = scan.shared.borrowVector();
  left.set(rows);
  let count = rows.length;
  for (const stage of stages) {
    if (count === 0) break;
    count = stage.narrow(scan, left, count);
  }
  for (let i = 0, at = 0; i < count; i++, at++) {
    while (rows[at] !== left[i]) at++;
    outcomes[at]! |= bit;
  }
  scan.shared.returnVector();
}

/** The outcomes of row `i`, once its enrichments are known. */
export type OutcomesAt = (rows: Gathered, i: number) => number;

export function prepareOutcomesAt({ conditions }: PatternPlan): OutcomesAt {
  const late = conditions.flatMap(({ rest, remembers }, i) =>
    rest === null || remembers ? [] : [{ bit: 1 << i, holds: valuePredicate(rest) }]
  );
  return (rows, i) => {
    let outcomes = rows.outcomes![i]!;
    for (const { bit, holds } of late) {
      if ((outcomes & bit) === 0) continue;
      if (!holds((field) => valueAt(rows.columns[field], i))) outcomes &= ~bit;
    }
    return outcomes;
  };
}
