/**
 * What has to happen now and then: ticks while a timer is due, checkpoints, retention, write-ahead log
 * checkpoints. Everything in small steps between which the server works on.
 */
import { type Clock, type Timer, turn } from "../src/base/clock.ts";
import type { Logger } from "../src/base/logging.ts";
import { timeRecord } from "../src/ingest/time_record.ts";
import type { LogRecord } from "../src/store/event_log.ts";
import { REPLY_LIFE_MS, StorageBusyError, StorageFullError } from "../src/store/event_log.ts";
import { EXEC_LIFE_MS, EXEC_ROWS_MAX } from "../src/store/exec_log.ts";
import type { Store } from "../src/store/store.ts";
import { FIGURES_LIFE_MS } from "./ledger.ts";
import type { Supervisor } from "./supervisor.ts";

/** How late a timer may fire when no events come. */
export const TICK_MS = 250;
const CHECKPOINT_LOOK_MS = 1000;
const RETENTION_MS = 10_000;
const WAL_LOOK_MS = 1000;
/** A log of this size is moved into the file at the next look, a smaller one now and then. */
const WAL_WORTH_BYTES = 16 * 1024 * 1024;
const WAL_MS = 30_000;
const SLICE = 200;

export interface HousekeeperOptions {
  store: Store;
  supervisor: Supervisor;
  clock: Clock;
  logger: Logger;
  retentionMs: number;
  retentionBytes: number;
  onFatal(error: unknown): void;
}

export class Housekeeper {
  readonly #o: HousekeeperOptions;
  readonly #timers = new Set<Timer>();
  readonly #working = new Set<Promise<void>>();
  #lastTick = 0;
  #logMovedAt = 0;
  #stopped = false;

  constructor(options: HousekeeperOptions) {
    this.#o = options;
  }

  start(): void {
    this.#every(TICK_MS, () => this.#tick());
    this.#every(CHECKPOINT_LOOK_MS, () => this.#considerCheckpoints());
    this.#every(RETENTION_MS, () => this.trim());
    this.#every(WAL_LOOK_MS, () => this.#checkpointLog());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) timer.cancel();
    await Promise.all(this.#working);
  }

  /** Deletes what retention has passed; never what a running rule still has to replay. */
  async trim(): Promise<void> {
    const { store, supervisor, clock, retentionMs, retentionBytes } = this.#o;
    const arrivedBefore = clock.now() - retentionMs;
    const needed = await supervisor.needed();
    // By age the log waits for rules in quarantine too, by size only for those that run.
    const byAge = Math.min(needed.running, needed.quarantined);
    const aged = { keepFrom: byAge, arrivedBefore, bytesMax: Infinity, slice: SLICE };
    const oversized = { keepFrom: needed.running, arrivedBefore: 0, bytesMax: retentionBytes, slice: SLICE };
    await this.#slices(() => store.log.trim(aged));
    await this.#slices(() => store.log.trim(oversized));
    await this.#slices(() => store.lookups.trim(needed.running, SLICE));
    await this.#slices(() => store.effects.trimAlerts(arrivedBefore, SLICE));
    await this.#slices(() => store.trimReplies(clock.now() - REPLY_LIFE_MS, SLICE));
    await this.#slices(() => store.figures.trim(clock.now() - FIGURES_LIFE_MS, SLICE));
    await this.#slices(() => store.outbox.expire(clock.now(), SLICE));
    const execs = { before: clock.now() - EXEC_LIFE_MS, rowsMax: EXEC_ROWS_MAX, slice: SLICE };
    await this.#slices(() => store.execs.trim(execs));
  }

  /** Repeats a bounded piece of work until there is less than a piece left. */
  async #slices(work: () => Promise<number>): Promise<void> {
    while (!this.#stopped && await work() === SLICE) await turn(this.#o.clock);
  }

  async #tick(): Promise<void> {
    const { store, supervisor, clock } = this.#o;
    const now = clock.now();
    const due = supervisor.hosts().some((host) => host.nextDue <= now && host.nextDue > this.#lastTick);
    if (!due) return;
    this.#lastTick = now;
    const arrival = Math.max(now, store.log.lastArrival);
    const record = timeRecord("tick", arrival);
    const [first] = await store.log.append([record]);
    const logged: LogRecord = { ...record, first: first!, arrival };
    supervisor.offer([{ record: logged, events: [] }]);
  }

  /** A checkpoint that fails has changed nothing: the log grows until one succeeds. */
  async #checkpointLog(): Promise<void> {
    const { store, clock, logger } = this.#o;
    const overdue = clock.monotonic() - this.#logMovedAt >= WAL_MS;
    if (overdue) this.#logMovedAt = clock.monotonic();
    try {
      await store.checkpoint(overdue ? 0 : WAL_WORTH_BYTES);
    } catch (error) {
      logger.warn("the write-ahead log could not be moved into the file", { error });
    }
  }

  #considerCheckpoints(): Promise<void> {
    for (const host of this.#o.supervisor.hosts()) this.#o.supervisor.checkpoints.consider(host);
    return Promise.resolve();
  }

  #every(ms: number, work: () => Promise<void>): void {
    const timer = this.#o.clock.after(ms, () => {
      this.#timers.delete(timer);
      const working: Promise<void> = work().catch((error) => this.#failed(error)).finally(() => {
        this.#working.delete(working);
        if (!this.#stopped) this.#every(ms, work);
      });
      this.#working.add(working);
    });
    this.#timers.add(timer);
  }

  /** A full or busy disk passes; the next round tries again. */
  #failed(error: unknown): void {
    if (error instanceof StorageFullError || error instanceof StorageBusyError) {
      this.#o.logger.warn("housekeeping waits for the disk", { error });
    } else this.#o.onFatal(error);
  }
}
