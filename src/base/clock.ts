/**
 * Time as an argument. Only this file touches Date and the timers; everything else is handed a
 * {@linkcode Clock}, so that tests run under virtual time.
 */

/** A pending call that can be taken back. Cancelling twice is harmless. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall clock, ms since the epoch. May jump. */
  now(): number;
  /** Monotonic ms, for durations. */
  monotonic(): number;
  /** Calls `fn` once after `ms`. The timer keeps the process alive. */
  after(ms: number, fn: () => void): Timer;
  /** Calls `fn` on the next turn of the event loop, after pending I/O. */
  immediate(fn: () => void): void;
}

// Longer delays overflow the platform's 32-bit timers and would fire at once.
const TIMER_MS_MAX = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, fn) {
    const id = setTimeout(fn, Math.min(Math.max(0, ms), TIMER_MS_MAX));
    return { cancel: () => clearTimeout(id) };
  },
  immediate: (fn) => void setImmediate(fn),
};

/** Resolves after `ms`, or rejects with the reason of `signal` as soon as it is aborted. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.after(ms, () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** Lets pending I/O run: resolves on the next turn of the event loop. */
export function turn(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.immediate(resolve));
}
