/**
 * DDSketch: quantiles of any number of values with a relative error of 1 %, in bounded memory (Masson, Rim,
 * Lee, "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with Relative-Error Guarantees", VLDB 2019).
 * Positive and negative values are counted in bins that grow geometrically, zero apart. 2,048 bins a sign
 * span 17 orders of magnitude; what is smaller in size than that collapses into the lowest bin. Values
 * below the normal doubles count as zero. What it answers depends on the values alone, not on their order.
 */
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import { BinStore } from "./bin_store.ts";

const RELATIVE_ERROR = 0.01;
const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GAMMA = Math.log(GAMMA);
export const SKETCH_BINS_MAX = 2048;
const SMALLEST = 2 ** -1022;
const OBJECT_BYTES = 400;

export class DDSketch {
  #zeros = 0;
  readonly #positive: BinStore;
  readonly #negative: BinStore;

  /** @param binsMax Infinity for a sketch from which others are taken away; it collapses when read. */
  constructor(binsMax = SKETCH_BINS_MAX) {
    this.#positive = new BinStore(binsMax);
    this.#negative = new BinStore(binsMax);
  }

  add(x: number, count = 1): void {
    if (x >= SMALLEST) this.#positive.add(binOf(x), count);
    else if (x <= -SMALLEST) this.#negative.add(binOf(-x), count);
    else this.#zeros += count;
  }

  /** Adds what `other` counted, or takes it away. */
  addAll(other: DDSketch, sign: 1 | -1 = 1): void {
    this.#zeros += sign * other.#zeros;
    this.#positive.addAll(other.#positive, sign);
    this.#negative.addAll(other.#negative, sign);
  }

  /** An estimate of the value of this rank, 0 = the smallest. */
  at(rank: number): number {
    const negatives = this.#negative.total;
    if (rank < negatives) return -collapsed(this.#negative, negatives - 1 - rank);
    if (rank < negatives + this.#zeros) return 0;
    return collapsed(this.#positive, rank - negatives - this.#zeros);
  }

  get bytes(): number {
    return OBJECT_BYTES + 8 * (this.#positive.length + this.#negative.length);
  }

  write(out: ByteWriter): void {
    out.f64(this.#zeros);
    this.#positive.write(out);
    this.#negative.write(out);
  }

  static read(input: ByteReader): DDSketch {
    const sketch = new DDSketch();
    sketch.#zeros = input.f64();
    sketch.#positive.read(input);
    sketch.#negative.read(input);
    return sketch;
  }
}

/** What a sketch of values from `smallest` to `largest` answers where `x` is the value. */
export function sketched(x: number, { smallest, largest }: { smallest: number; largest: number }): number {
  if (Math.abs(x) < SMALLEST) return 0;
  const top = binOf(x > 0 ? largest : -smallest);
  return Math.sign(x) * middleOf(Math.max(binOf(Math.abs(x)), top - SKETCH_BINS_MAX + 1));
}

function collapsed(store: BinStore, rank: number): number {
  return middleOf(Math.max(store.binAt(rank), store.highest - SKETCH_BINS_MAX + 1));
}

function binOf(size: number): number {
  return Math.ceil(Math.log(size) / LOG_GAMMA);
}

/** The value that is within 1 % of all values of the bin. */
function middleOf(bin: number): number {
  return Math.min(Number.MAX_VALUE, Math.exp(bin * LOG_GAMMA) * (2 / (GAMMA + 1)));
}
