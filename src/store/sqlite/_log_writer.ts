/**
 * Writes log records inside somebody's transaction: appends of events, and saves of rules. It holds the
 * head of the log, and moves it only when told that the commit has returned. What others may read ends at
 * `durable`, which follows once the disk has it.
 */
import { assert } from "../../base/assert.ts";
import type { NewRecord, PendingReply } from "../event_log.ts";
import { recordBytes } from "../record_bytes.ts";
import type { Connection } from "./connection.ts";
import { firstOffset, type LogHead } from "./_log_head.ts";
import type { Replies } from "./_replies.ts";

export interface LogWriter {
  readonly head: Readonly<LogHead>;
  /** Everything below this offset is on the disk. */
  readonly durable: number;
  /** Inside a transaction. Answers the first offset of each record and the head to settle on. */
  write(records: readonly NewRecord[], replies: readonly PendingReply[]): WrittenRecords;
  /** Once the commit has returned. */
  settle(written: WrittenRecords): void;
  /** Once the disk has everything below `next`. */
  publish(next: number): void;
  /** Once a commit that deleted records from the front has returned. */
  trimmed(bytes: number): void;
}

export interface WrittenRecords {
  firsts: number[];
  head: LogHead;
}

interface Tally {
  events: number;
  bytes: number;
  first: number;
  last: number;
  arrival: number;
}

export function createLogWriter(db: Connection, replies: Replies, opened: LogHead): LogWriter {
  const insert = db.prepare("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const upsert = db.prepare(
    `INSERT INTO topic VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
       events = events + excluded.events, bytes = bytes + excluded.bytes,
       last_offset = excluded.last_offset, last_arrival = excluded.last_arrival`,
  );
  let head = opened;
  let durable = opened.next;

  const writeRecords = (records: readonly NewRecord[]): WrittenRecords => {
    let { next, lastArrival, bytes } = head;
    const tallies = new Map<string, Tally>();
    const firsts = records.map((record) => {
      assertWellFormed(record);
      const first = next;
      const size = recordBytes(record);
      lastArrival = Math.max(lastArrival, record.arrival);
      insert.run(
        first,
        record.count,
        record.kind,
        record.topic,
        lastArrival,
        size,
        bytesOf(record.lines),
        record.body,
      );
      next += record.count;
      bytes += size;
      const placed = { first, arrival: lastArrival };
      count(tallies, "", record, placed);
      if (record.kind === "events") count(tallies, record.topic, record, placed);
      return first;
    });
    assert(Number.isSafeInteger(next), "offsets are safe integers");
    for (const [topic, t] of tallies) upsert.run(topic, t.events, t.bytes, t.first, t.last, t.arrival);
    const first = head.first === head.next ? firsts[0] ?? head.first : head.first;
    return { firsts, head: { next, first, lastArrival, bytes } };
  };

  return {
    get head() {
      return head;
    },
    write(records, pending) {
      const written = writeRecords(records);
      for (const reply of pending) replies.put({ ...reply, body: reply.body(written.firsts) });
      return written;
    },
    get durable() {
      return durable;
    },
    settle(written) {
      head = written.head;
    },
    publish(next) {
      durable = Math.max(durable, next);
    },
    trimmed(bytes) {
      head = { ...head, bytes: head.bytes - bytes, first: firstOffset(db) ?? head.next };
    },
  };
}

function assertWellFormed(record: NewRecord): void {
  assert(record.count > 0, "a log record takes at least one offset");
  assert(record.lines.length === record.count + 1, "a log record has count + 1 line positions");
  assert(
    (record.kind === "events") === (record.topic !== ""),
    "records of events, and only those, have a topic",
  );
}

function count(
  tallies: Map<string, Tally>,
  topic: string,
  record: NewRecord,
  { first, arrival }: Pick<Tally, "first" | "arrival">,
): void {
  const tally = tallies.get(topic) ?? { events: 0, bytes: 0, first, last: first, arrival };
  tally.events += record.count;
  tally.bytes += recordBytes(record);
  tally.last = first + record.count - 1;
  tally.arrival = arrival;
  tallies.set(topic, tally);
}

function bytesOf(lines: Uint32Array): Uint8Array {
  return new Uint8Array(lines.buffer, lines.byteOffset, lines.byteLength);
}
