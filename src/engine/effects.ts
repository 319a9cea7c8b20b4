/** What a step decides. The main thread turns it into alerts, deliveries and counters, in one transaction. */
import type { JsonObject, JsonScalar } from "../base/json.ts";

/** What made an alert: part of its id, so never a batch, tick or firing offset (SEMANTICS 21). */
export type Cause =
  | { kind: "event"; offset: number }
  | { kind: "window"; start: number; end: number }
  /** A session, by its start when it fired first. */
  | { kind: "session"; start: number }
  | { kind: "schedule"; at: number }
  /** A match, by the offsets of its first and last event; one whose time ran out, or that time completed. */
  | { kind: "match"; first: number; last: number }
  /** `at`: branches of one partial match may run out of time one after the other. */
  | { kind: "absence" | "timeout"; first: number; last: number; at: number }
  /** The summary of matches beyond alerts_per_minute; `minute` is its start, ms. */
  | { kind: "alerts_per_minute"; minute: number };

export type Reason = "match" | "window" | "anomaly" | "schedule" | "pattern" | "absence";

export interface AlertEffect {
  cause: Cause;
  /** Position among alerts of the same key and cause. */
  ordinal: number;
  reason: Reason;
  status: "firing" | "resolved";
  /** 1, and one more each time the same alert is told anew. */
  revision: number;
  /** Values of group_by, in its order; null where the field is missing. */
  key: readonly JsonScalar[];
  /** ms since the epoch */
  event_time: number;
  /** Arrival of the record that caused it, ms. */
  fired_at: number;
  /** Event time, ms; null while it is firing. */
  resolved_at: number | null;
  window: { start: number; end: number } | null;
  /** Offsets of the evidence, oldest first: the first 10 and the last 90. */
  events: readonly number[];
  event_count: number;
  /** The step of a pattern that took each of `events`; null where there is no pattern. */
  steps: readonly string[] | null;
  values: JsonObject;
}

/** Names are stable: they appear in GET /rules/{id}/state and as metric labels. */
export type CounterName =
  | "matched"
  | "alerts"
  | "in_cooldown"
  | "over_alerts_per_minute"
  | "keys_evicted"
  | "late"
  | "corrections_withdrawn"
  | "events_over_cap"
  | "values_skipped"
  | "partials_over_cap"
  | "partials_timed_out"
  | "skip_errors"
  | "time_unreadable"
  | "time_future"
  /** Calls of endpoints that events wanted. */
  | "calls_wanted"
  /** Of those, the ones that came to the fallback. */
  | "calls_failed"
  /** Events that took a fallback without waiting any longer. */
  | "calls_cut_short";

export interface Effects {
  alerts: AlertEffect[];
  counters: Partial<Record<CounterName, number>>;
  /** Offsets of events that came too late. */
  late: number[];
  /** Partial matches whose time ran out, and matches that could not be told; null: only counted. */
  trace: PatternTrace | null;
  /** Is told what evaluations came to, also of those that do not fire; null: nobody asks. */
  seen: ((evaluation: Evaluation) => void) | null;
}

/** What a window, or an event by itself, came to. */
export interface Evaluation {
  /** The same for equal keys. */
  id: string;
  key(): readonly JsonScalar[];
  /** Event time, ms. */
  time: number;
  /** In the order of Plan.aggregates; of an anomaly rule the value and its score. */
  values: readonly JsonScalar[];
}

export interface PatternTrace {
  /** Offsets of their events, and when, ms. */
  timeouts: { events: readonly number[]; at: number }[];
  /** Why a strategy did not fit a match, and the offset of the match's last event. */
  errors: { code: string; offset: number }[];
}

export function noEffects(): Effects {
  return { alerts: [], counters: {}, late: [], trace: null, seen: null };
}

export function count(effects: Effects, name: CounterName, n = 1): void {
  effects.counters[name] = (effects.counters[name] ?? 0) + n;
}
