/** Makes alerts and their deliveries out of what actors decided. */
import { present } from "../src/base/assert.ts";
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
import type { RuleFrame } from "./messages.ts";
import type { RuleTable } from "./rule_table.ts";

export interface AlertMakerParts {
  clock: Clock;
  table: RuleTable;
  records: RecordCache;
  channels(): readonly Channel[];
}

export interface MadeAlert {
  alert: Alert;
  deliveries: Delivery[];
}

export class AlertMaker {
  readonly #p: AlertMakerParts;

  constructor(parts: AlertMakerParts) {
    this.#p = parts;
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
    const alert = buildAlert({ rule, rule_id: row.rule_id, plan, effect, events });
    const now = this.#p.clock.now();
    const targets = channelsOf(rule.action, this.#p.channels());
    return { alert, deliveries: targets.map((channel) => deliveryOf(alert, channel, now)) };
  }
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
