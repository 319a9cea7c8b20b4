/**
 * The numbers of one row for its percentiles: all of them while they are few, then a sketch. Which of the two
 * depends on how many there are, so that rows merged in any grouping answer the same.
 */
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import { DDSketch } from "./dd_sketch.ts";
import { sorted, withValues } from "./sorted_values.ts";

/** Up to this many values a percentile is exact. */
export const QUANTILE_EXACT_MAX = 4096;

const OBJECT_BYTES = 96;
/** Values behind the sorted ones that are put in place one by one. */
const UNSORTED_FEW = 16;

export class QuantileBag {
  #count = 0;
  #values: number[] = [];
  /** How many of #values are in order, from the first on. */
  #sorted = 0;
  #sketch: DDSketch | null = null;

  get count(): number {
    return this.#count;
  }

  /** null while the values themselves are held. */
  get sketch(): DDSketch | null {
    return this.#sketch;
  }

  /** Ascending. Empty once there is a sketch. */
  get values(): readonly number[] {
    if (this.#sorted < this.#values.length && this.#values.length > 1) this.#sort();
    return this.#values;
  }

  add(x: number): void {
    this.#count++;
    if (this.#sketch !== null) return this.#sketch.add(x);
    this.#values.push(x);
    if (this.#count > QUANTILE_EXACT_MAX) this.#toSketch();
  }

  addAll(other: QuantileBag): void {
    this.#count += other.#count;
    if (this.#sketch === null && this.#count > QUANTILE_EXACT_MAX) this.#toSketch();
    if (this.#sketch === null) { for (const x of other.#values) this.#values.push(x); }
    else if (other.#sketch === null) { for (const x of other.#values) this.#sketch.add(x); }
    else this.#sketch.addAll(other.#sketch);
  }

  /** The value of a rank, 0 = the smallest. */
  at(rank: number): number {
    return this.#sketch === null ? this.values[rank]! : this.#sketch.at(rank);
  }

  get bytes(): number {
    return OBJECT_BYTES + (this.#sketch?.bytes ?? 8 * this.#values.length);
  }

  write(out: ByteWriter): void {
    out.f64(this.#count);
    if (this.#sketch !== null) return this.#sketch.write(out);
    for (const x of this.#values) out.f64(x);
  }

  static read(input: ByteReader): QuantileBag {
    const bag = new QuantileBag();
    bag.#count = input.f64();
    if (bag.#count > QUANTILE_EXACT_MAX) bag.#sketch = DDSketch.read(input);
    else for (let left = bag.#count; left > 0; left--) bag.#values.push(input.f64());
    return bag;
  }

  #toSketch(): void {
    this.#sketch = new DDSketch();
    for (const x of this.#values) this.#sketch.add(x);
    this.#values = [];
    this.#sorted = 0;
  }

  #sort(): void {
    const few = this.#sorted > 0 && this.#values.length - this.#sorted <= UNSORTED_FEW;
    if (!few) this.#values = sorted(this.#values);
    else withValues(this.#values, this.#values.splice(this.#sorted));
    this.#sorted = this.#values.length;
  }
}
