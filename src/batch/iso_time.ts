/**
 * The shape that nearly all times have, "2026-01-31T12:34:56Z" with or without milliseconds, read without
 * a regular expression or Date. Anything else, and any day that a short check cannot vouch for, is NaN
 * here: the caller asks `timeOf`, which decides. Day count: Howard Hinnant's days_from_civil.
 */

const ZERO = 48;

/** Ms since the epoch, or NaN when the text has another shape. */
export function isoTime(text: string): number {
  const length = text.length;
  if ((length !== 20 && length !== 24) || text.charCodeAt(length - 1) !== 90) return NaN;
  if (
    text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45 || text.charCodeAt(10) !== 84 ||
    text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58
  ) return NaN;
  const year = two(text, 0) * 100 + two(text, 2);
  const month = two(text, 5);
  const day = two(text, 8);
  const seconds = timeOfDay(two(text, 11), two(text, 14), two(text, 17));
  // Every month has 28 days; longer ones are left to the careful reader.
  if (!(month >= 1 && month <= 12 && day >= 1 && (day <= 28 || isLongDay(month, day)))) return NaN;
  return (daysFromCivil(year, month, day) * 86_400 + seconds) * 1000 + fraction(text, length);
}

function isLongDay(month: number, day: number): boolean {
  if (month === 2) return false;
  return day <= 30 || (day === 31 && month !== 4 && month !== 6 && month !== 9 && month !== 11);
}

function timeOfDay(hour: number, minute: number, second: number): number {
  return hour <= 23 && minute <= 59 && second <= 59 ? hour * 3600 + minute * 60 + second : NaN;
}

function fraction(text: string, length: number): number {
  if (length === 20) return 0;
  if (text.charCodeAt(19) !== 46) return NaN;
  return digit(text, 20) * 100 + two(text, 21);
}

function two(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1);
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - ZERO;
  return value >= 0 && value <= 9 ? value : NaN;
}

function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
