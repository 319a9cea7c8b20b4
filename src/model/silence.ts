/**
 * A silence: matchers and an interval in which alerts that match are not notified. It holds one or more sets
 * of matchers, any of which may match; with `schedule` only within time intervals of a week, a month, a zone.
 * The start belongs to it, the end does not. States follow from the times alone.
 */
import type { JsonObject } from "../base/json.ts";
import { type Labels, type LabelTest, labelTest, type Matcher, matcherFault } from "./matcher.ts";

/** As stored. Times are ms since the epoch. */
export interface Silence {
  silence_id: string;
  matcher_sets: Matcher[][];
  starts_at: number;
  ends_at: number;
  /** Time intervals as written; empty: all the time. */
  schedule: JsonObject[];
  created_by: string;
  comment: string;
  updated_at: number;
}

export type SilenceState = "pending" | "active" | "expired";
export type SilenceTimes = Pick<Silence, "starts_at" | "ends_at">;

export interface SilenceFault {
  /** Of the matcher set, where it is about one. */
  set: number | null;
  code: string;
  message: string;
}

export function silenceState({ starts_at, ends_at }: SilenceTimes, now: number): SilenceState {
  if (now < starts_at) return "pending";
  return now < ends_at ? "active" : "expired";
}

/** Whether any set of its matchers matches. */
export function silenceTest({ matcher_sets }: Pick<Silence, "matcher_sets">): LabelTest {
  const tests = matcher_sets.map(labelTest);
  return (labels: Labels) => tests.some((test) => test(labels));
}

/**
 * Why matchers cannot make a silence; null when they can. In each set one must refuse the empty text, or the
 * silence would cover everything; a negative one counts, as in Alertmanager.
 */
export function matcherSetsFault(sets: readonly (readonly Matcher[])[]): SilenceFault | null {
  if (sets.length === 0) {
    return { set: null, code: "no_matchers", message: "Cannot silence without matchers" };
  }
  for (const [set, matchers] of sets.entries()) {
    if (matchers.length === 0) {
      return { set, code: "empty_matcher_set", message: "Cannot silence by an empty set of matchers" };
    }
    const fault = matchers.map(matcherFault).find((found) => found !== null);
    if (fault !== undefined) return { set, ...fault };
    if (!matchers.some(refusesEmpty)) {
      const message = "Cannot silence everything: one matcher at least must not match the empty text";
      return { set, code: "all_match_empty", message };
    }
  }
  return null;
}

/** Why times cannot be those of a new silence. */
export function timesFault(times: SilenceTimes, now: number): SilenceFault | null {
  const fault = (code: string, message: string) => ({ set: null, code, message });
  if (times.ends_at <= times.starts_at) {
    return fault("end_before_start", "Cannot end a silence before it starts");
  }
  return times.ends_at <= now ? fault("end_in_past", "Cannot end a silence in the past") : null;
}

/** Whether a silence may become another in place; else the old one ends and a new one begins. */
export function changesInPlace(
  old: SilenceTimes,
  next: SilenceTimes,
  { now, sameMatchers }: { now: number; sameMatchers: boolean },
): boolean {
  if (!sameMatchers) return false;
  switch (silenceState(old, now)) {
    case "pending":
      return next.starts_at >= now;
    case "active":
      return next.starts_at === old.starts_at && next.ends_at >= now;
    case "expired":
      return false;
  }
}

/** The times of a silence that is ended by hand. */
export function expiredTimes(times: SilenceTimes, now: number): SilenceTimes {
  switch (silenceState(times, now)) {
    case "pending":
      return { starts_at: now, ends_at: now };
    case "active":
      return { starts_at: times.starts_at, ends_at: now };
    case "expired":
      return { starts_at: times.starts_at, ends_at: times.ends_at };
  }
}

function refusesEmpty(matcher: Matcher): boolean {
  return matcher.op === "!=" || matcher.op === "!~" || !labelTest([matcher])({});
}
