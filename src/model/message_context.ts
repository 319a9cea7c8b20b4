/** What the message of an alert can name, taken from the alert (SEMANTICS 24). */
import type { JsonObject } from "../base/json.ts";
import type { Alert } from "./alert.ts";
import type { MessageContext } from "./message.ts";

/**
 * The context of `alert`. Its title and message may still be empty, as when they are being rendered.
 * @param results what actions before came to, by their names
 */
export function messageContext(alert: Alert, results: JsonObject = {}): MessageContext {
  const events = alert.events.map((evidence) => evidence.event);
  return {
    alert_title: alert.title,
    alert_message: alert.message,
    severity: alert.severity,
    rule_name: alert.rule_name,
    timestamp: alert.fired_at,
    metadata: alert.metadata,
    status: alert.status,
    key: alert.key,
    values: alert.values,
    window: alert.window,
    event: events.at(-1) ?? null,
    events,
    alert: alert as unknown as JsonObject,
    labels: alert.labels,
    results,
  };
}
