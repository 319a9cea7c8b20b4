/**
 * The deliveries that tell of an acknowledgement: one to each channel that was told of the alert and whose kind
 * takes such news (PagerDuty). They stand in the order of the alert's messages, so none overtakes its trigger,
 * and their ids are made of the alert and the channel: acknowledging twice tells it once.
 */
import { derivedId } from "../base/ids.ts";
import { channelKind } from "../channel/mod.ts";
import type { Alert } from "../model/alert.ts";
import type { Channel } from "../model/channel.ts";
import type { Delivery } from "../model/delivery.ts";
import type { ChannelStore } from "../store/channel_store.ts";
import type { Outbox } from "../store/outbox.ts";
import { channelRetry } from "./channel_retry.ts";

/** Of an alert's deliveries so many are looked at, the newest first. */
const DELIVERIES_READ_MAX = 500;

/** None once the alert is resolved. `now` in ms since the epoch. */
export async function acknowledgements(
  alert: Alert,
  { outbox, channels, now }: {
    outbox: Pick<Outbox, "list">;
    channels: Pick<ChannelStore, "get">;
    now: number;
  },
): Promise<Delivery[]> {
  if (alert.status === "resolved") return [];
  const { items } = await outbox.list({ alert_id: alert.alert_id, limit: DELIVERIES_READ_MAX });
  const told = new Set(
    items.filter(({ delivery }) => isOwn(delivery)).map(({ delivery }) => delivery.channel_id),
  );
  const deliveries: Delivery[] = [];
  for (const channelId of told) {
    const channel = await channels.get(channelId);
    if (channel === undefined || !channelKind(channel.type)?.acknowledges) continue;
    deliveries.push(deliveryOf(alert, channel, now));
  }
  return deliveries;
}

/** Whether it told of this alert alone: the incident of a group is not settled by one of its alerts. */
function isOwn({ state, group }: Delivery): boolean {
  return state !== "suppressed" && group === undefined;
}

function deliveryOf(
  { alert_id, revision, rule_id, dedup_key }: Alert,
  channel: Channel,
  now: number,
): Delivery {
  const { channel_id } = channel;
  return {
    delivery_id: derivedId("dl_ack_", [alert_id, channel_id]),
    alert_id,
    revision,
    rule_id,
    channel_id,
    kind: "ack",
    state: "queued",
    retries: 0,
    created_at: now,
    expires_at: now + channelRetry(channel).lifeMs,
    next_attempt_at: now,
    reason: null,
    order_key: dedup_key,
  };
}
