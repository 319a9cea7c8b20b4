/**
 * Catching up: actors that are behind the router (new ones that start in the past, restarted ones, hosts
 * that left the ring) read the log privately, through an encoder of their own, until they stand where the
 * router stands; then, between two records, they join the common feed. One record is read at a time.
 */
import { type Clock, sleep, turn } from "../src/base/clock.ts";
import { Encoder } from "../src/batch/encoder.ts";
import type { Registry } from "../src/batch/binding.ts";
import { emptySlot, SLOT, type Slot } from "../src/batch/ring.ts";
import { parseRecord } from "../src/ingest/parsed_record.ts";
import { type Router, SLICE_MS } from "../src/ingest/router.ts";
import type { TopicNumbers } from "../src/ingest/topic_numbers.ts";
import type { EventLog, LogRecord } from "../src/store/event_log.ts";
import type { Host } from "./host.ts";
import { type LiveRule, subscriptionOf } from "./live_rule.ts";

const READ_LIMIT = { records: 256, bytes: 4 * 1024 * 1024 };
/** Records sent to a host and not yet taken. */
const UNTAKEN_MAX = 8;
/** Closer than this many offsets, the rest is read while the router waits. */
const CLOSE_OFFSETS = 10_000;
/** Between two looks at hosts that have no room. */
const WAIT_MS = 1;

export interface CatchUpOptions {
  log: EventLog;
  registry: Registry;
  topics: TopicNumbers;
  clock: Clock;
  router(): Router;
  /** A rule record or a command was reached: tell the actor (it takes messages in order). */
  onRuleRecord(rules: readonly LiveRule[], record: LogRecord): Promise<LiveRule | null>;
  /** The same for a lookup record. */
  onLookupRecord(host: Host, rules: readonly LiveRule[], record: LogRecord): Promise<void>;
  /** At a boundary, with everything below `at` sent: join. False: the host is not there any more. */
  join(host: Host, rules: readonly LiveRule[], at: number): Promise<boolean>;
  onError(error: unknown): void;
}

interface Job {
  host: Host;
  rules: LiveRule[];
  incarnations: number[];
  encoder: Encoder;
  cursor: number;
}

export class CatchUp {
  readonly #options: CatchUpOptions;
  readonly #pending = new Set<LiveRule>();
  #jobs: Job[] = [];
  /** Cleared in the same turn in which nothing was left to do, so that no `add` is overlooked. */
  #running = false;
  #ended: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  /** Brings the actor of `live`, loaded at its host and not joined, up to the router and lets it join. */
  add(live: LiveRule): void {
    if (this.#stopped) return;
    this.#pending.add(live);
    if (this.#running) return;
    this.#running = true;
    this.#ended = this.#run().catch((error) => {
      this.#running = false;
      this.#options.onError(error);
    });
  }

  /** Resolves when nothing is read any more. The router must not have ended before. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#pending.clear();
    await this.#ended;
  }

  /** The jobs take turns, so that a host that stands still holds up nobody else. */
  async #run(): Promise<void> {
    while (this.#pending.size + this.#jobs.length > 0) {
      await turn(this.#options.clock);
      this.#takePending();
      let moved = false;
      for (const job of this.#jobs) moved = await this.#advance(job) || moved;
      this.#jobs = this.#jobs.filter((job) => job.rules.length > 0);
      if (!moved) await sleep(this.#options.clock, WAIT_MS);
    }
    this.#running = false;
  }

  #takePending(): void {
    for (const first of this.#pending) {
      const rules = [...this.#pending].filter((live) => live.host === first.host);
      for (const live of rules) this.#pending.delete(live);
      if (first.host !== null) this.#jobs.push(this.#job(first.host, rules));
    }
  }

  #job(host: Host, rules: LiveRule[]): Job {
    const encoder = new Encoder(this.#options.registry);
    for (const live of rules) encoder.add(subscriptionOf(live, host.slot));
    return {
      host,
      rules,
      incarnations: rules.map((live) => live.incarnation),
      encoder,
      cursor: Math.min(...rules.map((live) => live.offset)),
    };
  }

  /** Feeds a job a little, or ends it by a join; answers whether anything was done. */
  async #advance(job: Job): Promise<boolean> {
    if (!this.#keepCurrent(job)) return true;
    if (!hasRoom(job)) return false;
    if (this.#options.router().cursor - job.cursor > CLOSE_OFFSETS) return await this.#feed(job, Infinity);
    return await this.#atBoundary(job);
  }

  /** Drops rules that were stopped or restarted meanwhile; false when none is left. */
  #keepCurrent(job: Job): boolean {
    for (let i = job.rules.length - 1; i >= 0; i--) {
      const live = job.rules[i]!;
      if (live.host === job.host && live.incarnation === job.incarnations[i] && !this.#stopped) continue;
      job.rules.splice(i, 1);
      job.incarnations.splice(i, 1);
      job.encoder.remove(live.handle);
    }
    return job.rules.length > 0;
  }

  /** Reads the rest while the router stands still, and joins. */
  #atBoundary(job: Job): Promise<boolean> {
    const router = this.#options.router();
    return new Promise((resolve, reject) => {
      router.atBoundary(() => this.#finish(job, router.cursor).then(resolve, reject));
    });
  }

  /** The router waits meanwhile, so nothing here waits for the host. */
  async #finish(job: Job, at: number): Promise<boolean> {
    if (at - job.cursor > CLOSE_OFFSETS) return await this.#feed(job, Infinity);
    while (this.#keepCurrent(job) && job.cursor < at) await this.#feed(job, at);
    if (job.rules.length === 0 || !await this.#options.join(job.host, job.rules, at)) return false;
    job.rules = [];
    return true;
  }

  /** Reads and sends the next few records below `end`; without an end only while the host takes them. */
  async #feed(job: Job, end: number): Promise<boolean> {
    const { log, router, clock } = this.#options;
    const limit = Math.min(end, router().cursor);
    const records = await log.read(job.cursor, READ_LIMIT);
    if (records[0] === undefined || records[0].first >= limit) {
      // What is left was never given, or is gone.
      job.cursor = limit;
      return true;
    }
    // Records that concern none of the actors are passed in one message; their times may concern a timer.
    const marks: Slot[] = [];
    let sliceStart = clock.monotonic();
    for (const record of records) {
      if (record.first >= limit || (end === Infinity && !hasRoom(job))) break;
      if (clock.monotonic() - sliceStart > SLICE_MS) {
        await turn(clock);
        sliceStart = clock.monotonic();
        if (!this.#keepCurrent(job)) break;
      }
      if (record.kind === "rule" || record.kind === "command") {
        this.#sendMarks(job, marks);
        await this.#passRuleRecord(job, record);
        if (!this.#keepCurrent(job)) break;
      } else if (record.kind === "lookup") {
        this.#sendMarks(job, marks);
        await this.#options.onLookupRecord(job.host, job.rules, record);
        if (!this.#keepCurrent(job)) break;
      }
      const slot = this.#slotOf(record);
      const bytes = this.#encode(job, record);
      if (bytes === null) marks.push(slot);
      else {
        this.#sendMarks(job, marks);
        const handles = job.rules.map((live) => live.handle);
        job.host.send({ kind: "record", handles, slot: { ...slot, kind: SLOT.batch }, bytes });
      }
      job.cursor = slot.next;
    }
    this.#sendMarks(job, marks);
    return true;
  }

  #slotOf(record: LogRecord): Slot {
    const { first, count, arrival, topic } = record;
    const slot = { ...emptySlot(), first, next: first + count, arrival };
    if (record.kind === "start") return { ...slot, kind: SLOT.start };
    if (record.kind !== "events") return slot;
    return { ...slot, topic: this.#options.topics.of(topic), internal: topic.startsWith("_") ? 1 : 0 };
  }

  /** The columns of a record that some of the actors must see; null when none must. */
  #encode(job: Job, record: LogRecord): ArrayBuffer | null {
    if (record.kind !== "events") return null;
    const batch = job.encoder.prepare(record.topic, parseRecord(record).events, record.arrival);
    if (!batch.needed) return null;
    const bytes = new Uint8Array(batch.bytes);
    batch.write(bytes);
    return bytes.buffer;
  }

  #sendMarks(job: Job, marks: Slot[]): void {
    if (marks.length === 0) return;
    job.host.send({ kind: "marks", handles: job.rules.map((live) => live.handle), slots: marks.splice(0) });
  }

  async #passRuleRecord(job: Job, record: LogRecord): Promise<void> {
    const changed = await this.#options.onRuleRecord(job.rules, record);
    if (changed === null || !job.rules.includes(changed)) return;
    job.encoder.remove(changed.handle);
    job.encoder.add(subscriptionOf(changed, job.host.slot));
  }
}

function hasRoom(job: Job): boolean {
  return job.host.untaken < UNTAKEN_MAX;
}
