/**
 * A first-in first-out sequence of rows of an {@linkcode Aggregates}, whose combined value costs O(1)
 * amortised per push and shift. What merges only is folded by two stacks (Tangwongsan, Hirzel, Schneider,
 * "Low-Latency Sliding-Window Aggregation in Worst-Case Constant Time", DEBS 2017, section 2): of the older
 * rows each suffix is at hand, the newer ones are merged into one row. Percentiles and distinct are taken
 * away again, since they are counts.
 *
 * A fold is derived state: it holds no event, works only when values are asked for, and answers the same
 * bits after it was thrown away and made anew from its rows. Its bytes are not counted.
 */
import type { JsonScalar } from "../../base/json.ts";
import type { Aggregates } from "./aggregates.ts";
import type { CellTable } from "./cell_table.ts";
import { outputsOf } from "./outputs.ts";
import { SlidingBags } from "./sliding_bags.ts";

const NONE = -1;

export class SlidingFold {
  readonly #aggregates: Aggregates;
  readonly #scratch: CellTable;
  readonly #bags: SlidingBags | null;
  /** Rows of the caller; those before #start are gone. */
  readonly #rows: number[] = [];
  #start = 0;
  /** Index into #rows: rows before it are part of #suffixes or #back. */
  #folded = 0;
  /** Scratch rows: the last holds the rows from #start to the split, the one before it one row less. */
  readonly #suffixes: number[] = [];
  /** Scratch row of the rows behind the split. */
  #back = NONE;
  /** The next fold is of all rows as suffixes: an old row left while only #back held it. */
  #turns = false;

  constructor(aggregates: Aggregates) {
    this.#aggregates = aggregates;
    this.#scratch = aggregates.scratch;
    this.#bags = SlidingBags.of(aggregates.layout);
  }

  get length(): number {
    return this.#rows.length - this.#start;
  }

  /** Rows in order, oldest first. */
  row(index: number): number {
    return this.#rows[this.#start + index]!;
  }

  /** All of them, oldest first. */
  get rows(): number[] {
    return this.#rows.slice(this.#start);
  }

  push(row: number): void {
    this.#rows.push(row);
  }

  /** Leaves out the oldest row, and answers it. The caller frees it afterwards, not before. */
  shift(): number {
    const row = this.#rows[this.#start]!;
    if (this.#start < this.#folded) this.#unfold(row);
    this.#start++;
    this.#folded = Math.max(this.#folded, this.#start);
    if (2 * this.#start > this.#rows.length) this.#compact();
    return row;
  }

  /** To be called when a row inside has changed, before anything else is done: all is folded anew. */
  invalidate(): void {
    for (const row of this.#suffixes) this.#scratch.free(row);
    this.#suffixes.length = 0;
    this.#dropBack();
    this.#bags?.clear();
    this.#folded = this.#start;
  }

  /** Lets go of all rows. */
  clear(): void {
    this.invalidate();
    this.#rows.length = this.#start = this.#folded = 0;
    this.#turns = false;
  }

  /** The values of all events of the rows, as {@linkcode Aggregates.values} of the merged rows gives them. */
  values(spanMs: number): JsonScalar[] {
    this.#fold();
    const row = this.#combined();
    const bags = this.#bags?.read() ?? { quantiles: [], distincts: [] };
    const values = outputsOf({ cells: this.#scratch, row, ...bags, spanMs });
    this.#scratch.free(row);
    return values;
  }

  #fold(): void {
    const { cells } = this.#aggregates;
    for (let i = this.#folded; i < this.#rows.length; i++) this.#bags?.push(this.#rows[i]!);
    if (this.#turns) this.#turn(cells);
    for (let i = this.#folded; i < this.#rows.length; i++) {
      if (this.#back === NONE) this.#back = this.#scratch.copy(this.#rows[i]!, cells);
      else this.#scratch.merge(this.#back, this.#rows[i]!, cells);
    }
    this.#folded = this.#rows.length;
  }

  #turn(cells: CellTable): void {
    this.#turns = false;
    for (let i = this.#rows.length - 1; i >= this.#start; i--) {
      const suffix = this.#scratch.copy(this.#rows[i]!, cells);
      const later = this.#suffixes.at(-1);
      if (later !== undefined) this.#scratch.merge(suffix, later, this.#scratch);
      this.#suffixes.push(suffix);
    }
    this.#folded = this.#rows.length;
  }

  /** A scratch row of all rows, to be freed. */
  #combined(): number {
    const front = this.#suffixes.at(-1);
    if (front === undefined && this.#back === NONE) return this.#scratch.alloc();
    const row = this.#scratch.copy(front ?? this.#back, this.#scratch);
    if (front !== undefined && this.#back !== NONE) this.#scratch.merge(row, this.#back, this.#scratch);
    return row;
  }

  #unfold(row: number): void {
    this.#bags?.shift(row);
    const suffix = this.#suffixes.pop();
    if (suffix !== undefined) return this.#scratch.free(suffix);
    this.#dropBack();
    this.#turns = true;
  }

  #dropBack(): void {
    if (this.#back !== NONE) this.#scratch.free(this.#back);
    this.#back = NONE;
  }

  #compact(): void {
    this.#rows.splice(0, this.#start);
    this.#folded -= this.#start;
    this.#start = 0;
  }
}
