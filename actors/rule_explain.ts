/**
 * GET /rules/{id}/explain: why a rule did not fire. What it has counted, where its event time stands, what waits
 * for which moment, and of a pattern which step its longest partial matches reached and what they wait for. The
 * reasons say in words what the figures beside them show; those that explain most come first.
 */
import { instant } from "../src/base/event_time.ts";
import type { JsonObject } from "../src/base/json.ts";
import type { Explanation } from "../src/engine/explain.ts";
import type { Rule } from "../src/model/rule.ts";
import type { RuleVersion } from "../src/store/rule_store.ts";
import type { Store } from "../src/store/store.ts";
import type { Control, RuleStateReport } from "./control.ts";
import { ruleOf } from "./rule_commands.ts";

export interface Reason {
  code: string;
  message: string;
}

export interface RuleExplained {
  rule_id: string;
  rule_name: string;
  trigger_type: string;
  status: string;
  reasons: Reason[];
  /** The topics it looks at, each with the number of events in it; null: all that are not the server's own. */
  topics: { topic: string; events: number }[] | null;
  counters: Record<string, number>;
  last_alert: JsonObject | null;
  keys: number | null;
  /** RFC 3339, event time. */
  watermark: string | null;
  next_due: string | null;
  open_windows: number | null;
  pending: number | null;
  /** Those that wait longest, at most 10. */
  pending_keys: JsonObject[] | null;
  pattern: JsonObject | null;
}

export interface ExplainParts {
  store: Store;
  control: Pick<Control, "ruleState" | "explain">;
}

export async function explainRule(
  row: RuleVersion,
  { store, control }: ExplainParts,
): Promise<RuleExplained> {
  const { rule_id } = row;
  const rule = ruleOf(row);
  const state = await control.ruleState(rule_id);
  const explanation = await control.explain(rule_id);
  const { items: [last] } = await store.effects.alerts({ rule_id, limit: 1 });
  const topics = await topicsOf(rule, store);
  return {
    rule_id,
    rule_name: rule.rule_name,
    trigger_type: rule.trigger.type,
    status: state?.status ?? "stopped",
    reasons: state === undefined ? [] : [...reasonsOf(rule, state, { topics, explanation })],
    topics,
    counters: state?.counters ?? {},
    last_alert: last === undefined ? null : {
      alert_id: last.alert.alert_id,
      event_time: last.alert.event_time,
      fired_at: last.alert.fired_at,
      key: last.alert.key,
    },
    keys: state?.keys ?? null,
    watermark: state?.watermark ?? null,
    next_due: instantOf(explanation?.next_due ?? null),
    open_windows: state?.open_windows ?? null,
    pending: state?.pending ?? null,
    pending_keys: explanation?.pending.map(({ key, since, due }) => ({
      key,
      since: instant(since),
      due: instant(due),
    })) ?? null,
    pattern: explanation === null ? null : shownPattern(explanation.pattern),
  };
}

async function topicsOf({ trigger }: Rule, { log }: Store): Promise<RuleExplained["topics"]> {
  if (trigger.topics === null) return null;
  const events = new Map((await log.topics()).map((one) => [one.topic, one.events]));
  return trigger.topics.map((topic) => ({ topic, events: events.get(topic) ?? 0 }));
}

function shownPattern(pattern: Explanation["pattern"]): JsonObject | null {
  if (pattern === null) return null;
  return {
    partials: pattern.partials,
    looked_at: pattern.looked_at,
    by_step: pattern.by_step.map((one) => ({ ...one })),
    longest: pattern.longest.map(({ events, started_at, ends_at, ...partial }) => ({
      ...partial,
      events: events.map(({ step, offset, time }) => ({ step, offset, time: instant(time) })),
      started_at: instant(started_at),
      ends_at: instantOf(ends_at),
    })),
  };
}

function instantOf(ms: number | null): string | null {
  return ms === null ? null : instant(ms);
}

interface Known {
  topics: RuleExplained["topics"];
  explanation: Explanation | null;
}

function* reasonsOf(rule: Rule, state: RuleStateReport, known: Known): Generator<Reason> {
  yield* ofLife(rule, state, known);
  yield* ofCounters(state);
  if (known.explanation === null) return;
  yield* ofTime(state, known.explanation);
  yield* ofPattern(known.explanation);
}

function* ofLife(rule: Rule, { status, lag, quarantine, counters }: RuleStateReport, known: Known) {
  if (!rule.is_active) yield reason("disabled", "The rule is disabled: it sees no events");
  else if (quarantine !== null) {
    const message = `The rule is in quarantine since offset ${quarantine.offset}: ${quarantine.reason}`;
    yield reason("quarantined", message);
  } else if (status !== "running" && status !== "catching_up") {
    yield reason("not_running", `The rule is ${status}`);
  } else if (known.explanation === null) {
    yield reason("no_answer", "The rule's actor is busy and does not answer: ask again");
  }
  if (lag > 0) yield reason("behind", `${lag} events of the log are still to be applied`);
  const empty = known.topics?.filter(({ events }) => events === 0).map(({ topic }) => `"${topic}"`) ?? [];
  if (empty.length > 0) yield reason("no_events", `There are no events in ${empty.join(", ")}`);
  if ((counters.matched ?? 0) === 0 && rule.trigger.type !== "schedule") {
    yield reason(
      "nothing_matched",
      "No event has met its conditions so far (counted since its first version)",
    );
  }
}

const COUNTED: readonly [counter: string, message: (n: number) => string][] = [
  ["in_cooldown", (n) => `${n} matches fell into the cooldown of their key`],
  ["over_alerts_per_minute", (n) => `${n} matches were more than limits.alerts_per_minute lets through`],
  ["late", (n) => `${n} events came too late: event time had passed them (see time.watermark_delay)`],
  ["partials_timed_out", (n) => `Time ran out for ${n} partial matches before they were complete`],
  ["partials_over_cap", (n) => `${n} partial matches were ended by limits.partials_per_key`],
  ["skip_errors", (n) => `${n} matches were not told: after_match did not fit them`],
  ["events_over_cap", (n) => `${n} events left their window by limits.events_per_window`],
  ["keys_evicted", (n) => `${n} keys were forgotten by limits.keys or limits.state_bytes`],
  ["time_unreadable", (n) => `${n} events had no time that can be read: their arrival was used`],
  ["time_future", (n) => `${n} events lay in the future: they do not move event time`],
];

function* ofCounters({ counters }: RuleStateReport): Generator<Reason> {
  for (const [counter, message] of COUNTED) {
    const n = counters[counter] ?? 0;
    if (n > 0) yield reason(counter, message(n));
  }
}

function* ofTime(state: RuleStateReport, { next_due }: Explanation): Generator<Reason> {
  const { open_windows, pending, watermark } = state;
  const due = next_due === null ? "" : `: the next moment is ${instant(next_due)} of event time, ` +
    `which stands at ${watermark ?? "nothing yet"}`;
  if (open_windows) {
    yield reason("windows_open", `${open_windows} windows are open and fire when they close${due}`);
  }
  if (pending) yield reason("pending", `${pending} keys hold and wait for "for"${due}`);
}

function* ofPattern({ pattern }: Explanation): Generator<Reason> {
  if (pattern === null) return;
  if (pattern.partials === 0) {
    yield reason(
      "no_partials",
      "No partial match is alive: no event that a match can begin with is within time",
    );
    return;
  }
  const [longest] = pattern.longest;
  if (longest === undefined) return;
  const { awaits, must_not_come, reached, event_count, ends_at } = longest;
  const wishes = [
    ...(awaits.length > 0 ? [`an event of ${awaits.map((step) => `"${step}"`).join(" or ")}`] : []),
    ...(must_not_come === null ? [] : [`"${must_not_come}" not to come`]),
  ];
  const end = ends_at === null ? "" : `, until ${instant(ends_at)} of event time`;
  const message = `${pattern.partials} partial matches wait. The longest took ${event_count} events, ` +
    `the last by step "${reached}", and waits for ${wishes.join(", or for ")}${end}`;
  yield reason("partials_wait", message);
}

function reason(code: string, message: string): Reason {
  return { code, message };
}
