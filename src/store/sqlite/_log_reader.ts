/**
 * Reads log records in short statements. A read first decides by the narrow columns how far it may go,
 * then fetches that range: no row is fetched in vain, and no cursor stays open that would keep the
 * write-ahead log from being reset.
 */
import type { BrowseQuery, LogRecord, ReadLimit, RecordKind } from "../event_log.ts";
import type { Connection, SqlValue, Statement } from "./connection.ts";

export interface LogReader {
  read(from: number, limit: ReadLimit): LogRecord[];
  browse(query: BrowseQuery, head: { next: number }): LogRecord[];
  /** The first record that arrived at or after `arrival`; `next` when there is none. */
  offsetAt(arrival: number, head: { first: number; next: number }): number;
}

interface Extent {
  first: number;
  bytes: number;
}

interface Row extends Extent {
  count: number;
  kind: RecordKind;
  topic: string;
  arrival: number;
  lines: Uint8Array;
  body: Uint8Array;
}

const EXTENT = "SELECT first, bytes FROM log WHERE";
const RECORD = "SELECT first, count, kind, topic, arrival, lines, body FROM log WHERE";
const ALL = "first BETWEEN ? AND ?";
const EVENTS = `${ALL} AND kind = 'events'`;
const TOPIC = `${EVENTS} AND topic = ?`;
const IN_ORDER = "ORDER BY first";

export function createLogReader(db: Connection): LogReader {
  const ranges = { all: range(db, ALL), events: range(db, EVENTS), topic: range(db, TOPIC) };
  const holder = db.prepare<{ first: number; count: number }>(
    "SELECT first, count FROM log WHERE first <= ? ORDER BY first DESC LIMIT 1",
  );
  const following = db.prepare<{ first: number; arrival: number }>(
    "SELECT first, arrival FROM log WHERE first >= ? ORDER BY first LIMIT 1",
  );

  const recordAt = (offset: number): number => {
    const row = holder.get(offset);
    return row !== undefined && row.first + row.count > offset ? row.first : offset;
  };

  // Arrivals do not decrease along the log, so halving finds the place without an index on them.
  const offsetAt = (arrival: number, head: { first: number; next: number }): number => {
    let low = head.first;
    let high = head.next;
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2);
      const row = following.get(middle);
      if (row === undefined || row.arrival >= arrival) high = middle;
      else low = row.first + 1;
    }
    return following.get(low)?.first ?? head.next;
  };

  return {
    read: (from, limit) => ranges.all(limit, recordAt(from), Number.MAX_SAFE_INTEGER),
    browse(query, { next }) {
      const bounds = { first: recordAt(query.from_offset), next };
      const from = query.from_time === undefined
        ? bounds.first
        : Math.max(bounds.first, offsetAt(query.from_time, bounds));
      const to = query.to_time === undefined ? next : offsetAt(query.to_time, bounds);
      return query.topic === undefined
        ? ranges.events(query.limit, from, to - 1)
        : ranges.topic(query.limit, from, to - 1, query.topic);
    },
    offsetAt,
  };
}

type Range = (limit: ReadLimit, from: number, to: number, ...rest: SqlValue[]) => LogRecord[];

function range(db: Connection, where: string): Range {
  const extents: Statement<Extent> = db.prepare(`${EXTENT} ${where} ${IN_ORDER} LIMIT ?`);
  const records: Statement<Row> = db.prepare(`${RECORD} ${where} ${IN_ORDER}`);
  return (limit, from, to, ...rest) => {
    const last = lastWithin(extents.all(from, to, ...rest, limit.records), limit.bytes);
    return last === undefined ? [] : records.all(from, last, ...rest).map(recordOf);
  };
}

// The first is always read, however large it is.
function lastWithin(extents: readonly Extent[], bytesMax: number): number | undefined {
  let last: number | undefined;
  let bytes = 0;
  for (const extent of extents) {
    bytes += extent.bytes;
    if (last !== undefined && bytes > bytesMax) break;
    last = extent.first;
  }
  return last;
}

function recordOf(row: Row): LogRecord {
  return {
    first: row.first,
    count: row.count,
    kind: row.kind,
    topic: row.topic,
    arrival: row.arrival,
    body: row.body,
    lines: linesOf(row.lines),
  };
}

// Stored in the byte order of the machine, which is little-endian wherever this runs.
function linesOf(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}
