/**
 * Functions of times. A time is ISO text or an epoch number whose unit its magnitude tells, as event times
 * are read everywhere (SEMANTICS 4). Parts of dates are in UTC unless a time zone is named. What cannot be
 * read gives null; where it is written as a constant, the rule is refused instead.
 */
import { civilDate, weekday } from "../../base/civil.ts";
import { parseDuration } from "../../base/duration.ts";
import { instant, timeOf } from "../../base/event_time.ts";
import type { JsonScalar, JsonValue } from "../../base/json.ts";
import { timeZone } from "../../base/time_zone.ts";
import { printed } from "../compare.ts";
import { checkConstant } from "./_check_constant.ts";
import type { Signature } from "./functions.ts";

const DAY_MS = 86_400_000;
/** What Date can show. */
const TIME_MAX = 8.64e15;

const UNITS: ReadonlyMap<string, number> = new Map([
  ["milliseconds", 1],
  ["seconds", 1000],
  ["minutes", 60_000],
  ["hours", 3_600_000],
  ["days", DAY_MS],
  ["weeks", 7 * DAY_MS],
]);

/** What clocks show. */
interface Local {
  year: number;
  month: number;
  day: number;
  /** 1 = Monday to 7. */
  weekday: number;
  hour: number;
  minute: number;
  second: number;
  ms: number;
}

export const TIME_FUNCTIONS: Readonly<Record<string, Signature>> = {
  year: part("year"),
  month: part("month"),
  day: part("day"),
  weekday: part("weekday"),
  hour: part("hour"),
  minute: part("minute"),
  timestamp: { min: 1, max: 1, body: { kind: "values", apply: ([x]) => known(timeOf(x!, null)) } },
  date_diff: {
    min: 3,
    max: 3,
    body: { kind: "values", apply: dateDiff },
    check: checkConstant(2, unitFault),
  },
  date_add: {
    min: 2,
    max: 2,
    body: { kind: "values", apply: dateAdd },
    check: checkConstant(1, durationFault),
  },
  format_date: {
    min: 1,
    max: 3,
    body: { kind: "values", apply: formatDate },
    check: checkConstant(1, zoneFault),
  },
};

function part(name: keyof Local): Signature {
  const apply = ([x, zone]: readonly JsonValue[]) => {
    const local = localOf(timeOf(x!, null), zone);
    return local === null ? null : local.shown[name];
  };
  return { min: 1, max: 2, body: { kind: "values", apply }, check: checkConstant(1, zoneFault) };
}

function known(ms: number): number | null {
  return Number.isNaN(ms) ? null : ms;
}

/** Null when the time or the zone is unreadable. */
function localOf(ms: number, zone: JsonValue | undefined): { shown: Local; offset: number } | null {
  if (Number.isNaN(ms)) return null;
  const named = zone === undefined ? null : timeZone(printed(zone));
  if (named === undefined) return null;
  const offset = named === null ? 0 : named.offsetAt(ms);
  const days = Math.floor((ms + offset) / DAY_MS);
  const rest = ms + offset - days * DAY_MS;
  const shown = {
    ...civilDate(days),
    weekday: weekday(days) || 7,
    hour: Math.floor(rest / 3_600_000),
    minute: Math.floor(rest / 60_000) % 60,
    second: Math.floor(rest / 1000) % 60,
    ms: rest % 1000,
  };
  return { shown, offset };
}

/** From the second to the first, so positive when the first is later; not rounded. */
function dateDiff([a, b, unit]: readonly JsonValue[]): number | null {
  const size = UNITS.get(printed(unit!));
  return size === undefined ? null : known((timeOf(a!, null) - timeOf(b!, null)) / size);
}

function dateAdd([x, duration]: readonly JsonValue[]): number | null {
  const sum = timeOf(x!, null) + signedDuration(printed(duration!));
  return Math.abs(sum) <= TIME_MAX ? sum : null;
}

/** A duration, with a minus before it or not; NaN when it is none. */
function signedDuration(text: string): number {
  const negative = text.startsWith("-");
  const ms = parseDuration(negative ? text.slice(1) : text);
  return ms === undefined ? NaN : negative ? -ms : ms;
}

const PATTERN = /YYYY|MM|DD|HH|mm|ss|SSS/g;

/** RFC 3339 with ms, in UTC or with the zone's offset; or by a pattern. */
function formatDate([x, zone, pattern]: readonly JsonValue[]): string | null {
  const ms = timeOf(x!, null);
  const local = localOf(ms, zone);
  if (local === null) return null;
  if (zone === undefined) return instant(ms);
  const parts: Readonly<Record<string, string>> = written(local.shown);
  if (pattern !== undefined) return printed(pattern).replace(PATTERN, (name) => parts[name]!);
  const { YYYY, MM, DD, HH, mm, ss, SSS } = parts;
  return `${YYYY}-${MM}-${DD}T${HH}:${mm}:${ss}.${SSS}${offsetText(local.offset)}`;
}

function written({ year, month, day, hour, minute, second, ms }: Local): Record<string, string> {
  return {
    YYYY: `${year < 0 ? "-" : ""}${digits(Math.abs(year), 4)}`,
    MM: digits(month, 2),
    DD: digits(day, 2),
    HH: digits(hour, 2),
    mm: digits(minute, 2),
    ss: digits(second, 2),
    SSS: digits(ms, 3),
  };
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, "0");
}

/** RFC 3339 has whole minutes only; zones had others before there was one time for a country. */
function offsetText(ms: number): string {
  const minutes = Math.floor(Math.abs(ms) / 60_000);
  return `${ms < 0 ? "-" : "+"}${digits(Math.floor(minutes / 60), 2)}:${digits(minutes % 60, 2)}`;
}

function unitFault(value: JsonScalar): string | null {
  if (UNITS.has(printed(value))) return null;
  return `"${value}" is no unit, expected one of ${[...UNITS.keys()].join(", ")}`;
}

function durationFault(value: JsonScalar): string | null {
  if (!Number.isNaN(signedDuration(printed(value)))) return null;
  return `"${value}" is no duration, expected text such as "1h30m" or "-5m"`;
}

function zoneFault(value: JsonScalar): string | null {
  if (timeZone(printed(value)) !== undefined) return null;
  return `"${value}" is no time zone, expected a name such as "Europe/Berlin"`;
}
