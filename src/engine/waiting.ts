/**
 * Rows of a rule that asks endpoints. A row goes on at once when it is the first and every answer that it needs
 * is known; else it waits, and with it the rows behind it (enrich/calls.ts). A row that waits asks for its calls
 * at once, so that the calls of many rows are made side by side; what looks at the past comes when it is the
 * row's turn.
 */
import { present } from "../base/assert.ts";
import { count } from "./effects.ts";
import { fireDue } from "./due.ts";
import type { CallAnswer, WaitingRow } from "./enrich/calls.ts";
import type { RowHooks } from "./enrich/enrichments.ts";
import type { Gathered } from "./gathered.ts";
import type { PreparedRule } from "./prepared_rule.ts";
import type { RuleState, Turn } from "./rule_state.ts";

/** A step of a rule that asks endpoints, and what it does with a row whose turn it is. */
export interface WaitingStep {
  rule: PreparedRule;
  state: RuleState;
  turn: Turn;
  /** Event time moves to where the rows before it have brought it. */
  open(row: { rows: Gathered; i: number }): void;
  /** Its enrichments are known: it is applied. */
  apply(row: { rows: Gathered; i: number }): void;
}

/** A row that matched. */
export function takeRow(at: WaitingStep, row: { rows: Gathered; i: number }): void {
  const { rule, state } = at;
  const calls = present(state.calls, "the rule asks endpoints");
  const inTurn = calls.waiting === 0;
  if (inTurn) at.open(row);
  const place = present(rule.enrichments, "asking is one").finish(row.rows, row.i, hooksOf(at, row, inTurn));
  if (inTurn && place === null) return at.apply(row);
  goOn(at, calls.hold(row.rows, row.i, place ?? DONE));
  while (calls.isOverCap) cutFirst(at);
}

/** Rows that waited have their answer in `given`. */
export function takeAnswer(at: WaitingStep, rows: readonly WaitingRow[]): void {
  for (const row of rows) goOn(at, row);
  release(at);
}

/** All rows stand at the beginning: each asks for what it needs. */
export function lookAgain(at: WaitingStep): void {
  for (const row of [...present(at.state.calls, "the rule asks endpoints").rows]) goOn(at, row);
  release(at);
}

/** Nobody waits any longer: every row takes what fallbacks it still needs, in order. */
export function cutAll(at: WaitingStep): void {
  while (at.state.waits) cutFirst(at);
}

/** The first row takes its fallback, and makes way for those behind it. */
function cutFirst(at: WaitingStep): void {
  const calls = present(at.state.calls, "the rule asks endpoints");
  const first = present(calls.first, "a row waits");
  count(at.turn.effects, "calls_cut_short");
  calls.cut(first);
  release(at);
}

/** Rows whose turn it is, and that wait for nothing, are applied. */
function release(at: WaitingStep): void {
  const { state, turn } = at;
  const calls = present(state.calls, "the rule asks endpoints");
  calls.isRestless = false;
  for (let first = calls.first; first !== null; first = calls.first) {
    const row = { rows: first.rows, i: 0 };
    turn.offset = first.rows.offsets[0]!;
    at.open(row);
    goOn(at, first);
    if (first.at !== DONE) return;
    calls.shift();
    at.apply(row);
  }
  const passed = calls.takePassed();
  if (passed === null || state.clock === null) return;
  // Event time goes to where it would be had nobody waited.
  state.clock.see(passed.latest);
  fireDue(state, turn);
  state.clock.settle(passed.arrival);
}

/** As far as it gets. */
function goOn(at: WaitingStep, waiting: WaitingRow): void {
  if (waiting.at === DONE || waiting.awaits !== null) return;
  const { rule, state } = at;
  const row = { rows: waiting.rows, i: 0 };
  const hooks = hooksOf(at, row, state.calls!.first === waiting, waiting);
  waiting.at = present(rule.enrichments, "asking is one").finish(row.rows, 0, hooks, waiting.at) ?? DONE;
}

/** Behind the last enrichment. */
const DONE = 0xffff;

function hooksOf(
  at: WaitingStep,
  { rows, i }: { rows: Gathered; i: number },
  inTurn: boolean,
  waiting: WaitingRow | null = null,
): RowHooks {
  const { state, turn } = at;
  const calls = present(state.calls, "the rule asks endpoints");
  return {
    past() {
      if (!inTurn) return null;
      const slot = state.enter(rows.keys[i] ?? [], rows.offsets[i]!);
      return { state: present(state.past, "an enrichment looks at it"), slot };
    },
    call(plan, request): CallAnswer | null {
      const given = waiting?.given ?? null;
      if (waiting !== null) waiting.given = null;
      if (given !== null) return given;
      if (request === null) return { kind: "fallback" };
      const known = calls.known(plan, request, turn.arrival);
      if (known !== null || waiting === null) return known;
      if (waiting.cut) return { kind: "fallback" };
      if (calls.ask(waiting, plan, request)) count(turn.effects, "calls_wanted");
      return null;
    },
  };
}
