/** The rows of the aggregates whose state lies in cells: all but percentiles and distinct. */
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import type { CellAccumulator, Place } from "./cell_accumulator.ts";
import type { Layout } from "./layout.ts";
import { RowStore } from "./row_store.ts";

const CELL_BYTES = 8;

export class CellTable {
  readonly layout: Layout;
  readonly #rows: RowStore;
  readonly #all: readonly CellAccumulator[];

  constructor(layout: Layout) {
    this.layout = layout;
    this.#rows = new RowStore(layout.width);
    this.#all = layout.cellAccumulators;
  }

  /** Counted bytes of the live rows. */
  get bytes(): number {
    let bytes = this.#rows.live * this.layout.width * CELL_BYTES;
    for (const one of this.#all) bytes += one.sideBytes;
    return bytes;
  }

  /** A row of no events. */
  alloc(): number {
    const row = this.#rows.alloc();
    this.#clear(row);
    return row;
  }

  free(row: number): void {
    this.#dropSides(row);
    this.#rows.free(row);
  }

  reset(row: number): void {
    this.#dropSides(row);
    this.#clear(row);
  }

  /** The chunk that holds `row`: good until the next `alloc`. */
  chunk(row: number): Float64Array {
    return this.#rows.chunk(row);
  }

  /** Index of the first cell of `row` in its chunk. */
  at(row: number): number {
    return this.#rows.at(row);
  }

  /** A new row equal to a row of `other`, a table of the same layout. */
  copy(from: number, other: CellTable): number {
    const row = this.#rows.alloc();
    const [to, source] = [this.chunk(row), other.chunk(from)];
    const [at, start] = [this.at(row), other.at(from)];
    for (let k = 0; k < this.layout.width; k++) to[at + k] = source[start + k]!;
    for (let k = 0; k < this.#all.length; k++) this.#all[k]!.copySide(row, from, other.#all[k]!);
    return row;
  }

  /** The events of row `from` of `other`, a table of the same layout, come behind those of `into`. */
  merge(into: number, from: number, other: CellTable): void {
    const to: Place = { row: into, cells: this.chunk(into), at: 0 };
    const source: Place = { row: from, cells: other.chunk(from), at: 0 };
    for (let k = 0; k < this.#all.length; k++) {
      const one = this.#all[k]!;
      to.at = this.at(into) + one.offset;
      source.at = other.at(from) + one.offset;
      one.merge(to, source, other.#all[k]!);
    }
  }

  write(row: number, out: ByteWriter): void {
    const cells = this.chunk(row);
    for (let k = 0, at = this.at(row); k < this.layout.width; k++) out.f64(cells[at + k]!);
    for (const one of this.#all) one.writeSide(row, out);
  }

  read(input: ByteReader): number {
    const row = this.#rows.alloc();
    const cells = this.chunk(row);
    for (let k = 0, at = this.at(row); k < this.layout.width; k++) cells[at + k] = input.f64();
    for (const one of this.#all) one.readSide(row, input);
    return row;
  }

  #clear(row: number): void {
    const cells = this.chunk(row);
    for (const one of this.#all) one.empty(cells, this.at(row) + one.offset);
  }

  #dropSides(row: number): void {
    for (const one of this.#all) if (one.sideBytes > 0) one.dropSide(row);
  }
}
