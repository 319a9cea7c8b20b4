/**
 * The intake that writes the log: everything that waits when the event loop comes round goes into one
 * transaction; small requests of one topic share one record (INVARIANTS 16). After COMMIT the records go
 * to the router, and every waiting request is answered.
 */
import { assert } from "../base/assert.ts";
import { type Clock, turn } from "../base/clock.ts";
import type { JsonObject } from "../base/json.ts";
import { Problem } from "../base/problem.ts";
import type { EventLog, LogRecord, NewRecord, PendingReply } from "../store/event_log.ts";
import { storageProblem } from "../store/storage_problem.ts";
import { type EventSlice, SLICE_BYTES_MAX, SLICE_EVENTS_MAX } from "./event_slice.ts";
import type { Intake, Receipt, ReplyDraft } from "./intake.ts";
import type { ParsedRecord } from "./parsed_record.ts";
import { TopicBound } from "./topic_bound.ts";

/** Events between the head of the log and the slowest reader, past which intake answers 429. */
export const LAG_EVENTS_MAX = 10_000_000;

/** Turns of the event loop that a group waits for more at most. */
const GATHER_TURNS_MAX = 4;

interface Waiting {
  topic: string;
  slices: readonly EventSlice[];
  reply: ReplyDraft | undefined;
  resolve(receipt: Receipt): void;
  reject(error: unknown): void;
}

/** A record in the making: which slices it holds. */
interface Draft {
  topic: string;
  slices: EventSlice[];
  events: number;
  bytes: number;
}

/** Where in the drafts a request's first and last event stand. */
interface Placed {
  waiting: Waiting;
  spans: { draft: number; at: number; count: number }[];
}

export interface AppenderOptions {
  log: EventLog;
  clock: Clock;
  /** Events that the slowest reader is behind. */
  lag(): number;
  /** Resolves when more may be appended; slows intake down, never stops it. */
  room(): Promise<void>;
  onAppended(records: readonly ParsedRecord[]): void;
  /** A failure whose outcome is unknown: the process must stop and recover from disk. */
  onFatal(error: unknown): void;
  /** Tests give a small one. */
  topicsMax?: number;
}

export class Appender implements Intake {
  readonly #options: AppenderOptions;
  readonly #topics: TopicBound;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> = Promise.resolve();
  #scheduled = false;
  #closed = false;

  constructor(options: AppenderOptions) {
    this.#options = options;
    this.#topics = new TopicBound(options.log, options.clock, options.topicsMax);
  }

  admit(): void {
    if (this.#closed) {
      throw overloaded(503, "stopping", "Cannot accept events: the server is stopping");
    }
    if (this.#options.lag() > LAG_EVENTS_MAX) {
      throw overloaded(
        429,
        "rules_lag",
        `Cannot accept events: rules are more than ${LAG_EVENTS_MAX} events behind`,
      );
    }
  }

  submit(topic: string, slices: readonly EventSlice[], reply?: ReplyDraft): Promise<Receipt> {
    this.admit();
    assert(slices.length > 0, "a request has events");
    return new Promise((resolve, reject) => {
      this.#waiting.push({ topic, slices, reply, resolve, reject });
      this.#schedule();
    });
  }

  /** Refuses further events and waits until those accepted are answered. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#scheduled || this.#waiting.length > 0) await this.#flushing;
    await this.#flushing;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#flushing = new Promise((done) => {
      this.#options.clock.immediate(() => void this.#flush().finally(done));
    });
  }

  async #flush(): Promise<void> {
    await this.#gather();
    await this.#options.room();
    const batch = this.#waiting;
    this.#waiting = [];
    try {
      const admitted = await this.#withTopics(batch);
      if (admitted.length > 0) await this.#append(admitted);
    } catch (error) {
      const problem = storageProblem(error);
      if (problem === null) this.#options.onFatal(error);
      for (const waiting of batch) waiting.reject(problem ?? error);
    }
    this.#scheduled = false;
    if (this.#waiting.length > 0) this.#schedule();
  }

  /** While each turn of the event loop brings more, the group grows: a commit costs far more than a turn. */
  async #gather(): Promise<void> {
    let seen = 0;
    for (let turns = 0; turns < GATHER_TURNS_MAX && this.#waiting.length > seen; turns++) {
      seen = this.#waiting.length;
      await turn(this.#options.clock);
    }
  }

  /** Refuses what would begin a topic too many; answers the others. */
  async #withTopics(batch: readonly Waiting[]): Promise<readonly Waiting[]> {
    if (batch.every(({ topic }) => this.#topics.has(topic))) return batch;
    const admitted: Waiting[] = [];
    for (const waiting of batch) {
      const problem = await this.#topics.take(waiting.topic);
      if (problem === null) admitted.push(waiting);
      else waiting.reject(problem);
    }
    return admitted;
  }

  async #append(batch: readonly Waiting[]): Promise<void> {
    const { drafts, placed } = compose(batch);
    // As the log would raise it, and asked before: by the time this goes on, others may have appended what
    // arrived later. The router must see the arrival that a replay will see.
    const arrival = Math.max(this.#options.clock.now(), this.#options.log.lastArrival);
    const records = drafts.map((draft) => recordOf(draft, arrival));
    const replies = placed.flatMap((one) => {
      const { reply } = one.waiting;
      return reply === undefined ? [] : [replyOf(reply, one, arrival)];
    });
    const firsts = await this.#options.log.append(records, replies);
    const appended = records.map((record, i): LogRecord => ({ ...record, first: firsts[i]! }));
    this.#options.onAppended(appended.map((record, i) => ({ record, events: eventsOf(drafts[i]!) })));
    for (const one of placed) one.waiting.resolve(receiptOf(one, firsts));
  }
}

function compose(batch: readonly Waiting[]): { drafts: Draft[]; placed: Placed[] } {
  const drafts: Draft[] = [];
  const open = new Map<string, number>();
  const placed = batch.map((waiting): Placed => ({
    waiting,
    spans: waiting.slices.map((slice) => {
      const events = slice.events.length;
      let i = open.get(waiting.topic);
      const last = i === undefined ? undefined : drafts[i];
      const fits = last !== undefined && last.events + events <= SLICE_EVENTS_MAX &&
        last.bytes + slice.body.byteLength < SLICE_BYTES_MAX;
      if (i === undefined || !fits) {
        i = drafts.push({ topic: waiting.topic, slices: [], events: 0, bytes: 0 }) - 1;
        open.set(waiting.topic, i);
      }
      const draft = drafts[i]!;
      const at = draft.events;
      draft.slices.push(slice);
      draft.events += events;
      draft.bytes += slice.body.byteLength + 1;
      return { draft: i, at, count: events };
    }),
  }));
  return { drafts, placed };
}

const LINE_FEED = 0x0a;

function recordOf(draft: Draft, arrival: number): NewRecord {
  const only = draft.slices[0]!;
  const base = { kind: "events" as const, topic: draft.topic, count: draft.events, arrival };
  if (draft.slices.length === 1) return { ...base, body: only.body, lines: only.lines };
  const body = new Uint8Array(draft.bytes - 1);
  const lines = new Uint32Array(draft.events + 1);
  let at = 0;
  let line = 0;
  for (const slice of draft.slices) {
    body.set(slice.body, at);
    for (let i = 0; i < slice.events.length; i++) lines[line++] = at + slice.lines[i]!;
    at += slice.body.byteLength;
    if (at < body.byteLength) body[at] = LINE_FEED;
    at++;
  }
  lines[line] = body.byteLength + 1;
  return { ...base, body, lines };
}

function eventsOf(draft: Draft): readonly JsonObject[] {
  return draft.slices.length === 1
    ? draft.slices[0]!.events
    : draft.slices.flatMap((slice) => [...slice.events]);
}

function receiptOf(one: Placed, firsts: readonly number[]): Receipt {
  const accepted = one.spans.reduce((sum, span) => sum + span.count, 0);
  const first = one.spans[0]!;
  const last = one.spans.at(-1)!;
  return {
    accepted,
    duplicates: 0,
    first_offset: firsts[first.draft]! + first.at,
    last_offset: firsts[last.draft]! + last.at + last.count - 1,
  };
}

function replyOf(reply: ReplyDraft, one: Placed, at: number): PendingReply {
  const { key, request, status } = reply;
  return { key, request, status, created_at: at, body: (firsts) => reply.body(receiptOf(one, firsts)) };
}

function overloaded(status: number, code: string, detail: string): Problem {
  return new Problem({ status, code, detail, headers: { "Retry-After": status === 503 ? "5" : "1" } });
}
