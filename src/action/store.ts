/** An action of type "store": a row of a lookup table, or an event of a topic. */
import { isObject, type JsonObject } from "../base/json.ts";
import { unsendable } from "../channel/mod.ts";
import type { StoreAction } from "../model/action/store_action.ts";
import type { Alert } from "../model/alert.ts";
import { type ActionContext, type ActionRun, CHAIN_DEPTH_MAX, runOf, type StoragePort } from "./action.ts";

/** How many events that actions sent led to this one: rules that feed each other come to an end. */
const HOPS = "tocsin_hops";

export async function runStore(
  { into }: StoreAction,
  { alert, places, filters, deliveryId }: ActionContext,
  storage: StoragePort,
): Promise<ActionRun> {
  const written = into.kind === "table" ? into.row : into.event;
  const given = written === null ? usual(alert) : written(places, filters);
  if (!isObject(given)) return unsendable("message", "bad_row", "what the alert puts there is not an object");
  if (into.kind === "table") return runOf(await storage.putRow(into.table, given, into.key));
  const hops = 1 + Math.max(0, ...alert.events.map(({ event }) => Number(event?.[HOPS] ?? 0) || 0));
  if (hops > CHAIN_DEPTH_MAX) {
    const why = `the event that it began with has led to ${CHAIN_DEPTH_MAX} others by such actions already`;
    return unsendable("message", "chain_too_deep", why);
  }
  const event = { ...given, ...origin(alert, given), [HOPS]: hops };
  return runOf(await storage.sendEvent(into.topic, event, deliveryId));
}

/** What an alert says of itself where the action does not say what to keep. */
function usual(alert: Alert): JsonObject {
  const { key, values, alert_id, rule_id, rule_name, severity, status, dedup_key, title, message } = alert;
  const { event_time, fired_at } = alert;
  return {
    ...{ dedup_key, alert_id, rule_id, rule_name, severity, status, title, message, event_time, fired_at },
    ...values,
    ...key,
  };
}

/** Where it comes from, unless it says so itself. */
function origin({ rule_id, event_time }: Alert, event: JsonObject): JsonObject {
  return {
    source: event.source ?? `rule/${rule_id}`,
    timestamp: event.timestamp ?? event_time,
  };
}
