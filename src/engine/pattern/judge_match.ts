/** From a match of a pattern to an alert. */
import type { JsonObject } from "../../base/json.ts";
import { type Cause, count } from "../effects.ts";
import { EVIDENCE_FIRST, EVIDENCE_LAST } from "../evidence_lists.ts";
import { shownKey } from "../group_key.ts";
import { decide } from "../judge.ts";
import type { RuleState, Turn } from "../rule_state.ts";
import type { Taken } from "./chains.ts";
import type { SkipError } from "./finished.ts";
import type { PatternMatch } from "./pattern_operator.ts";
import type { PatternPlan } from "./pattern_plan.ts";

export function judgeMatch(state: RuleState, turn: Turn, match: PatternMatch): void {
  const pattern = turn.plan.pattern!;
  const { slot, kind, time, events } = match;
  if (kind === "timeout") tellTimeout(turn, match);
  if (kind === "timeout" && !pattern.on_timeout) return;
  const shown = ends(events);
  decide(state, turn, {
    slot,
    key: shownKey(state.keys.text(slot), state.keys.tags(slot)),
    cause: causeOf(match),
    ordinal: ordinalOf(turn, match),
    reason: kind === "match" ? "pattern" : "absence",
    time,
    quiet_from: time,
    values: valuesOf(pattern, match),
    window: null,
    revision: 1,
    event_count: events.length,
    evidence: () => shown.map(({ offset }) => offset),
    steps: shown.map(({ step }) => pattern.steps[step]!),
  });
}

/** A match whose strategy does not fit it. */
export function tellFailed({ effects }: Turn, code: SkipError, offset: number): void {
  count(effects, "skip_errors");
  effects.trace?.errors.push({ code, offset });
}

function tellTimeout({ effects }: Turn, { events, time }: PatternMatch): void {
  count(effects, "partials_timed_out");
  effects.trace?.timeouts.push({ events: events.map(({ offset }) => offset), at: time });
}

function causeOf({ kind, time, events }: PatternMatch): Cause {
  const of = { first: events[0]!.offset, last: events.at(-1)!.offset };
  return kind === "match" ? { kind, ...of } : { kind, ...of, at: time };
}

/** Matches of the same first and last event and one time are told one after the other, in one turn. */
function ordinalOf(turn: Turn, { slot, kind, time, events }: PatternMatch): number {
  const told = `${slot} ${kind} ${events[0]!.offset} ${events.at(-1)!.offset} ${time}`;
  const last = turn.told ?? { match: "", count: 0 };
  turn.told = last.match === told ? { match: told, count: last.count + 1 } : { match: told, count: 0 };
  return turn.told.count;
}

/** How many events each step took, and from the first to the last, ms. */
function valuesOf({ steps }: PatternPlan, { kind, events }: PatternMatch): JsonObject {
  const counts = new Map<string, number>();
  for (const { step } of events) counts.set(steps[step]!, (counts.get(steps[step]!) ?? 0) + 1);
  const duration_ms = events.at(-1)!.time - events[0]!.time;
  return {
    steps: Object.fromEntries(counts),
    duration_ms,
    ...(kind === "timeout" ? { timed_out: true } : {}),
  };
}

/** The first and the last, as alerts show them. */
function ends(events: readonly Taken[]): readonly Taken[] {
  if (events.length <= EVIDENCE_FIRST + EVIDENCE_LAST) return events;
  return [...events.slice(0, EVIDENCE_FIRST), ...events.slice(-EVIDENCE_LAST)];
}
