/**
 * The percentiles of a sequence of bags that others are added to and taken away from: what a merge of the
 * bags would answer, without merging. Values are held in order until they are twice as many as are exact,
 * so that a sequence of about the bound does not go back and forth; then bins are counted, which can be
 * taken away again. Between the two bounds the list answers as the sketch would.
 */
import { DDSketch, sketched } from "./dd_sketch.ts";
import { QUANTILE_EXACT_MAX, type QuantileBag } from "./quantile_bag.ts";
import { withoutValues, withValues } from "./sorted_values.ts";

const LISTED_MAX = 2 * QUANTILE_EXACT_MAX;

export class SlidingQuantiles {
  readonly #bags: QuantileBag[] = [];
  #oldest = 0;
  #count = 0;
  #values: number[] = [];
  #sketch: DDSketch | null = null;

  get count(): number {
    return this.#count;
  }

  push(bag: QuantileBag): void {
    this.#bags.push(bag);
    this.#count += bag.count;
    const tooMany = bag.sketch !== null || this.#count > LISTED_MAX;
    if (this.#sketch === null && tooMany) this.#toSketch();
    if (this.#sketch === null) this.#values = withValues(this.#values, bag.values);
    else addBag(this.#sketch, bag, 1);
  }

  /** Takes the oldest bag away: it is as it was when it was pushed. */
  shift(): void {
    const bag = this.#bags[this.#oldest++]!;
    this.#count -= bag.count;
    if (this.#sketch === null) this.#values = withoutValues(this.#values, bag.values);
    else addBag(this.#sketch, bag, -1);
    if (2 * this.#oldest > this.#bags.length) this.#oldest -= this.#bags.splice(0, this.#oldest).length;
    if (this.#sketch !== null && this.#count <= QUANTILE_EXACT_MAX) this.#toList();
  }

  at(rank: number): number {
    if (this.#sketch !== null) return this.#sketch.at(rank);
    const x = this.#values[rank]!;
    if (this.#count <= QUANTILE_EXACT_MAX) return x;
    return sketched(x, { smallest: this.#values[0]!, largest: this.#values[this.#count - 1]! });
  }

  #toSketch(): void {
    this.#sketch = new DDSketch(Infinity);
    for (const x of this.#values) this.#sketch.add(x);
    this.#values = [];
  }

  /** So few values are left that every bag holds its own. */
  #toList(): void {
    this.#sketch = null;
    const values = new Float64Array(this.#count);
    let at = 0;
    for (let i = this.#oldest; i < this.#bags.length; i++) {
      values.set(this.#bags[i]!.values, at);
      at += this.#bags[i]!.count;
    }
    this.#values = Array.from(values.sort());
  }
}

function addBag(sketch: DDSketch, bag: QuantileBag, sign: 1 | -1): void {
  if (bag.sketch !== null) sketch.addAll(bag.sketch, sign);
  else for (const x of bag.values) sketch.add(x, sign);
}
