/**
 * Catching up: actors that are behind the router (new ones that start in the past, restarted ones, hosts
 * that left the ring) read the log privately, through an encoder of their own, until they stand where the
 * router stands; then, between two records, they join the common feed. One reader at a time.
 */
import { type Clock, sleep, turn } from "../src/base/clock.ts";
import { Encoder } from "../src/batch/encoder.ts";
import type { Registry } from "../src/batch/binding.ts";
import { emptySlot, SLOT, type Slot } from "../src/batch/ring.ts";
import { parseRecord } from "../src/ingest/parsed_record.ts";
import type { Router } from "../src/ingest/router.ts";
import type { TopicNumbers } from "../src/ingest/topic_numbers.ts";
import type { EventLog, LogRecord } from "../src/store/event_log.ts";
import type { Host } from "./host.ts";
import { type LiveRule, subscriptionOf } from "./live_rule.ts";

const READ_LIMIT = { records: 16, bytes: 4 * 1024 * 1024 };
/** Records sent to a host and not yet taken. */
const UNTAKEN_MAX = 8;
/** Closer than this many offsets, the rest is read while the router waits. */
const CLOSE_OFFSETS = 50_000;

export interface CatchUpOptions {
  log: EventLog;
  registry: Registry;
  topics: TopicNumbers;
  clock: Clock;
  router(): Router;
  /** A rule record of one of the actors was reached: tell the actor (it takes messages in order). */
  onRuleRecord(live: LiveRule, record: LogRecord): Promise<void>;
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
  #running: Promise<void> | null = null;
  #stopped = false;

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  /** Whether some actor is still behind. */
  get busy(): boolean {
    return this.#running !== null || this.#pending.size > 0;
  }

  /** Brings the actor of `live`, loaded at its host and not joined, up to the router and lets it join. */
  add(live: LiveRule): void {
    if (this.#stopped) return;
    this.#pending.add(live);
    this.#running ??= this.#run().catch(this.#options.onError).finally(() => this.#running = null);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#pending.clear();
    await this.#running;
  }

  async #run(): Promise<void> {
    await turn(this.#options.clock);
    for (const live of this.#pending) {
      const { host } = live;
      if (host === null) {
        this.#pending.delete(live);
        continue;
      }
      const rules = [...this.#pending].filter((other) => other.host === host);
      for (const rule of rules) this.#pending.delete(rule);
      await this.#bring(host, rules);
      if (this.#stopped) return;
    }
    if (this.#pending.size > 0) await this.#run();
  }

  async #bring(host: Host, rules: LiveRule[]): Promise<void> {
    const job = this.#job(host, rules);
    while (this.#keepCurrent(job)) {
      if (this.#options.router().cursor - job.cursor <= CLOSE_OFFSETS) {
        if (await this.#atBoundary(job)) return;
      }
      await this.#feed(job, Infinity);
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

  /** Drops rules that were stopped or restarted meanwhile; false when none is left. */
  #keepCurrent(job: Job): boolean {
    for (let i = job.rules.length - 1; i >= 0; i--) {
      const live = job.rules[i]!;
      if (live.host === job.host && live.incarnation === job.incarnations[i]) continue;
      job.rules.splice(i, 1);
      job.incarnations.splice(i, 1);
      job.encoder.remove(live.handle);
    }
    return job.rules.length > 0 && !this.#stopped;
  }

  /** Reads the rest while the router stands still, and joins. False: it was too much, or went wrong. */
  #atBoundary(job: Job): Promise<boolean> {
    const router = this.#options.router();
    return new Promise((resolve, reject) => {
      router.atBoundary(async () => {
        try {
          resolve(await this.#finish(job, router.cursor));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  async #finish(job: Job, at: number): Promise<boolean> {
    if (at - job.cursor > CLOSE_OFFSETS) return false;
    while (job.cursor < at) {
      if (!this.#keepCurrent(job)) return true;
      await this.#feed(job, at);
    }
    if (!this.#keepCurrent(job)) return true;
    return await this.#options.join(job.host, job.rules, Math.max(at, job.cursor));
  }

  /** Reads and sends the next few records below `end`. */
  async #feed(job: Job, end: number): Promise<void> {
    const { log, router } = this.#options;
    const limit = Math.min(end, router().cursor);
    if (job.cursor >= limit) return;
    for (const record of await log.read(job.cursor, READ_LIMIT)) {
      if (record.first >= limit || !this.#keepCurrent(job)) break;
      await this.#room(job);
      if (!this.#keepCurrent(job)) break;
      await this.#send(job, record);
      job.cursor = record.first + record.count;
    }
    // Offsets that were never given end where the router stands.
    if (job.cursor < limit && (await log.read(job.cursor, { records: 1, bytes: 0 }))[0] === undefined) {
      job.cursor = limit;
    }
  }

  async #send(job: Job, record: LogRecord): Promise<void> {
    if (record.kind === "rule") await this.#passRuleRecord(job, record);
    const slot: Slot = {
      ...emptySlot(),
      first: record.first,
      next: record.first + record.count,
      arrival: record.arrival,
    };
    let bytes: Uint8Array | null = null;
    if (record.kind === "events") {
      slot.topic = this.#options.topics.of(record.topic);
      slot.internal = record.topic.startsWith("_") ? 1 : 0;
      const batch = job.encoder.prepare(record.topic, parseRecord(record).events, record.arrival);
      if (batch.slots.length > 0) {
        slot.kind = SLOT.batch;
        bytes = new Uint8Array(batch.bytes);
        batch.write(bytes);
      }
    }
    const handles = job.rules.map((live) => live.handle);
    job.host.send({ kind: "record", handles, slot, bytes });
  }

  async #passRuleRecord(job: Job, record: LogRecord): Promise<void> {
    for (const live of [...job.rules]) {
      await this.#options.onRuleRecord(live, record);
      if (!job.rules.includes(live)) continue;
      job.encoder.remove(live.handle);
      job.encoder.add(subscriptionOf(live, job.host.slot));
    }
  }

  async #room(job: Job): Promise<void> {
    await turn(this.#options.clock);
    while (job.host.untaken >= UNTAKEN_MAX && this.#keepCurrent(job)) await sleep(this.#options.clock, 1);
  }
}
