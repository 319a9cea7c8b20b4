/**
 * A cron expression as plain data: sets of numbers as bits. Minutes and seconds need 60 bits, so they are
 * two words of 30; everything else fits one.
 */
import { dayNumber, daysInMonth, weekday } from "./civil.ts";

/** Bits 0 to 29 and 30 to 59. */
export type Bits60 = readonly [low: number, high: number];

export interface CronSchedule {
  second: Bits60;
  minute: Bits60;
  /** Bits 0 to 23. */
  hour: number;
  /** Bits 1 to 12. */
  month: number;
  day: CronDays;
  weekday: CronWeekdays;
  /** Minute or hour begins with `*`: it runs through real time, also where clocks change. */
  running: boolean;
}

export interface CronDays {
  /** The field begins with `*` or is `?`. */
  any: boolean;
  /** Bits 1 to 31. */
  days: number;
  /** Bit n: n days before the last of the month (`L`, `L-n`). */
  from_last: number;
  /** Bit n: the weekday (Monday to Friday) nearest to day n, within the month (`nW`). */
  near: number;
  /** The last Monday to Friday of the month (`LW`). */
  last_working_day: boolean;
}

export interface CronWeekdays {
  any: boolean;
  /** Bits 0 = Sunday to 6. */
  weekdays: number;
  /** Per `d#n`: [0 = Sunday to 6, 1 to 5]. */
  nth: readonly (readonly [weekday: number, nth: number])[];
  /** Bits 0 = Sunday to 6: the last one of the month (`dL`). */
  last: number;
}

/** The least member >= from; -1 when there is none. */
export function nextBit(bits: number, from: number): number {
  if (from > 31) return -1;
  const rest = bits & (-1 << from);
  return rest === 0 ? -1 : 31 - Math.clz32(rest & -rest);
}

export function nextBit60([low, high]: Bits60, from: number): number {
  const found = from < 30 ? nextBit(low, from) : -1;
  if (found !== -1) return found;
  const later = nextBit(high, Math.max(from - 30, 0));
  return later === -1 ? -1 : later + 30;
}

/**
 * The days of a month on which the schedule runs, bits 1 to 31. Where both fields name days either counts;
 * where one of them begins with `*` both must hold (Vixie cron).
 */
export function runDays(schedule: CronSchedule, year: number, month: number): number {
  const first = weekday(dayNumber(year, month, 1));
  const length = daysInMonth(year, month);
  const all = bitsTo(length);
  const byDay = monthDays(schedule.day, first, length);
  const byWeekday = weekdayDays(schedule.weekday, first, length);
  const both = schedule.day.any || schedule.weekday.any;
  return (both ? byDay & byWeekday : byDay | byWeekday) & all;
}

/** Bits 1 to `last`. */
function bitsTo(last: number): number {
  return last === 31 ? -2 : (1 << (last + 1)) - 2;
}

function monthDays(day: CronDays, first: number, length: number): number {
  let bits = day.days;
  for (let back = nextBit(day.from_last, 0); back !== -1; back = nextBit(day.from_last, back + 1)) {
    if (back < length) bits |= 1 << (length - back);
  }
  for (let near = nextBit(day.near, 1); near !== -1; near = nextBit(day.near, near + 1)) {
    if (near <= length) bits |= 1 << nearestWorkingDay(near, first, length);
  }
  if (day.last_working_day) bits |= 1 << nearestWorkingDay(length, first, length);
  return bits;
}

function nearestWorkingDay(day: number, first: number, length: number): number {
  const name = (first + day - 1) % 7;
  if (name === 6) return day === 1 ? 3 : day - 1;
  if (name === 0) return day === length ? day - 2 : day + 1;
  return day;
}

function weekdayDays(wanted: CronWeekdays, first: number, length: number): number {
  let bits = 0;
  for (let day = 1, name = first; day <= length; day++, name = name === 6 ? 0 : name + 1) {
    const named = (wanted.weekdays >> name & 1) === 1;
    const last = (wanted.last >> name & 1) === 1 && day + 7 > length;
    if (named || last) bits |= 1 << day;
  }
  for (const [name, nth] of wanted.nth) {
    const day = 1 + (name - first + 7) % 7 + 7 * (nth - 1);
    if (day <= length) bits |= 1 << day;
  }
  return bits;
}
