/**
 * How often a rule may crash. Restarts are counted in a sliding window; past the budget the rule is
 * quarantined. Crashes that an event is blamed for are counted as strikes of that event instead, and one
 * restart when it is parked.
 */
import type { Clock } from "../src/base/clock.ts";

export const RESTARTS_MAX = 5;
export const RESTART_WINDOW_MS = 60_000;
/** An event that crashes a rule this often is parked as poison, for that rule alone. */
export const STRIKES_MAX = 3;

export class RestartBudget {
  readonly #clock: Clock;
  #times: number[] = [];
  #total = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts one restart; false when the budget is used up. */
  spend(): boolean {
    const now = this.#clock.monotonic();
    this.#times = this.#times.filter((time) => now - time < RESTART_WINDOW_MS);
    this.#times.push(now);
    this.#total++;
    return this.#times.length <= RESTARTS_MAX;
  }

  /** Since the rule was started here. */
  get total(): number {
    return this.#total;
  }

  reset(): void {
    this.#times = [];
  }
}
