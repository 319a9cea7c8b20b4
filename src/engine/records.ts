/**
 * Records of numbers that lie side by side in memory: what is read together comes with one look at memory, where
 * columns would need one each. Rows are given out by whoever owns the table.
 */
const FIRST_ROWS = 16;
const GROWTH = 1.5;
// Most rules are idle and have no rows: they share memory of no length.
const NOTHING = new ArrayBuffer(0);

export class Records {
  readonly #intsAt: number;
  /** Of a row, in numbers of 4 and of 8 bytes. */
  readonly #intStride: number;
  readonly #floatStride: number;
  #ints = new Int32Array(NOTHING);
  #floats = new Float64Array(NOTHING);

  /** How many numbers of 8 bytes, and whole numbers of 4, a row has. */
  constructor({ floats, ints }: { floats: number; ints: number }) {
    this.#intsAt = 2 * floats;
    this.#floatStride = floats + Math.ceil(ints / 2);
    this.#intStride = 2 * this.#floatStride;
  }

  /** Bytes of one row. */
  get rowBytes(): number {
    return 8 * this.#floatStride;
  }

  int(row: number, field: number): number {
    return this.#ints[row * this.#intStride + this.#intsAt + field]!;
  }

  setInt(row: number, field: number, value: number): void {
    this.#ints[row * this.#intStride + this.#intsAt + field] = value;
  }

  float(row: number, field: number): number {
    return this.#floats[row * this.#floatStride + field]!;
  }

  setFloat(row: number, field: number, value: number): void {
    this.#floats[row * this.#floatStride + field] = value;
  }

  /** Makes room for a row. To be called before it is set for the first time. */
  reserve(row: number): void {
    if ((row + 1) * this.#intStride <= this.#ints.length) return;
    const rows = Math.max(FIRST_ROWS, Math.ceil((row + 1) * GROWTH));
    const ints = new Int32Array(rows * this.#intStride);
    ints.set(this.#ints);
    this.#ints = ints;
    this.#floats = new Float64Array(ints.buffer);
  }
}
