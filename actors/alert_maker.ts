/**
 * Makes alerts and their deliveries out of what actors decided. An alert whose rule names a channel that is
 * gone is made all the same: it is counted, and told once per version of the rule.
 */
import { present } from "../src/base/assert.ts";
import type { Clock } from "../src/base/clock.ts";
import type { Logger } from "../src/base/logging.ts";
import type { Metrics } from "../src/base/metrics.ts";
import type { RecordCache } from "../src/ingest/record_cache.ts";
import type { Alert } from "../src/model/alert.ts";
import type { RoutedAlert } from "../src/model/alert_group.ts";
import type { Channel } from "../src/model/channel.ts";
import type { Delivery } from "../src/model/delivery.ts";
import type { AlertEffect } from "../src/engine/effects.ts";
import { type AlertParts, buildAlert, degradedAlert, placeOf } from "../src/notify/alert_builder.ts";
import { deliveriesOf } from "../src/notify/alert_deliveries.ts";
import type { Evidence } from "../src/model/alert.ts";
import type { CompiledVersion } from "./live_rule.ts";
import type { RuleVersion } from "../src/store/rule_store.ts";
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
