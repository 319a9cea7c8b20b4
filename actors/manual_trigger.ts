/**
 * A rule that is run by hand: its conditions are evaluated on a payload by the simulator, and when they hold, an alert
 * with the reason "manual" is written and everything that its rule does with one is carried out at once, one attempt
 * each, without retries. What that led to stands in the deliveries of the alert, like any other. A rule
 * runs once at a time: another run meanwhile is skipped.
 */
import type { Clock } from "../src/base/clock.ts";
import { instant } from "../src/base/event_time.ts";
import { randomId } from "../src/base/ids.ts";
import type { JsonObject } from "../src/base/json.ts";
import { notFound } from "../src/base/problem.ts";
import type { Alert } from "../src/model/alert.ts";
import type { Delivery } from "../src/model/delivery.ts";
import { parseRule } from "../src/model/rule.ts";
import type { Channel } from "../src/model/channel.ts";
import { ruleTexts } from "../src/notify/alert_builder.ts";
import { LEASE_MS } from "../src/store/outbox.ts";
import type { StoredAlert } from "../src/store/effect_store.ts";
import type { Store } from "../src/store/store.ts";
import { deliveriesOf } from "./alert_maker.ts";
import type { NotifierPool } from "./notifier_pool.ts";
import type { RoutingDesk } from "./routing_desk.ts";
import type { RuleControl } from "./rule_control.ts";

export interface ManualTriggerParts {
  rules: Pick<RuleControl, "simulate">;
  store: Pick<Store, "rules" | "effects">;
  channels(): readonly Channel[];
  routing: Pick<RoutingDesk, "quiet" | "noteOf">;
  pool: Pick<NotifierPool, "attemptOnce">;
  onAlerts(alerts: readonly StoredAlert[]): void;
  clock: Clock;
}

export interface TriggerResult {
  /** "dry_run": the conditions do not hold; "fail": an attempt did not deliver. */
  status: "success" | "fail" | "dry_run" | "skipped";
  condition_met: boolean;
  alert_id: string | null;
  /** What became of each delivery. */
  deliveries: {
    delivery_id: string;
    channel_id: string;
    kind: string;
    state: string;
    error: string | null;
  }[];
  error_message: string | null;
  duration_ms: number;
}

export class ManualTrigger {
  readonly #p: ManualTriggerParts;
  readonly #running = new Set<string>();

  constructor(parts: ManualTriggerParts) {
    this.#p = parts;
  }

  /** Also of a rule that is not active. @throws Problem 404, and 400 where its document cannot be simulated */
  async run(ruleId: string, payload: JsonObject): Promise<TriggerResult> {
    const { clock, store } = this.#p;
    const from = clock.monotonic();
    const row = await store.rules.get(ruleId);
    if (row === undefined) throw notFound("rule", ruleId);
    const ended = (result: Omit<TriggerResult, "duration_ms">): TriggerResult => (
      { ...result, duration_ms: Math.round(clock.monotonic() - from) }
    );
    const none = { condition_met: false, alert_id: null, deliveries: [] };
    if (this.#running.has(ruleId)) {
      return ended({ ...none, status: "skipped", error_message: "rule already running" });
    }
    this.#running.add(ruleId);
    try {
      const alert = await this.#evaluated(row, payload);
      if (alert === null) return ended({ ...none, status: "dry_run", error_message: null });
      return ended(await this.#carryOut(row.doc, alert));
    } finally {
      this.#running.delete(ruleId);
    }
  }

  /** The alert that the payload makes; null: the conditions do not hold. */
  async #evaluated(
    { rule_id, version, doc }: { rule_id: string; version: number; doc: JsonObject },
    payload: JsonObject,
  ): Promise<Alert | null> {
    const given = { rule_id, events: [payload], received_at: null, advance_to: "end" as const };
    const { alerts: [found] } = await this.#p.rules.simulate(doc, given);
    if (found === undefined) return null;
    return {
      ...found,
      alert_id: `al_manual_${randomId()}`,
      rule_version: version,
      status: "firing",
      reason: "manual",
      fired_at: instant(this.#p.clock.now()),
      resolved_at: null,
      revision: 1,
      events: [{ offset: 0, event: payload }],
      match: null,
    };
  }

  async #carryOut(document: JsonObject, evaluated: Alert): Promise<Omit<TriggerResult, "duration_ms">> {
    const { store, clock, routing, pool, onAlerts } = this.#p;
    const parsed = parseRule(document);
    const rule = parsed.ok
      ? parsed.rule
      : { action: { type: "none" as const }, rule_name: evaluated.rule_name };
    const { action } = rule;
    // A simulation knows no actions, and so not their words.
    const { title, message } = ruleTexts(evaluated, rule);
    const alert = { ...evaluated, title, message: message ?? evaluated.message };
    const now = clock.now();
    const quiet = routing.quiet(alert, now);
    const { deliveries } = deliveriesOf(alert, action, {
      channels: this.#p.channels(),
      now,
      place: 0,
      quiet,
    });
    const routed = routing.noteOf(alert, { action, once: true });
    const owner = `manual ${alert.alert_id}`;
    // Without an order of their own: they are leased to this run, which keeps it.
    const own = deliveries.map(({ order_key: _, ...delivery }): Delivery => delivery);
    const told = { alert, deliveries: own, ...(routed && { routed }) };
    onAlerts(await store.effects.tell({ alerts: [told], owner, leaseUntil: now + LEASE_MS }));
    const waiting = own.filter(({ state }) => state === "queued");
    const outcomes = await pool.attemptOnce(waiting, { alert, owner });
    const quieted = own.filter(({ state }) => state === "suppressed").map((
      { delivery_id, channel_id, kind, state, reason },
    ) => (
      { delivery_id, channel_id, kind, state, error: reason }
    ));
    const failed = outcomes.find(({ state }) => state !== "delivered");
    return {
      status: failed === undefined ? "success" : "fail",
      condition_met: true,
      alert_id: alert.alert_id,
      deliveries: [...outcomes, ...quieted],
      error_message: failed === undefined ? null : failed.error ?? failed.state,
    };
  }
}
