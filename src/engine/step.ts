/**
 * The only writer of a rule's state. A record is applied in this order (SEMANTICS 8), row by row, so that the
 * outcome is the same however the log was cut into batches (INVARIANTS 1):
 *
 *   advance   timers due by the record's arrival: idle time, schedules, the minute's summary
 *   step      per row that matched: event time moves to where the rows before it had brought it and windows
 *             close; then the row is applied
 *   pass      event time moves past all rows of the record, also those that matched nothing
 */
import { assert } from "../base/assert.ts";
import { TIME } from "../batch/batch.ts";
import type { JsonScalar } from "../base/json.ts";
import type { CallAnswer, CallId } from "./enrich/calls.ts";
import { resultsAt } from "./enrich/results.ts";
import { count, type Effects } from "./effects.ts";
import { canonicalKey } from "./group_key.ts";
import type { Gathered } from "./gathered.ts";
import { fireDue, fireNext } from "./due.ts";
import { type Candidate, decide, emit, evaluateHold, fireHeld, namedValues } from "./judge.ts";
import { NO_SLOT } from "./key_table.ts";
import type { Plan } from "./plan.ts";
import type { PreparedRule, Span } from "./prepared_rule.ts";
import { MINUTE_MS, type RuleState, type Turn } from "./rule_state.ts";
import { cutAll, lookAgain, takeAnswer, takeRow, type WaitingStep } from "./waiting.ts";

/** Applies what `rule.read` gathered from a span. `advance` was called for its arrival before. */
export function step(
  rule: PreparedRule,
  state: RuleState,
  gathered: Gathered,
  span: Span,
  effects: Effects,
): void {
  const turn = begin(state, rule.plan, { arrival: span.arrival, offset: span.first, effects });
  enterMinute(state, span.arrival);
  if (!state.waits && state.clock?.elapse(span.arrival)) fireDue(state, turn);
  const rows = rule.enrichments === null ? gathered : rule.enrichments.begin(gathered);
  for (let i = 0; i < rows.count; i++) applyRow(rule, state, turn, { rows, i });
  state.turn = null;
}

/** Fires the timers due at `arrival` (ms), before a record with that arrival is applied. */
export function advance(plan: Plan, state: RuleState, arrival: number, effects: Effects): void {
  const turn = begin(state, plan, { arrival, offset: -1, effects });
  if (state.minute.suppressed > 0 && arrival >= state.minute.minute + MINUTE_MS) tellSuppressed(state, turn);
  enterMinute(state, arrival);
  while (state.arrivals.next <= arrival) fireNext(state, turn, state.arrivals);
  if (!state.waits && state.clock?.elapse(arrival)) fireDue(state, turn);
  if (state.schedule !== null) {
    for (const at of state.schedule.take(arrival)) {
      fireSchedule(state, turn, at);
    }
  }
  state.turn = null;
}

/** All rows of a record of the rule's topics have passed; `latest` is the latest time among them, ms. */
export function pass(
  plan: Plan,
  state: RuleState,
  options: { span: Span; latest: number; effects: Effects },
): void {
  const { span: { arrival, first }, latest, effects } = options;
  const { clock } = state;
  assert(clock !== null, "the rule goes by event time");
  const turn = begin(state, plan, { arrival, offset: first, effects });
  enterMinute(state, arrival);
  if (state.waits) state.calls!.pass(arrival, latest);
  else {
    clock.elapse(arrival);
    clock.see(latest);
    fireDue(state, turn);
    clock.settle(arrival);
  }
  state.turn = null;
}

/** A call of an endpoint was answered; `advance` was called for the arrival of the record before. */
export function takeCallAnswer(
  rule: PreparedRule,
  state: RuleState,
  { call, answer, span, effects }: { call: CallId; answer: CallAnswer; span: Span; effects: Effects },
): void {
  const { arrival, first: offset } = span;
  const rows = state.calls?.answered(call, answer, arrival) ?? [];
  if (rows.length === 0) return;
  const turn = begin(state, rule.plan, { arrival, offset, effects });
  enterMinute(state, arrival);
  if (answer.kind === "fallback") count(effects, "calls_failed");
  takeAnswer(waitingStep(rule, state, turn), rows);
  state.turn = null;
}

/** Rows that wait were made over for another version of the rule: they are looked at anew. */
export function resumeWaiting(rule: PreparedRule, state: RuleState, span: Span, effects: Effects): void {
  if (state.calls?.isRestless !== true) return;
  const turn = begin(state, rule.plan, { arrival: span.arrival, offset: span.first, effects });
  lookAgain(waitingStep(rule, state, turn));
  state.turn = null;
}

/** The rule is about to mean something else: rows that wait take their fallbacks. */
export function endWaiting(rule: PreparedRule, state: RuleState, span: Span, effects: Effects): void {
  if (!state.waits) return;
  advance(rule.plan, state, span.arrival, effects);
  const turn = begin(state, rule.plan, { arrival: span.arrival, offset: span.first, effects });
  enterMinute(state, span.arrival);
  cutAll(waitingStep(rule, state, turn));
  state.turn = null;
}

/** The process started at `arrival`: the time it was down is no evidence of absence (SEMANTICS 9). */
export function restart(state: RuleState, arrival: number): void {
  if (state.clock === null) return;
  if (state.waits) state.calls!.pass(arrival);
  else state.clock.settle(arrival);
  state.unsaved = true;
}

function begin(state: RuleState, plan: Plan, turn: Omit<Turn, "plan">): Turn {
  state.unsaved = true;
  return state.turn = { plan, ...turn };
}

function applyRow(
  rule: PreparedRule,
  state: RuleState,
  turn: Turn,
  { rows, i }: { rows: Gathered; i: number },
): void {
  turn.offset = rows.offsets[i]!;
  const flag = rows.time_flags[i];
  if (flag === TIME.unreadable) count(turn.effects, "time_unreadable");
  if (flag === TIME.future) count(turn.effects, "time_future");
  if (state.calls !== null) return takeRow(waitingStep(rule, state, turn), { rows, i });
  openRow(state, turn, { rows, i });
  const before = turn.plan.limits.state_bytes === null ? 0 : state.bytes;
  if (state.past !== null) lookBack(rule, state, turn, { rows, i });
  applyEnriched(rule, state, turn, { rows, i });
  state.keepCaps(turn, before);
}

/** What a rule that asks endpoints does with a row once it is its turn, and once it has all answers. */
function waitingStep(rule: PreparedRule, state: RuleState, turn: Turn): WaitingStep {
  return {
    ...{ rule, state, turn },
    open: (row) => openRow(state, turn, row),
    apply(row) {
      const before = turn.plan.limits.state_bytes === null ? 0 : state.bytes;
      if (state.past !== null) state.lookAtPast(state.enter(row.rows.keys[row.i] ?? NO_KEY, turn.offset));
      applyEnriched(rule, state, turn, row);
      state.keepCaps(turn, before);
    },
  };
}

/** Event time moves to where the rows before have brought it. */
function openRow(state: RuleState, turn: Turn, { rows, i }: { rows: Gathered; i: number }): void {
  const { clock } = state;
  if (clock === null || rows.before === null) return;
  // Windows close behind the row that ends them; what waits for a time is due before the row of that time.
  const time = state.window !== null || rows.time_flags[i] === TIME.future ? -Infinity : rows.times[i]!;
  clock.see(Math.max(rows.before[i]!, time));
  if (state.timers.next <= clock.watermark) fireDue(state, turn);
}

function applyEnriched(
  rule: PreparedRule,
  state: RuleState,
  turn: Turn,
  { rows, i }: { rows: Gathered; i: number },
): void {
  if (!rule.passes(rows, i)) return;
  count(turn.effects, "matched");
  if (state.window !== null) addToWindow(state, turn, { rows, i });
  else if (state.pattern !== null) addToPattern(rule, state, turn, { rows, i });
  else evaluateRow(rule, state, turn, { rows, i });
}

/** The enrichments that compare the row with what came before; then it has come, too. */
function lookBack(
  rule: PreparedRule,
  state: RuleState,
  { offset }: Turn,
  { rows, i }: { rows: Gathered; i: number },
): void {
  const slot = state.enter(rows.keys[i] ?? NO_KEY, offset);
  rule.enrichments!.finish(rows, i, { past: () => ({ state: state.past!, slot }), call: null });
  state.lookAtPast(slot);
}

function addToWindow(state: RuleState, turn: Turn, { rows, i }: { rows: Gathered; i: number }): void {
  const slot = state.enter(rows.keys[i] ?? NO_KEY, turn.offset);
  const taken = state.window!.add(slot, rows, i, rows.time_flags[i] === TIME.future);
  if (taken === "late") tellLate(turn);
  if (taken !== "taken") state.dropIdle(slot);
}

function addToPattern(
  rule: PreparedRule,
  state: RuleState,
  turn: Turn,
  { rows, i }: { rows: Gathered; i: number },
): void {
  const pattern = state.pattern!;
  if (rows.times[i]! < state.clock!.watermark) return tellLate(turn);
  const key = rows.keys[i] ?? NO_KEY;
  const outcomes = rule.outcomes(rows, i);
  // Most events begin nothing: a key that nothing is known of stays unknown.
  if (!pattern.concerns(rows, i, outcomes) && state.find(key) === NO_SLOT) return;
  const slot = state.enter(key, turn.offset);
  pattern.add(slot, rows, i, { outcomes, future: rows.time_flags[i] === TIME.future });
  state.dropIdle(slot);
}

function tellLate({ effects, offset }: Turn): void {
  count(effects, "late");
  effects.late.push(offset);
}

function evaluateRow(
  rule: PreparedRule,
  state: RuleState,
  turn: Turn,
  { rows, i }: { rows: Gathered; i: number },
): void {
  const key = rows.keys[i] ?? NO_KEY;
  const candidate = ofRow(turn, { rows, i, key });
  const unusual = state.anomaly === null ? true : isAnomaly(state, turn, { rows, i, candidate });
  if (unusual === null) return;
  if (rule.enrichments !== null) Object.assign(candidate.values, resultsAt(turn.plan, rows, i));
  const having = unusual && singleHolds(state, turn, { rows, i, candidate });
  if (state.hold === null) {
    if (having) decide(state, turn, candidate);
    return;
  }
  const holds = having && rule.holds(rows, i);
  if (!holds && state.find(key) === NO_SLOT) return;
  candidate.slot = state.enter(key, turn.offset);
  fireHeld(state, turn, candidate);
  evaluateHold(state, turn, candidate, holds);
  state.dropIdle(candidate.slot);
}

function ofRow(
  turn: Turn,
  { rows, i, key }: { rows: Gathered; i: number; key: readonly JsonScalar[] },
): Candidate {
  const offset = rows.offsets[i]!;
  const time = rows.times[i]!;
  return {
    slot: NO_SLOT,
    key,
    cause: { kind: "event", offset },
    reason: "match",
    time,
    quiet_from: rows.time_flags[i] === TIME.future ? turn.arrival : time,
    values: {},
    window: null,
    revision: 1,
    event_count: 1,
    evidence: () => [offset],
  };
}

/** A value is tested against those before it, then becomes one of them (SEMANTICS 18). null: there is no value. */
function isAnomaly(
  state: RuleState,
  turn: Turn,
  { rows, i, candidate }: { rows: Gathered; i: number; candidate: Candidate },
): boolean | null {
  const { anomaly } = state;
  const column = rows.columns[turn.plan.anomaly!.field];
  const value = column?.numbers[i] ?? NaN;
  if (anomaly === null || Number.isNaN(value)) return null;
  const slot = state.enter(candidate.key, turn.offset);
  const result = anomaly.test(slot, value);
  anomaly.append(slot, value);
  candidate.slot = slot;
  candidate.reason = "anomaly";
  candidate.values = { ...result, value };
  tellSeen(turn, candidate, [value, result.score]);
  return result.is_anomaly;
}

/** Aggregates without a window look at one event; answers whether `having` holds of them. */
function singleHolds(
  { single, having }: RuleState,
  turn: Turn,
  { rows, i, candidate }: { rows: Gathered; i: number; candidate: Candidate },
): boolean {
  if (single === null) return having === null || having([], () => candidate.key);
  const row = single.alloc();
  single.add(row, rows, i);
  const values = single.values(row, 0);
  single.free(row);
  Object.assign(candidate.values, namedValues(turn.plan, values));
  if (turn.plan.anomaly === null) tellSeen(turn, candidate, values);
  return having === null || having(values, () => candidate.key);
}

function tellSeen({ effects }: Turn, { key, time }: Candidate, values: readonly JsonScalar[]): void {
  effects.seen?.({ id: canonicalKey(key), key: () => key, time, values });
}

function fireSchedule(state: RuleState, turn: Turn, at: number): void {
  decide(state, turn, {
    slot: NO_SLOT,
    key: NO_KEY,
    cause: { kind: "schedule", at },
    reason: "schedule",
    time: at,
    quiet_from: at,
    values: {},
    window: null,
    revision: 1,
    event_count: 0,
    evidence: () => [],
  });
}

function tellSuppressed(state: RuleState, turn: Turn): void {
  const { minute, suppressed } = state.minute;
  state.minute.suppressed = 0;
  emit(turn, {
    cause: { kind: "alerts_per_minute", minute },
    ordinal: 0,
    reason: "match",
    status: "firing",
    revision: 1,
    key: NO_KEY,
    event_time: minute + MINUTE_MS,
    fired_at: turn.arrival,
    resolved_at: null,
    window: null,
    events: [],
    event_count: 0,
    steps: null,
    values: { suppressed },
  });
}

function enterMinute({ minute }: RuleState, arrival: number): void {
  const start = Math.floor(arrival / MINUTE_MS) * MINUTE_MS;
  if (minute.minute === start) return;
  assert(minute.suppressed === 0, "advance is called before a step");
  minute.minute = start;
  minute.alerts = 0;
}

const NO_KEY: readonly JsonScalar[] = [];
