/**
 * The bodies that a webhook can carry. All are made of the alert alone, so that every attempt of a delivery
 * sends the same bytes; its acknowledgement, which may come between two attempts, is therefore left as it
 * was when the alert was made.
 */
import { derivedId } from "../base/ids.ts";
import type { Alert } from "../model/alert.ts";
import type { Message, MessageGroup } from "./channel.ts";

export type WebhookFormat = "standard" | "flat" | "alertmanager_v4";

/** What Alertmanager writes for the end of an alert that still fires. */
const NEVER = "0001-01-01T00:00:00Z";

export function webhookBody(format: WebhookFormat, message: Message, receiver: string): object {
  switch (format) {
    case "standard":
      return standard(message);
    case "flat":
      return flat(message.alert);
    case "alertmanager_v4":
      return alertmanager(message, receiver);
  }
}

/** The payload that the Standard Webhooks specification recommends; several alerts of a group are a list. */
function standard({ kind, alert, group }: Message): object {
  if (group !== undefined && group.alerts.length > 1) return standardGroup(alert, group);
  return {
    type: kind === "test" ? "test" : `alert.${alert.status}`,
    timestamp: alert.resolved_at ?? alert.fired_at,
    data: unacked(alert),
  };
}

function standardGroup(
  alert: Alert,
  { group_key, receiver, labels, alerts, truncated }: MessageGroup,
): object {
  return {
    type: `alert_group.${alert.status}`,
    timestamp: latest(alerts),
    data: {
      ...{ group_key, receiver, labels, status: alert.status, severity: alert.severity, title: alert.title },
      alerts: alerts.map(unacked),
      truncated_alerts: truncated,
    },
  };
}

function unacked(alert: Alert): Alert {
  return { ...alert, ack: false, ack_at: null, ack_by: null };
}

function latest(alerts: readonly Alert[]): string {
  return alerts.map((alert) => alert.resolved_at ?? alert.fired_at).reduce((a, b) => a > b ? a : b);
}

/** The reference system's payload: what its server sends and what its form announces. */
function flat(alert: Alert): object {
  return {
    title: alert.title,
    body: alert.message,
    severity: alert.severity,
    status: alert.status,
    fired_at: alert.fired_at,
    metadata: alert.metadata,
    recipients: [],
    timestamp: alert.resolved_at ?? alert.fired_at,
  };
}

/** Version 4 of Alertmanager's webhook message; an alert without a group is a group of one. */
function alertmanager({ alert, group }: Message, receiver: string): object {
  const alerts = (group?.alerts ?? [alert]).map(alertmanagerAlert);
  return {
    version: "4",
    groupKey: group?.group_key ?? `{}:{dedup_key=${JSON.stringify(alert.dedup_key)}}`,
    truncatedAlerts: group?.truncated ?? 0,
    status: alert.status,
    receiver: group?.receiver ?? receiver,
    groupLabels: group?.labels ?? {},
    commonLabels: common(alerts.map(({ labels }) => labels)),
    commonAnnotations: common(alerts.map(({ annotations }) => annotations)),
    externalURL: "",
    alerts,
  };
}

function alertmanagerAlert(alert: Alert) {
  return {
    status: alert.status,
    labels: alert.labels,
    annotations: { summary: alert.title, description: alert.message },
    startsAt: alert.fired_at,
    endsAt: alert.resolved_at ?? NEVER,
    generatorURL: "",
    fingerprint: derivedId("", [Object.entries(alert.labels).sort()]),
  };
}

/** The members that all have, with one value. */
function common([first, ...others]: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const all = ([name, value]: [string, string]) => others.every((one) => one[name] === value);
  return Object.fromEntries(Object.entries(first ?? {}).filter(all));
}
