/**
 * What a step needs of the rows that matched, copied to private memory in offset order: nothing here looks
 * into a batch any more (INVARIANTS 12).
 */
import { KIND } from "../batch/batch.ts";
import type { JsonScalar, JsonValue } from "../base/json.ts";

/** The values of one name of {@linkcode Plan.names}, a row each. */
export interface ValueColumn {
  /** The numeric reading (number, boolean as 1/0, numeric text), NaN when there is none. */
  numbers: Float64Array;
  /** KIND of batch/batch.ts per row. */
  kinds: Uint8Array;
  /** The text of texts, lists and objects (as JSON); "" elsewhere. null: no row has one. */
  texts: readonly string[] | null;
}

export interface Gathered {
  count: number;
  offsets: Float64Array;
  /** Event times, ms. */
  times: Float64Array;
  /** TIME of batch/batch.ts per row. */
  time_flags: Uint8Array;
  /** Values of group_by per row; empty when the rule has none. */
  keys: readonly (readonly JsonScalar[])[];
  /** By index into Plan.names; undefined where the step does not read it. */
  columns: readonly (ValueColumn | undefined)[];
  /**
   * The latest time of the rows of the batch that stand before each row, whether they matched or not (rows
   * too far in the future left out); -Infinity where there is none. null when the rule has no clock.
   */
  before: Float64Array | null;
  /** Which conditions of the rule's pattern hold (pattern/row_outcomes.ts); null when it has none. */
  outcomes: Int32Array | null;
}

/** Rows [from, to) of what was gathered. */
export function slice(gathered: Gathered, from: number, to: number): Gathered {
  return {
    count: to - from,
    offsets: gathered.offsets.subarray(from, to),
    times: gathered.times.subarray(from, to),
    time_flags: gathered.time_flags.subarray(from, to),
    keys: gathered.keys.slice(from, to),
    columns: gathered.columns.map((column) =>
      column && {
        numbers: column.numbers.subarray(from, to),
        kinds: column.kinds.subarray(from, to),
        texts: column.texts && column.texts.slice(from, to),
      }
    ),
    before: gathered.before && gathered.before.subarray(from, to),
    outcomes: gathered.outcomes && gathered.outcomes.subarray(from, to),
  };
}

/** The value of row `i` of a column; undefined when it is missing. */
export function valueAt(column: ValueColumn | undefined, i: number): JsonValue | undefined {
  switch (column?.kinds[i]) {
    case KIND.number:
      return column!.numbers[i]!;
    case KIND.boolean:
      return column!.numbers[i] === 1;
    case KIND.text:
      return column!.texts![i]!;
    case KIND.json:
      return JSON.parse(column!.texts![i]!);
    default:
      return undefined;
  }
}
