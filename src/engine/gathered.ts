/**
 * What a step needs of the rows that matched, copied to private memory in offset order: nothing here looks
 * into a batch any more (INVARIANTS 12).
 */
import type { JsonScalar } from "../base/json.ts";

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
}
