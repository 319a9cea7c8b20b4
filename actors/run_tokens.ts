/**
 * Run tokens: at most as many workers step at a time as there are cores to spare, so that workers never
 * starve the main thread (INVARIANTS 14). A token names its owner; main takes it back from an owner that
 * died or holds it far too long, and a late release by that owner does nothing.
 */

const TURNSTILE = 0;
const FIRST = 1;

/** A holder gives its token back after this long when others wait. */
export const TOKEN_HOLD_MS = 2;

export class RunTokens {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #count: number;
  /** The last release woke somebody who waited. */
  #wokeOther = false;

  constructor(options: { count: number } | { memory: SharedArrayBuffer }) {
    this.memory = "memory" in options
      ? options.memory
      : new SharedArrayBuffer((FIRST + Math.max(1, options.count)) * 4);
    this.#words = new Int32Array(this.memory);
    this.#count = this.#words.length - FIRST;
  }

  /**
   * Waits up to `ms` for a token; answers whether `owner` (a positive number) holds one now. Whoever woke
   * somebody by giving a token back lets that one go first.
   */
  acquire(owner: number, ms: number): boolean {
    const turn = Atomics.load(this.#words, TURNSTILE);
    const polite = this.#wokeOther;
    this.#wokeOther = false;
    if (!polite && this.#take(owner)) return true;
    Atomics.wait(this.#words, TURNSTILE, turn, polite ? Math.min(ms, TOKEN_HOLD_MS) : ms);
    return this.#take(owner);
  }

  /** Gives the token of `owner` back, if it still has one. */
  release(owner: number): void {
    for (let i = FIRST; i < FIRST + this.#count; i++) {
      if (Atomics.compareExchange(this.#words, i, owner, 0) === owner) {
        Atomics.add(this.#words, TURNSTILE, 1);
        // Asked of the platform: a count in shared memory would outlive a waiter that was stopped.
        this.#wokeOther = Atomics.notify(this.#words, TURNSTILE, 1) > 0;
        return;
      }
    }
  }

  holds(owner: number): boolean {
    for (let i = FIRST; i < FIRST + this.#count; i++) {
      if (Atomics.load(this.#words, i) === owner) return true;
    }
    return false;
  }

  #take(owner: number): boolean {
    for (let i = FIRST; i < FIRST + this.#count; i++) {
      if (Atomics.compareExchange(this.#words, i, 0, owner) === 0) return true;
    }
    return false;
  }
}
