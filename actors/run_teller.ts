/**
 * What a run of a rule does with its alert: writes it with its deliveries, tells whoever follows alerts, and has the
 * deliveries attempted at once, or leaves them to the pool.
 */
import type { Clock } from "../src/base/clock.ts";
import type { JsonObject, JsonValue } from "../src/base/json.ts";
import { NO_ACTION } from "../src/model/action.ts";
import type { Alert } from "../src/model/alert.ts";
import type { Channel } from "../src/model/channel.ts";
import type { Delivery } from "../src/model/delivery.ts";
import { parseRule } from "../src/model/rule.ts";
import { ruleTexts } from "../src/notify/alert_builder.ts";
import { deliveriesOf } from "../src/notify/alert_deliveries.ts";
import type { StoredAlert } from "../src/store/effect_store.ts";
import { LEASE_MS } from "../src/store/outbox.ts";
import type { Store } from "../src/store/store.ts";
import type { NotifierPool } from "./notifier_pool.ts";
import type { RoutingDesk } from "./routing_desk.ts";

export interface RunTellerParts {
  store: Pick<Store, "effects" | "outbox">;
  channels(): readonly Channel[];
  routing: Pick<RoutingDesk, "quiet" | "noteOf">;
  pool: Pick<NotifierPool, "attemptOnce" | "offer">;
  /** Names this start of this process in leases. */
  owner: string;
  onAlerts(alerts: readonly StoredAlert[]): void;
  clock: Clock;
}

/** The error of what the end of this process cut short: the next start goes on with it. */
export const RUN_STOPPED =
  "Cannot go on with the run now: the server is stopping, and does so at its next start";

/** What became of one delivery. */
export interface ToldDelivery {
  delivery_id: string;
  channel_id: string;
  kind: string;
  state: string;
  error: string | null;
  /** Of the last attempt, as HTTP says it. */
  status?: number | null;
  /** Of an action: what it came to. */
  result?: JsonObject;
  references?: JsonObject;
}

export interface Told {
  deliveries: ToldDelivery[];
  /** What the actions came to; null: there were none, or they are still to come. */
  result: JsonObject | null;
  /** The first that did not succeed. */
  failed: ToldDelivery | null;
}

export class RunTeller {
  readonly #p: RunTellerParts;

  constructor(parts: RunTellerParts) {
    this.#p = parts;
  }

  async tell(
    document: JsonObject,
    evaluated: Alert,
    { mode, until }: { mode: "at_once" | "queued"; until: number },
  ): Promise<Told> {
    const { store, clock, routing, pool, onAlerts, owner } = this.#p;
    const parsed = parseRule(document);
    const rule = parsed.ok ? parsed.rule : { action: NO_ACTION, rule_name: evaluated.rule_name };
    const { action } = rule;
    // A simulation knows no actions, and so not their words.
    const { title, message } = ruleTexts(evaluated, rule);
    const alert = { ...evaluated, title, message: message ?? evaluated.message };
    const now = clock.now();
    const options = { channels: this.#p.channels(), now, place: 0, quiet: routing.quiet(alert, now) };
    const { deliveries } = deliveriesOf(alert, action, options);
    const routed = routing.noteOf(alert, { action, once: true });
    const told = { alert, deliveries, ...(routed && { routed }) };
    // At once they are all leased to this run, which keeps their order; what it leaves behind has it still.
    const lease = mode === "queued" ? { owner } : { owner: `manual ${alert.alert_id}`, inOrder: true };
    onAlerts(await store.effects.tell({ alerts: [told], ...lease, leaseUntil: now + LEASE_MS }));
    const waiting = deliveries.filter(({ state }) => state === "queued");
    const quieted = deliveries.filter(({ state }) => state === "suppressed").map(asTold);
    if (mode === "queued") {
      pool.offer(waiting, [alert]);
      return { deliveries: [...waiting.map(asTold), ...quieted], result: null, failed: null };
    }
    const outcomes = await pool.attemptOnce(waiting, { alert, owner: lease.owner, until });
    const failed = outcomes.find(({ state }) => state !== "delivered" && state !== "suppressed") ?? null;
    return { deliveries: [...outcomes, ...quieted], result: resultOf(outcomes), failed };
  }
}

function asTold({ delivery_id, channel_id, kind, state, reason }: Delivery): ToldDelivery {
  return { delivery_id, channel_id, kind, state, error: reason };
}

/** Of one action its result, of several the results of each. */
function resultOf(outcomes: readonly ToldDelivery[]): JsonObject | null {
  const actions = outcomes.filter(({ kind }) => kind === "action");
  if (actions.length === 0) return null;
  if (actions.length === 1) return actions[0]!.result ?? {};
  const results = actions.map(({ state, error, result, references }, index): JsonValue => ({
    index,
    type: references?.action_type ?? null,
    status: state === "delivered" ? "success" : state === "suppressed" ? "skipped" : "fail",
    result: result ?? null,
    error: state === "suppressed" ? null : error,
  }));
  return { results };
}
