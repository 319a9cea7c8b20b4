/**
 * How polling went, minute by minute: an event of the topic `_polling` for each minute in which rules are polled, with
 * the members of the reference system's snapshots. It lies in the log like others: policies are rules over it, it is
 * browsed by GET /events?topic=_polling, and retention takes it.
 */
import type { Clock, Timer } from "../src/base/clock.ts";
import { instant } from "../src/base/event_time.ts";
import type { Logger } from "../src/base/logging.ts";
import { POLLING_TOPIC } from "../src/base/poll_topic.ts";
import { present } from "../src/base/assert.ts";
import { Problem } from "../src/base/problem.ts";
import type { EventSlice } from "../src/ingest/event_slice.ts";
import { polledEvent } from "../src/ingest/polled_event.ts";
import type { StoredAlert } from "../src/store/effect_store.ts";

export const SNAPSHOT_MS = 60_000;

/** What happened since the last tally. */
export interface PollTally {
  rule_count: number;
  evaluated_count: number;
  fail_count: number;
  /** Polls that waited for a place when the tally was taken. */
  skipped_count: number;
  /** Time that polls took, all together, ms. */
  tick_duration_ms: number;
  last_error: string | null;
}

export interface PollSnapshotsParts {
  poller: { tally(): PollTally; polls(ruleId: string): boolean };
  submit(topic: string, slices: readonly EventSlice[]): Promise<unknown>;
  clock: Clock;
  logger: Logger;
  /** Names this start of this process. */
  instance: string;
}

export class PollSnapshots {
  readonly #p: PollSnapshotsParts;
  #matched = 0;
  #timer: Timer | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: PollSnapshotsParts) {
    this.#p = parts;
  }

  start(): void {
    this.#timer = this.#p.clock.after(SNAPSHOT_MS, () => {
      this.#writing = this.#write();
      this.start();
    });
  }

  /** Alerts were committed. */
  heard(alerts: readonly StoredAlert[]): void {
    for (const { alert } of alerts) {
      if (alert.status === "firing" && this.#p.poller.polls(alert.rule_id)) this.#matched++;
    }
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    await this.#writing;
  }

  async #write(): Promise<void> {
    const { poller, submit, clock, logger, instance } = this.#p;
    const tally = poller.tally();
    const matched_count = this.#matched;
    this.#matched = 0;
    if (tally.rule_count === 0) return;
    const tick_at = instant(clock.now());
    const event = {
      tick_at,
      timestamp: tick_at,
      instance_id: instance,
      is_leader: true,
      ...tally,
      matched_count,
    };
    try {
      await submit(POLLING_TOPIC, [present(polledEvent(JSON.stringify(event)), "a snapshot is an event")]);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      logger.warn("a snapshot of polling could not be logged", { error: error.message });
    }
  }
}
