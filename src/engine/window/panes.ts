/**
 * Rows of a window operator: each stands for the events of one key in a piece of time (a pane, a session) and
 * holds their aggregates and evidence. The rows of a key form a list in the order of their starts.
 */
import type { Aggregates } from "../aggregate/aggregates.ts";
import { EVIDENCE_FIRST, EVIDENCE_LAST, EVIDENCE_ROW_BYTES, EvidenceLists } from "../evidence_lists.ts";
import type { Gathered } from "../gathered.ts";
import { FloatColumn, IntColumn } from "../number_column.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";

export const NO_ROW = -1;
const ROW_BYTES = 16 + EVIDENCE_ROW_BYTES;
const SLOT_BYTES = 8;

export class Panes {
  readonly aggregates: Aggregates;
  readonly evidence = new EvidenceLists();
  readonly #start = new FloatColumn();
  readonly #next = new IntColumn();
  readonly #previous = new IntColumn();
  readonly #head = new IntColumn();
  readonly #tail = new IntColumn();
  #rows = 0;
  #slots = 0;

  constructor(aggregates: Aggregates) {
    this.aggregates = aggregates;
  }

  get bytes(): number {
    return this.#slots * SLOT_BYTES + this.#rows * ROW_BYTES + this.aggregates.bytes + this.evidence.bytes;
  }

  open(slot: number): void {
    this.#slots++;
    this.#head.set(slot, NO_ROW);
    this.#tail.set(slot, NO_ROW);
  }

  close(slot: number): void {
    while (this.first(slot) !== NO_ROW) this.dropFirst(slot);
    this.#slots--;
  }

  /** The row that starts first, NO_ROW when the key has none. */
  first(slot: number): number {
    return this.#head.get(slot);
  }

  last(slot: number): number {
    return this.#tail.get(slot);
  }

  next(row: number): number {
    return this.#next.get(row);
  }

  start(row: number): number {
    return this.#start.get(row);
  }

  setStart(row: number, start: number): void {
    this.#start.set(row, start);
  }

  /** The row that starts at `start`, made when there is none. */
  at(slot: number, start: number): number {
    const tail = this.last(slot);
    if (tail !== NO_ROW && this.start(tail) === start) return tail;
    const before = this.before(slot, start);
    const candidate = before === NO_ROW ? this.first(slot) : this.next(before);
    if (candidate !== NO_ROW && this.start(candidate) === start) return candidate;
    return this.insert(slot, before, start);
  }

  /** The last row that starts before `start`, NO_ROW when none does. Events come nearly in order: it is near the end. */
  before(slot: number, start: number): number {
    let row = this.last(slot);
    while (row !== NO_ROW && this.start(row) >= start) row = this.#previous.get(row);
    return row;
  }

  /** A new row behind `before` (NO_ROW: in front). */
  insert(slot: number, before: number, start: number): number {
    const row = this.aggregates.alloc();
    this.evidence.open(row);
    this.#start.set(row, start);
    this.#rows++;
    const after = before === NO_ROW ? this.first(slot) : this.next(before);
    this.#link(slot, before, row);
    this.#link(slot, row, after);
    return row;
  }

  remove(slot: number, row: number): void {
    this.#link(slot, this.#previous.get(row), this.next(row));
    this.evidence.release(row);
    this.aggregates.free(row);
    this.#rows--;
  }

  dropFirst(slot: number): void {
    this.remove(slot, this.first(slot));
  }

  /** Takes event `i` into a row. Answers how many of its values did not count. */
  add(row: number, gathered: Gathered, i: number): number {
    this.evidence.add(row, gathered.offsets[i]!);
    return this.aggregates.add(row, gathered, i);
  }

  /** The first and last offsets of several rows that follow each other in time and hold `events` in all. */
  evidenceOf(rows: readonly number[], events: number): number[] {
    if (events <= EVIDENCE_FIRST + EVIDENCE_LAST) return rows.flatMap((row) => this.evidence.offsets(row));
    const first: number[] = [];
    for (let i = 0; i < rows.length && first.length < EVIDENCE_FIRST; i++) {
      first.push(...this.evidence.offsets(rows[i]!).slice(0, EVIDENCE_FIRST - first.length));
    }
    let last: number[] = [];
    for (let i = rows.length - 1; i >= 0 && last.length < EVIDENCE_LAST; i--) {
      last = [...this.evidence.offsets(rows[i]!), ...last];
    }
    return [...first, ...last.slice(-EVIDENCE_LAST)];
  }

  writeRow(row: number, out: ByteWriter): void {
    out.f64(this.start(row));
    this.aggregates.write(row, out);
    this.evidence.write(row, out);
  }

  /** Appends a row that `writeRow` wrote. */
  readRow(slot: number, input: ByteReader): number {
    const start = input.f64();
    const row = this.aggregates.read(input);
    this.#start.set(row, start);
    this.#rows++;
    this.#link(slot, this.last(slot), row);
    this.#link(slot, row, NO_ROW);
    this.evidence.read(row, input);
    return row;
  }

  rows(slot: number): number[] {
    const rows: number[] = [];
    for (let row = this.first(slot); row !== NO_ROW; row = this.next(row)) rows.push(row);
    return rows;
  }

  /** Puts two rows next to each other; NO_ROW is the end of the list. */
  #link(slot: number, left: number, right: number): void {
    if (left === NO_ROW) this.#head.set(slot, right);
    else this.#next.set(left, right);
    if (right === NO_ROW) this.#tail.set(slot, left);
    else this.#previous.set(right, left);
  }
}
