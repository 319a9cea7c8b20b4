/** A first-in first-out list of rows with access by position: windows that hold single events keep them in it. */
const COMPACT_MIN = 64;

export class EventQueue {
  #rows: number[] = [];
  #head = 0;

  get length(): number {
    return this.#rows.length - this.#head;
  }

  /** The row at position `i` from the oldest. */
  at(i: number): number {
    return this.#rows[this.#head + i]!;
  }

  push(row: number): void {
    this.#rows.push(row);
  }

  /** Takes the oldest out. */
  shift(): number {
    const row = this.#rows[this.#head++]!;
    if (this.#head >= COMPACT_MIN && this.#head * 2 >= this.#rows.length) {
      this.#rows = this.#rows.slice(this.#head);
      this.#head = 0;
    }
    return row;
  }

  /** Puts a row behind all that are not after it; `after(row)` says whether one in the queue is. */
  insert(row: number, after: (other: number) => boolean): void {
    if (this.length === 0 || !after(this.#rows[this.#rows.length - 1]!)) {
      this.#rows.push(row);
      return;
    }
    let place = this.#rows.length;
    while (place > this.#head && after(this.#rows[place - 1]!)) place--;
    this.#rows.splice(place, 0, row);
  }

  *[Symbol.iterator](): Generator<number> {
    for (let i = this.#head; i < this.#rows.length; i++) yield this.#rows[i]!;
  }
}
