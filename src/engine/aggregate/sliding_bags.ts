/** The percentiles and distinct counts of a sequence of rows, a collection for each column of the layout. */
import type { Layout } from "./layout.ts";
import type { OutputSource } from "./outputs.ts";
import { SlidingDistinct } from "./sliding_distinct.ts";
import { SlidingQuantiles } from "./sliding_quantiles.ts";

export class SlidingBags {
  readonly #layout: Layout;
  #quantiles: readonly SlidingQuantiles[] = [];
  #distincts: readonly SlidingDistinct[] = [];

  private constructor(layout: Layout) {
    this.#layout = layout;
    this.clear();
  }

  /** null when the layout has none of these columns. */
  static of(layout: Layout): SlidingBags | null {
    return layout.quantiles.length + layout.distincts.length === 0 ? null : new SlidingBags(layout);
  }

  push(row: number): void {
    this.#quantiles.forEach((one, k) => {
      const bag = this.#layout.quantiles[k]!.bag(row);
      if (bag !== undefined) one.push(bag);
    });
    this.#distincts.forEach((one, k) => {
      const set = this.#layout.distincts[k]!.set(row);
      if (set !== undefined) one.push(set);
    });
  }

  /** Takes away the oldest row, which is `row`. */
  shift(row: number): void {
    this.#quantiles.forEach((one, k) => {
      if (this.#layout.quantiles[k]!.bag(row) !== undefined) one.shift();
    });
    this.#distincts.forEach((one, k) => {
      const set = this.#layout.distincts[k]!.set(row);
      if (set !== undefined) one.remove(set);
    });
  }

  clear(): void {
    this.#quantiles = this.#layout.quantiles.map(() => new SlidingQuantiles());
    this.#distincts = this.#layout.distincts.map(() => new SlidingDistinct());
  }

  read(): Pick<OutputSource, "quantiles" | "distincts"> {
    return { quantiles: this.#quantiles, distincts: this.#distincts.map((one) => one.count) };
  }
}
