/** Makes alerts and their deliveries out of what actors decided. */
import type { Clock } from "../src/base/clock.ts";
import { derivedId } from "../src/base/ids.ts";
import type { RecordCache } from "../src/ingest/record_cache.ts";
import type { Alert } from "../src/model/alert.ts";
import type { Channel } from "../src/model/channel.ts";
import type { Delivery } from "../src/model/delivery.ts";
import type { AlertEffect } from "../src/engine/effects.ts";
import { buildAlert } from "../src/notify/alert_builder.ts";
import { DELIVERY_LIFE_MS } from "../src/notify/backoff.ts";
import type { Action } from "../src/model/action.ts";
import type { Evidence } from "../src/model/alert.ts";
import type { CompiledVersion } from "./live_rule.ts";

export interface AlertMaking {
  clock: Clock;
  records: RecordCache;
  channels(): readonly Channel[];
}

/** The document of one alert, and its deliveries: one for each channel that the rule's action names. */
export async function makeAlert(
  making: AlertMaking,
  version: CompiledVersion,
  effect: AlertEffect,
): Promise<{ alert: Alert; deliveries: Delivery[] }> {
  const events: Evidence[] = [];
  for (const offset of effect.events) {
    const event = await making.records.event(offset);
    events.push(event === null ? { offset, event, expired: true } : { offset, event });
  }
  const { rule, plan, row } = version;
  const alert = buildAlert({ rule, rule_id: row.rule_id, plan, effect, events });
  const targets = channelsOf(rule.action, making.channels());
  return { alert, deliveries: targets.map((channel) => deliveryOf(alert, channel, making.clock.now())) };
}

/** Channels match by id, then name, then type: all of that type (SEMANTICS 25). */
export function channelsOf(action: Action, channels: readonly Channel[]): Channel[] {
  if (action.type !== "notify") return [];
  const found = action.channels.flatMap((wanted) => {
    const name = wanted.toLowerCase();
    const byId = channels.filter((channel) => channel.channel_id === wanted);
    if (byId.length > 0) return byId;
    const byName = channels.filter((channel) => channel.name.toLowerCase() === name);
    return byName.length > 0 ? byName : channels.filter((channel) => channel.type === name);
  });
  return [...new Set(found)];
}

function deliveryOf(alert: Alert, channel: Channel, at: number): Delivery {
  return {
    delivery_id: derivedId("dl_", [alert.alert_id, alert.revision, channel.channel_id]),
    alert_id: alert.alert_id,
    rule_id: alert.rule_id,
    channel_id: channel.channel_id,
    kind: "channel",
    state: "queued",
    retries: 0,
    created_at: at,
    expires_at: at + DELIVERY_LIFE_MS,
    next_attempt_at: at,
    reason: null,
  };
}
