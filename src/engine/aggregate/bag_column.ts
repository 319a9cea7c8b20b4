/** An aggregate of one field whose state is a collection per row. */
import type { ByteReader, ByteWriter } from "../state_bytes.ts";

export interface BagColumn {
  /** Plans whose skipped values are counted here. */
  readers: number;
  /** Counted bytes of all rows. */
  readonly bytes: number;
  /** The values of row `from` are added to those of `into`. */
  merge(into: number, from: number): void;
  /** Makes the row one of no values. */
  empty(row: number): void;
  write(row: number, out: ByteWriter): void;
  /** Reads into an empty row. */
  read(row: number, input: ByteReader): void;
}
