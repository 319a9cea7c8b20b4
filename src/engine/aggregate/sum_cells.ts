/**
 * The exact sum of numbers, and how many there are: three cells, count, high and low part. A row whose sum
 * does not fit has NaN as its high part, and an exact sum beside the cells.
 */
import type { Gathered } from "../gathered.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import type { CellAccumulator, Place } from "./cell_accumulator.ts";
import { meanOfParts } from "./exact_sum.ts";
import { addToPair } from "./expansion.ts";
import { Spill } from "./spill.ts";
import { numberAt } from "./value_reading.ts";

export class SumCells implements CellAccumulator {
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
    cells[at]!++;
    if (!addToPair(cells, at + 1, x)) this.#spillOver(row, cells, at, x);
    return 0;
  }

  count(cells: Float64Array, first: number): number {
    return cells[first + this.offset]!;
  }

  /** Correctly rounded; +-Infinity beyond the doubles. */
  sum(row: number, cells: Float64Array, first: number): number {
    const at = first + this.offset;
    return this.#spill.get(row)?.value ?? cells[at + 1]! + cells[at + 2]!;
  }

  mean(row: number, cells: Float64Array, first: number): number {
    const at = first + this.offset;
    const spilled = this.#spill.get(row);
    if (spilled !== undefined) return spilled.meanOf(cells[at]!);
    const [high = 0, low = 0] = this.parts(row, cells, first);
    return meanOfParts(high, low, cells[at]!);
  }

  /** The exact sum, in the one form of ExactSum.parts. */
  parts(row: number, cells: Float64Array, first: number): number[] {
    const spilled = this.#spill.get(row);
    if (spilled !== undefined) return spilled.parts();
    const high = cells[first + this.offset + 1]!;
    const low = cells[first + this.offset + 2]!;
    const sum = high + low;
    const b = sum - high;
    return [sum, (high - (sum - b)) + (low - b)];
  }

  empty(cells: Float64Array, at: number): void {
    cells[at] = cells[at + 1] = cells[at + 2] = 0;
  }

  merge(into: Place, from: Place, other: SumCells): void {
    into.cells[into.at]! += from.cells[from.at]!;
    const spilled = other.#spill.get(from.row);
    if (spilled === undefined) {
      this.#addTerm(into, from.cells[from.at + 1]!);
      this.#addTerm(into, from.cells[from.at + 2]!);
    } else {
      this.#spillOver(into.row, into.cells, into.at, 0);
      this.#spill.addAll(into.row, spilled);
    }
  }

  copySide(row: number, from: number, other: SumCells): void {
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

  #addTerm({ row, cells, at }: Place, x: number): void {
    if (!addToPair(cells, at + 1, x)) this.#spillOver(row, cells, at, x);
  }

  #spillOver(row: number, cells: Float64Array, at: number, x: number): void {
    const isNew = !Number.isNaN(cells[at + 1]!);
    this.#spill.add(row, isNew ? [cells[at + 1]!, cells[at + 2]!, x] : [x]);
    cells[at + 1] = NaN;
  }
}
