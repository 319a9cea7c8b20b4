/** Effects in memory: frames and floors, alerts, and the deliveries born with them. */
import type { RoutedAlert } from "../../model/alert_group.ts";
import type { AlertWrite, EffectFrame, EffectStore, StoredAlert } from "../effect_store.ts";
import { appliedOf, comparePositions } from "../floor.ts";
import { type Alerts, firedAt } from "./_alerts.ts";
import type { MemoryOutbox } from "./_outbox.ts";
import { type Progress, progressOf } from "./_progress.ts";
import type { MemorySnapshots } from "./_snapshot_store.ts";

export interface EffectStoreParts {
  alerts: Alerts;
  /** Leaves an alert for the router. */
  inbox(routed: RoutedAlert): void;
  progress: Progress;
  outbox: MemoryOutbox;
  snapshots: MemorySnapshots;
}

type Lease = Parameters<MemoryOutbox["bear"]>[1];

export function createEffectStore(
  { alerts, progress, outbox, snapshots, inbox }: EffectStoreParts,
): EffectStore {
  return {
    ...createCommit({ alerts, progress, outbox, inbox }),
    ...createPlaces(progress, snapshots),
    ...createAlertDesk(alerts, outbox),
  };
}

function createCommit(
  { alerts, progress, outbox, inbox }: Omit<EffectStoreParts, "snapshots">,
): Pick<EffectStore, "commit" | "tell"> {
  const writeAlert = ({ alert, deliveries, routed }: AlertWrite, lease: Lease, born: StoredAlert[]): void => {
    const stored = alerts.put(alert, (revision) => outbox.wants(alert.alert_id, revision));
    if (stored !== undefined) born.push(structuredClone(stored));
    if (stored !== undefined && routed !== undefined) inbox(routed);
    for (const delivery of deliveries) outbox.bear(delivery, lease);
  };
  const writeFrame = (frame: EffectFrame, lease: Lease, born: StoredAlert[]): "written" | "stale" => {
    const row = progress.row(frame.rule_id);
    if (row?.incarnation !== frame.incarnation) return "stale";
    if (comparePositions(appliedOf(row), frame.from) > 0) return "stale";
    progress.advance(frame.rule_id, frame.to, frame.counters);
    for (const one of frame.alerts) writeAlert(one, lease, born);
    return "written";
  };
  return {
    commit: ({ frames, floors, ...lease }) => {
      const born: StoredAlert[] = [];
      const answers = frames.map((frame) => writeFrame(frame, lease, born));
      for (const floor of floors) progress.raiseFloor(floor.slot, { applied: floor.applied });
      return Promise.resolve({ frames: answers, alerts: born });
    },
    tell: ({ alerts: all, ...lease }) => {
      const born: StoredAlert[] = [];
      for (const one of all) writeAlert(one, lease, born);
      return Promise.resolve(born);
    },
  };
}

type Places = Pick<EffectStore, "progress" | "allProgress" | "incarnate" | "place" | "forget">;

function createPlaces(progress: Progress, snapshots: MemorySnapshots): Places {
  return {
    progress: (ruleId) => {
      const row = progress.row(ruleId);
      return Promise.resolve(row && progressOf(ruleId, row));
    },
    allProgress: () =>
      Promise.resolve(progress.ruleIds().map((ruleId) => progressOf(ruleId, progress.row(ruleId)!))),
    incarnate: (ruleIds) => Promise.resolve(ruleIds.map(progress.incarnate)),
    place: (rows) => {
      for (const row of rows) progress.place(row.rule_id, row.slot, row.applied);
      return Promise.resolve();
    },
    forget: (ruleId) => {
      snapshots.drop(ruleId);
      progress.remove(ruleId);
      return Promise.resolve();
    },
  };
}

type AlertDesk = Omit<EffectStore, "commit" | "tell" | keyof Places>;

function createAlertDesk(alerts: Alerts, outbox: MemoryOutbox): AlertDesk {
  return {
    alert: (alertId) => Promise.resolve(structuredClone(alerts.get(alertId))),
    alertRevision: (alertId, revision) =>
      Promise.resolve(structuredClone(alerts.revision(alertId, revision))),
    alerts: (query) => Promise.resolve(structuredClone(alerts.list(query))),
    alertsAfter: (after, limit) =>
      Promise.resolve(structuredClone(alerts.all().filter((stored) => stored.seq > after).slice(0, limit))),
    lastAlertSeq: () => Promise.resolve(alerts.last()),
    alertSummary: () => Promise.resolve(alerts.summary()),
    ack: (alertId, by, at, deliveries = []) => {
      alerts.ack(alertId, by, at);
      if (alerts.get(alertId) !== undefined) {
        for (const delivery of deliveries) outbox.bear(delivery, { owner: "", leaseUntil: 0 });
      }
      return Promise.resolve(structuredClone(alerts.get(alertId)));
    },
    trimAlerts: (firedBefore, slice) => {
      const old = alerts.all().map(({ alert }) => alert)
        .filter((alert) => firedAt(alert) < firedBefore && !outbox.waitsFor(alert.alert_id))
        .sort((a, b) => firedAt(a) - firedAt(b)).slice(0, slice);
      for (const { alert_id } of old) {
        outbox.dropAlert(alert_id);
        alerts.remove(alert_id);
      }
      return Promise.resolve(old.length);
    },
  };
}
