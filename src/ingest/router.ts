/**
 * The router: follows the log with a cursor of its own and hands every record, once and in order, to the
 * feed. It takes records from the queue of what was just appended, parsed already, and reads the log where
 * the queue does not reach (start, or after intake ran far ahead). It paces itself to the feed; intake does
 * not wait for it. Whatever must happen at an exact place of the order (a rule starts, changes, joins) is a
 * boundary task: it runs between two records.
 */
import { type Clock, turn } from "../base/clock.ts";
import type { JsonObject } from "../base/json.ts";
import type { Encoder } from "../batch/encoder.ts";
import { emptySlot, SLOT, type Slot } from "../batch/ring.ts";
import type { EventLog, LogRecord } from "../store/event_log.ts";
import type { Feed } from "./feed.ts";
import { type ParsedRecord, parseRecord } from "./parsed_record.ts";
import type { TopicNumbers } from "./topic_numbers.ts";

/** Bodies of queued records; past it the parsed forms are dropped and the log is read again. */
export const QUEUE_BYTES_MAX = 64 * 1024 * 1024;
/** Above it intake is slowed down, so that by far most records are routed without being parsed again. */
export const QUEUE_BYTES_BRISK = 8 * 1024 * 1024;
/** Longest that one round of intake waits: rules that are slow for long must not hold it up. */
const ROOM_MS_MAX = 25;
/** Taken records at the front of the queue that are kept before it is cut. */
const QUEUE_COMPACT_AT = 1024;
const READ_LIMIT = { records: 64, bytes: 8 * 1024 * 1024 };
/** Main never works longer than this without letting I/O run. */
export const SLICE_MS = 4;

export interface RouterOptions {
  log: EventLog;
  encoder: Encoder;
  feed: Feed;
  topics: TopicNumbers;
  clock: Clock;
  /** A rule record or a command was reached: called before its place in the order is passed. */
  onRuleRecord(record: LogRecord): Promise<void>;
  /** The same for a lookup record. */
  onLookupRecord(record: LogRecord): Promise<void>;
  /** Everything in the log was handed to the feed. */
  onIdle(): void;
  onError(error: unknown): void;
}

export class Router {
  readonly #options: RouterOptions;
  #queue: ParsedRecord[] = [];
  #queueHead = 0;
  #queueBytes = 0;
  readonly #boundaryTasks: (() => void | Promise<void>)[] = [];
  #cursor = 0;
  #running: Promise<void> | null = null;
  #wake: (() => void) | null = null;
  #stopped = false;
  #sliceStart = 0;

  constructor(options: RouterOptions) {
    this.#options = options;
  }

  /** Everything below was handed to the feed. */
  get cursor(): number {
    return this.#cursor;
  }

  /** Starts at `cursor`. */
  start(cursor: number): void {
    this.#cursor = cursor;
    this.#running = this.#run().catch(this.#options.onError);
  }

  /** Records that were just appended, in the order of the log. */
  offer(records: readonly ParsedRecord[]): void {
    for (const parsed of records) {
      this.#queue.push(parsed);
      this.#queueBytes += parsed.record.body.byteLength;
    }
    if (this.#queueBytes > QUEUE_BYTES_MAX) this.#dropQueue();
    this.nudge();
  }

  /** Resolves when the queue is short, or soon: what intake waits for before it appends more. */
  async room(): Promise<void> {
    const { clock } = this.#options;
    const until = clock.monotonic() + ROOM_MS_MAX;
    while (this.#queueBytes > QUEUE_BYTES_BRISK && clock.monotonic() < until && !this.#stopped) {
      await turn(clock);
    }
  }

  /** Runs `task` between two records, soon. */
  atBoundary(task: () => void | Promise<void>): void {
    this.#boundaryTasks.push(task);
    this.nudge();
  }

  /** Look again: the log grew, or a task waits. */
  nudge(): void {
    this.#wake?.();
    this.#wake = null;
  }

  /** Ends after the record at hand. Tasks that still wait for a boundary are run at this last one. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.nudge();
    await this.#running;
    await this.#runBoundaryTasks();
  }

  async #run(): Promise<void> {
    this.#sliceStart = this.#options.clock.monotonic();
    while (!this.#stopped) {
      await this.#runBoundaryTasks();
      const records = await this.#next();
      if (records.length === 0) {
        this.#options.onIdle();
        await this.#sleep();
        continue;
      }
      for (const record of records) {
        await this.#runBoundaryTasks();
        if (this.#stopped) return;
        await this.#route("record" in record ? record : parseRecord(record));
      }
    }
  }

  async #runBoundaryTasks(): Promise<void> {
    for (let task = this.#boundaryTasks.shift(); task !== undefined; task = this.#boundaryTasks.shift()) {
      await task();
    }
  }

  /** What comes next: one queued record, or some that are read from the log again, not parsed yet. */
  async #next(): Promise<(ParsedRecord | LogRecord)[]> {
    let first = this.#queue[this.#queueHead];
    while (first !== undefined && first.record.first < this.#cursor) {
      this.#shift(first);
      first = this.#queue[this.#queueHead];
    }
    if (first?.record.first === this.#cursor) {
      this.#shift(first);
      return [first];
    }
    if (this.#cursor >= this.#options.log.next) return [];
    return await this.#options.log.read(this.#cursor, READ_LIMIT);
  }

  #shift(parsed: ParsedRecord): void {
    this.#queueHead++;
    this.#queueBytes -= parsed.record.body.byteLength;
    if (this.#queueHead < QUEUE_COMPACT_AT && this.#queueHead < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#queueHead);
    this.#queueHead = 0;
  }

  #dropQueue(): void {
    this.#queue = [];
    this.#queueHead = 0;
    this.#queueBytes = 0;
  }

  async #route(parsed: ParsedRecord): Promise<void> {
    const { record } = parsed;
    if (record.first > this.#cursor) await this.#publishGap(record);
    if (record.kind === "rule" || record.kind === "command") await this.#options.onRuleRecord(record);
    if (record.kind === "lookup") await this.#options.onLookupRecord(record);
    const slot = this.#slotOf(record);
    // A start may lie within a record: a snapshot between two pieces of a batch that was cut.
    const known = slot.first - record.first;
    if (record.kind === "events") {
      await this.#publishEvents(slot, known > 0 ? parsed.events.slice(known) : parsed.events);
    } else await this.#options.feed.publish(slot, null);
    this.#cursor = record.first + record.count;
    await this.#breathe();
  }

  /** Offsets that nothing was ever given are passed by an empty record. */
  async #publishGap(before: LogRecord): Promise<void> {
    const slot = { ...emptySlot(), first: this.#cursor, next: before.first, arrival: before.arrival };
    await this.#options.feed.publish(slot, null);
    this.#cursor = before.first;
  }

  #slotOf(record: LogRecord): Slot {
    const topic = record.kind === "events" ? this.#options.topics.of(record.topic) : -1;
    return {
      ...emptySlot(),
      kind: record.kind === "start" ? SLOT.start : SLOT.mark,
      topic,
      internal: record.topic.startsWith("_") ? 1 : 0,
      first: Math.max(record.first, this.#cursor),
      next: record.first + record.count,
      arrival: record.arrival,
    };
  }

  /** A batch that is too large is cut in halves; rules cannot tell (INVARIANTS 1). */
  async #publishEvents(slot: Slot, events: readonly JsonObject[]): Promise<void> {
    const { feed, encoder, topics } = this.#options;
    const batch = encoder.prepare(topics.name(slot.topic), events, slot.arrival);
    if (!batch.needed) return await feed.publish(slot, null);
    slot.kind = SLOT.batch;
    if (batch.bytes <= feed.batchBytesMax) return await feed.publish(slot, batch);
    if (events.length === 1) return await feed.publishLarge(slot, batch);
    const half = events.length >> 1;
    const middle = slot.first + half;
    await this.#publishEvents({ ...slot, kind: SLOT.mark, next: middle }, events.slice(0, half));
    await this.#publishEvents({ ...slot, kind: SLOT.mark, first: middle }, events.slice(half));
  }

  async #breathe(): Promise<void> {
    if (this.#options.clock.monotonic() - this.#sliceStart < SLICE_MS) return;
    await turn(this.#options.clock);
    this.#sliceStart = this.#options.clock.monotonic();
  }

  #sleep(): Promise<void> {
    if (this.#stopped || this.#boundaryTasks.length > 0 || this.#cursor < this.#options.log.next) {
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#wake = resolve);
  }
}
