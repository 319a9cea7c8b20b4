/** The size of a log record, as retention, read limits and `EventLog.bytes` count it. */
import type { NewRecord } from "./event_log.ts";

/** Bytes of the body and its line table. */
export function recordBytes(record: Pick<NewRecord, "body" | "lines">): number {
  return record.body.byteLength + record.lines.byteLength;
}
