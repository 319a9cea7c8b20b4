/**
 * Time intervals as Alertmanager writes them: times of the day, weekdays, days of the month, months, years,
 * in a time zone. A time of the day is "HH:MM", up to 24:00; a range of times leaves its end out, all other
 * ranges ("monday:friday", "1:-1", "june:august", "2026") hold both ends. Negative days count from the month's end.
 */
import { timeZone } from "../base/time_zone.ts";

/** Ranges by field; minutes of the day, weekdays from 0 = Sunday, months from 1. */
export interface TimeInterval {
  times?: [number, number][];
  weekdays?: [number, number][];
  days_of_month?: [number, number][];
  months?: [number, number][];
  years?: [number, number][];
  location?: string;
}

export interface IntervalFault {
  path: (string | number)[];
  code: string;
  message: string;
}

export type ReadInterval = { ok: true; interval: TimeInterval } | { ok: false; fault: IntervalFault };

/** Ranges of one field. */
const RANGES_MAX = 100;
const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MONTHS = [
  ...["january", "february", "march", "april", "may", "june", "july"],
  ...["august", "september", "october", "november", "december"],
];
const FIELDS = ["weekdays", "days_of_month", "months", "years"] as const;
const DAY_MINUTES = 1440;

class Refusal extends Error {
  constructor(readonly fault: IntervalFault) {
    super(fault.message);
  }
}

export function readTimeInterval(given: Readonly<Record<string, unknown>>): ReadInterval {
  try {
    return { ok: true, interval: read(given) };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, fault: error.fault };
    throw error;
  }
}

function read(given: Readonly<Record<string, unknown>>): TimeInterval {
  const known = ["times", ...FIELDS, "location"];
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) refuse([name], "unknown_field", `expected one of ${known.join(", ")}`);
  }
  const interval: TimeInterval = {};
  const times = listOf(given, "times");
  if (times !== null) interval.times = times.map((range, i) => timesOf(range, ["times", i]));
  for (const field of FIELDS) {
    const ranges = listOf(given, field);
    if (ranges !== null) interval[field] = ranges.map((range, i) => RANGE[field](range, [field, i]));
  }
  const { location } = given;
  if (location === undefined || location === null) return interval;
  if (typeof location !== "string" || timeZone(location) === undefined) {
    refuse(["location"], "bad_location", "expected the name of a time zone, such as Asia/Seoul");
  }
  return { ...interval, location };
}

function listOf(given: Readonly<Record<string, unknown>>, name: string): unknown[] | null {
  const list = given[name];
  if (list === undefined || list === null) return null;
  if (!Array.isArray(list) || list.length > RANGES_MAX) {
    refuse([name], "invalid_type", `expected a list of at most ${RANGES_MAX} ranges`);
  }
  return list;
}

function timesOf(given: unknown, path: IntervalFault["path"]): [number, number] {
  const { start_time, end_time } = (given ?? {}) as Record<string, unknown>;
  if (start_time === undefined || end_time === undefined) {
    refuse(path, "time_incomplete", 'expected "start_time" and "end_time"');
  }
  const [start, end] = [
    minuteOf(start_time, [...path, "start_time"]),
    minuteOf(end_time, [...path, "end_time"]),
  ];
  if (start >= end) refuse(path, "time_order", "expected a start before the end: over midnight, write two");
  return [start, end];
}

function minuteOf(given: unknown, path: IntervalFault["path"]): number {
  const found = typeof given === "string" ? /^(\d\d):(\d\d)$/.exec(given) : null;
  const [hours, minutes] = found === null ? [99, 99] : [Number(found[1]), Number(found[2])];
  const minute = hours * 60 + minutes;
  if (minutes > 59 || minute > DAY_MINUTES) refuse(path, "bad_time", 'expected "HH:MM", 00:00 to 24:00');
  return minute;
}

type Range = (given: unknown, path: IntervalFault["path"]) => [number, number];

const RANGE: Readonly<Record<typeof FIELDS[number], Range>> = {
  weekdays: (given, path) =>
    ordered(ends(given, path).map(nameIn(WEEKDAYS, 0, "weekday", path)), "weekday", path),
  months: (given, path) => ordered(ends(given, path).map(nameIn(MONTHS, 1, "month", path)), "month", path),
  years: (given, path) => ordered(ends(given, path).map(whole("year", path)), "year", path),
  days_of_month(given, path) {
    const [from, to] = ends(given, path).map(whole("day", path)) as [number, number];
    for (const day of [from, to]) {
      if (day === 0 || Math.abs(day) > 31) refuse(path, "day_out_of_range", "expected 1 to 31 or -31 to -1");
    }
    if (from < 0 && to > 0) refuse(path, "day_sign", "a range that starts with a negative day ends with one");
    const signs = Math.sign(from) === Math.sign(to);
    // Within the longest month, as Alertmanager checks it.
    if (signs ? from > to : from > 32 + to) refuse(path, "day_order", "expected the earlier day first");
    return [from, to];
  },
};

function ends(given: unknown, path: IntervalFault["path"]): [string, string] {
  const parts = typeof given === "number"
    ? [String(given)]
    : typeof given === "string"
    ? given.split(":")
    : [];
  if (parts.length < 1 || parts.length > 2) refuse(path, "bad_range", 'expected "from:to" or one value');
  const [from, to = from] = parts.map((part) => part.trim().toLowerCase());
  return [from!, to!];
}

function ordered(range: number[], what: string, path: IntervalFault["path"]): [number, number] {
  const [from, to] = range as [number, number];
  if (from > to) refuse(path, `${what}_order`, `expected the earlier ${what} first`);
  return [from, to];
}

function nameIn(names: readonly string[], first: number, what: string, path: IntervalFault["path"]) {
  return (name: string): number => {
    const index = names.indexOf(name);
    const number = what === "month" && /^\d+$/.test(name) ? Number(name) : index + first;
    const known = index >= 0 || (number >= 1 && number <= names.length && number !== index + first);
    if (!known) refuse(path, `bad_${what}`, `expected a ${what}, such as ${names[1]}`);
    return number;
  };
}

function whole(what: string, path: IntervalFault["path"]) {
  return (text: string): number => {
    if (!/^-?\d{1,6}$/.test(text)) refuse(path, `bad_${what}`, `expected a whole number as ${what}`);
    return Number(text);
  };
}

function refuse(path: IntervalFault["path"], code: string, wish: string): never {
  throw new Refusal({ path, code, message: `Cannot use ${path.join(".")} as time interval: ${wish}` });
}
