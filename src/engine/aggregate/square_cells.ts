/**
 * The exact sum of squares, three cells. With the exact sum and count it gives the deviation free of
 * cancellation: n * sum(x^2) - sum(x)^2 is computed exactly and rounded once (the textbook formula is only
 * unstable when its terms were rounded before). A value beyond 2^450 has no square that can be summed; its
 * row has no deviation from then on. A deviation below about 1e-154 counts as none.
 */
import type { Gathered } from "../gathered.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import type { CellAccumulator, Place } from "./cell_accumulator.ts";
import { ExactSum } from "./exact_sum.ts";
import { addToTriple, productError } from "./expansion.ts";
import { Spill } from "./spill.ts";
import { numberAt } from "./value_reading.ts";

/** About 2.9e135. */
const DEVIATION_VALUE_MAX = 2 ** 450;
const BEYOND = Infinity;
/** Below it products are not exact, and what is left may be their rounding alone: it counts as none. */
const SPREAD_MIN = 2 ** -1022;
/** From here on all bits of a product are within the doubles. */
const SMALL = 2 ** -400;

export class SquareCells implements CellAccumulator {
  readonly width = 3;
  readonly offset: number;
  readers = 0;
  readonly #field: number;
  readonly #spill = new Spill();

  constructor(field: number, offset: number) {
    this.#field = field;
    this.offset = offset;
  }

  get sideBytes(): number {
    return this.#spill.bytes;
  }

  /** Answers 1 when the value did not count. */
  add(row: number, cells: Float64Array, first: number, gathered: Gathered, i: number): number {
    const x = numberAt(gathered, this.#field, i);
    if (x !== x) return 1;
    const at = first + this.offset;
    if (Math.abs(x) > DEVIATION_VALUE_MAX) this.#giveUp(row, cells, at);
    else {
      const square = x * x;
      this.#addTerm(row, cells, at, square);
      const error = productError(x, x, square);
      if (error !== 0) this.#addTerm(row, cells, at, error);
    }
    return 0;
  }

  /**
   * The sum of squared distances from the mean, times n; null when a value was too large. `n` and `parts`
   * are the count and the exact sum of the same values.
   */
  spread(
    row: number,
    cells: Float64Array,
    first: number,
    { n, parts }: { n: number; parts: readonly number[] },
  ): number | null {
    const at = first + this.offset;
    if (cells[at] === BEYOND) return null;
    const exact = new ExactSum();
    for (const square of this.#terms(row, cells, at)) exact.addProduct(n, square);
    for (const a of parts) for (const b of parts) exact.addProduct(-a, b);
    return exact.value < SPREAD_MIN ? 0 : exact.value;
  }

  empty(cells: Float64Array, at: number): void {
    cells.fill(0, at, at + 3);
  }

  merge(into: Place, from: Place, other: SquareCells): void {
    if (from.cells[from.at] === BEYOND) return this.#giveUp(into.row, into.cells, into.at);
    const spilled = other.#spill.get(from.row);
    if (spilled === undefined) {
      for (let k = 0; k < 3; k++) this.#addTerm(into.row, into.cells, into.at, from.cells[from.at + k]!);
    } else if (into.cells[into.at] !== BEYOND) {
      this.#spillOver(into.row, into.cells, into.at, 0);
      this.#spill.addAll(into.row, spilled);
    }
  }

  copySide(row: number, from: number, other: SquareCells): void {
    this.#spill.copy(row, from, other.#spill);
  }

  dropSide(row: number): void {
    this.#spill.drop(row);
  }

  writeSide(row: number, out: ByteWriter): void {
    this.#spill.write(row, out);
  }

  readSide(row: number, input: ByteReader): void {
    this.#spill.read(row, input);
  }

  /**
   * Doubles whose exact sum is the sum of squares. Products of very small ones are not exact: there it has to
   * be the one form that does not depend on the order of additions.
   */
  #terms(row: number, cells: Float64Array, at: number): number[] {
    const spilled = this.#spill.get(row);
    if (spilled !== undefined) return spilled.parts();
    const terms = [cells[at]!, cells[at + 1]!, cells[at + 2]!].filter((x) => x !== 0);
    if (terms.every((x) => Math.abs(x) >= SMALL)) return terms;
    const exact = new ExactSum();
    for (const x of terms) exact.add(x);
    return exact.parts();
  }

  #addTerm(row: number, cells: Float64Array, at: number, x: number): void {
    if (!addToTriple(cells, at, x) && cells[at] !== BEYOND) this.#spillOver(row, cells, at, x);
  }

  #spillOver(row: number, cells: Float64Array, at: number, x: number): void {
    const isNew = !Number.isNaN(cells[at]!);
    this.#spill.add(row, isNew ? [cells[at]!, cells[at + 1]!, cells[at + 2]!, x] : [x]);
    cells[at] = NaN;
  }

  #giveUp(row: number, cells: Float64Array, at: number): void {
    this.#spill.drop(row);
    cells[at] = BEYOND;
  }
}
