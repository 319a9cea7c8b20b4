/**
 * What stands in for a delivery that failed for good: one to the fallback channel that the rule names, else the
 * channel's policy. There is no second fallback. Its id is made of the failed delivery's, so it is born once.
 */
import { derivedId } from "../base/ids.ts";
import { channelKind, type Message } from "../channel/mod.ts";
import type { Channel } from "../model/channel.ts";
import { fallbackOf } from "../model/channel_policy.ts";
import type { Delivery } from "../model/delivery.ts";
import { channelRetry } from "./channel_retry.ts";
import { channelsNamed } from "./channels_named.ts";
import { groupDedupKey } from "./group_message.ts";

export function fallbackId(deliveryId: string): string {
  return derivedId("dl_fb_", [deliveryId]);
}

/** The channel that stands in for `channel`; undefined where none is named, or the one that is cannot. */
export function standIn(
  delivery: Delivery,
  channel: Channel | null,
  channels: readonly Channel[],
): Channel | undefined {
  const { fallback, kind, channel_id } = delivery;
  if (kind !== "channel" || (fallback !== undefined && "of" in fallback)) return undefined;
  const name = fallback?.to ?? (channel && fallbackOf(channel));
  if (name === null) return undefined;
  return channelsNamed(name, channels).find((one) => one.enabled && one.channel_id !== channel_id);
}

/** `message`: what the failed one was to tell, where that is known. `now` in ms since the epoch. */
export function fallbackDelivery(
  failed: Delivery,
  { from, to, message, now }: { from: string; to: Channel; message: Message | null; now: number },
): Delivery {
  const { alert_id, revision, rule_id, group } = failed;
  const order = group === undefined ? message?.alert.dedup_key : groupDedupKey(group.group_key);
  return {
    delivery_id: fallbackId(failed.delivery_id),
    ...{ alert_id, revision, rule_id, channel_id: to.channel_id, kind: "channel", state: "queued" },
    ...{ retries: 0, created_at: now, expires_at: now + channelRetry(to).lifeMs, next_attempt_at: now },
    reason: null,
    ...(channelKind(to.type)?.ordered && order !== undefined && { order_key: order }),
    ...(group && { group }),
    fallback: { of: failed.delivery_id, from },
  };
}

/** The message of a fallback says which channel failed. */
export function marked(message: Message, { fallback }: Delivery): Message {
  if (fallback === undefined || !("of" in fallback)) return message;
  const { alert } = message;
  return { ...message, alert: { ...alert, message: `[fallback for "${fallback.from}"] ${alert.message}` } };
}
