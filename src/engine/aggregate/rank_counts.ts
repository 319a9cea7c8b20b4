/**
 * A HyperLogLog from which values can be taken away: per register and rank it counts how many values are
 * there, so that the largest rank left is known. It takes 64 kB a rank in use, and stands beside a table of
 * more than ten thousand values; a row keeps the plain sketch.
 */
import { estimateOf, RANK_MAX, REGISTERS } from "./hyper_log_log.ts";

export class RankCounts {
  readonly #counts: (Uint32Array | undefined)[] = [];
  readonly #highest = new Uint8Array(REGISTERS);
  readonly #histogram = new Float64Array(RANK_MAX + 1);

  constructor() {
    this.#histogram[0] = REGISTERS;
  }

  add(register: number, rank: number): void {
    const counts = this.#counts[rank] ??= new Uint32Array(REGISTERS);
    counts[register]!++;
    if (rank > this.#highest[register]!) this.#setHighest(register, rank);
  }

  /** Takes away what was added. */
  remove(register: number, rank: number): void {
    const left = --this.#counts[rank]![register]!;
    if (left > 0 || rank < this.#highest[register]!) return;
    let lower = rank - 1;
    while (lower > 0 && (this.#counts[lower]?.[register] ?? 0) === 0) lower--;
    this.#setHighest(register, lower);
  }

  /** What a HyperLogLog of the values that are left estimates. */
  get estimate(): number {
    return estimateOf(this.#histogram);
  }

  #setHighest(register: number, rank: number): void {
    this.#histogram[this.#highest[register]!]!--;
    this.#histogram[rank]!++;
    this.#highest[register] = rank;
  }
}
