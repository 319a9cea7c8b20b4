/**
 * A pattern tried out on events made for it: each is of one step and meets the condition of no other, unless that
 * is the same. It is the engine itself that answers, so an example shown to a user is never wrong about it.
 */
import type { Automaton } from "./automaton.ts";
import type { Taken } from "./chains.ts";
import { FinishedMatches } from "./finished.ts";
import type { Guard } from "./guard.ts";
import { Matching } from "./matching.ts";
import { Partials } from "./partials.ts";
import type { PatternPlan } from "./pattern_plan.ts";

export interface TriedOut {
  /** Names of events, such as `a1`: the first of step a. */
  events: readonly string[];
  matches: readonly (readonly string[])[];
}

/** Far below any duration: nothing runs out of time in between. */
const GAP_MS = 1e-6;
const SLOT = 0;

/** @param events the steps that events are made of, in order (indexes into the steps of the plan) */
export function tryOut(plan: PatternPlan, events: readonly number[]): TriedOut {
  // Conditions as such: nobody has values that could be looked back at.
  const conditions = plan.conditions.map(({ where }) => ({ where, rest: null, remembers: false }));
  const bare: PatternPlan = { ...plan, conditions, memories: [], partials_max: null };
  const partials = new Partials();
  const matching = new Matching(bare, partials);
  const told: (readonly Taken[])[] = [];
  const finished = new FinishedMatches(bare, partials, {
    tell: (_slot, _match, taken) => told.push(taken),
    fail: () => {},
  });
  partials.open(SLOT);
  for (const [offset, step] of events.entries()) {
    const outcomes = outcomesOf(plan.automaton, step);
    const event = { offset, time: offset * GAP_MS, outcomes, valueOf: () => undefined };
    finished.take(SLOT, matching.apply(SLOT, event));
  }
  finished.take(SLOT, matching.expire(SLOT, Number.MAX_SAFE_INTEGER).found);
  const names = namesOf(plan, events);
  return { events: names, matches: told.map((taken) => taken.map(({ offset }) => names[offset]!)) };
}

function namesOf({ steps }: PatternPlan, events: readonly number[]): string[] {
  return events.map((step, i) =>
    `${steps[step]}${events.slice(0, i + 1).filter((one) => one === step).length}`
  );
}

/** The condition of a step stands first in the guard of what it takes. */
function outcomesOf({ states }: Automaton, step: number): number {
  for (const state of states) {
    if (state.step !== step) continue;
    for (const { action, guard } of state.edges) if (action === "take") return firstOf(guard);
  }
  return 0;
}

function firstOf(guard: Guard): number {
  if (guard.kind === "and") return firstOf(guard.of[0]!);
  return guard.kind === "holds" ? 1 << guard.condition : 0;
}
