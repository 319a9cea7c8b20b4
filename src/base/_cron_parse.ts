/**
 * Cron expressions as text. Every message names the field, what stands there and what may stand there.
 */
import type { Bits60, CronDays, CronSchedule, CronWeekdays } from "./_cron_schedule.ts";

export type CronReading = { ok: true; schedule: CronSchedule } | { ok: false; message: string };

export const CRON_CHARACTERS_MAX = 500;

interface Field {
  name: string;
  min: number;
  max: number;
  /** Names of the numbers from `min` on. */
  names: readonly string[];
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const SECOND: Field = { name: "second", min: 0, max: 59, names: [] };
const MINUTE: Field = { name: "minute", min: 0, max: 59, names: [] };
const HOUR: Field = { name: "hour", min: 0, max: 23, names: [] };
const DAY: Field = { name: "day of month", min: 1, max: 31, names: [] };
const MONTH: Field = { name: "month", min: 1, max: 12, names: MONTHS };
// 7 is Sunday as well.
const WEEKDAY: Field = { name: "day of week", min: 0, max: 7, names: WEEKDAYS };

const MACROS: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/** What the text lacks; it never leaves this file. */
class CronFault extends Error {
  override readonly name = "CronFault";
}

/** Reads five fields (minute first), six (second first), or one of the names such as `@daily`. */
export function parseCron(text: string): CronReading {
  if (text.length > CRON_CHARACTERS_MAX) {
    const most = `at most ${CRON_CHARACTERS_MAX}`;
    return { ok: false, message: `Cannot read a cron expression of ${text.length} characters: ${most}` };
  }
  try {
    return { ok: true, schedule: readSchedule(text.trim()) };
  } catch (fault) {
    if (!(fault instanceof CronFault)) throw fault;
    return { ok: false, message: `Cannot read the cron expression "${text}": ${fault.message}` };
  }
}

function readSchedule(text: string): CronSchedule {
  const parts = withoutMacro(text).split(/\s+/);
  if (parts.length !== 5 && parts.length !== 6) {
    throw new CronFault(
      `it has ${text === "" ? 0 : parts.length} fields, expected 5 (minute hour day month weekday) ` +
        "or 6 (second first)",
    );
  }
  const [second, minute, hour, day, month, weekday] = parts.length === 6 ? parts : ["0", ...parts];
  return {
    second: readBits(second!, SECOND),
    minute: readBits(minute!, MINUTE),
    hour: readBits(hour!, HOUR)[0],
    day: readDays(day!),
    month: readBits(month!, MONTH)[0],
    weekday: readWeekdays(weekday!),
    running: minute!.startsWith("*") || hour!.startsWith("*"),
  };
}

function withoutMacro(text: string): string {
  if (!text.startsWith("@")) return text;
  const fields = MACROS[text.toLowerCase()];
  if (fields === undefined) throw new CronFault(`expected one of ${Object.keys(MACROS).join(", ")}`);
  return fields;
}

/** A list of ranges; words are 30 bits wide, so fields below 30 lie in the first. */
function readBits(text: string, field: Field): Bits60 {
  const bits: [number, number] = [0, 0];
  for (const item of text.split(",")) {
    const range = readRange(item, field);
    for (let n = range.from; n <= range.to; n += range.step) bits[n < 30 ? 0 : 1] |= 1 << n % 30;
  }
  return bits;
}

interface Range {
  from: number;
  to: number;
  step: number;
}

function readRange(text: string, field: Field): Range {
  const [span, step, more] = text.split("/");
  if (more !== undefined) throw new CronFault(`"${text}" as ${field.name} has two steps`);
  const every = step === undefined ? 1 : /^\d{1,4}$/.test(step) ? Number(step) : 0;
  if (every < 1 || every > Math.max(field.max, 1)) {
    throw new CronFault(`the step "${step}" of ${field.name} is not from 1 to ${field.max}`);
  }
  if (span === "*" || span === "?") return { from: field.min, to: topOf(field), step: every };
  const ends = span!.split("-");
  if (ends.length > 2) throw new CronFault(`"${text}" as ${field.name} is no range such as 1-5`);
  const from = readNumber(ends[0]!, field);
  const end = ends[1] === undefined ? undefined : readNumber(ends[1], field);
  if (end === undefined) return { from, to: step === undefined ? from : topOf(field), step: every };
  // FRI-SUN and SAT-MON go over the end of the week.
  if (end < from && field === WEEKDAY) return { from, to: end + 7, step: every };
  if (end < from) {
    throw new CronFault(`the range "${span}" of ${field.name} runs backwards, write two ranges with a comma`);
  }
  return { from, to: end, step: every };
}

/** 7 repeats 0. */
function topOf(field: Field): number {
  return field === WEEKDAY ? 6 : field.max;
}

function readNumber(text: string, field: Field): number {
  const named = field.names.indexOf(text.toUpperCase());
  if (named !== -1) return field.min + named;
  const number = /^\d{1,4}$/.test(text) ? Number(text) : -1;
  if (number >= field.min && number <= field.max) return number;
  const names = field.names.length === 0 ? "" : ` or ${field.names[0]} to ${field.names.at(-1)}`;
  throw new CronFault(`"${text}" is no ${field.name}, expected ${field.min} to ${field.max}${names}`);
}

function readDays(text: string): CronDays {
  const found = { any: isAny(text), days: 0, from_last: 0, near: 0, last_working_day: false };
  for (const item of text.toUpperCase().split(",")) {
    const [, back] = /^L(?:-(\d{1,2}))?$/.exec(item) ?? [];
    const [, near] = /^(\d{1,2})W$/.exec(item) ?? [];
    if (item === "LW" || item === "WL") found.last_working_day = true;
    else if (/^L/.test(item)) {
      if (item !== "L" && !(Number(back) <= 30)) {
        throw new CronFault(`"${item}" as day of month is no L, L-1 to L-30 or LW`);
      }
      found.from_last |= 1 << Number(back ?? 0);
    } else if (near !== undefined) {
      const day = readNumber(near, DAY);
      found.near |= 1 << day;
    } else {
      const range = readRange(item, DAY);
      for (let n = range.from; n <= range.to; n += range.step) found.days |= 1 << n;
    }
  }
  return found;
}

function readWeekdays(text: string): CronWeekdays {
  const nth: [number, number][] = [];
  const found = { any: isAny(text), weekdays: 0, nth, last: 0 };
  for (const item of text.toUpperCase().split(",")) {
    const [, name, mark, which] = /^([A-Z\d]+?)(L|#(.*))$/.exec(item) ?? [];
    if (name !== undefined) {
      const day = readNumber(name, WEEKDAY);
      if (mark === "L") found.last |= 1 << day % 7;
      else if (!/^[1-5]$/.test(which!)) throw new CronFault(`"${item}" as day of week: expected #1 to #5`);
      else nth.push([day % 7, Number(which)]);
      continue;
    }
    // A lone L is the last day of the week.
    const range = readRange(item === "L" ? "6" : item, WEEKDAY);
    for (let n = range.from; n <= range.to; n += range.step) found.weekdays |= 1 << n % 7;
  }
  return found;
}

function isAny(text: string): boolean {
  return text.startsWith("*") || text === "?";
}
