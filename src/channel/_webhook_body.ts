/**
 * The bodies that a webhook can carry. All are made of the alert alone, so that every attempt of a delivery
 * sends the same bytes; its acknowledgement, which may come between two attempts, is therefore left as it
 * was when the alert was made.
 */
import { derivedId } from "../base/ids.ts";
import type { Alert } from "../model/alert.ts";
import type { Message } from "./channel.ts";

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
      return alertmanager(message.alert, receiver);
  }
}

/** The payload that the Standard Webhooks specification recommends. */
function standard({ kind, alert }: Message): object {
  return {
    type: kind === "test" ? "test" : `alert.${alert.status}`,
    timestamp: alert.resolved_at ?? alert.fired_at,
    data: { ...alert, ack: false, ack_at: null, ack_by: null },
  };
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

/** Version 4 of Alertmanager's webhook message: a group of one. */
function alertmanager(alert: Alert, receiver: string): object {
  const annotations = { summary: alert.title, description: alert.message };
  return {
    version: "4",
    groupKey: `{}:{dedup_key=${JSON.stringify(alert.dedup_key)}}`,
    truncatedAlerts: 0,
    status: alert.status,
    receiver,
    groupLabels: {},
    commonLabels: alert.labels,
    commonAnnotations: annotations,
    externalURL: "",
    alerts: [{
      status: alert.status,
      labels: alert.labels,
      annotations,
      startsAt: alert.fired_at,
      endsAt: alert.resolved_at ?? NEVER,
      generatorURL: "",
      fingerprint: derivedId("", [Object.entries(alert.labels).sort()]),
    }],
  };
}
