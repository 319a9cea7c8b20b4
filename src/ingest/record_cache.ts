/**
 * The newest records in memory, for alerts that want their events: by far most are asked for within
 * moments of their arrival. Older ones are read from the log, one record at a time.
 */
import type { JsonObject } from "../base/json.ts";
import type { EventLog, LogRecord } from "../store/event_log.ts";
import { parseEventAt } from "./parsed_record.ts";

/** Bytes of records that are kept. */
export const RECORD_CACHE_BYTES_MAX = 32 * 1024 * 1024;
/** Of one record beside its body and its lines: with small requests they are most of it. */
const RECORD_BYTES = 400;
/** Dropped records at the front of the list that are kept before it is cut. */
const COMPACT_AT = 4096;

/** Of older records that were read again. */
const OLD_BYTES_MAX = 32 * 1024 * 1024;

export class RecordCache {
  readonly #log: EventLog;
  #records: LogRecord[] = [];
  /** Where those that are kept begin. */
  #head = 0;
  #bytes = 0;
  /** Those read from the log again, the one used longest ago first: evidence of old records comes in runs. */
  readonly #old = new Map<number, LogRecord>();
  #oldBytes = 0;

  constructor(log: EventLog) {
    this.#log = log;
  }

  /** Remembers a record of events; offsets must grow. */
  add(record: LogRecord): void {
    if (record.kind !== "events") return;
    this.#records.push(record);
    this.#bytes += bytesOf(record);
    while (this.#bytes > RECORD_CACHE_BYTES_MAX && this.#head < this.#records.length - 1) {
      this.#bytes -= bytesOf(this.#records[this.#head++]!);
    }
    if (this.#head < COMPACT_AT) return;
    this.#records = this.#records.slice(this.#head);
    this.#head = 0;
  }

  /** The event at `offset`; null when retention has passed it. */
  async event(offset: number): Promise<JsonObject | null> {
    const record = this.#find(offset) ?? await this.#read(offset);
    return record === undefined ? null : parseEventAt(record, offset);
  }

  #find(offset: number): LogRecord | undefined {
    let low = this.#head;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#records[middle]!.first <= offset) low = middle + 1;
      else high = middle;
    }
    const record = low > this.#head ? this.#records[low - 1] : undefined;
    return record !== undefined && holds(record, offset) ? record : undefined;
  }

  async #read(offset: number): Promise<LogRecord | undefined> {
    for (const record of this.#old.values()) {
      if (!holds(record, offset)) continue;
      this.#old.delete(record.first);
      this.#old.set(record.first, record);
      return record;
    }
    const [record] = await this.#log.read(offset, { records: 1, bytes: 0 });
    if (record === undefined || !holds(record, offset)) return undefined;
    this.#old.set(record.first, record);
    this.#oldBytes += record.body.byteLength;
    for (const [first, oldest] of this.#old) {
      if (this.#oldBytes <= OLD_BYTES_MAX || this.#old.size === 1) break;
      this.#old.delete(first);
      this.#oldBytes -= oldest.body.byteLength;
    }
    return record;
  }
}

function holds(record: LogRecord, offset: number): boolean {
  return record.kind === "events" && offset >= record.first && offset < record.first + record.count;
}

function bytesOf(record: LogRecord): number {
  return RECORD_BYTES + record.body.byteLength + record.lines.byteLength;
}
