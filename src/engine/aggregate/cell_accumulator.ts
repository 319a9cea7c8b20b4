/**
 * What accumulators whose state lies in cells of a row have in common. `add` is not part of it: each kind has
 * its own, called from a place of its own, so that the calls of an event stay monomorphic. Cells are copied,
 * written and read by the table; an accumulator does this for what it keeps beside them.
 */
import type { ByteReader, ByteWriter } from "../state_bytes.ts";

/** Where the state of one row lies: its number, its chunk, and the first cell of the accumulator at hand. */
export interface Place {
  row: number;
  cells: Float64Array;
  at: number;
}

export interface CellAccumulator {
  readonly width: number;
  /** First cell within a row. */
  readonly offset: number;
  /** Plans whose skipped values are counted here. */
  readers: number;
  /** Counted bytes beside the cells, of all rows. */
  readonly sideBytes: number;
  /** Sets the cells to those of no event. */
  empty(cells: Float64Array, at: number): void;
  /** The events of `from`, a place of `other`, come behind those of `into`. */
  merge(into: Place, from: Place, other: this): void;
  /** Takes over what `other` keeps beside the cells of its row `from`. */
  copySide(row: number, from: number, other: this): void;
  dropSide(row: number): void;
  writeSide(row: number, out: ByteWriter): void;
  readSide(row: number, input: ByteReader): void;
}
