/** The log over SQLite: one row per record, offsets as the primary key. */
import { type EventLog, type LogGap, StorageFullError, type TopicSummary } from "../event_log.ts";
import type { Connection } from "./connection.ts";
import { createLogReader } from "./_log_reader.ts";
import { createLogTrim } from "./_log_trim.ts";
import type { LogWriter } from "./_log_writer.ts";
import type { Marks } from "./_marks.ts";
import type { Replies } from "./_replies.ts";

/** From this size on the thread does not wait for the disk; below, handing over costs more than waiting. */
const FLUSH_BYTES_MIN = 1_000_000;

export interface EventLogParts {
  writer: LogWriter;
  replies: Replies;
  marks: Marks;
  /** Whether events may be taken: not while the last room is kept for cleaning up. */
  takesEvents(): boolean;
}

export function createEventLog(db: Connection, parts: EventLogParts): EventLog {
  const { writer, replies, marks, takesEvents } = parts;
  const reader = createLogReader(db);
  const trim = createLogTrim(db, marks);
  const topics = db.prepare<TopicSummary>(
    `SELECT topic, events, first_offset, last_offset, last_arrival FROM topic
     WHERE topic <> '' ORDER BY topic`,
  );
  const gaps = db.prepare<LogGap>(
    "SELECT from_offset AS 'from', to_offset AS 'to', reason FROM gap ORDER BY from_offset",
  );
  const durableHead = () => ({ ...writer.head, next: writer.durable });
  return {
    get next() {
      return writer.durable;
    },
    get first() {
      return writer.head.first;
    },
    get lastArrival() {
      return writer.head.lastArrival;
    },
    append: async (records, pending = []) => {
      if (records.some(({ kind }) => kind === "events") && !takesEvents()) throw noRoomForEvents();
      const large = records.reduce((sum, { body }) => sum + body.byteLength, 0) >= FLUSH_BYTES_MIN;
      const written = db.transact(large ? "normal" : "full", () => writer.write(records, pending));
      writer.settle(written);
      if (large) await db.flush();
      writer.publish(written.head.next);
      return written.firsts;
    },
    // What is committed but not yet on the disk is not there for readers.
    read: (from, limit) =>
      db.read(() => reader.read(from, limit).filter((one) => one.first < writer.durable)),
    browse: (query) => db.read(() => reader.browse(query, durableHead())),
    offsetAt: (arrival) => db.read(() => reader.offsetAt(arrival, durableHead())),
    topics: () => db.read(() => topics.all().map((row) => ({ ...row }))),
    gaps: () => db.read(() => gaps.all().map((row) => ({ ...row }))),
    reply: (key, since) => db.read(() => replies.get(key, since)),
    bytes: () => db.read(() => writer.head.bytes),
    trim: (options) =>
      db.read(() => {
        const { records, bytes } = db.transact("normal", () => trim(options, writer.head.bytes));
        if (records > 0) writer.trimmed(bytes);
        return records;
      }),
  };
}

function noRoomForEvents(): StorageFullError {
  return new StorageFullError("Cannot store events: the disk was full, and its ballast is not whole again");
}
