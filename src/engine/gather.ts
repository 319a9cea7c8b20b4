/**
 * The end of the read phase: copies what the step needs of the rows that matched to private memory
 * (INVARIANTS 12).
 */
import { type BatchView, type ColumnView, KIND, TIME } from "../batch/batch.ts";
import type { RuleBinding } from "../batch/binding.ts";
import type { JsonScalar } from "../base/json.ts";
import type { Gathered, ValueColumn } from "./gathered.ts";
import { addFields } from "./condition_fields.ts";
import { patternFields } from "./pattern/pattern_fields.ts";
import type { ReadOutcomes } from "./pattern/row_outcomes.ts";
import type { EnrichmentPlan, Plan } from "./plan.ts";
import { ColumnAbsentError, type Scan } from "./scan.ts";
import type { SharedTests } from "./shared_tests.ts";

interface Selection {
  plan: Plan;
  binding: RuleBinding;
  span: { first: number };
  rows: Uint16Array;
  /** Fields whose values are copied. */
  reads: readonly number[];
  fromRow: number;
  /** How the conditions of a pattern are judged; null: there is none. */
  outcomes: ReadOutcomes | null;
}

export function gather(
  scan: Scan,
  { plan, binding, span, rows, reads, fromRow, outcomes }: Selection,
): Gathered {
  const time = scan.view.time(binding.time);
  if (time === undefined) throw new ColumnAbsentError(`batch has no times ${binding.time}`);
  const keyColumns = plan.key.map((field) => scan.column(field));
  const count = rows.length;
  const gathered = {
    count,
    offsets: new Float64Array(count),
    times: new Float64Array(count),
    time_flags: new Uint8Array(count),
    keys: keysOf(scan, keyColumns, rows),
    columns: columnsOf(scan, reads, rows),
    before: plan.clock === null
      ? null
      : latestBefore(rows, timeLine(scan.view, { time: binding.time, fromRow, shared: scan.shared })),
    outcomes: outcomes && outcomes(scan, rows),
  };
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    gathered.offsets[i] = span.first + row;
    gathered.times[i] = time.times[row]!;
    gathered.time_flags[i] = time.flags[row]!;
  }
  return gathered;
}

function keysOf(scan: Scan, columns: readonly ColumnView[], rows: Uint16Array): JsonScalar[][] {
  const keys: JsonScalar[][] = [];
  if (columns.length === 0) return keys;
  for (const row of rows) keys.push(columns.map((column) => scan.scalar(column, row)));
  return keys;
}

function columnsOf(scan: Scan, reads: readonly number[], rows: Uint16Array): (ValueColumn | undefined)[] {
  const columns: (ValueColumn | undefined)[] = [];
  for (const field of reads) columns[field] = copied(scan, scan.column(field), rows);
  return columns;
}

function copied(scan: Scan, column: ColumnView, rows: Uint16Array): ValueColumn {
  const count = rows.length;
  const numbers = new Float64Array(count);
  const kinds = new Uint8Array(count);
  let texts: string[] | null = null;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    const kind = column.kinds[row]!;
    numbers[i] = column.numbers[row]!;
    kinds[i] = kind;
    if (kind === KIND.text || kind === KIND.json) {
      texts ??= new Array<string>(count).fill("");
      texts[i] = scan.view.text(column.codes[row]!);
    }
  }
  return { numbers, kinds, texts };
}

/** The fields whose values the step reads, ascending. */
export function gatheredFields(plan: Plan): number[] {
  const read = new Set<number>();
  for (const { field } of plan.aggregates) if (field !== null) read.add(field);
  if (plan.anomaly !== null) read.add(plan.anomaly.field);
  for (const one of plan.enrichments) for (const field of inputsOf(one)) read.add(field);
  if (plan.pattern !== null) { for (const field of patternFields(plan.pattern)) read.add(field); }
  for (const condition of [plan.after, plan.holds]) if (condition !== null) addFields(condition, read);
  return [...read].filter((field) => field < plan.fields.length).sort((a, b) => a - b);
}

function inputsOf(one: EnrichmentPlan): number[] {
  switch (one.kind) {
    case "calculate":
      return one.program.names.map(([, index]) => index);
    case "lookup":
      return [one.key];
    case "aggregate":
      return [one.field];
    case "api_call": {
      const indexes = [...one.endpoint, ...one.params.map(({ index }) => index)];
      return indexes.filter((index) => typeof index === "number");
    }
  }
}

/** How the times of a batch move event time, in private memory. */
export interface TimeLine {
  /** The latest time of the rows before each row. */
  before: Float64Array;
  /** The latest time of all rows. */
  latest: number;
}

/** Rows before `fromRow`, and those of the far future (SEMANTICS 10), move nothing. */
export function timeLine(
  view: BatchView,
  { time, fromRow, shared }: { time: number; fromRow: number; shared: SharedTests },
): TimeLine {
  const known = fromRow === 0 ? shared.timeLine(time) : undefined;
  if (known !== undefined) return known;
  const column = view.time(time);
  if (column === undefined) throw new ColumnAbsentError(`batch has no times ${time}`);
  const before = new Float64Array(view.rows);
  let latest = -Infinity;
  for (let row = 0; row < view.rows; row++) {
    before[row] = latest;
    if (row < fromRow || column.flags[row] === TIME.future) continue;
    if (column.times[row]! > latest) latest = column.times[row]!;
  }
  const line = { before, latest };
  if (fromRow === 0) shared.keepTimeLine(time, line);
  return line;
}

function latestBefore(rows: Uint16Array, { before }: TimeLine): Float64Array {
  const latest = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) latest[i] = before[rows[i]!]!;
  return latest;
}
