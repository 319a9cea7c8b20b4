/** What a step decides. The main thread turns it into alerts, deliveries and counters, in one transaction. */
import type { JsonScalar } from "../base/json.ts";

/** What made an alert: part of its id, so never a batch, tick or firing offset (SEMANTICS 21). */
export type Cause =
  | { kind: "event"; offset: number }
  /** The summary of matches beyond alerts_per_minute; `minute` is its start, ms. */
  | { kind: "alerts_per_minute"; minute: number };

export interface AlertEffect {
  cause: Cause;
  /** Position among alerts of the same key and cause. */
  ordinal: number;
  reason: "match";
  /** Values of group_by, in its order; null where the field is missing. */
  key: readonly JsonScalar[];
  /** ms since the epoch */
  event_time: number;
  /** Arrival of the record that caused it, ms. */
  fired_at: number;
  /** Offsets of the evidence, oldest first. */
  events: readonly number[];
  values: Readonly<Record<string, JsonScalar>>;
}

/** Names are stable: they appear in GET /rules/{id}/state and as metric labels. */
export type CounterName =
  | "matched"
  | "alerts"
  | "in_cooldown"
  | "over_alerts_per_minute"
  | "keys_evicted"
  | "time_unreadable"
  | "time_future";

export interface Effects {
  alerts: AlertEffect[];
  counters: Partial<Record<CounterName, number>>;
}
