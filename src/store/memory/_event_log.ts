/** The log in memory: an array of records in offset order. Bytes are copied on their way in and out. */
import { assert } from "../../base/assert.ts";
import type {
  BrowseQuery,
  EventLog,
  LogRecord,
  NewRecord,
  PendingReply,
  ReadLimit,
  TopicSummary,
} from "../event_log.ts";
import { recordBytes } from "../record_bytes.ts";
import type { Replies } from "./_replies.ts";

/** The log, and its way in for whoever writes a record beside something of its own. */
export interface MemoryLog extends EventLog {
  /** As `append`, at once. */
  write(records: readonly NewRecord[], replies?: readonly PendingReply[]): number[];
}

interface Held {
  records: LogRecord[];
  next: number;
  lastArrival: number;
  bytes: number;
}

export function createEventLog(replies: Replies): MemoryLog {
  const held: Held = { records: [], next: 0, lastArrival: 0, bytes: 0 };
  const write: MemoryLog["write"] = (batch, pending = []) => {
    batch.forEach(assertWellFormed);
    let next = held.next;
    const firsts = batch.map((record) => (next += record.count) - record.count);
    // Bodies are made before anything is kept: one that throws must leave nothing behind.
    const made = pending.map((reply) => ({ ...reply, body: reply.body(firsts) }));
    for (const record of batch) put(held, record);
    made.forEach(replies.put);
    return firsts;
  };
  return {
    get next() {
      return held.next;
    },
    get first() {
      return held.records[0]?.first ?? held.next;
    },
    get lastArrival() {
      return held.lastArrival;
    },
    write,
    // deno-lint-ignore require-await -- a throw must reject
    append: async (batch, pending) => write(batch, pending),
    read: (from, limit) => Promise.resolve(within(held.records.slice(indexOf(held.records, from)), limit)),
    browse: (query) => Promise.resolve(browse(held, query)),
    offsetAt: (arrival) => Promise.resolve(offsetAt(held, arrival)),
    topics: () => Promise.resolve(topicsOf(held.records)),
    gaps: () => Promise.resolve([]),
    reply: (key, since) => Promise.resolve(replies.get(key, since)),
    bytes: () => Promise.resolve(held.bytes),
    trim: (options) => Promise.resolve(trim(held, options)),
  };
}

function put(held: Held, record: NewRecord): void {
  held.lastArrival = Math.max(held.lastArrival, record.arrival);
  held.records.push({ ...record, ...copyBytes(record), arrival: held.lastArrival, first: held.next });
  held.next += record.count;
  held.bytes += recordBytes(record);
}

function offsetAt(held: Held, arrival: number): number {
  return held.records.find((record) => record.arrival >= arrival)?.first ?? held.next;
}

function browse(held: Held, query: BrowseQuery): LogRecord[] {
  const from = query.from_time === undefined ? 0 : offsetAt(held, query.from_time);
  const start = indexOf(held.records, Math.max(query.from_offset, from));
  const found = held.records.slice(start).filter((record) =>
    record.kind === "events" &&
    (query.topic === undefined || record.topic === query.topic) &&
    (query.to_time === undefined || record.arrival < query.to_time)
  );
  return within(found, query.limit);
}

function trim(held: Held, options: Parameters<EventLog["trim"]>[0]): number {
  let n = 0;
  for (const record of held.records.slice(0, options.slice)) {
    if (record.first + record.count > options.keepFrom) break;
    if (record.arrival >= options.arrivedBefore && held.bytes <= options.bytesMax) break;
    held.bytes -= recordBytes(record);
    n++;
  }
  held.records = held.records.slice(n);
  return n;
}

function assertWellFormed(record: NewRecord): void {
  assert(record.count > 0, "a log record takes at least one offset");
  assert(record.lines.length === record.count + 1, "a log record has count + 1 line positions");
  assert(
    (record.kind === "events") === (record.topic !== ""),
    "records of events, and only those, have a topic",
  );
}

// The first record that holds `offset` or a later one.
function indexOf(records: readonly LogRecord[], offset: number): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const record = records[middle]!;
    if (record.first + record.count > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

function within(records: readonly LogRecord[], limit: ReadLimit): LogRecord[] {
  let bytes = 0;
  const end = records.findIndex((record, i) => {
    bytes += recordBytes(record);
    return i >= limit.records || (i > 0 && bytes > limit.bytes);
  });
  return (end === -1 ? records : records.slice(0, end)).map((record) => ({
    ...record,
    ...copyBytes(record),
  }));
}

function copyBytes(record: NewRecord): Pick<NewRecord, "body" | "lines"> {
  return { body: record.body.slice(), lines: record.lines.slice() };
}

function topicsOf(records: readonly LogRecord[]): TopicSummary[] {
  const topics = new Map<string, TopicSummary>();
  for (const { kind, topic, first, count, arrival } of records) {
    if (kind !== "events") continue;
    const known = topics.get(topic) ?? { topic, events: 0, first_offset: first };
    const last_offset = first + count - 1;
    topics.set(topic, { ...known, events: known.events + count, last_offset, last_arrival: arrival });
  }
  return [...topics.values()].sort((a, b) => (a.topic < b.topic ? -1 : 1));
}
