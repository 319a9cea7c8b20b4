/**
 * Older revisions of alerts: the documents of those that were not delivered to all when a later one came. A
 * delivery sends the alert as of its own revision, also when it is tried, or redriven, after that. They go with
 * the alert, or when all their deliveries have arrived by the time the alert is revised again.
 */
import type { Alert } from "../../model/alert.ts";
import type { StoredAlert } from "../effect_store.ts";
import type { Connection } from "./connection.ts";

export interface Revisions {
  /** Keeps the document in force of the alert born as `birth` where deliveries want it. Before it changes. */
  keep(birth: number): void;
  read(alertId: string, revision: number): Alert | undefined;
  drop(birth: number): void;
}

export function createRevisions(
  db: Connection,
  newest: (alertId: string) => StoredAlert | undefined,
): Revisions {
  const undelivered = `SELECT 1 FROM delivery d
    WHERE d.birth = r.birth AND d.revision = r.revision AND d.state NOT IN ('delivered', 'suppressed')`;
  const keep = db.prepare(
    `INSERT INTO alert_revision SELECT birth, revision, doc FROM alert r
     WHERE birth = ? AND EXISTS (${undelivered}) ON CONFLICT DO NOTHING`,
  );
  const settled = db.prepare(
    `DELETE FROM alert_revision AS r WHERE birth = ? AND NOT EXISTS (${undelivered})`,
  );
  const read = db.prepare<{ doc: string }>(
    `SELECT r.doc FROM alert_revision r JOIN alert a ON a.birth = r.birth
     WHERE a.alert_id = ? AND r.revision = ?`,
  );
  const drop = db.prepare("DELETE FROM alert_revision WHERE birth = ?");
  return {
    keep(birth) {
      settled.run(birth);
      keep.run(birth);
    },
    read(alertId, revision) {
      const alert = newest(alertId)?.alert;
      if (alert === undefined || alert.revision === revision) return alert;
      const row = read.get(alertId, revision);
      if (row === undefined) return undefined;
      const { ack, ack_at, ack_by } = alert;
      return { ...JSON.parse(row.doc) as Alert, ack, ack_at, ack_by };
    },
    drop: (birth) => void drop.run(birth),
  };
}
