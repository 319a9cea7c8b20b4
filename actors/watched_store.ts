/**
 * A store whose writes are counted: what was committed is told to the ledger. It changes nothing of what is
 * written, and costs a few additions a transaction.
 */
import type { Attempt } from "../src/model/delivery.ts";
import type { NewRecord } from "../src/store/event_log.ts";
import type { Counters, EffectFrame, EffectStore, StoredAlert } from "../src/store/effect_store.ts";
import type { ErrorEntry, ErrorKind } from "../src/store/figure_store.ts";
import type { AttemptOutcome, Outbox } from "../src/store/outbox.ts";
import type { Store } from "../src/store/store.ts";
import type { Ledger } from "./ledger.ts";

/** Of a rule's counters those that tell of something lost. */
const LOSSES: readonly (readonly [counter: string, kind: ErrorKind])[] = [
  ["late", "late_event"],
  ["events_over_cap", "over_limit"],
  ["partials_over_cap", "over_limit"],
  ["keys_evicted", "over_limit"],
  ["over_alerts_per_minute", "over_limit"],
  ["calls_failed", "call_failed"],
];
/** States of deliveries that were not delivered and are not tried again by themselves. */
const FAILED: readonly string[] = ["dead", "expired", "unknown"];
/** Deliveries of one transaction whose rule is looked up. */
const LOOKED_UP_MAX = 50;

export function watchStore(store: Store, ledger: Ledger): Store {
  const { log, effects, outbox, health } = store;
  return over(store, {
    log: over(log, {
      append: async (records, replies) => {
        const firsts = await log.append(records, replies);
        countEvents(records, ledger);
        return firsts;
      },
    }),
    effects: over(effects, watchEffects(effects, ledger)),
    outbox: over(outbox, {
      record: async (owner, outcomes) => {
        await outbox.record(owner, outcomes);
        // Nobody waits for it.
        void countOutcomes(outcomes, { outbox, ledger });
      },
      expire: async (now, limit) => {
        const expired = await outbox.expire(now, limit);
        ledger.note("delivery_failed", "", expired);
        return expired;
      },
    }),
    health: over(health, {
      park: async (poison) => {
        await health.park(poison);
        const { rule_id, at, error: message, offset } = poison;
        ledger.error({ kind: "poison", at, rule_id, message, ref: String(offset), duration_ms: null });
      },
      quarantine: async (row) => {
        await health.quarantine(row);
        const { rule_id, at, reason: message, offset } = row;
        const kind = "rule_quarantined";
        ledger.error({ kind, at, rule_id, message, ref: String(offset), duration_ms: null });
      },
    }),
  });
}

/** `target` but for some of its members; what else it has is its own, getters too. */
function over<T extends object>(target: T, members: Partial<T>): T {
  return Object.assign(Object.create(target) as T, members);
}

function countEvents(records: readonly NewRecord[], ledger: Ledger): void {
  for (const { kind, topic, count } of records) {
    if (kind === "events" && !topic.startsWith("_")) ledger.note("events", topic, count);
  }
}

function watchEffects(effects: EffectStore, ledger: Ledger): Pick<EffectStore, "commit" | "tell"> {
  return {
    commit: async (write) => {
      const answer = await effects.commit(write);
      answer.frames.forEach((outcome, i) => {
        if (outcome === "written") countFrame(write.frames[i]!, ledger);
      });
      countAlerts(answer.alerts, ledger);
      return answer;
    },
    tell: async (write) => {
      const alerts = await effects.tell(write);
      countAlerts(alerts, ledger);
      return alerts;
    },
  };
}

function countFrame({ rule_id, counters }: EffectFrame, ledger: Ledger): void {
  const { matched } = counters as Counters;
  if (matched !== undefined) ledger.note("matched", rule_id, matched);
  for (const [counter, kind] of LOSSES) ledger.note(kind, rule_id, (counters as Counters)[counter] ?? 0);
}

/** A further revision of an alert is none of its own. */
function countAlerts(alerts: readonly StoredAlert[], ledger: Ledger): void {
  for (const { alert } of alerts) {
    if (alert.revision === 1 || alert.status === "resolved") ledger.note("alert_status", alert.status);
    if (alert.revision > 1) continue;
    ledger.note("alerts", alert.rule_id);
    ledger.note("alert_severity", alert.severity);
  }
}

async function countOutcomes(
  outcomes: readonly AttemptOutcome[],
  { outbox, ledger }: { outbox: Outbox; ledger: Ledger },
): Promise<void> {
  let lookedUp = 0;
  for (const outcome of outcomes) {
    // What was not attempted did not fail.
    const { attempt } = outcome;
    const kind = attempt === null ? null : kindOf({ ...outcome, attempt });
    if (kind === null) continue;
    const wanted = lookedUp++ < LOOKED_UP_MAX;
    ledger.error(
      entryOf({ ...outcome, attempt: attempt! }, {
        kind,
        rule_id: wanted ? await ruleOf(outcome, outbox) : null,
      }),
    );
  }
}

type Attempted = AttemptOutcome & { attempt: Attempt };

function kindOf({ attempt, state }: Attempted): ErrorKind | null {
  if (FAILED.includes(state)) return "delivery_failed";
  return attempt.class === "transient" && state === "retry_wait" ? "attempt_failed" : null;
}

function entryOf(
  { delivery_id, attempt, reason }: Attempted,
  { kind, rule_id }: Pick<ErrorEntry, "kind" | "rule_id">,
): ErrorEntry {
  const { at, duration_ms, error, status } = attempt;
  const said = error ?? (status === null ? "no answer" : `answered ${status}`);
  const message = reason === null ? said : `${said} (${reason})`;
  return { kind, at, rule_id, message, ref: delivery_id, duration_ms };
}

/** null when the store does not say: the figures are counted all the same. */
async function ruleOf({ delivery_id }: AttemptOutcome, outbox: Outbox): Promise<string | null> {
  try {
    return (await outbox.get(delivery_id))?.delivery.rule_id ?? null;
  } catch {
    // The store is closing, or failed: whoever writes next decides what that means.
    return null;
  }
}
