/**
 * Which fields events have, learnt from a sample of the newest events of the log when somebody asks. Nothing is
 * done while events come in. A sample is bounded in events and bytes, is read and parsed in short turns of the
 * event loop, and is kept for a few seconds.
 */
import { type Clock, turn } from "../src/base/clock.ts";
import { parseEventAt } from "../src/ingest/parsed_record.ts";
import { type FieldProfile, FieldProfiler } from "../src/ingest/field_profile.ts";
import type { EventLog, LogRecord, TopicSummary } from "../src/store/event_log.ts";

/** Events that one look takes into account; shared evenly where it is about several topics. */
export const SAMPLED_EVENTS_MAX = 1_000;
/** Bytes of records that one look reads of a topic. */
export const SAMPLED_BYTES_MAX = 2 * 2 ** 20;
/** Topics that a look at all of them takes into account: those with the newest events. */
export const SAMPLED_TOPICS_MAX = 20;
/** Samples that are kept, and how long. */
export const SAMPLES_KEPT_MAX = 50;
export const SAMPLE_LIFE_MS = 5_000;
/** Larger events are left out: one parse holds up the event loop. */
export const SAMPLED_EVENT_BYTES_MAX = 256 * 1024;
const RECORDS_MAX = 500;
/** How far back the first look goes, in offsets; each further one goes at most so many times as far. */
const REACH = 2_000;
const FURTHER = 16;
const SLACK = 1.2;
const TURN_MS_MAX = 4;

export interface FieldSample {
  topics: string[];
  /** Events that were looked at. */
  events: number;
  /** Offsets of the oldest and the newest of them; null: there is none. */
  from_offset: number | null;
  to_offset: number | null;
  fields: readonly FieldProfile[];
  /** Whether there are more fields or values than the bounds let in. */
  cut: boolean;
}

interface Kept {
  at: number;
  sample: Promise<FieldSample | null>;
}

export class FieldLearner {
  readonly #log: EventLog;
  readonly #clock: Clock;
  /** The one kept longest first. */
  readonly #kept = new Map<string, Kept>();

  constructor({ log, clock }: { log: EventLog; clock: Clock }) {
    this.#log = log;
    this.#clock = clock;
  }

  /** What a topic's events hold; null topic: those of all topics that are not the server's own. null: there is no such topic. */
  learn(topic: string | null): Promise<FieldSample | null> {
    const name = topic ?? "";
    const now = this.#clock.monotonic();
    const known = this.#kept.get(name);
    if (known !== undefined && now - known.at < SAMPLE_LIFE_MS) return known.sample;
    const sample = this.#look(topic);
    this.#kept.delete(name);
    this.#kept.set(name, { at: now, sample });
    // A look that failed is not kept.
    sample.catch(() => this.#kept.delete(name));
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= SAMPLES_KEPT_MAX) break;
      this.#kept.delete(oldest);
    }
    return sample;
  }

  async #look(topic: string | null): Promise<FieldSample | null> {
    const topics = (await this.#log.topics()).filter((one) =>
      topic === null ? !one.topic.startsWith("_") : one.topic === topic
    );
    if (topics.length === 0 && topic !== null) return null;
    const newest = topics.sort((a, b) => b.last_offset - a.last_offset).slice(0, SAMPLED_TOPICS_MAX);
    const profiler = new FieldProfiler();
    const share = Math.ceil(SAMPLED_EVENTS_MAX / Math.max(1, newest.length));
    const seen = { from: Infinity, to: -Infinity };
    for (const one of newest) await this.#sample(one, { share, profiler, seen });
    return {
      topics: newest.map((one) => one.topic),
      events: profiler.events,
      from_offset: seen.from === Infinity ? null : seen.from,
      to_offset: seen.to === -Infinity ? null : seen.to,
      fields: profiler.profiles(),
      cut: profiler.isCut || topics.length > newest.length,
    };
  }

  async #sample(
    topic: TopicSummary,
    { share, profiler, seen }: {
      share: number;
      profiler: FieldProfiler;
      seen: { from: number; to: number };
    },
  ): Promise<void> {
    const records = await this.#newest(topic, share);
    let turnedAt = this.#clock.monotonic();
    for (const offset of spread(records, share)) {
      const record = holding(records, offset);
      if (bytesAt(record, offset) > SAMPLED_EVENT_BYTES_MAX) profiler.leaveOut();
      else profiler.add(parseEventAt(record, offset));
      seen.from = Math.min(seen.from, offset);
      seen.to = Math.max(seen.to, offset);
      if (this.#clock.monotonic() - turnedAt < TURN_MS_MAX) continue;
      await turn(this.#clock);
      turnedAt = this.#clock.monotonic();
    }
  }

  /** Records of a topic near its end with about `wanted` events: its own may lie far apart. */
  async #newest({ topic, first_offset, last_offset }: TopicSummary, wanted: number): Promise<LogRecord[]> {
    const limit = { records: RECORDS_MAX, bytes: SAMPLED_BYTES_MAX };
    for (let reach = REACH;;) {
      const from_offset = Math.max(first_offset, last_offset - reach + 1);
      const records = await this.#log.browse({ topic, from_offset, limit });
      const events = records.reduce((sum, { count }) => sum + count, 0);
      const isFull = records.length === RECORDS_MAX ||
        (records.at(-1)?.first ?? Infinity) + (records.at(-1)?.count ?? 0) <= last_offset;
      if (events >= wanted || isFull || from_offset === first_offset) return records;
      // As far as the events found so far make one expect, and a little more.
      reach = Math.ceil(reach * Math.min(FURTHER, SLACK * wanted / Math.max(1, events)));
      await turn(this.#clock);
    }
  }
}

/** At most `wanted` offsets of the records' events, evenly over all of them. */
function* spread(records: readonly LogRecord[], wanted: number): Generator<number> {
  const events = records.reduce((sum, { count }) => sum + count, 0);
  const step = Math.max(1, events / wanted);
  let before = 0;
  let next = 0;
  for (const { first, count } of records) {
    for (; Math.floor(next) < before + count; next += step) yield first + Math.floor(next) - before;
    before += count;
  }
}

function bytesAt({ first, lines }: LogRecord, offset: number): number {
  const i = offset - first;
  return lines[i + 1]! - lines[i]!;
}

function holding(records: readonly LogRecord[], offset: number): LogRecord {
  return records.find(({ first, count }) => offset >= first && offset < first + count)!;
}
