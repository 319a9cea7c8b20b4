/**
 * Makes alerts and their deliveries out of what actors decided. An alert whose rule names a channel that is
 * gone is made all the same: it is counted, and told once per version of the rule.
 */
import { present } from "../src/base/assert.ts";
import type { Clock } from "../src/base/clock.ts";
import { placedId } from "../src/base/ids.ts";
import type { Logger } from "../src/base/logging.ts";
import type { Metrics } from "../src/base/metrics.ts";
import type { RecordCache } from "../src/ingest/record_cache.ts";
import type { Alert } from "../src/model/alert.ts";
import type { RoutedAlert } from "../src/model/alert_group.ts";
import type { Channel } from "../src/model/channel.ts";
import { sendsResolved } from "../src/model/channel_policy.ts";
import type { Delivery } from "../src/model/delivery.ts";
import type { AlertEffect } from "../src/engine/effects.ts";
import { channelKind } from "../src/channel/mod.ts";
import { type AlertParts, buildAlert, degradedAlert, placeOf } from "../src/notify/alert_builder.ts";
import type { Quiet } from "../src/notify/flush.ts";
import { RETRY_PROFILES } from "../src/model/retry_policy.ts";
import { actionChannelId } from "../src/notify/rule_actions.ts";
import { channelRetry } from "../src/notify/channel_retry.ts";
import { type Action, notifyOf, requestsOf } from "../src/model/action.ts";
import type { Evidence } from "../src/model/alert.ts";
import type { CompiledVersion } from "./live_rule.ts";
import type { RuleVersion } from "../src/store/rule_store.ts";
import { channelsNamed } from "../src/notify/channels_named.ts";
import type { RuleFrame } from "./messages.ts";
import type { RoutingDesk } from "./routing_desk.ts";
import type { RuleTable } from "./rule_table.ts";

export interface AlertMakerParts {
  clock: Clock;
  table: RuleTable;
  records: RecordCache;
  channels(): readonly Channel[];
  /** Absent: no routes, nothing is silenced. */
  routing?: Pick<RoutingDesk, "quiet" | "noteOf">;
  logger: Logger;
  metrics: Metrics;
}

export interface MadeAlert {
  alert: Alert;
  deliveries: Delivery[];
  routed?: RoutedAlert;
}

export class AlertMaker {
  readonly #p: AlertMakerParts;
  readonly #withoutChannel: { add(n: number): void };
  readonly #degraded: { add(n: number): void };
  /** The last version of each rule whose missing channels were told. */
  readonly #told = new Map<string, number>();

  constructor(parts: AlertMakerParts) {
    this.#p = parts;
    const help = "Alerts of rules that name a channel which does not exist.";
    this.#withoutChannel = parts.metrics.counter("tocsin_alerts_without_channel_total", help).of({});
    const why = "Alerts that are told without their details, which could not be put into words.";
    this.#degraded = parts.metrics.counter("tocsin_alerts_degraded_total", why).of({});
  }

  /** The rule of a frame; null when the frame is not of its running incarnation. */
  ruleOf(frame: RuleFrame): string | null {
    return this.#p.table.incarnation(frame.handle, frame.incarnation)?.ruleId ?? null;
  }

  /** The documents of a frame, with a delivery for each channel that the rule's action names. */
  async make(frame: RuleFrame): Promise<MadeAlert[]> {
    if (frame.alerts.length === 0) return [];
    const live = present(this.#p.table.byHandle(frame.handle), "the rule of a frame");
    const version = await this.#p.table.version(live.ruleId, frame.version);
    const made: MadeAlert[] = [];
    for (const effect of frame.alerts) made.push(await this.#makeOne(version, effect));
    return made;
  }

  async #makeOne({ rule, plan, row }: CompiledVersion, effect: AlertEffect): Promise<MadeAlert> {
    const events: Evidence[] = [];
    for (const offset of effect.events) {
      const event = await this.#p.records.event(offset);
      events.push(event === null ? { offset, event, expired: true } : { offset, event });
    }
    const alert = this.#build({ rule, rule_id: row.rule_id, plan, effect, events });
    const now = this.#p.clock.now();
    const place = placeOf(effect.cause);
    const quiet = this.#p.routing?.quiet(alert, now) ?? null;
    const { deliveries, missing } = deliveriesOf(alert, rule.action, {
      ...{ channels: this.#p.channels(), now, place, quiet },
    });
    if (missing.length > 0) this.#tellMissing(row, missing);
    const routed = this.#p.routing?.noteOf(alert, { action: rule.action, once: rule.hold === null });
    return { alert, deliveries, ...(routed && { routed }) };
  }

  /**
   * One alert that cannot be worded must not stop the server, which would meet it again at every start: it is told
   * without what made it fail.
   */
  #build(parts: AlertParts): Alert {
    try {
      return buildAlert(parts);
    } catch (error) {
      const { rule_id, plan: { rule_version: version } } = parts;
      this.#degraded.add(1);
      this.#p.logger.error("an alert could not be worded", { rule_id, version, error: String(error) });
      return degradedAlert(parts);
    }
  }

  #tellMissing({ rule_id, version }: RuleVersion, channels: readonly string[]): void {
    this.#withoutChannel.add(1);
    if (this.#told.get(rule_id) === version) return;
    this.#told.set(rule_id, version);
    this.#p.logger.warn("a rule names channels that do not exist", { rule_id, version, channels });
  }
}

/** A delivery for each channel that an action names, and for each of its requests; and names of no channel. */
export function deliveriesOf(
  alert: Alert,
  action: Action,
  { channels, now, place, quiet }: {
    channels: readonly Channel[];
    now: number;
    place: number;
    quiet: Quiet | null;
  },
): { deliveries: Delivery[]; missing: string[] } {
  const { found, missing } = channelsOf(action, channels);
  const asked = alert.status === "resolved" ? found.filter(sendsResolved) : found;
  const acts = alert.status === "firing" ? requestsOf(action).length : 0;
  const fallback = notifyOf(action)?.fallback ?? null;
  const inOrder = action.type === "multi_action" && action.inOrder;
  const deliveries = asked.map((channel) => deliveryOf(alert, channel, { now, place, quiet, fallback }));
  for (let i = 0; i < acts; i++) deliveries.push(actionOf(alert, i, { now, place, quiet, inOrder }));
  return { deliveries, missing };
}

/** The channels that an action names, each once, and the names that nothing answers to. */
export function channelsOf(
  action: Action,
  channels: readonly Channel[],
): { found: Channel[]; missing: string[] } {
  const named = (notifyOf(action)?.channels ?? []).map((name) => ({
    name,
    channels: channelsNamed(name, channels),
  }));
  return {
    found: [...new Set(named.flatMap(({ channels }) => channels))],
    missing: named.filter(({ channels }) => channels.length === 0).map(({ name }) => name),
  };
}

/** Carries out one request of the rule's action: a delivery on a channel of the rule's own. */
function actionOf(
  { alert_id, revision, rule_id }: Alert,
  action: number,
  { now: at, place, quiet, inOrder }: { now: number; place: number; quiet: Quiet | null; inOrder: boolean },
): Delivery {
  return {
    delivery_id: placedId("dl_", place, [alert_id, revision, "action", action]),
    action,
    ...(inOrder && { order_key: `${alert_id} ${revision}` }),
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

function deliveryOf(
  alert: Alert,
  channel: Channel,
  { now: at, place, quiet, fallback }: {
    now: number;
    place: number;
    quiet: Quiet | null;
    fallback: string | null;
  },
): Delivery {
  return {
    delivery_id: placedId("dl_", place, [alert.alert_id, alert.revision, channel.channel_id]),
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
