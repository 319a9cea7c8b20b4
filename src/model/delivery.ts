/**
 * A delivery: one alert on its way to one channel. `delivery_id` is the idempotency key that every attempt
 * carries; it is made of (alert, revision, channel), or of (group, flush, channel), so a replay makes the same one.
 */

export type DeliveryState =
  | "queued"
  | "sending"
  | "retry_wait"
  | "deferred"
  | "delivered"
  | "dead"
  | "expired"
  | "cancelled"
  | "unknown"
  /** Never sent: `reason` and `suppressed_by` say why. */
  | "suppressed";

/** How one attempt ended. A channel decides it; the retry stage decides what follows. */
export type AttemptClass =
  | "delivered"
  | "deferred"
  | "transient"
  | "permanent"
  | "unknown";

/** Response bodies are kept up to this many bytes. */
export const RESPONSE_BODY_BYTES_MAX = 20_000;

export interface Attempt {
  /** ms since the epoch */
  at: number;
  duration_ms: number;
  /** HTTP status, null when no answer came. */
  status: number | null;
  class: AttemptClass;
  /** Why it failed, without secrets; null when delivered. */
  error: string | null;
  response_body: string | null;
}

/**
 * Recipients that need nothing more, and how it ended with each. The retries of a delivery to several go to
 * the others only.
 */
export type Settled = Readonly<Record<string, "delivered" | "refused" | "unknown">>;

/** As stored. Times are ms since the epoch. */
export interface Delivery {
  delivery_id: string;
  alert_id: string;
  /** The revision of the alert that it sends, on every attempt. */
  revision: number;
  rule_id: string;
  channel_id: string;
  /**
   * "ack": tells that the alert, which the channel was told of, is acknowledged. "action": carries out the action of
   * the alert's rule; the channel is then one of the rule's own.
   */
  kind: "channel" | "ack" | "action";
  state: DeliveryState;
  /** Failures that used up a retry so far; deferrals do not count. */
  retries: number;
  created_at: number;
  expires_at: number;
  next_attempt_at: number | null;
  /** Why it is dead, expired, cancelled or suppressed: a short stable code; null otherwise. */
  reason: string | null;
  /** Absent while no recipient is settled, and for channels that have but one. */
  settled?: Settled;
  /** Deliveries of a channel that share it are sent one after the other, as they were made; absent: in no order. */
  order_key?: string;
  /** Ids of silences or inhibitions, or names of time intervals, that kept it quiet. */
  suppressed_by?: string[];
  /** Of kind "action": which of the requests of the rule's action it carries out. */
  action?: number;
  /** Words in place of the alert's own. */
  texts?: DeliveryTexts;
  /** Where it goes instead when it fails for good, or what it stands in for. */
  fallback?: Fallback;
  /** The group that it tells of; `alert_id` is then the newest of its alerts. */
  group?: DeliveryGroup;
}

export interface DeliveryTexts {
  title: string;
  message: string;
  /** Of the template that words it; null: none. */
  template: string | null;
}

export type Fallback =
  /** Id, name or type of a channel, as the rule names it. */
  | { to: string }
  /** The delivery that failed, and the name of its channel. */
  | { of: string; from: string };

/** A flush of a group of alerts to one channel, as it was decided. */
export interface DeliveryGroup {
  group_key: string;
  receiver: string;
  labels: Record<string, string>;
  /** Its number within the group, from 1. */
  flush: number;
  /** Why it is sent: a stable code. */
  why: string;
  alerts: { alert_id: string; revision: number; status: "firing" | "resolved" }[];
  /** Alerts beyond {@linkcode GROUP_ALERTS_MAX}, which the message only counts. */
  truncated: number;
}

/** Alerts that one message of a group tells of. */
export const GROUP_ALERTS_MAX = 100;
