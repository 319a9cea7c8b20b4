/**
 * Runs a turn whenever somebody nudges or its time has come, never two at once. A nudge during a turn makes
 * another one follow; many nudges make one. A turn answers when it wants to run next.
 */
import type { Clock, Timer } from "../base/clock.ts";
import type { Logger } from "../base/logging.ts";

export interface WakeLoopParts {
  clock: Clock;
  logger: Logger;
  /** Answers when to run again, ms since the epoch, Infinity for "when nudged". */
  turn(): Promise<number>;
  /** At the latest so long after a turn, ms; also after one that failed. */
  pollMs: number;
}

export class WakeLoop {
  readonly #parts: WakeLoopParts;
  #state: "idle" | "scheduled" | "running" | "running_again" | "stopped" = "idle";
  #timer: Timer | null = null;
  #timerAt = Infinity;
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: WakeLoopParts) {
    this.#parts = parts;
  }

  /** Runs a turn on the next turn of the event loop. */
  nudge(): void {
    if (this.#state === "running") this.#state = "running_again";
    if (this.#state !== "idle") return;
    this.#state = "scheduled";
    this.#parts.clock.immediate(() => this.#begin());
  }

  /** Runs a turn at `at`, ms since the epoch, unless an earlier one is planned. */
  wakeAt(at: number): void {
    if (this.#state === "stopped" || at >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.#parts.clock.after(at - this.#parts.clock.now(), () => {
      this.#timerAt = Infinity;
      this.nudge();
    });
  }

  /** Resolves when no turn is running and none will. Idempotent. */
  async stop(): Promise<void> {
    this.#state = "stopped";
    this.#timer?.cancel();
    await this.#turn;
  }

  #begin(): void {
    if (this.#state !== "scheduled") return;
    this.#state = "running";
    this.#turn = this.#run();
  }

  async #run(): Promise<void> {
    const { clock, logger, pollMs, turn } = this.#parts;
    const wanted = await turn().catch((error) => {
      logger.error("a turn of the notifier failed", { error });
      return Infinity;
    });
    if (this.#state === "stopped") return;
    const again = this.#state === "running_again";
    this.#state = "idle";
    if (again) this.nudge();
    this.wakeAt(Math.min(wanted, clock.now() + pollMs));
  }
}
