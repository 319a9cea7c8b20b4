/**
 * The different values of a sequence of sets that others are added to and taken away from: what a merge of
 * the sets would answer, without merging. It counts in how many sets a value is; past the exact bound it
 * counts ranks of registers as well, which can be taken away again.
 */
import { DISTINCT_EXACT_MAX, type DistinctSet } from "./distinct_set.ts";
import { registerOf } from "./hyper_log_log.ts";
import { RankCounts } from "./rank_counts.ts";
import type { ValueKey } from "./value_key.ts";

/** Below this the ranks are given up: a sequence of about the exact bound does not go back and forth. */
const RANKED_MIN = DISTINCT_EXACT_MAX / 2;

export class SlidingDistinct {
  readonly #sets = new Map<ValueKey, number>();
  #ranks: RankCounts | null = null;
  /** Sets that are sketches. */
  #sketches = 0;

  get count(): number {
    const isEstimate = this.#sketches > 0 || this.#sets.size > DISTINCT_EXACT_MAX;
    return isEstimate ? this.#rank().estimate : this.#sets.size;
  }

  push(set: DistinctSet): void {
    if (set.sketch === null) { for (const key of set.keys) this.#add(key); }
    else {
      this.#sketches++;
      const ranks = this.#rank();
      set.sketch.registers.forEach((rank, register) => rank > 0 && ranks.add(register, rank));
    }
  }

  /** Takes a set away: it is as it was when it was pushed. */
  remove(set: DistinctSet): void {
    if (set.sketch === null) { for (const key of set.keys) this.#remove(key); }
    else {
      this.#sketches--;
      const ranks = this.#rank();
      set.sketch.registers.forEach((rank, register) => rank > 0 && ranks.remove(register, rank));
    }
    if (this.#sketches === 0 && this.#sets.size < RANKED_MIN) this.#ranks = null;
  }

  #add(key: ValueKey): void {
    const sets = this.#sets.get(key) ?? 0;
    this.#sets.set(key, sets + 1);
    if (sets > 0 || this.#ranks === null) return;
    const { register, rank } = registerOf(key);
    this.#ranks.add(register, rank);
  }

  #remove(key: ValueKey): void {
    const sets = this.#sets.get(key)!;
    if (sets > 1) {
      this.#sets.set(key, sets - 1);
      return;
    }
    this.#sets.delete(key);
    if (this.#ranks === null) return;
    const { register, rank } = registerOf(key);
    this.#ranks.remove(register, rank);
  }

  #rank(): RankCounts {
    if (this.#ranks !== null) return this.#ranks;
    const ranks = this.#ranks = new RankCounts();
    for (const key of this.#sets.keys()) {
      const { register, rank } = registerOf(key);
      ranks.add(register, rank);
    }
    return ranks;
  }
}
