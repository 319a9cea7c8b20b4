/**
 * Effects over SQLite. A commit writes all of its frames, then its floors, in one transaction: a frame is
 * judged by the progress that the frames before it have left, and floors never get ahead of frames that
 * came with them.
 */
import type { RoutedAlert } from "../../model/alert_group.ts";
import type { Delivery } from "../../model/delivery.ts";
import type { AlertWrite, EffectFrame, EffectStore, StoredAlert } from "../effect_store.ts";
import { appliedOf, beyond, comparePositions } from "../floor.ts";
import type { Alerts } from "./_alerts.ts";
import type { Connection } from "./connection.ts";
import type { DeliveryBirth } from "./_delivery_birth.ts";
import type { Marks } from "./_marks.ts";
import { type Progress, progressOf } from "./_progress.ts";
import type { SnapshotRows } from "./_snapshot_store.ts";

export interface EffectStoreParts {
  progress: Progress;
  alerts: Alerts;
  births: DeliveryBirth;
  snapshots: SnapshotRows;
  marks: Marks;
  /** Leaves an alert for the router, inside a transaction. */
  inbox(routed: RoutedAlert): void;
}

type Commit = Parameters<EffectStore["commit"]>[0];
type Lease = Pick<Commit, "owner" | "leaseUntil"> & { inOrder?: boolean };
type Committed = Awaited<ReturnType<EffectStore["commit"]>>;

export function createEffectStore(db: Connection, parts: EffectStoreParts): EffectStore {
  return { ...createCommit(db, parts), ...createPlaces(db, parts), ...createAlertDesk(db, parts) };
}

function createCommit(db: Connection, parts: EffectStoreParts): Pick<EffectStore, "commit" | "tell"> {
  const { progress, alerts, births, marks, inbox } = parts;
  const writeAlert = ({ alert, deliveries, routed }: AlertWrite, lease: Lease, born: StoredAlert[]): void => {
    const { birth, stored } = alerts.put(alert);
    if (stored !== undefined) born.push(stored);
    if (stored !== undefined && routed !== undefined) inbox(routed);
    const { owner, leaseUntil, inOrder = false } = lease;
    for (const delivery of deliveries) births.put(delivery, { birth, owner, leaseUntil, inOrder });
  };
  const writeFrame = (frame: EffectFrame, lease: Lease, born: StoredAlert[]): "written" | "stale" => {
    const row = progress.row(frame.rule_id);
    if (row?.incarnation !== frame.incarnation) return "stale";
    if (comparePositions(appliedOf(row), frame.from) > 0) return "stale";
    progress.advance(row, frame.to, frame.counters);
    marks.raise("effect_offset", frame.alerts.reduce(beyondEvidence, beyond(frame.to)));
    for (const one of frame.alerts) writeAlert(one, lease, born);
    return "written";
  };
  const transact = <T>(body: (born: StoredAlert[]) => T): T => {
    const result = db.transact("normal", () => {
      alerts.begin();
      births.begin();
      const done = body([]);
      alerts.save();
      births.save();
      return done;
    });
    alerts.settle();
    births.settle();
    return result;
  };
  return {
    commit: (commit) =>
      db.read(() =>
        transact((born): Committed => {
          const frames = commit.frames.map((frame) => writeFrame(frame, commit, born));
          for (const floor of commit.floors) progress.raiseFloor(floor);
          return { frames, alerts: born };
        })
      ),
    tell: ({ alerts: all, ...lease }) =>
      db.read(() =>
        transact((born) => {
          for (const one of all) writeAlert(one, lease, born);
          return born;
        })
      ),
  };
}

type Places = Pick<EffectStore, "progress" | "allProgress" | "incarnate" | "place" | "forget">;

function createPlaces(db: Connection, { progress, snapshots }: EffectStoreParts): Places {
  return {
    progress: (ruleId) =>
      db.read(() => {
        const row = progress.row(ruleId);
        return row && progressOf(row);
      }),
    allProgress: () => db.read(() => progress.rows().map(progressOf)),
    incarnate: (ruleIds) => db.write("normal", () => ruleIds.map(progress.incarnate)),
    place: (rows) =>
      db.write("normal", () => {
        for (const row of rows) progress.place(row.rule_id, row.slot, row.applied);
      }),
    forget: (ruleId) =>
      db.write("normal", () => {
        snapshots.remove(ruleId);
        progress.remove(ruleId);
      }),
  };
}

function createAlertDesk(
  db: Connection,
  { alerts, births }: Pick<EffectStoreParts, "alerts" | "births">,
): Omit<EffectStore, "commit" | "tell" | keyof Places> {
  const bear = (alertId: string, deliveries: readonly Delivery[]) => {
    const birth = alerts.birth(alertId);
    if (birth === undefined) return;
    births.begin();
    for (const delivery of deliveries) births.put(delivery, { birth, owner: "", leaseUntil: 0 });
    births.save();
  };
  return {
    alert: (alertId) => db.read(() => alerts.get(alertId)),
    alertRevision: (alertId, revision) => db.read(() => alerts.revision(alertId, revision)),
    alerts: (query) => db.read(() => alerts.list(query)),
    alertsAfter: (after, limit) => db.read(() => alerts.after(after, limit)),
    lastAlertSeq: () => db.read(() => alerts.last),
    alertSummary: () => db.read(() => alerts.summary()),
    ack: (alertId, by, at, deliveries = []) =>
      db.read(() => {
        const found = db.transact("full", () => {
          alerts.ack(alertId, by, at);
          if (deliveries.length > 0) bear(alertId, deliveries);
          return alerts.get(alertId);
        });
        if (deliveries.length > 0) births.settle();
        return found;
      }),
    trimAlerts: (firedBefore, slice) => db.write("normal", () => alerts.trim(firedBefore, slice)),
  };
}

function beyondEvidence(end: number, { alert }: EffectFrame["alerts"][number]): number {
  return alert.events.reduce((end, event) => Math.max(end, event.offset + 1), end);
}
