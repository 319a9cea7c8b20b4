/**
 * Alerts in memory. A correction is put at the end again, so that the order of the map is the order of the
 * sequence numbers; what a person did to an alert outlives it.
 */
import { instant, timeOf } from "../../base/event_time.ts";
import type { Alert } from "../../model/alert.ts";
import type { AlertQuery, AlertSummary, StoredAlert } from "../effect_store.ts";

export interface Alerts {
  /**
   * undefined when this revision or a later one is known. `wanted` says whether the document of an older
   * revision has to be kept for deliveries.
   */
  put(alert: Alert, wanted: (revision: number) => boolean): StoredAlert | undefined;
  /** As of a revision; undefined when that one is not kept. */
  revision(alertId: string, revision: number): Alert | undefined;
  get(alertId: string): StoredAlert | undefined;
  /** In the order of their numbers. */
  all(): StoredAlert[];
  last(): number;
  list(query: AlertQuery): { items: StoredAlert[]; next: number | null };
  summary(): AlertSummary;
  ack(alertId: string, by: string | null, at: number): void;
  remove(alertId: string): void;
}

export function createAlerts(): Alerts {
  const byId = new Map<string, StoredAlert>();
  const older = new Map<string, Alert[]>();
  let last = 0;
  return {
    put(alert, wanted) {
      const known = byId.get(alert.alert_id)?.alert;
      if (known !== undefined && known.revision >= alert.revision) return undefined;
      if (known !== undefined) {
        const held = [...older.get(alert.alert_id) ?? [], known].filter(({ revision }) => wanted(revision));
        older.set(alert.alert_id, held);
      }
      const kept = known && { ack: known.ack, ack_at: known.ack_at, ack_by: known.ack_by };
      const stored = { seq: ++last, alert: { ...structuredClone(alert), ...kept } };
      byId.delete(alert.alert_id);
      byId.set(alert.alert_id, stored);
      return stored;
    },
    get: (alertId) => byId.get(alertId),
    revision(alertId, revision) {
      const alert = byId.get(alertId)?.alert;
      if (alert === undefined || alert.revision === revision) return alert;
      const found = older.get(alertId)?.find((one) => one.revision === revision);
      return found && { ...found, ack: alert.ack, ack_at: alert.ack_at, ack_by: alert.ack_by };
    },
    all: () => [...byId.values()],
    last: () => last,
    list(query) {
      const found = [...byId.values()].reverse().filter((stored) => matches(stored, query));
      const items = found.slice(0, query.limit);
      return { items, next: found.length > query.limit ? items.at(-1)?.seq ?? null : null };
    },
    summary: () => summaryOf([...byId.values()]),
    ack(alertId, by, at) {
      const alert = byId.get(alertId)?.alert;
      if (alert === undefined || alert.ack) return;
      Object.assign(alert, { ack: true, ack_at: instant(at), ack_by: by });
    },
    remove(alertId) {
      byId.delete(alertId);
      older.delete(alertId);
    },
  };
}

function matches({ seq, alert }: StoredAlert, query: AlertQuery): boolean {
  return (query.rule_id === undefined || query.rule_id === alert.rule_id) &&
    (query.severity === undefined || query.severity === alert.severity) &&
    (query.status === undefined || query.status === alert.status) &&
    (query.acked === undefined || query.acked === alert.ack) &&
    (query.from_time === undefined || firedAt(alert) >= query.from_time) &&
    (query.to_time === undefined || firedAt(alert) < query.to_time) &&
    (query.before === undefined || seq < query.before);
}

function summaryOf(alerts: readonly StoredAlert[]): AlertSummary {
  const by_severity: Record<string, number> = {};
  const unacked = alerts.filter(({ alert }) => !alert.ack);
  for (const { alert } of unacked) by_severity[alert.severity] = (by_severity[alert.severity] ?? 0) + 1;
  return { unacked_count: unacked.length, by_severity };
}

/** ms since the epoch */
export function firedAt(alert: Alert): number {
  return timeOf(alert.fired_at, null);
}
