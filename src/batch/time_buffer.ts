/**
 * Scratch memory for the times of one extractor while a batch is encoded. Every row gets a time: its own,
 * or its arrival when it has none or none that can be read; the flag says which (SEMANTICS 4 and 10).
 */
import { timeOf, type TimeSource } from "../base/event_time.ts";
import { compileColumn } from "../base/field_path.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import { BATCH_ROWS_MAX, TIME } from "./batch.ts";
import { isoTime } from "./iso_time.ts";

/** Further ahead of its arrival than this an event's time is flagged, ms. */
export const FUTURE_MS_MAX = 5 * 60_000;

export interface TimeReader {
  id: number;
  source: TimeSource;
  lookup(event: JsonObject): JsonValue | undefined;
}

/** Compiles where a rule reads event time: its field, else `timestamp`, else `time`. */
export function timeReader(id: number, source: TimeSource): TimeReader {
  if (source.field !== null) return { id, source, lookup: compileColumn(source.field) };
  const timestamp = compileColumn("timestamp");
  const time = compileColumn("time");
  return { id, source, lookup: (event) => timestamp(event) ?? time(event) };
}

export class TimeBuffer {
  readonly times = new Float64Array(BATCH_ROWS_MAX);
  readonly flags = new Uint8Array(BATCH_ROWS_MAX);
  id = -1;
  /** The latest time of the batch, rows of the far future left out; -Infinity for none. */
  latest = -Infinity;

  read(reader: TimeReader, events: readonly JsonObject[], arrival: number): void {
    this.id = reader.id;
    this.latest = -Infinity;
    const unit = reader.source.unit;
    let lastText = "";
    let lastTime = NaN;
    for (let row = 0; row < events.length; row++) {
      const value = reader.lookup(events[row]!);
      if (value === undefined) this.#put(row, arrival, TIME.absent);
      else {
        let time: number;
        if (typeof value === "string") {
          if (value !== lastText) {
            lastText = value;
            lastTime = timeOfText(value, unit);
          }
          time = lastTime;
        } else time = timeOf(value, unit);
        if (Number.isNaN(time)) this.#put(row, arrival, TIME.unreadable);
        else this.#put(row, time, time > arrival + FUTURE_MS_MAX ? TIME.future : TIME.read);
      }
    }
  }

  #put(row: number, time: number, flag: number): void {
    this.times[row] = time;
    this.flags[row] = flag;
    if (time > this.latest && flag !== TIME.future) this.latest = time;
  }
}

function timeOfText(text: string, unit: TimeSource["unit"]): number {
  const time = isoTime(text);
  return Number.isNaN(time) ? timeOf(text, unit) : time;
}
