/**
 * The deliveries that an alert is born with: one for each channel that its rule's notify names, and one for each of
 * its actions whose `if` holds of the alert. Those that hang on results of others are born in any case, and decided
 * when their turn comes.
 */
import { placedId } from "../base/ids.ts";
import { channelKind } from "../channel/mod.ts";
import type { Action, NotifyAction } from "../model/action.ts";
import type { Alert } from "../model/alert.ts";
import type { Channel } from "../model/channel.ts";
import { sendsResolved } from "../model/channel_policy.ts";
import type { Delivery } from "../model/delivery.ts";
import { messageContext } from "../model/message_context.ts";
import { RETRY_PROFILES } from "../model/retry_policy.ts";
import { guardsHold } from "./action_guards.ts";
import { channelRetry } from "./channel_retry.ts";
import { channelsNamed } from "./channels_named.ts";
import type { Quiet } from "./flush.ts";
import { actionChannelId } from "./rule_actions.ts";

export interface BirthOptions {
  channels: readonly Channel[];
  /** ms since the epoch */
  now: number;
  /** Where the alert stands among others, for its ids. */
  place: number;
  quiet: Quiet | null;
}

/** And the names that no channel answers to. */
export function deliveriesOf(
  alert: Alert,
  action: Action,
  options: BirthOptions,
): { deliveries: Delivery[]; missing: string[] } {
  const { found, missing } = action.notify === null
    ? { found: [], missing: [] }
    : channelsOf(action.notify, options.channels);
  const asked = alert.status === "resolved" ? found.filter(sendsResolved) : found;
  const fallback = action.notify?.fallback ?? null;
  const told = asked.map((channel) => channelDelivery(alert, channel, { ...options, fallback }));
  const acts = alert.status === "firing" ? actionsOf(alert, action, options) : [];
  return { deliveries: [...told, ...acts], missing };
}

/** The channels that a notify names, each once, and the names that nothing answers to. */
export function channelsOf(
  { channels: names }: NotifyAction,
  channels: readonly Channel[],
): { found: Channel[]; missing: string[] } {
  const named = names.map((name) => ({ name, channels: channelsNamed(name, channels) }));
  return {
    found: [...new Set(named.flatMap(({ channels }) => channels))],
    missing: named.filter(({ channels }) => channels.length === 0).map(({ name }) => name),
  };
}

function actionsOf(alert: Alert, action: Action, options: BirthOptions): Delivery[] {
  const context = messageContext(alert);
  return action.steps.flatMap((step, i) => {
    const decided = step.when.filter(({ reads }) => reads === "alert");
    if (!guardsHold(decided, context)) return [];
    return [actionDelivery(alert, i, { ...options, ordered: action.inOrder && step.waits })];
  });
}

/** Carries out one step of the rule's action: a delivery on a channel of the rule's own. */
function actionDelivery(
  { alert_id, revision, rule_id }: Alert,
  action: number,
  { now: at, place, quiet, ordered }: BirthOptions & { ordered: boolean },
): Delivery {
  return {
    delivery_id: placedId("dl_", place, [alert_id, revision, "action", action]),
    action,
    ...(ordered && { order_key: `${alert_id} ${revision}` }),
    ...{ alert_id, revision, rule_id, channel_id: actionChannelId(rule_id), kind: "action", state: "queued" },
    ...{ retries: 0, created_at: at, expires_at: at + RETRY_PROFILES.default.lifeMs, next_attempt_at: at },
    reason: null,
    ...(quiet && suppressedBy(quiet)),
  };
}

function suppressedBy(
  { reason, by }: Quiet,
): Pick<Delivery, "state" | "next_attempt_at" | "reason" | "suppressed_by"> {
  return { state: "suppressed", next_attempt_at: null, reason, suppressed_by: by };
}

/** `step`: of a notify that is a step of its own, which may tell a channel that others tell too. */
export function channelDelivery(
  alert: Alert,
  channel: Channel,
  { now: at, place, quiet, fallback, step }: Omit<BirthOptions, "channels"> & {
    fallback: string | null;
    step?: number;
  },
): Delivery {
  const own = step === undefined ? [] : ["action", step];
  return {
    delivery_id: placedId("dl_", place, [alert.alert_id, alert.revision, channel.channel_id, ...own]),
    alert_id: alert.alert_id,
    revision: alert.revision,
    rule_id: alert.rule_id,
    channel_id: channel.channel_id,
    kind: "channel",
    state: "queued",
    retries: 0,
    created_at: at,
    expires_at: at + channelRetry(channel).lifeMs,
    next_attempt_at: at,
    reason: null,
    ...(channelKind(channel.type)?.ordered && { order_key: alert.dedup_key }),
    ...(fallback !== null && { fallback: { to: fallback } }),
    ...(quiet && suppressedBy(quiet)),
  };
}
