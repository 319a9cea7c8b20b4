/**
 * The offsets of the events that a row (a pane, a session, one event) stands for: the first 10 and the last
 * 90, as an alert shows them (SEMANTICS 23), in linked cells of one pool.
 */
import { FloatColumn, IntColumn } from "./number_column.ts";
import type { ByteReader, ByteWriter } from "./state_bytes.ts";

export const EVIDENCE_FIRST = 10;
export const EVIDENCE_LAST = 90;
const HELD = EVIDENCE_FIRST + EVIDENCE_LAST;
const NONE = -1;
const CELL_BYTES = 12;
export const EVIDENCE_ROW_BYTES = 20;

export class EvidenceLists {
  readonly #head = new IntColumn();
  readonly #tail = new IntColumn();
  /** The cell of the tenth offset, behind which the oldest of the last 90 stands. */
  readonly #pin = new IntColumn();
  readonly #count = new FloatColumn();
  readonly #offsets = new FloatColumn();
  readonly #next = new IntColumn();
  readonly #free: number[] = [];
  #cells = 0;

  get bytes(): number {
    return (this.#cells - this.#free.length) * CELL_BYTES;
  }

  /** Makes the list of a row empty. It must hold nothing before: a new row, or one that was released. */
  open(row: number): void {
    this.#head.set(row, NONE);
    this.#tail.set(row, NONE);
    this.#pin.set(row, NONE);
    this.#count.set(row, 0);
  }

  release(row: number): void {
    for (let cell = this.#head.get(row); cell !== NONE; cell = this.#next.get(cell)) this.#free.push(cell);
    this.open(row);
  }

  /** How many events were added. */
  count(row: number): number {
    return this.#count.get(row);
  }

  add(row: number, offset: number): void {
    const count = this.#count.get(row) + 1;
    this.#count.set(row, count);
    const cell = count > HELD ? this.#unlinkOldest(row) : this.#free.pop() ?? this.#cells++;
    this.#offsets.set(cell, offset);
    this.#next.set(cell, NONE);
    const tail = this.#tail.get(row);
    if (tail === NONE) this.#head.set(row, cell);
    else this.#next.set(tail, cell);
    this.#tail.set(row, cell);
    if (count === EVIDENCE_FIRST) this.#pin.set(row, cell);
  }

  /** The offsets held, in the order in which they were added. */
  offsets(row: number): number[] {
    const offsets: number[] = [];
    for (let cell = this.#head.get(row); cell !== NONE; cell = this.#next.get(cell)) {
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
    this.#count.set(into, count);
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
    this.#count.set(row, count);
  }

  #unlinkOldest(row: number): number {
    const pin = this.#pin.get(row);
    const cell = this.#next.get(pin);
    this.#next.set(pin, this.#next.get(cell));
    if (this.#tail.get(row) === cell) this.#tail.set(row, pin);
    return cell;
  }
}

/** The first 10 and the last 90 of a list. */
export function firstAndLast<T>(list: readonly T[]): T[] {
  if (list.length <= HELD) return [...list];
  return [...list.slice(0, EVIDENCE_FIRST), ...list.slice(-EVIDENCE_LAST)];
}
