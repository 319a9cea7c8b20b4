/**
 * The events that matches start with, those of a key in the order of their times. A start lasts as long as a
 * partial or a finished match uses it.
 */
import { NumberTable } from "../number_table.ts";

export const NONE = -1;

// Fields of a start.
const TIME = 0;
const OFFSET = 1;
const SLOT = 0;
const USERS = 1;
const NEXT = 2;
const LAST = 3;
/** The first of its partial matches. */
const PARTIAL = 4;
// Fields of a key.
const FIRST = 0;
const TAIL = 1;

export class Starts {
  readonly #starts = new NumberTable({ floats: 2, ints: 5 });
  readonly #keys = new NumberTable({ floats: 0, ints: 2 });
  readonly #free: number[] = [];
  #made = 0;

  get bytes(): number {
    return (this.#made - this.#free.length) * this.#starts.rowBytes;
  }

  open(slot: number): void {
    this.#keys.open(slot);
    this.#keys.setInt(slot, FIRST, NONE);
    this.#keys.setInt(slot, TAIL, NONE);
  }

  /** The oldest start of a key; NONE when it has none. */
  first(slot: number): number {
    return this.#keys.int(slot, FIRST);
  }

  next(start: number): number {
    return this.#starts.int(start, NEXT);
  }

  slot(start: number): number {
    return this.#starts.int(start, SLOT);
  }

  time(start: number): number {
    return this.#starts.float(start, TIME);
  }

  offset(start: number): number {
    return this.#starts.float(start, OFFSET);
  }

  /** The head of the list of its partial matches. */
  partial(start: number): number {
    return this.#starts.int(start, PARTIAL);
  }

  setPartial(start: number, partial: number): void {
    this.#starts.setInt(start, PARTIAL, partial);
  }

  /** A start behind those that are not later. */
  add(slot: number, { time, offset }: { time: number; offset: number }): number {
    const start = this.#free.pop() ?? this.#made++;
    const starts = this.#starts;
    starts.open(start);
    starts.setFloat(start, TIME, time);
    starts.setFloat(start, OFFSET, offset);
    starts.setInt(start, SLOT, slot);
    starts.setInt(start, USERS, 0);
    starts.setInt(start, PARTIAL, NONE);
    let before = this.#keys.int(slot, TAIL);
    while (before !== NONE && this.time(before) > time) before = starts.int(before, LAST);
    this.#link(start, before, before === NONE ? this.first(slot) : this.next(before));
    return start;
  }

  use(start: number): void {
    this.#starts.setInt(start, USERS, this.#starts.int(start, USERS) + 1);
  }

  release(start: number): void {
    const users = this.#starts.int(start, USERS) - 1;
    this.#starts.setInt(start, USERS, users);
    if (users > 0) return;
    this.#join(this.slot(start), this.#starts.int(start, LAST), this.next(start));
    this.#free.push(start);
  }

  #link(start: number, before: number, next: number): void {
    const slot = this.slot(start);
    this.#join(slot, before, start);
    this.#join(slot, start, next);
  }

  /** Makes two starts neighbours; NONE is the end of the list. */
  #join(slot: number, before: number, next: number): void {
    if (before === NONE) this.#keys.setInt(slot, FIRST, next);
    else this.#starts.setInt(before, NEXT, next);
    if (next === NONE) this.#keys.setInt(slot, TAIL, before);
    else this.#starts.setInt(next, LAST, before);
  }
}
