/** Events as a step gathers them: what the encoder and the filter would hand over for these values. */
import type { JsonValue } from "../../../src/base/json.ts";
import { numberOfText } from "../../../src/base/numeric.ts";
import { KIND } from "../../../src/batch/batch.ts";
import type { Gathered, ValueColumn } from "../../../src/engine/gathered.ts";

export interface AggregateEvent {
  /** Event time, ms. Absent: 0. */
  ts?: number;
  /** One value per column. */
  values: readonly (JsonValue | undefined)[];
}

export function gatheredOf(events: readonly AggregateEvent[], columns: number): Gathered {
  return {
    count: events.length,
    offsets: Float64Array.from(events, (_, i) => i),
    times: Float64Array.from(events, ({ ts }) => ts ?? 0),
    time_flags: new Uint8Array(events.length),
    keys: [],
    columns: Array.from({ length: columns }, (_, k) => columnOf(events.map(({ values }) => values[k]))),
    before: null,
    outcomes: null,
  };
}

function columnOf(values: readonly (JsonValue | undefined)[]): ValueColumn {
  return {
    numbers: Float64Array.from(values, readingOf),
    kinds: Uint8Array.from(values, kindOf),
    texts: values.map((value) => {
      if (typeof value === "string") return value;
      return typeof value === "object" && value !== null ? JSON.stringify(value) : "";
    }),
  };
}

function readingOf(value: JsonValue | undefined): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  return typeof value === "string" ? numberOfText(value) : NaN;
}

function kindOf(value: JsonValue | undefined): number {
  if (value === undefined || value === null) return KIND.missing;
  if (typeof value === "object") return KIND.json;
  return { number: KIND.number, string: KIND.text, boolean: KIND.boolean }[typeof value as "number"];
}
