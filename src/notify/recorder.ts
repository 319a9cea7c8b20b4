/**
 * Writes outcomes of attempts, one transaction at a time: the first at once, further ones together after a
 * short while, since a transaction for each would cost more than the attempts. Where the store fails the outcomes are kept and written again: until then their
 * leases are held, so nobody sends them twice, and the pool's bound on held deliveries stops it from taking
 * more.
 */
import type { Clock, Timer } from "../base/clock.ts";
import type { Logger } from "../base/logging.ts";
import type { AttemptOutcome, Outbox } from "../store/outbox.ts";

const RETRY_MS = 1000;
/** Of one transaction, so that the store's other writers get their turn. */
const BATCH_MAX = 500;

export class Recorder {
  readonly #outbox: Pick<Outbox, "record">;
  readonly #owner: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #gapMs: number;
  readonly #onRecorded: (outcomes: readonly AttemptOutcome[]) => void;
  #pending: AttemptOutcome[] = [];
  #scheduled = false;
  #writing: Promise<void> | null = null;
  #retry: Timer | null = null;
  #waiting: Timer | null = null;
  #wroteAt = -Infinity;

  constructor(
    parts: {
      outbox: Pick<Outbox, "record">;
      owner: string;
      clock: Clock;
      logger: Logger;
      /** Between two transactions, ms, unless there is enough for a whole one. */
      gapMs: number;
      /** Called after the transaction that holds them. */
      onRecorded: (outcomes: readonly AttemptOutcome[]) => void;
    },
  ) {
    this.#outbox = parts.outbox;
    this.#owner = parts.owner;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#gapMs = parts.gapMs;
    this.#onRecorded = parts.onRecorded;
  }

  /** How many outcomes are not written yet. */
  get pending(): number {
    return this.#pending.length;
  }

  push(outcome: AttemptOutcome): void {
    this.#pending.push(outcome);
    this.#schedule();
  }

  /** Writes what is pending, with one try; what fails is left to the leases. */
  async close(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
    this.#waiting?.cancel();
    this.#retry?.cancel();
    while (this.#pending.length > 0 && await this.#write()) continue;
    this.#retry?.cancel();
    this.#pending = [];
  }

  #schedule(): void {
    if (this.#scheduled || this.#writing !== null || this.#retry !== null) return;
    this.#scheduled = true;
    const begin = () => {
      this.#scheduled = false;
      if (this.#writing === null && this.#pending.length > 0) this.#writing = this.#writeAll();
    };
    const wait = this.#wroteAt + this.#gapMs - this.#clock.monotonic();
    if (wait <= 0 || this.#pending.length >= BATCH_MAX) this.#clock.immediate(begin);
    else this.#waiting = this.#clock.after(wait, begin);
  }

  async #writeAll(): Promise<void> {
    const written = await this.#write();
    this.#wroteAt = this.#clock.monotonic();
    this.#writing = null;
    if (written && this.#pending.length > 0) this.#schedule();
  }

  async #write(): Promise<boolean> {
    const batch = this.#pending.slice(0, BATCH_MAX);
    try {
      await this.#outbox.record(this.#owner, batch);
    } catch (error) {
      this.#logger.error("outcomes of deliveries could not be written", { error, outcomes: batch.length });
      this.#retry = this.#clock.after(RETRY_MS, () => {
        this.#retry = null;
        this.#schedule();
      });
      return false;
    }
    this.#pending = this.#pending.slice(batch.length);
    this.#onRecorded(batch);
    return true;
  }
}
