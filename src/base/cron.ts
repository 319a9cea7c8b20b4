/**
 * Cron schedules (`0,30 9-17 * * MON-FRI`): reading them, and when they run next in a time zone.
 *
 * Five fields (minute, hour, day of month, month, day of week), or six with seconds first. Lists, ranges,
 * steps, names (JAN, MON), `?` as `*`; day of month knows `L`, `L-3`, `15W`, `LW`; day of week knows `FRI#2`
 * and `FRIL`, and Sunday is 0 or 7. Both kinds of day given: either counts (Vixie cron).
 *
 * Where clocks change (after Vixie cron): a schedule whose minute or hour field begins with `*` runs through
 * real time, so it runs in a repeated hour again and has nothing to do in a skipped one. Every other
 * schedule names times of day: one that is skipped runs at the first instant after the gap, one that is
 * repeated runs the first time only.
 *
 * Pure: the time comes as an argument, zones from the runtime's tables.
 */
import { type CronSchedule, nextBit, nextBit60, runDays } from "./_cron_schedule.ts";
import { civilDate, DAY_SECONDS, dayNumber } from "./civil.ts";
import { type TimeZone, timeZone } from "./time_zone.ts";

export { CRON_CHARACTERS_MAX, type CronReading, parseCron } from "./_cron_parse.ts";
export type { CronSchedule } from "./_cron_schedule.ts";

/** How far ahead a schedule is looked for: 29 February 2096 is eight years before the next one. */
export const CRON_YEARS_MAX = 8;

const SECOND_MS = 1000;

/**
 * The first time after `afterMs` at which the schedule runs, ms; null when there is none within
 * {@linkcode CRON_YEARS_MAX} years.
 *
 * @throws RangeError when the runtime knows no such zone; {@linkcode timeZone} tells before.
 */
export function nextTime(schedule: CronSchedule, timezone: string, afterMs: number): number | null {
  const zone = timeZone(timezone);
  if (zone === undefined) throw new RangeError(`Cannot use "${timezone}" as time zone: it is not known`);
  return schedule.running ? nextRunning(schedule, zone, afterMs) : nextNamed(schedule, zone, afterMs);
}

/** Through real time: stretches of one offset, one after the other. */
function nextRunning(schedule: CronSchedule, zone: TimeZone, afterMs: number): number | null {
  let from = Math.floor(afterMs / SECOND_MS) * SECOND_MS + SECOND_MS;
  for (;;) {
    const offset = zone.offsetAt(from);
    const local = nextLocal(schedule, (from + offset) / SECOND_MS);
    // A change of clocks may still bring a time that this stretch has not.
    const found = local === null ? null : local * SECOND_MS - offset;
    if (found === null) return null;
    const change = zone.changeBetween(from, found);
    if (change === null) return found;
    from = change;
  }
}

/** Through the times that clocks show, each turned into its instant. */
function nextNamed(schedule: CronSchedule, zone: TimeZone, afterMs: number): number | null {
  let local = Math.floor((afterMs + zone.offsetAt(afterMs)) / SECOND_MS) + 1;
  for (;;) {
    const found = nextLocal(schedule, local);
    if (found === null) return null;
    const instant = zone.instantOf(found * SECOND_MS);
    if (instant > afterMs) return instant;
    local = found + 1;
  }
}

/** The first matching local time >= `from`, both in seconds as if they were UTC. */
function nextLocal(schedule: CronSchedule, from: number): number | null {
  const today = Math.floor(from / DAY_SECONDS);
  const start = civilDate(today);
  let { year, month } = start;
  for (let months = 0; months <= 12 * CRON_YEARS_MAX; months++) {
    if ((schedule.month >> month & 1) === 1) {
      const first = dayNumber(year, month, 1);
      const days = runDays(schedule, year, month);
      let day = nextBit(days, months === 0 ? start.day : 1);
      if (day !== -1 && first + day - 1 === today) {
        const time = nextTimeOfDay(schedule, from - today * DAY_SECONDS);
        if (time !== -1) return today * DAY_SECONDS + time;
        day = nextBit(days, day + 1);
      }
      if (day !== -1) return (first + day - 1) * DAY_SECONDS + nextTimeOfDay(schedule, 0);
    }
    if (month === 12) year++;
    month = month === 12 ? 1 : month + 1;
  }
  return null;
}

/** The first matching second of a day >= `from`; -1 when there is none. Every set holds something. */
function nextTimeOfDay(
  { hour: hours, minute: minutes, second: seconds }: CronSchedule,
  from: number,
): number {
  const [fromHour, fromMinute, fromSecond] = [Math.floor(from / 3600), Math.floor(from / 60) % 60, from % 60];
  const hour = nextBit(hours, fromHour);
  if (hour === -1) return -1;
  if (hour === fromHour) {
    const minute = nextBit60(minutes, fromMinute);
    const second = minute === fromMinute ? nextBit60(seconds, fromSecond) : -1;
    if (second !== -1) return hour * 3600 + minute * 60 + second;
    const later = minute === fromMinute ? nextBit60(minutes, fromMinute + 1) : minute;
    if (later !== -1) return hour * 3600 + later * 60 + nextBit60(seconds, 0);
  }
  const other = hour === fromHour ? nextBit(hours, hour + 1) : hour;
  return other === -1 ? -1 : other * 3600 + nextBit60(minutes, 0) * 60 + nextBit60(seconds, 0);
}
