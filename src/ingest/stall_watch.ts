/**
 * Ends bodies that stand still: the platform's server waits for the next byte for ever. One timer for all
 * requests, that outlives them for a while: to set one for each would cost small requests dearly. A stall is
 * noticed within 1.25 times the limit.
 */
import type { Clock, Timer } from "../base/clock.ts";

/** A body must bring a byte within this time. */
export const BODY_IDLE_MS_MAX = 30_000;

/** One body being read. */
export interface Watched {
  /** A byte came. */
  touch(): void;
  end(): void;
}

interface Entry {
  since: number;
  stalled: () => void;
}

export class StallWatch {
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #entries = new Set<Entry>();
  #timer: Timer | null = null;

  constructor(clock: Clock, idleMs: number = BODY_IDLE_MS_MAX) {
    this.#clock = clock;
    this.#idleMs = idleMs;
  }

  /** Calls `stalled` once when the body brings no byte for too long. */
  watch(stalled: () => void): Watched {
    const entry: Entry = { since: this.#clock.monotonic(), stalled };
    this.#entries.add(entry);
    this.#timer ??= this.#arm();
    return {
      touch: () => void (entry.since = this.#clock.monotonic()),
      end: () => void this.#entries.delete(entry),
    };
  }

  /** Ends all bodies that are being read, as if they stood still: the server stops. Idempotent. */
  endAll(): void {
    this.#timer?.cancel();
    this.#timer = null;
    for (const entry of this.#entries) entry.stalled();
    this.#entries.clear();
  }

  #arm(): Timer {
    return this.#clock.after(this.#idleMs / 4, () => this.#sweep());
  }

  #sweep(): void {
    const now = this.#clock.monotonic();
    for (const entry of this.#entries) {
      if (now - entry.since < this.#idleMs) continue;
      this.#entries.delete(entry);
      entry.stalled();
    }
    this.#timer = this.#entries.size > 0 ? this.#arm() : null;
  }
}
