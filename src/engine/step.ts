/**
 * The only writer of a rule's state. A step applies the rows that matched, in offset order, one by one: the
 * outcome is the same however the log was cut into batches (INVARIANTS 1). Each match is an alert of its
 * own unless its key is within its cooldown or the minute's cap is reached, in this order; a match that the
 * cap holds back starts no cooldown, since nobody was told.
 */
import { assert } from "../base/assert.ts";
import type { JsonScalar } from "../base/json.ts";
import { TIME } from "../batch/batch.ts";
import type { AlertEffect, CounterName, Effects } from "./effects.ts";
import { canonicalKey, keyTags, shownKey } from "./group_key.ts";
import type { Plan } from "./plan.ts";
import type { Gathered, PreparedRule, Span } from "./prepared_rule.ts";
import { keyCaps, MINUTE_MS, nextDue, type RuleState } from "./rule_state.ts";

/** Applies what `rule.read` gathered from a span. `advance` was called for its arrival before. */
export function step(
  rule: PreparedRule,
  state: RuleState,
  gathered: Gathered,
  span: Span,
  effects: Effects,
): void {
  state.unsaved = true;
  enterMinute(state, span.arrival);
  count(effects, "matched", gathered.count);
  for (let i = 0; i < gathered.count; i++) {
    const flag = gathered.time_flags[i];
    if (flag === TIME.unreadable) count(effects, "time_unreadable", 1);
    if (flag === TIME.future) count(effects, "time_future", 1);
    const match: Match = {
      offset: gathered.offsets[i]!,
      eventTime: gathered.times[i]!,
      // A clock that runs ahead must not keep a key quiet until its time comes (SEMANTICS 10).
      cooldownTime: flag === TIME.future ? span.arrival : gathered.times[i]!,
      arrival: span.arrival,
      key: gathered.keys[i] ?? NO_KEY,
    };
    applyMatch(rule.plan, state, match, effects);
  }
}

/** Fires the timers due at `arrival` (ms), before a record with that arrival is applied. */
export function advance(_plan: Plan, state: RuleState, arrival: number, effects: Effects): void {
  const due = nextDue(state);
  if (arrival < due) return;
  const { minute, suppressed } = state.minute;
  state.minute.suppressed = 0;
  state.unsaved = true;
  emit(effects, {
    cause: { kind: "alerts_per_minute", minute },
    ordinal: 0,
    reason: "match",
    key: NO_KEY,
    event_time: due,
    fired_at: arrival,
    events: [],
    values: { suppressed },
  });
}

interface Match {
  offset: number;
  eventTime: number;
  cooldownTime: number;
  arrival: number;
  key: readonly JsonScalar[];
}

const NO_KEY: readonly JsonScalar[] = [];

function applyMatch(plan: Plan, state: RuleState, match: Match, effects: Effects): void {
  if (plan.cooldown_ms === 0) {
    if (underCap(plan, state, effects)) emit(effects, alertOf(match, match.key));
    return;
  }
  const text = canonicalKey(match.key);
  const slot = state.keys.find(text);
  if (slot >= 0 && match.cooldownTime < state.keys.last(slot) + plan.cooldown_ms) {
    return count(effects, "in_cooldown", 1);
  }
  if (!underCap(plan, state, effects)) return;
  const tags = keyTags(match.key);
  if (slot < 0) {
    const entry = { text, tags, last: match.cooldownTime, offset: match.offset };
    const evicted = state.keys.put(entry, keyCaps(plan));
    if (evicted > 0) count(effects, "keys_evicted", evicted);
    return emit(effects, alertOf(match, match.key));
  }
  const seen = state.keys.tags(slot);
  state.keys.renew(slot, match.cooldownTime, match.offset);
  emit(effects, alertOf(match, seen === tags ? match.key : shownKey(text, seen)));
}

function enterMinute({ minute }: RuleState, arrival: number): void {
  const start = Math.floor(arrival / MINUTE_MS) * MINUTE_MS;
  if (minute.minute === start) return;
  assert(minute.suppressed === 0, "advance is called before a step");
  minute.minute = start;
  minute.alerts = 0;
}

function underCap(plan: Plan, { minute }: RuleState, effects: Effects): boolean {
  const cap = plan.limits.alerts_per_minute;
  if (cap !== null && minute.alerts >= cap) {
    minute.suppressed++;
    count(effects, "over_alerts_per_minute", 1);
    return false;
  }
  minute.alerts++;
  return true;
}

function alertOf(match: Match, key: readonly JsonScalar[]): AlertEffect {
  return {
    cause: { kind: "event", offset: match.offset },
    ordinal: 0,
    reason: "match",
    key,
    event_time: match.eventTime,
    fired_at: match.arrival,
    events: [match.offset],
    values: {},
  };
}

function emit(effects: Effects, alert: AlertEffect): void {
  effects.alerts.push(alert);
  count(effects, "alerts", 1);
}

function count(effects: Effects, name: CounterName, n: number): void {
  effects.counters[name] = (effects.counters[name] ?? 0) + n;
}
