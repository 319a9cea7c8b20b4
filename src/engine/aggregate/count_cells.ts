/** How many events, or how many values that are there and not null, of any type. One cell. */
import type { Gathered } from "../gathered.ts";
import type { CellAccumulator, Place } from "./cell_accumulator.ts";
import { isPresentAt } from "./value_reading.ts";

export class CountCells implements CellAccumulator {
  readonly width = 1;
  readonly offset: number;
  readonly sideBytes = 0;
  readers = 0;
  readonly #field: number | null;

  /** @param field null: events are counted. */
  constructor(field: number | null, offset: number) {
    this.#field = field;
    this.offset = offset;
  }

  /** Answers 1 when the value did not count. */
  add(cells: Float64Array, first: number, gathered: Gathered, i: number): number {
    if (this.#field !== null && !isPresentAt(gathered, this.#field, i)) return 1;
    cells[first + this.offset]!++;
    return 0;
  }

  count(cells: Float64Array, first: number): number {
    return cells[first + this.offset]!;
  }

  empty(cells: Float64Array, at: number): void {
    cells[at] = 0;
  }

  merge(into: Place, from: Place): void {
    into.cells[into.at]! += from.cells[from.at]!;
  }

  copySide(): void {}
  dropSide(): void {}
  writeSide(): void {}
  readSide(): void {}
}
