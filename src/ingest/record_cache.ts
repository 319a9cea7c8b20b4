/**
 * The newest records in memory, for alerts that want their events: by far most are asked for within
 * moments of their arrival. Older ones are read from the log, one record at a time.
 */
import type { JsonObject } from "../base/json.ts";
import type { EventLog, LogRecord } from "../store/event_log.ts";
import { parseEventAt } from "./parsed_record.ts";

/** Bytes of record bodies that are kept. */
export const RECORD_CACHE_BYTES_MAX = 32 * 1024 * 1024;

export class RecordCache {
  readonly #log: EventLog;
  #records: LogRecord[] = [];
  #bytes = 0;
  /** The last one read from the log: evidence of old records comes in runs. */
  #old: LogRecord | undefined;

  constructor(log: EventLog) {
    this.#log = log;
  }

  /** Remembers a record; offsets must grow. */
  add(record: LogRecord): void {
    this.#records.push(record);
    this.#bytes += record.body.byteLength;
    let drop = 0;
    while (this.#bytes > RECORD_CACHE_BYTES_MAX && drop < this.#records.length - 1) {
      this.#bytes -= this.#records[drop++]!.body.byteLength;
    }
    if (drop > 0) this.#records = this.#records.slice(drop);
  }

  /** The event at `offset`; null when retention has passed it. */
  async event(offset: number): Promise<JsonObject | null> {
    const record = this.#find(offset) ?? await this.#read(offset);
    return record === undefined ? null : parseEventAt(record, offset);
  }

  #find(offset: number): LogRecord | undefined {
    let low = 0;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#records[middle]!.first <= offset) low = middle + 1;
      else high = middle;
    }
    const record = this.#records[low - 1];
    return record !== undefined && holds(record, offset) ? record : undefined;
  }

  async #read(offset: number): Promise<LogRecord | undefined> {
    if (this.#old !== undefined && holds(this.#old, offset)) return this.#old;
    const [record] = await this.#log.read(offset, { records: 1, bytes: 0 });
    if (record === undefined || !holds(record, offset)) return undefined;
    return this.#old = record;
  }
}

function holds(record: LogRecord, offset: number): boolean {
  return record.kind === "events" && offset >= record.first && offset < record.first + record.count;
}
