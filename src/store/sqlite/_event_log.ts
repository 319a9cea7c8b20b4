/** The log over SQLite: one row per record, offsets as the primary key. */
import type { EventLog, LogGap, TopicSummary } from "../event_log.ts";
import type { Connection } from "./connection.ts";
import { createLogReader } from "./_log_reader.ts";
import { createLogTrim } from "./_log_trim.ts";
import type { LogWriter } from "./_log_writer.ts";
import type { Marks } from "./_marks.ts";
import type { Replies } from "./_replies.ts";

export interface EventLogParts {
  writer: LogWriter;
  replies: Replies;
  marks: Marks;
}

export function createEventLog(db: Connection, { writer, replies, marks }: EventLogParts): EventLog {
  const reader = createLogReader(db);
  const trim = createLogTrim(db, marks);
  const topics = db.prepare<TopicSummary>(
    `SELECT topic, events, first_offset, last_offset, last_arrival FROM topic
     WHERE topic <> '' ORDER BY topic`,
  );
  const gaps = db.prepare<LogGap>(
    "SELECT from_offset AS 'from', to_offset AS 'to', reason FROM gap ORDER BY from_offset",
  );
  return {
    get next() {
      return writer.head.next;
    },
    get first() {
      return writer.head.first;
    },
    get lastArrival() {
      return writer.head.lastArrival;
    },
    append: (records, pending = []) =>
      db.read(() => {
        const written = db.transact("full", () => writer.write(records, pending));
        writer.settle(written);
        return written.firsts;
      }),
    read: (from, limit) => db.read(() => reader.read(from, limit)),
    browse: (query) => db.read(() => reader.browse(query, writer.head)),
    offsetAt: (arrival) => db.read(() => reader.offsetAt(arrival, writer.head)),
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
