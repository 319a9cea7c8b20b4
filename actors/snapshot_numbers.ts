/**
 * Numbers of snapshots. They grow along the life of a rule, also when the clock of the machine was set back
 * between two starts: every snapshot that is loaded is seen here first.
 */
import type { Clock } from "../src/base/clock.ts";

export class SnapshotNumbers {
  readonly #clock: Clock;
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A snapshot of this number exists. */
  see(snapshot: number): void {
    this.#last = Math.max(this.#last, snapshot);
  }

  next(): number {
    return this.#last = Math.max(this.#last + 1, this.#clock.now());
  }
}
