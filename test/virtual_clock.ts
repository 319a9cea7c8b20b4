/**
 * A clock that a test moves by hand. Timers fire only while it is moved, in the order of their times (then
 * of their making), each at its own time; `immediate` runs on the real event loop, so that real sockets,
 * stores and promises get their turns. No test sleeps: it moves the clock, or waits for a condition.
 */
import { type Clock, systemClock, type Timer, turn } from "../src/base/clock.ts";

interface Pending {
  at: number;
  seq: number;
  fn: () => void;
}

/** How long, in real ms, a condition may take before the test fails. */
const REAL_MS_MAX = 10_000;
/** Turns of the event loop that what a timer set off gets before time goes on. */
const SETTLE_TURNS = 3;

export class VirtualClock implements Clock {
  readonly #pending = new Set<Pending>();
  readonly #start: number;
  #now: number;
  #seq = 0;

  /** `start` in ms since the epoch. */
  constructor(start: number = Date.UTC(2026, 0, 1)) {
    this.#start = start;
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#start;
  }

  after(ms: number, fn: () => void): Timer {
    const timer: Pending = { at: this.#now + Math.max(0, ms), seq: this.#seq++, fn };
    this.#pending.add(timer);
    return { cancel: () => void this.#pending.delete(timer) };
  }

  immediate(fn: () => void): void {
    systemClock.immediate(fn);
  }

  /** How many timers wait. */
  get timers(): number {
    return this.#pending.size;
  }

  /** When the next timer is due, ms since the epoch; null when none waits. */
  nextAt(): number | null {
    return this.#next()?.at ?? null;
  }

  /** Moves time on by `ms`, firing what becomes due on the way, also what that sets off in turn. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await this.settle();
    for (let timer = this.#next(); timer !== undefined && timer.at <= target; timer = this.#next()) {
      this.#fire(timer);
      await this.settle();
    }
    this.#now = target;
  }

  /** Moves time on to the next timer and fires it; false when none waits. */
  async step(): Promise<boolean> {
    const timer = this.#next();
    if (timer === undefined) return false;
    this.#fire(timer);
    await this.settle();
    return true;
  }

  /** Lets the event loop turn, time standing still, until `condition` holds. */
  async until(condition: () => boolean | Promise<boolean>, what = "the condition"): Promise<void> {
    const from = systemClock.monotonic();
    while (!await condition()) {
      if (systemClock.monotonic() - from > REAL_MS_MAX) throw new Error(`waited in vain for ${what}`);
      await turn(systemClock);
    }
  }

  /** Moves time in steps of `ms` until `condition` holds; fails when `limitMs` of virtual time were not enough. */
  async advanceUntil(
    condition: () => boolean | Promise<boolean>,
    { stepMs = 100, limitMs = 3_600_000, what = "the condition" } = {},
  ): Promise<void> {
    const from = systemClock.monotonic();
    const end = this.#now + limitMs;
    while (!await condition()) {
      const late = systemClock.monotonic() - from > REAL_MS_MAX;
      if (late || this.#now > end) throw new Error(`moved the clock in vain for ${what}`);
      await this.advance(stepMs);
    }
  }

  /** Lets pending promises and I/O that is ready run; time stands still. */
  async settle(turns: number = SETTLE_TURNS): Promise<void> {
    for (let i = 0; i < turns; i++) await turn(systemClock);
  }

  #fire(timer: Pending): void {
    this.#pending.delete(timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.fn();
  }

  #next(): Pending | undefined {
    let first: Pending | undefined;
    for (const timer of this.#pending) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.seq < first.seq)) {
        first = timer;
      }
    }
    return first;
  }
}
