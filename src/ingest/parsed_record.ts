/** A log record with its events, as the router wants it. */
import type { JsonObject } from "../base/json.ts";
import type { LogRecord } from "../store/event_log.ts";

export interface ParsedRecord {
  record: LogRecord;
  /** Parallel to the record's offsets; empty for other kinds than events. */
  events: readonly JsonObject[];
}

const COMMA = 0x2c;
const decoder = new TextDecoder("utf-8", { fatal: true });

/** Parses a record of the log again: its separators become commas, and one JSON.parse does the rest. */
export function parseRecord(record: LogRecord): ParsedRecord {
  if (record.kind !== "events") return { record, events: [] };
  const bytes = record.body.slice();
  for (let i = 1; i < record.count; i++) bytes[record.lines[i]! - 1] = COMMA;
  return { record, events: JSON.parse(`[${decoder.decode(bytes)}]`) };
}

/** One event of a record. */
export function parseEventAt(record: LogRecord, offset: number): JsonObject {
  const i = offset - record.first;
  return JSON.parse(decoder.decode(record.body.subarray(record.lines[i]!, record.lines[i + 1]! - 1)));
}
