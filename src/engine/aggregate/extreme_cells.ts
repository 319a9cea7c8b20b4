/** The smallest or largest number. One cell; the largest is kept as the smallest of the negated. */
import type { Gathered } from "../gathered.ts";
import type { CellAccumulator, Place } from "./cell_accumulator.ts";
import { numberAt } from "./value_reading.ts";

export class ExtremeCells implements CellAccumulator {
  readonly width = 1;
  readonly offset: number;
  readonly sideBytes = 0;
  readers = 0;
  readonly #field: number;
  readonly #sign: 1 | -1;

  constructor(field: number, offset: number, which: "min" | "max") {
    this.#field = field;
    this.offset = offset;
    this.#sign = which === "min" ? 1 : -1;
  }

  /** Answers 1 when the value did not count. */
  add(cells: Float64Array, first: number, gathered: Gathered, i: number): number {
    const x = this.#sign * numberAt(gathered, this.#field, i);
    if (x !== x) return 1;
    const at = first + this.offset;
    if (x < cells[at]!) cells[at] = x;
    return 0;
  }

  /** null when there is none. */
  extreme(cells: Float64Array, first: number): number | null {
    const x = cells[first + this.offset]!;
    return x === Infinity ? null : this.#sign * x + 0;
  }

  empty(cells: Float64Array, at: number): void {
    cells[at] = Infinity;
  }

  merge(into: Place, from: Place): void {
    const x = from.cells[from.at]!;
    if (x < into.cells[into.at]!) into.cells[into.at] = x;
  }

  copySide(): void {}
  dropSide(): void {}
  writeSide(): void {}
  readSide(): void {}
}
