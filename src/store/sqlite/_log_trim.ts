/**
 * Retention of the log. Records go from the front, whole, in slices. The topic sums shrink in the same
 * transaction; a topic that holds nothing any more is forgotten. Normal durability: a power loss may bring
 * the records back, and the next trim deletes them again.
 */
import type { EventLog } from "../event_log.ts";
import type { Connection } from "./connection.ts";
import type { Marks } from "./_marks.ts";

export type TrimOptions = Parameters<EventLog["trim"]>[0];

export interface Trimmed {
  records: number;
  bytes: number;
}

interface Row {
  first: number;
  count: number;
  kind: string;
  topic: string;
  arrival: number;
  bytes: number;
}

/** `bytesHeld` is the size of the whole log. Inside a transaction. */
export type LogTrim = (options: TrimOptions, bytesHeld: number) => Trimmed;

export function createLogTrim(db: Connection, marks: Marks): LogTrim {
  const oldest = db.prepare<Row>(
    "SELECT first, count, kind, topic, arrival, bytes FROM log ORDER BY first LIMIT ?",
  );
  const remove = db.prepare("DELETE FROM log WHERE first <= ?");
  const removeGaps = db.prepare("DELETE FROM gap WHERE to_offset <= ?");
  const shrink = db.prepare("UPDATE topic SET events = events - ?, bytes = bytes - ? WHERE topic = ?");
  const settleTopic = db.prepare(
    `UPDATE topic SET first_offset = coalesce(
       (SELECT min(first) FROM log WHERE kind = 'events' AND log.topic = topic.topic), first_offset)
     WHERE topic = ?`,
  );
  const removeEmpty = db.prepare("DELETE FROM topic WHERE topic <> '' AND events = 0");

  return (options, bytesHeld) => {
    const rows = expired(oldest.all(options.slice), options, bytesHeld);
    const last = rows.at(-1);
    if (last === undefined) return { records: 0, bytes: 0 };
    remove.run(last.first);
    removeGaps.run(last.first + last.count);
    marks.raise("trimmed", last.first + last.count);
    for (const row of rows) {
      shrink.run(row.count, row.bytes, "");
      if (row.kind === "events") shrink.run(row.count, row.bytes, row.topic);
    }
    removeEmpty.run();
    for (const topic of new Set(rows.map((row) => row.topic))) if (topic !== "") settleTopic.run(topic);
    return { records: rows.length, bytes: rows.reduce((sum, row) => sum + row.bytes, 0) };
  };
}

function expired(rows: readonly Row[], options: TrimOptions, bytesHeld: number): Row[] {
  let held = bytesHeld;
  const end = rows.findIndex((row) => {
    const old = row.arrival < options.arrivedBefore || held > options.bytesMax;
    held -= row.bytes;
    return !old || row.first + row.count > options.keepFrom;
  });
  return end === -1 ? [...rows] : rows.slice(0, end);
}
