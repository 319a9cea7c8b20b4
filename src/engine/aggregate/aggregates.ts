/**
 * The aggregates of a rule over any number of rows; a row holds what is known of some events of one key (a
 * pane, a session, a single event). State lies in rows of typed arrays, so that a key costs bytes, not
 * objects; only percentiles, distinct, and first or last texts keep objects beside them.
 *
 * What `values` answers is a function of the events and of the order of rows alone: never of how rows were
 * merged or grouped, nor of a snapshot in between. Sums are exact (expansion.ts), minima and ends keep the
 * earlier of equals, percentiles and distinct count.
 */
import type { JsonScalar } from "../../base/json.ts";
import type { Gathered } from "../gathered.ts";
import type { AggregatePlan } from "../plan.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import type { BagColumn } from "./bag_column.ts";
import { CellTable } from "./cell_table.ts";
import { Layout } from "./layout.ts";
import { outputsOf } from "./outputs.ts";

export class Aggregates {
  readonly #plans: readonly AggregatePlan[];
  readonly #layout: Layout;
  readonly #cells: CellTable;
  readonly #bags: readonly BagColumn[];
  #scratch: CellTable | null = null;

  constructor(plans: readonly AggregatePlan[]) {
    this.#plans = plans;
    this.#layout = new Layout(plans);
    this.#cells = new CellTable(this.#layout);
    this.#bags = [...this.#layout.quantiles, ...this.#layout.distincts];
  }

  /** Counted bytes of all live rows: the same on every replay. */
  get bytes(): number {
    let bytes = this.#cells.bytes;
    for (const one of this.#bags) bytes += one.bytes;
    return bytes;
  }

  /** The part of a row that lies in cells. */
  get cells(): CellTable {
    return this.#cells;
  }

  /** Rows for what is derived from these rows and can be thrown away: not counted in `bytes`. */
  get scratch(): CellTable {
    return this.#scratch ??= new CellTable(new Layout(this.#plans));
  }

  get layout(): Layout {
    return this.#layout;
  }

  /** A row of no events. */
  alloc(): number {
    return this.#cells.alloc();
  }

  free(row: number): void {
    for (const one of this.#bags) one.empty(row);
    this.#cells.free(row);
  }

  reset(row: number): void {
    for (const one of this.#bags) one.empty(row);
    this.#cells.reset(row);
  }

  /**
   * Adds event `i`, which comes behind all events of the row in offset order. Answers how many of its values
   * did not count (null, absent, no finite number), over all aggregates. A loop for each kind: every call has
   * one target, and none goes through an iterator.
   */
  add(row: number, gathered: Gathered, i: number): number {
    const { counts, sums, squares, extremes, ends, quantiles, distincts } = this.#layout;
    const cells = this.#cells.chunk(row);
    const at = this.#cells.at(row);
    let skipped = 0;
    for (let k = 0; k < counts.length; k++) {
      const one = counts[k]!;
      skipped += one.readers * one.add(cells, at, gathered, i);
    }
    for (let k = 0; k < sums.length; k++) {
      const one = sums[k]!;
      skipped += one.readers * one.add(row, cells, at, gathered, i);
    }
    for (let k = 0; k < squares.length; k++) {
      const one = squares[k]!;
      skipped += one.readers * one.add(row, cells, at, gathered, i);
    }
    for (let k = 0; k < extremes.length; k++) {
      const one = extremes[k]!;
      skipped += one.readers * one.add(cells, at, gathered, i);
    }
    for (let k = 0; k < ends.length; k++) {
      const one = ends[k]!;
      skipped += one.readers * one.add(row, cells, at, gathered, i);
    }
    for (let k = 0; k < quantiles.length; k++) {
      const one = quantiles[k]!;
      skipped += one.readers * one.add(row, gathered, i);
    }
    for (let k = 0; k < distincts.length; k++) {
      const one = distincts[k]!;
      skipped += one.readers * one.add(row, gathered, i);
    }
    return skipped;
  }

  /** The events of `from`, which stays as it is, come behind those of `into`. */
  merge(into: number, from: number): void {
    this.#cells.merge(into, from, this.#cells);
    for (const one of this.#bags) one.merge(into, from);
  }

  /** A new row equal to `from`. */
  copy(from: number): number {
    const row = this.#cells.copy(from, this.#cells);
    for (const one of this.#bags) one.merge(row, from);
    return row;
  }

  /**
   * The values in the order of the plans; null where there is nothing to tell.
   * @param spanMs length of the window, for `rate`
   */
  values(row: number, spanMs: number): JsonScalar[] {
    const { quantiles, distincts } = this.#layout;
    return outputsOf({
      cells: this.#cells,
      row,
      quantiles: quantiles.map((one) => one.bag(row)),
      distincts: distincts.map((one) => one.set(row)?.count ?? 0),
      spanMs,
    });
  }

  write(row: number, out: ByteWriter): void {
    this.#cells.write(row, out);
    for (const one of this.#bags) one.write(row, out);
  }

  /** Reads what `write` wrote, of the same plans, into a new row. */
  read(input: ByteReader): number {
    const row = this.#cells.read(input);
    for (const one of this.#bags) one.read(row, input);
    return row;
  }
}
