/**
 * Retry-After (RFC 9110, 10.2.3): whole seconds, or an HTTP date in any of the three forms of 5.6.7.
 * Fractions of seconds, seen in the field, are rounded up. Whatever cannot be read counts as absent.
 */
import { instant, timeOf } from "../base/event_time.ts";

/** No receiver may put a delivery off for longer at a time. */
export const DEFERRAL_MS_MAX = 3_600_000;

const SECONDS = /^\d+(?:\.\d+)?$/;
// "Sun, 06 Nov 1994 08:49:37 GMT", and the obsolete "Sunday, 06-Nov-94 08:49:37 GMT".
const DATE = /^[A-Z][a-z]+, (\d{2})[ -]([A-Z][a-z]{2})[ -](\d{4}|\d{2}) (\d{2}:\d{2}:\d{2}) GMT$/;
// "Sun Nov  6 08:49:37 1994"
const ASCTIME = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}:\d{2}:\d{2}) (\d{4})$/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Ms from `now` (ms since the epoch) that the header asks to wait, 0 to an hour; null when it says nothing. */
export function retryAfterMs(header: string | undefined, now: number): number | null {
  const text = header?.trim() ?? "";
  const wait = SECONDS.test(text) ? Math.ceil(Number(text)) * 1000 : dateMs(text, now) - now;
  return Number.isNaN(wait) ? null : Math.min(Math.max(0, wait), DEFERRAL_MS_MAX);
}

function dateMs(text: string, now: number): number {
  const date = DATE.exec(text);
  if (date !== null) return ofParts(fullYear(date[3]!, now), date[2]!, date[1]!, date[4]!);
  const asctime = ASCTIME.exec(text);
  if (asctime !== null) return ofParts(asctime[4]!, asctime[1]!, asctime[2]!.replace(" ", "0"), asctime[3]!);
  return NaN;
}

function ofParts(year: string, month: string, day: string, time: string): number {
  const number = MONTHS.indexOf(month) + 1;
  return timeOf(`${year}-${String(number).padStart(2, "0")}-${day}T${time}Z`, null);
}

// RFC 9110: two digits that seem more than 50 years ahead mean the past century.
function fullYear(year: string, now: number): string {
  if (year.length === 4) return year;
  const current = Number(instant(now).slice(0, 4));
  const guess = current - current % 100 + Number(year);
  return String(guess > current + 50 ? guess - 100 : guess);
}
