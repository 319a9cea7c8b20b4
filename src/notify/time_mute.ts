/**
 * Whether an instant lies in a time interval, and whether intervals keep a route quiet now: one that is
 * listed as mute and holds, or the lack of any that holds where some are listed as active. Pure.
 */
import { civilDate, daysInMonth, weekday } from "../base/civil.ts";
import { timeZone } from "../base/time_zone.ts";
import type { TimeInterval } from "../model/time_interval.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export type NamedIntervals = Readonly<Record<string, readonly TimeInterval[]>>;

/** Whether all fields given hold at `at`, ms since the epoch: a field does when any of its ranges does. */
export function intervalHolds(interval: TimeInterval, at: number): boolean {
  const local = at + (timeZone(interval.location ?? "UTC")?.offsetAt(at) ?? 0);
  const days = Math.floor(local / DAY_MS);
  const { year, month, day } = civilDate(days);
  const minute = Math.floor((local - days * DAY_MS) / MINUTE_MS);
  const length = daysInMonth(year, month);
  const { times, weekdays, days_of_month, months, years } = interval;
  return (times === undefined || times.some(([from, to]) => minute >= from && minute < to)) &&
    within(weekdays, weekday(days)) &&
    (days_of_month === undefined || days_of_month.some((range) => dayWithin(range, day, length))) &&
    within(months, month) && within(years, year);
}

/** The names of the intervals that mute: those that hold, or all active ones when none of them does. */
export function mutedBy(
  { mute, active }: { mute: readonly string[]; active: readonly string[] },
  intervals: NamedIntervals,
  at: number,
): string[] {
  const holds = (name: string) => (intervals[name] ?? []).some((interval) => intervalHolds(interval, at));
  const muting = mute.filter(holds);
  if (muting.length > 0) return muting;
  return active.length > 0 && !active.some(holds) ? [...active] : [];
}

function within(ranges: readonly [number, number][] | undefined, value: number): boolean {
  return ranges === undefined || ranges.some(([from, to]) => value >= from && value <= to);
}

// A range that begins past the end of a short month holds no day of it.
function dayWithin([from, to]: [number, number], day: number, length: number): boolean {
  const first = from < 0 ? Math.max(1, length + from + 1) : from;
  const last = to < 0 ? length + to + 1 : Math.min(to, length);
  return day >= first && day <= last;
}
