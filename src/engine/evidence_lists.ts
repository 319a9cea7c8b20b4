/**
 * The offsets of the events that a row (a pane, a session, one event) stands for: the first 10 and the last
 * 90, as an alert shows them (SEMANTICS 23), in linked cells of one pool.
 */
import { FloatColumn, IntColumn } from "./number_column.ts";
import { NumberTable } from "./number_table.ts";
import type { ByteReader, ByteWriter } from "./state_bytes.ts";

export const EVIDENCE_FIRST = 10;
export const EVIDENCE_LAST = 90;
const HELD = EVIDENCE_FIRST + EVIDENCE_LAST;
const NONE = -1;
const CELL_BYTES = 12;
export const EVIDENCE_ROW_BYTES = 24;

/** Fields of a row: how many events were added, the first cell and the last. */
const COUNT = 0;
const HEAD = 0;
const TAIL = 1;
/** The cell of the tenth offset, behind which the oldest of the last 90 stands. */
const PIN = 2;

export class EvidenceLists {
  readonly #rows = new NumberTable({ floats: 1, ints: 3 });
  readonly #offsets = new FloatColumn();
  readonly #next = new IntColumn();
  readonly #free: number[] = [];
  #cells = 0;

  get bytes(): number {
    return (this.#cells - this.#free.length) * CELL_BYTES;
  }

  /** Makes the list of a row empty. It must hold nothing before: a new row, or one that was released. */
  open(row: number): void {
    this.#rows.open(row);
    this.#rows.setInt(row, HEAD, NONE);
    this.#rows.setInt(row, TAIL, NONE);
    this.#rows.setInt(row, PIN, NONE);
    this.#rows.setFloat(row, COUNT, 0);
  }

  release(row: number): void {
    for (let cell = this.#rows.int(row, HEAD); cell !== NONE; cell = this.#next.get(cell)) {
      this.#free.push(cell);
    }
    this.open(row);
  }

  /** How many events were added. */
  count(row: number): number {
    return this.#rows.float(row, COUNT);
  }

  add(row: number, offset: number): void {
    const count = this.#rows.float(row, COUNT) + 1;
    this.#rows.setFloat(row, COUNT, count);
    const cell = count > HELD ? this.#unlinkOldest(row) : this.#free.pop() ?? this.#cells++;
    this.#offsets.set(cell, offset);
    this.#next.set(cell, NONE);
    const tail = this.#rows.int(row, TAIL);
    if (tail === NONE) this.#rows.setInt(row, HEAD, cell);
    else this.#next.set(tail, cell);
    this.#rows.setInt(row, TAIL, cell);
    if (count === EVIDENCE_FIRST) this.#rows.setInt(row, PIN, cell);
  }

  /** The offsets held, in the order in which they were added. */
  offsets(row: number): number[] {
    const offsets: number[] = [];
    for (let cell = this.#rows.int(row, HEAD); cell !== NONE; cell = this.#next.get(cell)) {
      offsets.push(this.#offsets.get(cell));
    }
    return offsets;
  }

  /** What `from` holds belongs to `into` as well, in the order of the log. */
  absorb(into: number, from: number): void {
    const count = this.count(into) + this.count(from);
    const all = [...this.offsets(into), ...this.offsets(from)].sort((a, b) => a - b);
    this.release(into);
    for (const offset of firstAndLast(all)) this.add(into, offset);
    this.#rows.setFloat(into, COUNT, count);
  }

  write(row: number, out: ByteWriter): void {
    const offsets = this.offsets(row);
    out.f64(this.count(row));
    out.u32(offsets.length);
    for (const offset of offsets) out.f64(offset);
  }

  read(row: number, input: ByteReader): void {
    const count = input.f64();
    this.open(row);
    for (let held = input.u32(); held > 0; held--) this.add(row, input.f64());
    this.#rows.setFloat(row, COUNT, count);
  }

  #unlinkOldest(row: number): number {
    const pin = this.#rows.int(row, PIN);
    const cell = this.#next.get(pin);
    this.#next.set(pin, this.#next.get(cell));
    if (this.#rows.int(row, TAIL) === cell) this.#rows.setInt(row, TAIL, pin);
    return cell;
  }
}

/** The first 10 and the last 90 of a list. */
export function firstAndLast<T>(list: readonly T[]): T[] {
  return endsOf(list.length, (i) => list[i]!);
}

/** The first 10 and the last 90 of `length` things, which `at` gives by their place. */
export function endsOf<T>(length: number, at: (i: number) => T): T[] {
  const gap = Math.max(0, length - HELD);
  return Array.from({ length: length - gap }, (_, i) => at(i < EVIDENCE_FIRST ? i : i + gap));
}
