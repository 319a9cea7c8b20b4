/**
 * A column of numbers that grows, a {@linkcode NumberTable} of one field: state that lies in typed arrays, a
 * row for each key, pane or event, costs a few bytes where objects would cost a hundred.
 *
 * The same chunks as there, written out: a column is read a dozen times an event.
 */
const CHUNK_SHIFT = 12;
const CHUNK_ROWS = 1 << CHUNK_SHIFT;
const CHUNK_MASK = CHUNK_ROWS - 1;
const ROWS_FIRST = 16;

export class FloatColumn {
  readonly #chunks: Float64Array[] = [];

  get(row: number): number {
    return this.#chunks[row >>> CHUNK_SHIFT]![row & CHUNK_MASK]!;
  }

  set(row: number, value: number): void {
    let chunk = this.#chunks[row >>> CHUNK_SHIFT];
    if (chunk === undefined || (row & CHUNK_MASK) >= chunk.length) {
      chunk = this.#chunks[row >>> CHUNK_SHIFT] = grown(chunk, new Float64Array(sizeFor(row)));
    }
    chunk[row & CHUNK_MASK] = value;
  }
}

export class IntColumn {
  readonly #chunks: Int32Array[] = [];

  get(row: number): number {
    return this.#chunks[row >>> CHUNK_SHIFT]![row & CHUNK_MASK]!;
  }

  set(row: number, value: number): void {
    let chunk = this.#chunks[row >>> CHUNK_SHIFT];
    if (chunk === undefined || (row & CHUNK_MASK) >= chunk.length) {
      chunk = this.#chunks[row >>> CHUNK_SHIFT] = grown(chunk, new Int32Array(sizeFor(row)));
    }
    chunk[row & CHUNK_MASK] = value;
  }
}

function sizeFor(row: number): number {
  if (row >= CHUNK_ROWS) return CHUNK_ROWS;
  return Math.min(CHUNK_ROWS, Math.max(ROWS_FIRST, 2 * row));
}

function grown<T extends Float64Array | Int32Array>(from: T | undefined, to: T): T {
  if (from !== undefined) to.set(from);
  return to;
}
