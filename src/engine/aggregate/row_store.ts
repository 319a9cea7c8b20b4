/**
 * Rows of a fixed number of doubles, numbered from 0 and reused. They lie in chunks, so that growing never
 * copies more than one small chunk; the first chunk starts small, since most rules have few keys.
 */
import { assert } from "../../base/assert.ts";

const CHUNK_SHIFT = 12;
const CHUNK_ROWS = 1 << CHUNK_SHIFT;
const CHUNK_MASK = CHUNK_ROWS - 1;
const ROWS_FIRST = 16;

export class RowStore {
  readonly #width: number;
  readonly #chunks: Float64Array[] = [];
  readonly #free: number[] = [];
  #used = 0;

  constructor(width: number) {
    this.#width = width;
  }

  /** Rows in use. */
  get live(): number {
    return this.#used - this.#free.length;
  }

  /** A row whose cells hold anything. */
  alloc(): number {
    const row = this.#free.pop();
    if (row !== undefined) return row;
    const chunk = this.#used >>> CHUNK_SHIFT;
    const rows = (this.#chunks[chunk]?.length ?? 0) / Math.max(1, this.#width);
    if ((this.#used & CHUNK_MASK) >= rows) this.#grow(chunk, rows);
    return this.#used++;
  }

  free(row: number): void {
    assert(row < this.#used, "a row that is freed was allocated");
    this.#free.push(row);
  }

  /** The chunk that holds `row`: good until the next `alloc`. */
  chunk(row: number): Float64Array {
    return this.#chunks[row >>> CHUNK_SHIFT]!;
  }

  /** Index of the first cell of `row` in its chunk. */
  at(row: number): number {
    return (row & CHUNK_MASK) * this.#width;
  }

  #grow(chunk: number, rows: number): void {
    const wanted = chunk > 0 ? CHUNK_ROWS : Math.min(CHUNK_ROWS, Math.max(ROWS_FIRST, 2 * rows));
    const larger = new Float64Array(wanted * Math.max(1, this.#width));
    const old = this.#chunks[chunk];
    if (old !== undefined) larger.set(old);
    this.#chunks[chunk] = larger;
  }
}
