/**
 * Rows of doubles and of 32-bit integers side by side: what is read together lies together, since with a
 * million keys each place in memory that is looked at costs more than what is done there.
 *
 * Rows lie in chunks, so growing never copies more than one small chunk, leaves no large array to be collected,
 * and at most a chunk is spare. The first chunk starts small, since most rules have few keys. Rows are given
 * out by whoever owns the table, without gaps.
 */
const CHUNK_SHIFT = 12;
const CHUNK_ROWS = 1 << CHUNK_SHIFT;
const CHUNK_MASK = CHUNK_ROWS - 1;
const ROWS_FIRST = 16;
const DOUBLE_BYTES = 8;

export class NumberTable {
  /** Doubles that a row takes; two integers fill one. */
  readonly #width: number;
  /** Place of the first integer of a row, in integers. */
  readonly #firstInt: number;
  readonly #floats: Float64Array[] = [];
  readonly #ints: Int32Array[] = [];

  constructor({ floats, ints }: { floats: number; ints: number }) {
    this.#firstInt = 2 * floats;
    this.#width = floats + Math.ceil(ints / 2);
  }

  /** Bytes of a row. */
  get rowBytes(): number {
    return this.#width * DOUBLE_BYTES;
  }

  /** Makes room for a row; what it holds is whatever was there. */
  open(row: number): void {
    const chunk = row >>> CHUNK_SHIFT;
    const rows = (this.#floats[chunk]?.length ?? 0) / this.#width;
    if ((row & CHUNK_MASK) >= rows) this.#grow(chunk, { rows, wanted: (row & CHUNK_MASK) + 1 });
  }

  float(row: number, field: number): number {
    return this.#floats[row >>> CHUNK_SHIFT]![(row & CHUNK_MASK) * this.#width + field]!;
  }

  setFloat(row: number, field: number, value: number): void {
    this.#floats[row >>> CHUNK_SHIFT]![(row & CHUNK_MASK) * this.#width + field] = value;
  }

  int(row: number, field: number): number {
    return this.#ints[row >>> CHUNK_SHIFT]![2 * (row & CHUNK_MASK) * this.#width + this.#firstInt + field]!;
  }

  setInt(row: number, field: number, value: number): void {
    this.#ints[row >>> CHUNK_SHIFT]![2 * (row & CHUNK_MASK) * this.#width + this.#firstInt + field] = value;
  }

  #grow(chunk: number, { rows, wanted }: { rows: number; wanted: number }): void {
    const all = chunk > 0 ? CHUNK_ROWS : Math.min(CHUNK_ROWS, Math.max(ROWS_FIRST, 2 * rows, wanted));
    const larger = new Float64Array(all * this.#width);
    const old = this.#floats[chunk];
    if (old !== undefined) larger.set(old);
    this.#floats[chunk] = larger;
    this.#ints[chunk] = new Int32Array(larger.buffer);
  }
}
