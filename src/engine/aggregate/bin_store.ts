/**
 * Counts by bin number, dense between the lowest and the highest bin in use. A bounded store keeps the
 * highest `binsMax` bins and puts what lies lower into the lowest of these ("collapsing lowest", DDSketch,
 * section 2.3); as the highest bin only rises, the outcome depends on what was counted, not on its order.
 * Counts are integers, so that taking away undoes adding exactly.
 */
import type { ByteReader, ByteWriter } from "../state_bytes.ts";

const BLOCK = 64;

export class BinStore {
  readonly #binsMax: number;
  #first = 0;
  #counts = new Float64Array(0);
  #top = -Infinity;

  /** @param binsMax Infinity: nothing collapses, and counts may be taken away. */
  constructor(binsMax: number) {
    this.#binsMax = binsMax;
  }

  get length(): number {
    return this.#counts.length;
  }

  /** Adds `count`, negative to take away what was added, to a bin. */
  add(bin: number, count: number): void {
    if (bin > this.#top) this.#raise(bin);
    const kept = Math.max(bin, this.#top - this.#binsMax + 1);
    const index = kept - this.#first;
    if (index < 0 || index >= this.#counts.length) this.#cover(kept, kept);
    this.#counts[kept - this.#first]! += count;
  }

  addAll(other: BinStore, sign: 1 | -1): void {
    other.forEach((bin, count) => this.add(bin, sign * count));
  }

  /** Bins that hold something, ascending. */
  forEach(visit: (bin: number, count: number) => void): void {
    for (let i = 0; i < this.#counts.length; i++) {
      if (this.#counts[i] !== 0) visit(this.#first + i, this.#counts[i]!);
    }
  }

  /** The highest bin that holds something; -Infinity when none does. */
  get highest(): number {
    for (let i = this.#counts.length - 1; i >= 0; i--) if (this.#counts[i] !== 0) return this.#first + i;
    return -Infinity;
  }

  get total(): number {
    let total = 0;
    for (const count of this.#counts) total += count;
    return total;
  }

  /** The bin of the value of this rank, 0 = the lowest. */
  binAt(rank: number): number {
    let below = 0;
    for (let i = 0; i < this.#counts.length; i++) {
      below += this.#counts[i]!;
      if (below > rank) return this.#first + i;
    }
    return this.highest;
  }

  write(out: ByteWriter): void {
    out.f64(this.#first);
    out.f64(this.#top);
    out.u32(this.#counts.length);
    const used = this.#counts.reduce((sum, count) => sum + (count === 0 ? 0 : 1), 0);
    out.u32(used);
    this.forEach((bin, count) => {
      out.u32(bin - this.#first);
      out.f64(count);
    });
  }

  read(input: ByteReader): void {
    this.#first = input.f64();
    this.#top = input.f64();
    this.#counts = new Float64Array(input.u32());
    for (let left = input.u32(); left > 0; left--) this.#counts[input.u32()] = input.f64();
  }

  #raise(top: number): void {
    this.#top = top;
    const lowest = top - this.#binsMax + 1;
    if (this.#counts.length === 0 || lowest <= this.#first) return;
    let collapsed = 0;
    for (let i = 0; i < Math.min(lowest - this.#first, this.#counts.length); i++) {
      collapsed += this.#counts[i]!;
      this.#counts[i] = 0;
    }
    this.#cover(lowest, top);
    this.#counts[lowest - this.#first]! += collapsed;
  }

  /** Makes room for bins `low` to `high`; in whole blocks, dropping blocks that lie too low. */
  #cover(low: number, high: number): void {
    const { length } = this.#counts;
    const lowest = this.#top - this.#binsMax + 1;
    const from = Math.max(length === 0 ? low : Math.min(low, this.#first), lowest);
    const to = length === 0 ? high : Math.max(high, this.#first + length - 1);
    const first = Math.floor(from / BLOCK) * BLOCK;
    const counts = new Float64Array((Math.floor(to / BLOCK) + 1) * BLOCK - first);
    const skip = Math.max(0, first - this.#first);
    if (skip < length) counts.set(this.#counts.subarray(skip), this.#first + skip - first);
    this.#first = first;
    this.#counts = counts;
  }
}
