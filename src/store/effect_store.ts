/**
 * What rules have done, durably: how far each has been applied, its counters, its alerts and the
 * deliveries born with them.
 *
 * Promises: one frame is one transaction. A frame takes effect only where its `incarnation` is the rule's
 * own and `applied <= from`; otherwise nothing of it is written and the answer says "stale". An alert or
 * delivery whose id exists already is left as it is (the second net behind suppression by position).
 * Written at normal durability: a power loss may take the newest frames back, and replay makes them again
 * with the same ids.
 */
import type { Alert } from "../model/alert.ts";
import type { RoutedAlert } from "../model/alert_group.ts";
import type { Delivery } from "../model/delivery.ts";

/** A point in the log, and how many effects of the record there are already committed. */
export interface Position {
  offset: number;
  effects: number;
}

/** Per rule, summed over its life; names are stable and documented (matched, alerts, ...). */
export type Counters = Record<string, number>;

export interface EffectFrame {
  rule_id: string;
  incarnation: number;
  from: Position;
  to: Position;
  counters: Counters;
  alerts: readonly AlertWrite[];
}

export interface AlertWrite {
  alert: Alert;
  /** Born claimed by `owner` of the commit (INVARIANTS 20). */
  deliveries: readonly Delivery[];
  /** For the router's inbox (RoutingStore); written where the alert is new. */
  routed?: RoutedAlert;
}

/** How far all joined rules of a worker slot are applied. */
export interface WorkerFloor {
  slot: number;
  applied: number;
}

export interface RuleProgress {
  rule_id: string;
  incarnation: number;
  applied: Position;
  /** The worker slot whose floor counts for the rule as well; null while it is catching up. */
  slot: number | null;
  counters: Counters;
}

export interface AlertQuery {
  rule_id?: string;
  severity?: string;
  status?: string;
  acked?: boolean;
  /** fired_at, ms, inclusive. */
  from_time?: number;
  /** fired_at, ms, exclusive. */
  to_time?: number;
  limit: number;
  /** Sequence number of the last one seen; newest first. */
  before?: number;
}

export interface StoredAlert {
  /** Grows with each alert written, corrections too: the order of the stream and of cursors. */
  seq: number;
  alert: Alert;
}

export interface AlertSummary {
  unacked_count: number;
  by_severity: Record<string, number>;
}

export interface EffectStore {
  /**
   * Writes frames and floors in one transaction. Deliveries are leased to `owner` until `leaseUntil` (ms).
   * Answers, per frame, "written" or "stale", and the alerts that were new, with their sequence numbers.
   */
  commit(
    write: {
      frames: readonly EffectFrame[];
      floors: readonly WorkerFloor[];
      owner: string;
      leaseUntil: number;
    },
  ): Promise<{ frames: ("written" | "stale")[]; alerts: StoredAlert[] }>;
  /**
   * Writes alerts that no rule made, in one transaction, with their deliveries; answers those that were new.
   * `inOrder`: deliveries that go in order are leased as well, since the caller keeps their order.
   */
  tell(
    write: { alerts: readonly AlertWrite[]; owner: string; leaseUntil: number; inOrder?: boolean },
  ): Promise<StoredAlert[]>;
  /** Progress of a rule; undefined when it never ran. `applied` is the larger of its own and its floor's. */
  progress(ruleId: string): Promise<RuleProgress | undefined>;
  allProgress(): Promise<RuleProgress[]>;
  /** Starts a new incarnation, e.g. at each load of an actor. Answers its number (1 for the first). */
  incarnate(ruleIds: readonly string[]): Promise<number[]>;
  /**
   * Binds rules to a worker slot's floor (slot) or sets them free (null), first writing `applied`.
   * One transaction.
   */
  place(rows: readonly { rule_id: string; slot: number | null; applied: Position }[]): Promise<void>;
  /** Forgets progress, counters and snapshots of a deleted rule. Its alerts stay. */
  forget(ruleId: string): Promise<void>;

  alert(alertId: string): Promise<StoredAlert | undefined>;
  /**
   * An alert as of a revision, with what a person has done to it since. An older one is kept as long as the
   * alert, where it was not yet delivered to all when it was revised; undefined when it is not.
   */
  alertRevision(alertId: string, revision: number): Promise<Alert | undefined>;
  /** Newest first; `next` is the `before` of the next page. */
  alerts(query: AlertQuery): Promise<{ items: StoredAlert[]; next: number | null }>;
  /** Alerts with seq > after, oldest first, for the stream. */
  alertsAfter(after: number, limit: number): Promise<StoredAlert[]>;
  /** Sequence number of the newest alert, 0 when there is none. */
  lastAlertSeq(): Promise<number>;
  alertSummary(): Promise<AlertSummary>;
  /**
   * Marks as seen; durable. Acking twice keeps the first. undefined when unknown. `deliveries` that tell of it,
   * which have an order, are born with it.
   */
  ack(
    alertId: string,
    by: string | null,
    at: number,
    deliveries?: readonly Delivery[],
  ): Promise<StoredAlert | undefined>;
  /**
   * Deletes alerts fired before `firedBefore`, acked or not, firing or resolved, at most `slice`, with their
   * deliveries. An alert stays while one of its deliveries waits.
   */
  trimAlerts(firedBefore: number, slice: number): Promise<number>;
}
