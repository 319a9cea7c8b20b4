/**
 * A column of numbers that grows: state that lies in typed arrays, a row for each key, pane or event, costs a
 * few bytes where objects would cost a hundred. Rows are given out by whoever owns the column.
 */
const FIRST = 16;
const GROWTH = 1.5;
// Most rules are idle and have no rows: they share memory of no length.
const NO_FLOATS = new Float64Array(0);
const NO_INTS = new Int32Array(0);

export class FloatColumn {
  #cells = NO_FLOATS;

  get(row: number): number {
    return this.#cells[row]!;
  }

  set(row: number, value: number): void {
    if (row >= this.#cells.length) this.#cells = grown(this.#cells, new Float64Array(sizeFor(row)));
    this.#cells[row] = value;
  }
}

export class IntColumn {
  #cells = NO_INTS;

  get(row: number): number {
    return this.#cells[row]!;
  }

  set(row: number, value: number): void {
    if (row >= this.#cells.length) this.#cells = grown(this.#cells, new Int32Array(sizeFor(row)));
    this.#cells[row] = value;
  }
}

function sizeFor(row: number): number {
  return Math.max(FIRST, Math.ceil((row + 1) * GROWTH));
}

function grown<T extends Float64Array | Int32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
