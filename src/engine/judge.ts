/**
 * From an evaluation (of one event, or of a window that fired) to an alert: `having`, then either `for` and
 * `keep_firing_for`, or cooldown; then the cap of alerts a minute. In this order: a match that the cap holds back
 * starts no cooldown, since nobody was told.
 */
import { assert } from "../base/assert.ts";
import type { JsonObject, JsonScalar } from "../base/json.ts";
import { FUTURE_MS_MAX } from "../batch/time_buffer.ts";
import { type AlertEffect, type Cause, count, type Reason } from "./effects.ts";
import { shownValues } from "./enrich/results.ts";
import { keyTags, shownKey } from "./group_key.ts";
import type { HoldChange } from "./hold.ts";
import type { Plan, WindowPlan } from "./plan.ts";
import type { RuleState, Turn } from "./rule_state.ts";
import { TIMER } from "./timers.ts";
import { NO_SLOT } from "./key_table.ts";
import type { Firing } from "./window/mod.ts";

/** One evaluation of a rule for one key. */
export interface Candidate {
  /** NO_SLOT: the rule keeps nothing of the key. */
  slot: number;
  key: readonly JsonScalar[];
  cause: Cause;
  reason: Reason;
  time: number;
  /** As of when a cooldown and `for` count: a clock that runs ahead must not keep a key quiet (SEMANTICS 10). */
  quiet_from: number;
  values: JsonObject;
  window: { start: number; end: number } | null;
  revision: number;
  event_count: number;
  evidence(): readonly number[];
  /** Position among alerts of the same key and cause. */
  ordinal?: number;
  /** The step of a pattern that took each event of the evidence. */
  steps?: readonly string[];
}

/**
 * A window fired. Answers whether it counted: one that was kept quiet did not, so what corrects it is a first
 * firing. Most do not count, so nothing is made before that is known.
 */
export function judgeWindow(state: RuleState, turn: Turn, firing: Firing): boolean {
  const { slot, cause, time, window, revision, event_count } = firing;
  const key = () => shownKey(state.keys.text(slot), state.keys.tags(slot));
  turn.effects.seen?.({ id: state.keys.text(slot), key, time, values: firing.values });
  const holds = state.having === null || state.having(firing.values, key);
  // Before its end a window may still come to hold: only a look that holds says something.
  if (!holds && firing.early) return false;
  if (!holds && state.hold === null) {
    // What was told is not taken back (SEMANTICS 20).
    if (revision > 1) count(turn.effects, "corrections_withdrawn");
    return false;
  }
  if (!speaks(state, turn, firing)) return holds;
  const values = namedValues(turn.plan, firing.values);
  const candidate: Candidate = {
    ...{
      slot,
      key: key(),
      cause,
      reason: "window",
      time,
      quiet_from: time,
      values,
      window,
      revision,
      event_count,
    },
    evidence: () => firing.evidence(),
  };
  if (state.hold === null) return decide(state, turn, candidate);
  evaluateHold(state, turn, candidate, holds);
  return holds;
}

/** Whether a held alert listens to the window: one that is older than what was said already is too late. */
function speaks(
  { hold }: RuleState,
  { plan, arrival }: Turn,
  { slot, cause, window: bounds, time }: Firing,
): boolean {
  const window = plan.window!;
  const again = window.lateness_ms > 0 || window.emit === "change";
  if (hold === null || !again || cause.kind === "event") return true;
  // An event from the far future must not keep its key quiet until then (SEMANTICS 10).
  return hold.listens(slot, { end: bounds?.end ?? time, latest: arrival + FUTURE_MS_MAX + lengthOf(window) });
}

/** How far the end of a window may be behind an event in it, ms. */
function lengthOf(window: WindowPlan): number {
  return window.type === "session" ? window.gap_ms : window.type === "count" ? 0 : window.size_ms;
}

/** What aggregates came to, under their names. */
export function namedValues({ aggregates }: Plan, values: readonly JsonScalar[]): JsonObject {
  return Object.fromEntries(aggregates.map(({ as }, i) => [as, values[i]!]));
}

/**
 * What held for its whole `for` before an event of its key fires before that event counts, however far a
 * `watermark_delay` keeps event time back: the event may be the one that ends it.
 */
export function fireHeld(state: RuleState, turn: Turn, { slot, quiet_from }: Candidate): void {
  const due = state.hold?.dueOf(slot) ?? Infinity;
  const change = due <= quiet_from ? state.hold!.due(slot, due) : null;
  if (change !== null) tellHold(state, turn, slot, change);
}

/** One evaluation of a rule with `hold`. */
export function evaluateHold(state: RuleState, turn: Turn, candidate: Candidate, holds: boolean): void {
  const hold = state.hold;
  assert(hold !== null, "the rule holds alerts");
  const { slot, quiet_from: time } = candidate;
  const change = holds
    ? hold.holds(slot, { ...candidate, time, evidence: candidate.evidence() })
    : hold.fails(slot, time);
  const due = hold.dueOf(slot);
  if (holds && due !== Infinity) state.timers.set(due, slot, TIMER.hold);
  if (change !== null) tellHold(state, turn, slot, change);
}

export function tellHold(state: RuleState, turn: Turn, slot: number, change: HoldChange): void {
  const { status, revision, at, told } = change;
  const key = shownKey(state.keys.text(slot), state.keys.tags(slot));
  // One that was never announced is not resolved for anybody.
  if (status === "firing" && !underCap(state, turn)) return state.hold?.keepBack(slot);
  emit(turn, {
    cause: told.cause,
    ordinal: 0,
    reason: told.reason,
    status,
    revision,
    key,
    event_time: at,
    fired_at: turn.arrival,
    resolved_at: status === "resolved" ? at : null,
    window: told.window,
    events: told.evidence,
    event_count: told.event_count,
    steps: null,
    values: told.values,
  });
}

/** A match of a rule without `hold`. */
export function decide(state: RuleState, turn: Turn, candidate: Candidate): boolean {
  const { plan } = turn;
  // A correction tells what was told before: it neither waits for a cooldown nor starts one.
  const quiet = plan.cooldown_ms > 0 && candidate.revision === 1;
  if (quiet && inCooldown(state, turn, candidate)) {
    count(turn.effects, "in_cooldown");
    return false;
  }
  if (!underCap(state, turn)) return false;
  const key = quiet ? startCooldown(state, turn, candidate) : candidate.key;
  const { cause, reason, revision, time, window, event_count, values } = candidate;
  emit(turn, {
    ...{ cause, ordinal: candidate.ordinal ?? 0, reason, status: "firing", revision, key, event_time: time },
    fired_at: turn.arrival,
    resolved_at: null,
    window,
    events: candidate.evidence(),
    event_count,
    steps: candidate.steps ?? null,
    values,
  });
  return true;
}

function inCooldown(state: RuleState, { plan }: Turn, { slot, key, quiet_from }: Candidate): boolean {
  const known = slot === NO_SLOT ? state.find(key) : slot;
  return known !== NO_SLOT && quiet_from < state.cooldown.last(known) + plan.cooldown_ms;
}

/** Answers the key as it was first seen. */
function startCooldown(state: RuleState, turn: Turn, candidate: Candidate): readonly JsonScalar[] {
  const { key, quiet_from } = candidate;
  const slot = candidate.slot === NO_SLOT ? state.enter(key, turn.offset) : candidate.slot;
  state.cooldown.start(slot, quiet_from);
  if (state.clock !== null) state.timers.set(quiet_from + turn.plan.cooldown_ms, slot, TIMER.cooldown);
  const tags = state.keys.tags(slot);
  return tags === keyTags(key) ? key : shownKey(state.keys.text(slot), tags);
}

function underCap({ minute }: RuleState, { plan, effects }: Turn): boolean {
  const cap = plan.limits.alerts_per_minute;
  if (cap !== null && minute.alerts >= cap) {
    minute.suppressed++;
    count(effects, "over_alerts_per_minute");
    return false;
  }
  minute.alerts++;
  return true;
}

export function emit({ plan, effects }: Turn, alert: AlertEffect): void {
  const values = plan.enrichments.length === 0 ? alert.values : shownValues(plan, alert.values);
  effects.alerts.push({ ...alert, values });
  count(effects, "alerts");
}
