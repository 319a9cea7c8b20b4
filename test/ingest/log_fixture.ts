/** Records and a feed for tests of the way from intake to workers. */
import { systemClock } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { BatchView } from "../../src/batch/batch.ts";
import { Registry } from "../../src/batch/binding.ts";
import { Encoder, type Prepared } from "../../src/batch/encoder.ts";
import { SLOT, type Slot } from "../../src/batch/ring.ts";
import type { Feed } from "../../src/ingest/feed.ts";
import type { ParsedRecord } from "../../src/ingest/parsed_record.ts";
import { Router } from "../../src/ingest/router.ts";
import { TopicNumbers } from "../../src/ingest/topic_numbers.ts";
import type { EventLog, LogRecord } from "../../src/store/event_log.ts";
import { sliceOf } from "../actors/rule_engine.ts";

/** Appends one record of events; answers it as the appender would offer it. */
export async function append(log: EventLog, events: JsonObject[], topic = "default"): Promise<ParsedRecord> {
  const { body, lines } = sliceOf(events);
  const record = { kind: "events", topic, count: events.length, arrival: 1000, body, lines } as const;
  const [first] = await log.append([record]);
  return { record: { ...record, first: first! }, events };
}

/** Keeps what it is handed; can be made to wait. */
export class KeepingFeed implements Feed {
  readonly slots: (Slot & { rows: number; large: boolean })[] = [];
  readonly batchBytesMax: number;
  held: Promise<void> = Promise.resolve();

  constructor(batchBytesMax = Infinity) {
    this.batchBytesMax = batchBytesMax;
  }

  async publish(slot: Slot, batch: Prepared | null): Promise<void> {
    this.#keep(slot, batch, false);
    await this.held;
  }

  async publishLarge(slot: Slot, batch: Prepared): Promise<void> {
    this.#keep(slot, batch, true);
    await this.held;
  }

  #keep(slot: Slot, batch: Prepared | null, large: boolean): void {
    let rows = 0;
    if (batch !== null) {
      const bytes = new Uint8Array(batch.bytes);
      batch.write(bytes);
      rows = new BatchView(bytes).rows;
    }
    this.slots.push({ ...slot, rows, large });
  }

  /** What was handed out: first offset, next offset, rows with content. */
  get told(): [number, number, number][] {
    return this.slots.map(({ first, next, rows }) => [first, next, rows]);
  }
}

export interface RouterBench {
  router: Router;
  feed: KeepingFeed;
  encoder: Encoder;
  ruleRecords: number[];
  errors: unknown[];
  /** Resolves at the first error. */
  failed: Promise<void>;
  /** Resolves when the router has nothing left. */
  idle(): Promise<void>;
}

/** A router of `log` with one rule that reads the field "n" of every event. */
export function routerOf(log: EventLog, feed = new KeepingFeed()): RouterBench {
  const encoder = new Encoder(new Registry());
  const time = { field: null, unit: null };
  encoder.add({ handle: 1, slot: 0, topics: null, fields: ["n"], time, index: null });
  const waiting: (() => void)[] = [];
  const failed = Promise.withResolvers<void>();
  const bench: Omit<RouterBench, "router"> = {
    ...{ feed, encoder, ruleRecords: [], errors: [], failed: failed.promise },
    idle: () => new Promise((resolve) => waiting.push(resolve)),
  };
  const router = new Router({
    ...{ log, encoder, feed, topics: new TopicNumbers(), clock: systemClock },
    onRuleRecord: (record: LogRecord) => Promise.resolve(void bench.ruleRecords.push(record.first)),
    onLookupRecord: () => Promise.resolve(),
    onIdle: () => waiting.splice(0).forEach((resolve) => resolve()),
    onError: (error) => {
      bench.errors.push(error);
      failed.resolve();
    },
  });
  return { ...bench, router };
}

export { SLOT };
