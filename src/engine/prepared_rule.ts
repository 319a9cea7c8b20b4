/**
 * A rule made ready to read batches: the READ PHASE of a step (INVARIANTS 12). It evaluates in place, in
 * memory that may be overwritten meanwhile, and copies what the step needs to private memory. It changes no
 * state, so its outcome can be thrown away; garbage makes it throw or answer nonsense, never hang.
 */
import { BATCH_ROWS_MAX, type BatchView } from "../batch/batch.ts";
import type { RuleBinding } from "../batch/binding.ts";
import { type Enrichments, prepareEnrichments } from "./enrich/enrichments.ts";
import type { LookupTables } from "./enrich/lookup_table.ts";
import { compileFilter, type Filter } from "./filter.ts";
import type { Plan } from "./plan.ts";
import { gather, gatheredFields, timeLine } from "./gather.ts";
import { type Gathered, valueAt } from "./gathered.ts";
import { prepareOutcomes, prepareOutcomesAt, type ReadOutcomes } from "./pattern/row_outcomes.ts";
import { Scan } from "./scan.ts";
import type { SharedTests } from "./shared_tests.ts";
import { valuePredicate } from "./value_condition.ts";

/** Where a batch lies in the log: rows are the offsets [first, next), all with one arrival, ms. */
export interface Span {
  first: number;
  next: number;
  arrival: number;
}

export interface ReadOptions {
  /** Candidate rows, ascending; null = all. */
  rows: Uint16Array | null;
  /** Rows before it are left out. */
  fromRow: number;
  /** Offsets to leave out (poison). */
  skip: ReadonlySet<number> | null;
  shared: SharedTests;
}

export interface PreparedRule {
  readonly plan: Plan;
  /**
   * Null when nothing matched.
   * @throws {ColumnAbsentError} the batch lacks a column of the rule.
   * @throws {RangeError} the memory was overwritten while it was read.
   */
  read(batch: BatchView, span: Span, options: ReadOptions): Gathered | null;
  /**
   * The latest event time of the rows from `fromRow` on, rows of the far future left out; -Infinity for none.
   * Throws as `read`.
   */
  latest(batch: BatchView, fromRow: number, shared: SharedTests): number;
  /** What is computed of the rows that matched; null: nothing is. */
  readonly enrichments: Enrichments | null;
  /** Whether row `i` stays in once its enrichments are known. */
  passes(rows: Gathered, i: number): boolean;
  /** What holds of the rows beside their fields: for rules with `holds`. */
  holds(rows: Gathered, i: number): boolean;
  /** Which conditions of the pattern hold of row `i`; 0 where there is none. */
  outcomes(rows: Gathered, i: number): number;
}

/** @param tables those that the plan looks things up in, as they are where the rule stands in the log */
export function prepareRule(
  plan: Plan,
  binding: RuleBinding,
  tables: LookupTables = new Map(),
): PreparedRule {
  const reads = gatheredFields(plan);
  const holds = plan.holds === null ? null : valuePredicate(plan.holds);
  const after = plan.after === null ? null : valuePredicate(plan.after);
  const outcomesAt = plan.pattern === null ? null : prepareOutcomesAt(plan.pattern);
  // Made for the first rows: a rule that nothing concerns needs no filter.
  let stages: readonly Filter[] | null = null;
  let outcomes: ReadOutcomes | null = null;
  return {
    plan,
    read(view, span, options) {
      const { shared } = options;
      if (!shared.serves(view)) shared.begin(view);
      shared.reclaim();
      const scan = new Scan(view, binding, { shared, wholeBatch: options.rows === null });
      const selected = shared.borrowVector();
      stages ??= compileFilter(plan.where, binding);
      outcomes ??= plan.pattern && prepareOutcomes(plan.pattern, binding);
      const count = select(stages, scan, { span, options, selected });
      if (count === 0) return null;
      const rows = selected.subarray(0, count);
      return gather(scan, { plan, binding, span, rows, reads, fromRow: options.fromRow, outcomes });
    },
    latest(view, fromRow, shared) {
      // Nothing of the record may concern the rule: then this is the first that is asked about it.
      if (!shared.serves(view)) shared.begin(view);
      return timeLine(view, { time: binding.time, fromRow, shared }).latest;
    },
    enrichments: prepareEnrichments(plan, tables),
    passes: (rows, i) => after === null || after((field) => valueAt(rows.columns[field], i)),
    outcomes: (rows, i) => outcomesAt === null ? 0 : outcomesAt(rows, i),
    holds: (rows, i) => holds === null || holds((field) => valueAt(rows.columns[field], i)),
  };
}

function select(
  stages: readonly Filter[],
  scan: Scan,
  { span, options, selected }: { span: Span; options: ReadOptions; selected: Uint16Array },
): number {
  const skips = options.skip !== null && options.skip.size > 0;
  const whole = options.rows === null && options.fromRow === 0 && !skips;
  let count = -1;
  let next = 0;
  if (whole && stages.length > 0) count = firstStage(stages[next++]!, scan, selected);
  else {
    count = start(scan.view, options, selected);
    if (skips) count = withoutSkipped(selected, count, { first: span.first, skip: options.skip });
  }
  while (count > 0 && next < stages.length) count = stages[next++]!.narrow(scan, selected, count);
  return count;
}

/** A first stage sees all rows, so its outcome can be shared between rules. */
function firstStage(stage: Filter, scan: Scan, selected: Uint16Array): number {
  if (stage.key !== null) {
    const known = scan.shared.recall(stage.key, selected);
    if (known >= 0) return known;
  }
  selected.set(ALL_ROWS);
  const count = stage.narrow(scan, selected, scan.view.rows);
  if (stage.key !== null) scan.shared.keep(stage.key, selected, count);
  return count;
}

const ALL_ROWS = Uint16Array.from({ length: BATCH_ROWS_MAX }, (_, row) => row);

/** Fills `selected` with the rows to look at. */
function start(view: BatchView, { rows, fromRow }: ReadOptions, selected: Uint16Array): number {
  if (rows === null) {
    selected.set(ALL_ROWS.subarray(fromRow, view.rows));
    return Math.max(0, view.rows - fromRow);
  }
  if (rows.length > view.rows) throw new RangeError("more candidate rows than rows");
  selected.set(rows);
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = selected[i]!;
    selected[count] = row;
    if (row >= fromRow && row < view.rows) count++;
  }
  return count;
}

function withoutSkipped(
  rows: Uint16Array,
  count: number,
  { first, skip }: { first: number; skip: ReadonlySet<number> | null },
): number {
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    rows[kept] = row;
    if (!skip?.has(first + row)) kept++;
  }
  return kept;
}
