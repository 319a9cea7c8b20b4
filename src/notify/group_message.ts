/**
 * The message of a group: its alerts as they were when the group was flushed, and one alert that stands for
 * all of them. That one keeps a dedup_key of the group, so that a receiver that opens incidents opens one a
 * group and closes it when all have resolved. Pure.
 */
import { derivedId } from "../base/ids.ts";
import { type Alert, severitySchema } from "../model/alert.ts";
import type { DeliveryGroup } from "../model/delivery.ts";
import type { Message } from "../channel/mod.ts";

/** Alerts that the text of a group names one by one. */
const LINES_MAX = 10;

/** An alert as its group was flushed: later ends are not told early, nor earlier states twice. */
export function asFlushed(alert: Alert, status: Alert["status"]): Alert {
  if (alert.status === status) return alert;
  return { ...alert, status, resolved_at: status === "firing" ? null : alert.fired_at };
}

/** What all messages of a group share: the incident's key, and the order in which they are sent. */
export function groupDedupKey(groupKey: string): string {
  return derivedId("dk_", [groupKey]);
}

/** `alerts` are those of the group that are still stored, at least one. */
export function groupMessage(group: DeliveryGroup, alerts: readonly Alert[]): Message {
  const { group_key, receiver, labels, truncated } = group;
  const dedup_key = groupDedupKey(group_key);
  const [first] = alerts;
  const alert = alerts.length === 1 ? { ...first!, dedup_key } : { ...standFor(alerts), dedup_key };
  const told = alerts.length === 1 ? [alert] : alerts.map(withoutEvents);
  return { kind: "alert", alert, group: { group_key, receiver, labels, alerts: told, truncated } };
}

/** A message of many alerts with up to 256 kB of evidence each would be refused by any receiver. */
function withoutEvents(alert: Alert): Alert {
  return { ...alert, events: [], match: null };
}

/** The first alert that fires, in the words of all. */
function standFor(alerts: readonly Alert[]): Alert {
  const firing = alerts.filter(({ status }) => status === "firing");
  const of = firing.length > 0 ? firing : alerts;
  const order = severitySchema.options;
  const severity = of.map((one) => one.severity).reduce((a, b) =>
    order.indexOf(b) > order.indexOf(a) ? b : a
  );
  const titles = [...new Set(alerts.map(({ title }) => title))];
  const counts = [
    ...(firing.length > 0 ? [`${firing.length} firing`] : []),
    ...(firing.length < alerts.length ? [`${alerts.length - firing.length} resolved`] : []),
  ];
  const lines = alerts.slice(0, LINES_MAX).map((one) => `[${one.status}] ${one.message}`);
  if (alerts.length > LINES_MAX) lines.push(`and ${alerts.length - LINES_MAX} more`);
  return {
    ...withoutEvents(of[0]!),
    severity,
    title: `[${counts.join(", ")}] ${titles.slice(0, 3).join(", ")}${titles.length > 3 ? ", …" : ""}`,
    message: lines.join("\n"),
    labels: commonLabels(alerts),
  };
}

export function commonLabels(alerts: readonly Pick<Alert, "labels">[]): Record<string, string> {
  const [first, ...others] = alerts;
  return Object.fromEntries(
    Object.entries(first?.labels ?? {}).filter(([name, value]) =>
      others.every(({ labels }) => Object.hasOwn(labels, name) && labels[name] === value)
    ),
  );
}
