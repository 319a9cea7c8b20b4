/**
 * Times of events (SEMANTICS 4): ISO 8601 text (UTC when it names no zone), or an epoch number whose unit
 * is told by magnitude unless the rule names it. All results are ms since the epoch.
 */
import type { JsonValue } from "./json.ts";
import { numberOfText } from "./numeric.ts";

export type TimeUnit = "s" | "ms" | "us" | "ns";

/** Where a rule reads event time. `field` null: `timestamp`, else `time`. */
export interface TimeSource {
  field: string | null;
  unit: TimeUnit | null;
}

const MS_PER_UNIT: Readonly<Record<TimeUnit, number>> = { s: 1000, ms: 1, us: 1e-3, ns: 1e-6 };

// Date part, then optional time of day, then optional zone.
const ISO = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(Z|z|[+-]\d{2}:?\d{2})?)?$/;

/** Ms since the epoch, or NaN if `value` is no time. */
export function timeOf(value: JsonValue, unit: TimeUnit | null): number {
  if (typeof value === "number") return ofEpoch(value, unit);
  if (typeof value !== "string") return NaN;
  const match = ISO.exec(value);
  if (match === null) {
    const number = numberOfText(value);
    return Number.isNaN(number) ? NaN : ofEpoch(number, unit);
  }
  if (!isDayOfMonth(value)) return NaN;
  const text = value.replace(" ", "T").replace(",", ".");
  // A date alone is UTC by the language's own rule; a date with a time is local unless it says otherwise.
  return Date.parse(match[1] === undefined && text.length > 10 ? text + "Z" : text);
}

// Date.parse takes 30 February for 2 March.
function isDayOfMonth(text: string): boolean {
  const day = Number(text.slice(8, 10));
  return day <= 28 || new Date(text.slice(0, 10)).getUTCDate() === day;
}

function ofEpoch(value: number, unit: TimeUnit | null): number {
  if (unit !== null) return bounded(value * MS_PER_UNIT[unit]);
  const size = Math.abs(value);
  if (size < 1e11) return bounded(value * 1000);
  if (size < 1e14) return bounded(value);
  if (size < 1e17) return bounded(value / 1e3);
  return bounded(value / 1e6);
}

// Beyond the range of Date a time could not be shown: unreadable.
function bounded(ms: number): number {
  return Math.abs(ms) <= 8.64e15 ? Math.floor(ms) : NaN;
}

/** RFC 3339 in UTC with ms, as every instant in an answer. */
export function instant(ms: number): string {
  return new Date(ms).toISOString();
}
