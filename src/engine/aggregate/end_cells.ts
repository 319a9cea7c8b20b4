/**
 * The first or last value by event time; of equal times the first or last to arrive, rows of later panes
 * counting as later. Two cells, time and number; a text, list, object (as JSON) or boolean stands beside
 * them and its number is NaN. The time of the last is kept negated, so that both keep the smallest.
 */
import { KIND } from "../../batch/batch.ts";
import type { JsonScalar } from "../../base/json.ts";
import { present } from "../../base/assert.ts";
import type { Gathered, ValueColumn } from "../gathered.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import type { CellAccumulator, Place } from "./cell_accumulator.ts";
import { isPresentAt } from "./value_reading.ts";

const NOTHING = Infinity;
const ENTRY_BYTES = 64;
const TAG = { none: 0, no: 1, yes: 2, text: 3 } as const;

export class EndCells implements CellAccumulator {
  readonly width = 2;
  readonly offset: number;
  readers = 0;
  readonly #field: number;
  readonly #which: "first" | "last";
  readonly #others = new Map<number, string | boolean>();
  #bytes = 0;

  constructor(field: number, offset: number, which: "first" | "last") {
    this.#field = field;
    this.offset = offset;
    this.#which = which;
  }

  get sideBytes(): number {
    return this.#bytes;
  }

  /** Answers 1 when the value did not count. */
  add(row: number, cells: Float64Array, first: number, gathered: Gathered, i: number): number {
    if (!isPresentAt(gathered, this.#field, i)) return 1;
    const value = valueAt(gathered.columns[this.#field]!, i);
    if (typeof value === "number" && !Number.isFinite(value)) return 1;
    const at = first + this.offset;
    const time = this.#which === "first" ? gathered.times[i]! : -gathered.times[i]!;
    if (this.#isBefore(time, cells[at]!)) this.#set({ row, cells, at }, time, value);
    return 0;
  }

  value(row: number, cells: Float64Array, first: number): JsonScalar {
    const at = first + this.offset;
    if (cells[at] === NOTHING) return null;
    const x = cells[at + 1]!;
    return Number.isNaN(x) ? present(this.#others.get(row), "the value of an end") : x;
  }

  empty(cells: Float64Array, at: number): void {
    cells[at] = NOTHING;
    cells[at + 1] = NaN;
  }

  merge(into: Place, from: Place, other: EndCells): void {
    const time = from.cells[from.at]!;
    if (time === NOTHING || !this.#isBefore(time, into.cells[into.at]!)) return;
    const x = from.cells[from.at + 1]!;
    this.#set(into, time, Number.isNaN(x) ? present(other.#others.get(from.row), "the value of an end") : x);
  }

  copySide(row: number, from: number, other: EndCells): void {
    const value = other.#others.get(from);
    if (value !== undefined) this.#put(row, value);
  }

  dropSide(row: number): void {
    const value = this.#others.get(row);
    if (value === undefined) return;
    this.#bytes -= bytesOf(value);
    this.#others.delete(row);
  }

  writeSide(row: number, out: ByteWriter): void {
    const value = this.#others.get(row);
    if (value === undefined) out.u8(TAG.none);
    else if (typeof value === "boolean") out.u8(value ? TAG.yes : TAG.no);
    else {
      out.u8(TAG.text);
      out.text(value);
    }
  }

  readSide(row: number, input: ByteReader): void {
    const tag = input.u8();
    if (tag !== TAG.none) this.#put(row, tag === TAG.text ? input.text() : tag === TAG.yes);
  }

  #isBefore(time: number, held: number): boolean {
    return time < held || (time === held && this.#which === "last");
  }

  #set({ row, cells, at }: Place, time: number, value: string | number | boolean): void {
    cells[at] = time;
    cells[at + 1] = typeof value === "number" ? value : NaN;
    if (typeof value !== "number") this.#put(row, value);
    else if (this.#others.size > 0) this.dropSide(row);
  }

  #put(row: number, value: string | boolean): void {
    this.dropSide(row);
    this.#others.set(row, value);
    this.#bytes += bytesOf(value);
  }
}

function valueAt(column: ValueColumn, i: number): string | number | boolean {
  const kind = column.kinds[i];
  if (kind === KIND.number) return column.numbers[i]! + 0;
  return kind === KIND.boolean ? column.numbers[i] === 1 : column.texts?.[i] ?? "";
}

function bytesOf(value: string | boolean): number {
  return ENTRY_BYTES + (typeof value === "string" ? 2 * value.length : 0);
}
