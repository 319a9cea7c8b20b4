/** So many requests of one caller within a span of time, each span counted from its first request. */
import type { Clock } from "../src/base/clock.ts";

/** Callers that are known; past them those whose span is over are forgotten, or all. */
const CALLERS_MAX = 10_000;

export class RateLimit {
  readonly #clock: Clock;
  readonly #requests: number;
  readonly #spanMs: number;
  readonly #counts = new Map<string, { from: number; n: number }>();

  constructor({ clock, requests, spanMs }: { clock: Clock; requests: number; spanMs: number }) {
    this.#clock = clock;
    this.#requests = requests;
    this.#spanMs = spanMs;
  }

  /** Whether one more may be served. */
  take(caller: string): boolean {
    const now = this.#clock.monotonic();
    const known = this.#counts.get(caller);
    if (known === undefined || now - known.from >= this.#spanMs) {
      if (this.#counts.size >= CALLERS_MAX) this.#forget(now);
      this.#counts.set(caller, { from: now, n: 1 });
      return true;
    }
    known.n++;
    return known.n <= this.#requests;
  }

  /** Until the span of a caller is over, whole seconds. */
  secondsLeft(caller: string): number {
    const from = this.#counts.get(caller)?.from ?? 0;
    return Math.max(1, Math.ceil((from + this.#spanMs - this.#clock.monotonic()) / 1000));
  }

  #forget(now: number): void {
    for (const [caller, { from }] of this.#counts) {
      if (now - from >= this.#spanMs) this.#counts.delete(caller);
    }
    if (this.#counts.size >= CALLERS_MAX) this.#counts.clear();
  }
}
