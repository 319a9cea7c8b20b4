/**
 * Local time in an IANA time zone, from the tables of the runtime (Intl). Asking Intl takes microseconds, so
 * what it says is kept per zone and week: the offset at the week's start and, where the offset changes
 * within it, when and to what. Two changes within one week would be seen as one; no zone has had that since
 * there are time zones of whole minutes.
 *
 * Answers change only when the runtime brings newer tables, which is an upgrade like that of any other code.
 */

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const SECOND_MS = 1000;
/** Weeks kept per zone; past it the zone starts anew. */
const WEEKS_MAX = 4096;
/** Zones kept; there are about 600 names. */
const ZONES_MAX = 1024;
const NAME_CHARACTERS_MAX = 64;
// Intl counts years before 1 backwards, and there were no zones: the first and last offsets stand for all.
const FIRST_MS = Date.UTC(1800, 0, 1);
const LAST_MS = Date.UTC(9999, 0, 1);

interface Week {
  offset: number;
  /** When the offset changes, ms; Infinity: not within this week. */
  change: number;
  after: number;
}

export class TimeZone {
  readonly name: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #weeks = new Map<number, Week>();

  /** @throws RangeError when the runtime knows no zone of this name. */
  constructor(name: string) {
    this.name = name;
    const [date, time] = ["numeric", "numeric"] as const;
    this.#format = new Intl.DateTimeFormat("en-US", {
      ...{ timeZone: name, hourCycle: "h23" },
      ...{ year: date, month: date, day: date, hour: time, minute: time, second: time },
    });
  }

  /** Local time minus UTC at the instant `ms`, in ms. */
  offsetAt(ms: number): number {
    const week = this.#week(Math.floor(ms / WEEK_MS));
    return ms < week.change ? week.offset : week.after;
  }

  /** The first instant in (after, until] at which the offset changes; null when there is none. */
  changeBetween(after: number, until: number): number | null {
    const last = Math.floor(until / WEEK_MS);
    for (let index = Math.floor(after / WEEK_MS); index <= last; index++) {
      const { change } = this.#week(index);
      if (change > after && change <= until) return change;
    }
    return null;
  }

  /**
   * The instant at which clocks show `local` (ms as if it were UTC). Shown twice: the first time. Never
   * shown: the first instant after the gap.
   */
  instantOf(local: number): number {
    const before = this.offsetAt(local - DAY_MS);
    const after = this.offsetAt(local + DAY_MS);
    if (before === after) return local - before;
    if (this.offsetAt(local - before) === before) return local - before;
    if (this.offsetAt(local - after) === after) return local - after;
    return this.changeBetween(local - 2 * DAY_MS, local + 2 * DAY_MS) ?? local - after;
  }

  #week(index: number): Week {
    const known = this.#weeks.get(index);
    if (known !== undefined) return known;
    if (this.#weeks.size >= WEEKS_MAX) this.#weeks.clear();
    const week = this.#look(index * WEEK_MS);
    this.#weeks.set(index, week);
    return week;
  }

  // A change exactly at a week's start belongs to that week's own offset, so the week before must find it
  // as well: it looks one second past its own end.
  #look(start: number): Week {
    const offset = this.#ask(start - SECOND_MS);
    const after = this.#ask(start + WEEK_MS - SECOND_MS);
    if (offset === after) return { offset, change: Infinity, after };
    let [same, changed] = [start - SECOND_MS, start + WEEK_MS - SECOND_MS];
    while (changed - same > SECOND_MS) {
      const middle = same + SECOND_MS * Math.floor((changed - same) / SECOND_MS / 2);
      if (this.#ask(middle) === offset) same = middle;
      else changed = middle;
    }
    return { offset, change: changed, after };
  }

  #ask(ms: number): number {
    const at = Math.min(Math.max(ms, FIRST_MS), LAST_MS);
    const [month, day, year, hour, minute, second] = this.#format.format(at).match(/\d+/g)!.map(Number);
    return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) -
      Math.floor(at / SECOND_MS) * SECOND_MS;
  }
}

const zones = new Map<string, TimeZone | null>();

/** The zone of this name, as Intl knows it; undefined when it knows none. */
export function timeZone(name: string): TimeZone | undefined {
  if (name.length > NAME_CHARACTERS_MAX) return undefined;
  let zone = zones.get(name);
  if (zone === undefined) {
    if (zones.size >= ZONES_MAX) zones.clear();
    zones.set(name, zone = open(name));
  }
  return zone ?? undefined;
}

function open(name: string): TimeZone | null {
  try {
    return new TimeZone(name);
  } catch (error) {
    // Intl's way to say that it knows no such zone.
    if (error instanceof RangeError) return null;
    throw error;
  }
}
