/**
 * How long work takes on this machine, whatever else the machine is doing meanwhile: the time of the quickest of
 * a few tries, ms. What is slow by itself is slow in each of them.
 */
import { systemClock } from "../src/base/clock.ts";

const TRIES = 5;

export function quickest(work: () => void): number {
  let best = Infinity;
  for (let i = 0; i < TRIES; i++) {
    const from = systemClock.monotonic();
    work();
    best = Math.min(best, systemClock.monotonic() - from);
  }
  return best;
}
