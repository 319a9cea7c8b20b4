/**
 * The log: the one ordered list of everything that can move a rule's state.
 *
 * Promises of every implementation:
 * - `append` is all or nothing and durable when it returns (power loss included, at full durability).
 * - Offsets are safe integers. A record of n events takes n offsets, any other record takes one. An offset
 *   is never given twice, not even after a crash; `next` moves only after the commit returned.
 * - Arrival times do not decrease along the log: `append` raises one that would to its predecessor's.
 * - Replies of idempotent requests commit in the same transaction as the records they answer for.
 * Failures: {@linkcode StorageFullError}, {@linkcode StorageBusyError} leave nothing changed. Any other
 * throw is ambiguous: the process must stop and recover from disk (INVARIANTS 23).
 */

/**
 * events: posted events. tick: time passing. start: the process started. rule: a rule changed. lookup: a lookup
 * table has a new version. command: a manual command.
 */
export type RecordKind = "events" | "tick" | "start" | "rule" | "lookup" | "command";

export interface NewRecord {
  kind: RecordKind;
  /** Topic of the events; "" for other kinds. */
  topic: string;
  /** Number of events; 1 for other kinds. */
  count: number;
  /** ms since the epoch */
  arrival: number;
  /** The bytes of the events (UTF-8 JSON, one after another with a separator byte), or one JSON document. */
  body: Uint8Array;
  /** count + 1 positions: event i is body[lines[i], lines[i+1] - 1). The last is body.length + 1. */
  lines: Uint32Array;
}

export interface LogRecord extends NewRecord {
  /** Offset of its first event. It covers [first, first + count). */
  first: number;
}

/** How long the answer to an Idempotency-Key is kept, ms. */
export const REPLY_LIFE_MS = 86_400_000;

/** The first answer to a request with an Idempotency-Key. */
export interface Reply {
  /** Scope and key, e.g. "POST /api/v1/events abc". */
  key: string;
  /** SHA-256 of the request (body, content type, query), hex. */
  request: string;
  status: number;
  body: string;
  /** ms since the epoch */
  created_at: number;
}

/**
 * A reply to write with an append; `body` is made once the first offset of each record is known.
 * `firsts` are those of this append's records, in order.
 */
export interface PendingReply extends Omit<Reply, "body"> {
  body(firsts: readonly number[]): string;
}

/** A span [from, to) of offsets that holds no events, and why. */
export interface LogGap {
  from: number;
  to: number;
  reason: string;
}

export interface ReadLimit {
  records: number;
  /** Stops before the record that would pass it; one record is always read. */
  bytes: number;
}

export interface BrowseQuery {
  topic?: string;
  /** Arrival, ms, inclusive. */
  from_time?: number;
  /** Arrival, ms, exclusive. */
  to_time?: number;
  /** Return records that hold offsets >= this. */
  from_offset: number;
  limit: ReadLimit;
}

export interface TopicSummary {
  topic: string;
  events: number;
  first_offset: number;
  last_offset: number;
  last_arrival: number;
}

export interface EventLog {
  /** The offset that the next record gets. */
  readonly next: number;
  /** The smallest offset still held (= next when empty). */
  readonly first: number;
  /** Arrival of the newest record, also once it is trimmed; 0 before the first. */
  readonly lastArrival: number;
  /** Appends in order; answers the first offset of each record. */
  append(records: readonly NewRecord[], replies?: readonly PendingReply[]): Promise<number[]>;
  /** Records that hold offsets >= from, in order, of every kind. */
  read(from: number, limit: ReadLimit): Promise<LogRecord[]>;
  /** Only records of kind "events". */
  browse(query: BrowseQuery): Promise<LogRecord[]>;
  /** The offset of the first record whose arrival is >= `arrival`; `next` when there is none. */
  offsetAt(arrival: number): Promise<number>;
  topics(): Promise<TopicSummary[]>;
  gaps(): Promise<LogGap[]>;
  /** A kept reply, undefined when unknown or older than `since`. */
  reply(key: string, since: number): Promise<Reply | undefined>;
  /** Bytes of all records. */
  bytes(): Promise<number>;
  /**
   * Deletes whole records below `keepFrom` that arrived before `arrivedBefore` or lie beyond
   * `bytesMax` counted from the newest; at most `slice` records. Answers how many were deleted.
   */
  trim(
    options: { keepFrom: number; arrivedBefore: number; bytesMax: number; slice: number },
  ): Promise<number>;
}

/** The disk is full (or a test says so): nothing changed. Routes answer 507. */
export class StorageFullError extends Error {
  override readonly name = "StorageFullError";
}

/** Another process holds the store for too long: nothing changed. Routes answer 503. */
export class StorageBusyError extends Error {
  override readonly name = "StorageBusyError";
}
