/**
 * From the steps of a pattern to its automaton. States are made from the end to the beginning, each when what
 * follows it is known: a step taken leads to `next`, and a step that may be left out skips to it.
 *
 * Three things reach beyond their own step. A negated step stands in no match: it forbids edges of the step
 * behind it, across optional steps, until one of these took an event. A greedy loop keeps what follows it
 * from taking an event that the loop could take. `until` of a group guards every step inside.
 */
import type { Automaton, State } from "./automaton.ts";
import { compacted, type Draft, type DraftEdge, endsAt } from "./draft_automaton.ts";
import { ALWAYS, and, type Guard, holds, not } from "./guard.ts";

type Contiguity = "strict" | "relaxed" | "any";

interface Quantified {
  /** How its first event follows the one before. */
  contiguity: Contiguity;
  /** Between the events (or rounds, of a group) of a loop. */
  inner: Contiguity;
  /** null: once. `max` null: without end. */
  times: { min: number; max: number | null } | null;
  optional: boolean;
  greedy: boolean;
  /** Number of the condition that ends a loop. */
  until: number | null;
}

/** A step whose conditions have numbers. */
export type DraftStep =
  & Quantified
  & (
    | {
      kind: "step";
      /** Index into the steps of the pattern. */
      step: number;
      condition: number;
      negated: boolean;
      /** Longest gap to the event before its first, and between events of its loop, ms. */
      within_ms: number | null;
      window_ms: number | null;
    }
    | { kind: "group"; steps: readonly DraftStep[] }
  );

type Single = Extract<DraftStep, { kind: "step" }>;
type Group = Extract<DraftStep, { kind: "group" }>;

/** Where a step stands. */
interface Place {
  /** `until` of all groups around it does not hold. */
  open: Guard;
  /** How the first step of a group follows what stands before the group; null: it is not the first of one. */
  entry: Contiguity | null;
  /** Where the first step of a group leads when the whole group, or a further round of it, is left out. */
  leaves: readonly Leave[];
  /** The negated steps between it and the last step that must take an event. */
  nots: readonly Single[];
  /** The step behind it. */
  following: DraftStep | undefined;
}

/** A state to which a step can be left without an event. */
interface Leave {
  to: Draft;
  guard: Guard;
}

/** A loop of a step: what takes an event, and what is passed over between its events. */
interface Loop {
  take: Guard;
  between: Guard | null;
}

/** @param timed whether the whole match has a longest duration */
export function buildAutomaton(steps: readonly DraftStep[], timed: boolean): Automaton {
  return new Builder(timed).build(steps);
}

class Builder {
  readonly #timed: boolean;
  readonly #states: Draft[] = [];
  readonly #final: Draft;

  constructor(timed: boolean) {
    this.#timed = timed;
    this.#final = this.#state("final", -1, null);
  }

  build(steps: readonly DraftStep[]): Automaton {
    const first = this.#sequence(steps, this.#final, {
      open: ALWAYS,
      entry: null,
      leaves: [],
      following: undefined,
    });
    return compacted(first);
  }

  /** All of `steps`, and then `next`. */
  #sequence(
    steps: readonly DraftStep[],
    next: Draft,
    around: Omit<Place, "nots">,
  ): Draft {
    return steps.reduceRight((behind, step, i) => {
      const following = steps[i + 1] ?? around.following;
      const { open, entry, leaves } = i === 0 ? around : { ...around, entry: null, leaves: [] };
      return this.#link(step, behind, { open, entry, leaves, nots: notsBefore(steps, i), following });
    }, next);
  }

  #link(step: DraftStep, next: Draft, place: Place): Draft {
    if (step.kind === "step" && step.negated) return this.#negated(step, next, place);
    const first = this.#repeated(step, next, place);
    forbid(first, place.nots, place.open);
    return first;
  }

  #negated(step: Single, next: Draft, { open }: Place): Draft {
    const met = and(holds(step.condition), open);
    if (step.contiguity === "strict") {
      const watch = this.#state("watch", step.step, null);
      if (next.kind !== "final") watch.edges.push({ action: "skip", to: next, guard: not(met) });
      if (endsAt(next)) watch.edges.push({ action: "pass", to: this.#final, guard: not(met) });
      watch.edges.push({ action: "forbid", to: watch, guard: met });
      return watch;
    }
    // Elsewhere it lives in the edges of the step behind it.
    if (next.kind !== "final" || !(this.#timed || step.within_ms !== null)) return next;
    const watch = this.#state("wait", step.step, step.within_ms);
    watch.edges.push({ action: "forbid", to: watch, guard: met });
    watch.edges.push({ action: "pass", to: watch, guard: not(met) });
    return watch;
  }

  #repeated(step: DraftStep, next: Draft, place: Place): Draft {
    const { times, optional } = step;
    const whole = [{ to: next, guard: ALWAYS }];
    if (times === null) return this.#once(step, { take: next, skips: optional ? whole : [] }, place, "first");
    const { min, max } = times;
    if (max !== null) {
      const skips = step.greedy && min !== max ? this.#yieldTo(step, next, place) : whole;
      return this.#counted(step, { last: next, skips, min, max }, place);
    }
    const behind = this.#behindTaken(step, next, place);
    const exits = step.greedy ? this.#yieldTo(step, behind, place) : [{ to: behind, guard: ALWAYS }];
    const loop = this.#endless(step, exits, place);
    const skips = behind === next ? exits : whole;
    return this.#counted(step, { last: loop, skips, min, max: min }, place);
  }

  /** `min` to `max` events (or rounds) of a step, the last of which leads to `last`. */
  #counted(
    step: DraftStep,
    { last, skips, min, max }: { last: Draft; skips: readonly Leave[]; min: number; max: number },
    place: Place,
  ): Draft {
    let behind = last;
    for (let round = max; round > 1; round--) {
      behind = this.#once(step, { take: behind, skips: round > min ? skips : [] }, place, "later");
      this.#forbidFollowing(behind, place);
    }
    return this.#once(step, { take: behind, skips: step.optional ? skips : [] }, place, "first");
  }

  /** One event of a step, or one round of a group. */
  #once(
    step: DraftStep,
    to: { take: Draft; skips: readonly Leave[] },
    place: Place,
    round: "first" | "later",
  ): Draft {
    return step.kind === "group" ? this.#round(step, to, place, round) : this.#event(step, to, place, round);
  }

  #round(
    group: Group,
    to: { take: Draft; skips: readonly Leave[] },
    place: Place,
    round: "first" | "later",
  ): Draft {
    const isFirst = round === "first";
    return this.#sequence(group.steps, this.#behindTaken(group, to.take, place), {
      open: this.#openIn(group, place),
      entry: isFirst ? place.entry ?? group.contiguity : group.inner,
      leaves: [...to.skips, ...(isFirst ? place.leaves : [])],
      following: place.following,
    });
  }

  #event(
    step: Single,
    { take, skips }: { take: Draft; skips: readonly Leave[] },
    place: Place,
    round: "first" | "later",
  ): Draft {
    const loop = loopOf(step, place.open);
    const passes = round === "first"
      ? passed(place.entry ?? step.contiguity, step, place.open)
      : loop.between;
    const guard = step.times === null ? and(holds(step.condition), place.open) : loop.take;
    const gap = round === "first" ? smaller(step.within_ms, step.window_ms) : step.window_ms;
    const within = round === "first" ? step.within_ms : null;
    const state = this.#state("normal", step.step, gap);
    state.leavable = within !== null && step.window_ms === null;
    const to = this.#behindTaken(step, take, place);
    state.edges.push({ action: "take", to, guard, gap_ms: within });
    const leaves = [...skips, ...(round === "first" ? place.leaves : [])];
    for (const leave of leaves) state.edges.push({ action: "skip", ...leave });
    if (passes === null) return state;
    if (leaves.length === 0) {
      state.edges.push({ action: "pass", to: state, guard: passes });
      return state;
    }
    // Once an event was passed over, the step can no longer be left out: that was decided with the event.
    const waits = this.#state("normal", step.step, within);
    waits.edges.push({ action: "take", to, guard, gap_ms: within });
    waits.edges.push({ action: "pass", to: waits, guard: passes });
    forbid(waits, place.nots, place.open);
    state.edges.push({ action: "pass", to: waits, guard: passes });
    return state;
  }

  /** Any number of further events or rounds. */
  #endless(step: DraftStep, exits: readonly Leave[], place: Place): Draft {
    if (step.kind === "group") return this.#endlessRounds(step, exits, place);
    const { take, between } = loopOf(step, place.open);
    const loop = this.#state("normal", step.step, step.window_ms);
    for (const exit of exits) loop.edges.push({ action: "skip", ...exit });
    loop.edges.push({ action: "take", to: loop, guard: take });
    this.#forbidFollowing(loop, place);
    if (between === null) return loop;
    const waits = this.#state("normal", step.step, null);
    waits.edges.push({ action: "take", to: loop, guard: take }, {
      action: "pass",
      to: waits,
      guard: between,
    });
    loop.edges.push({ action: "pass", to: waits, guard: between });
    this.#forbidFollowing(waits, place);
    return loop;
  }

  #endlessRounds(group: Group, exits: readonly Leave[], place: Place): Draft {
    const again = this.#state("normal", -1, null);
    const first = this.#sequence(group.steps, again, {
      open: this.#openIn(group, place),
      entry: group.inner,
      leaves: exits,
      following: place.following,
    });
    again.edges.push({ action: "skip", to: first, guard: ALWAYS });
    return again;
  }

  #openIn({ until }: Group, { open }: Place): Guard {
    return until === null ? open : and(open, not(holds(until)));
  }

  /**
   * What follows a greedy loop takes and passes over only what the loop could not take; once `until` ended the
   * loop, it is free. Answers the ways out of the loop.
   */
  #yieldTo(step: DraftStep, next: Draft, { open }: Place): Leave[] {
    if (step.kind === "group") return [{ to: next, guard: ALWAYS }];
    const ended = step.until === null ? null : this.#copy(next);
    const free = not(and(holds(step.condition), open));
    for (const edge of next.edges) edge.guard = and(edge.guard, free);
    if (ended === null) return [{ to: next, guard: ALWAYS }];
    const until = holds(step.until!);
    return [{ to: ended, guard: until }, { to: next, guard: not(until) }];
  }

  #copy(state: Draft): Draft {
    const copy = this.#state(state.kind, state.step, state.gap_ms);
    copy.leavable = state.leavable;
    for (const edge of state.edges) copy.edges.push({ ...edge, to: edge.to === state ? copy : edge.to });
    return copy;
  }

  /** A negated step right behind a loop is watched for while the loop goes on. */
  #forbidFollowing(state: Draft, { following, open }: Place): void {
    if (following?.kind !== "step" || !following.negated || following.contiguity === "strict") return;
    forbid(state, [following], open);
  }

  /**
   * `next` for a partial match in which an optional step took an event: negated steps before it hold no longer.
   */
  #behindTaken({ optional }: DraftStep, next: Draft, { nots }: Place): Draft {
    if (!optional || nots.length === 0) return next;
    return this.#without(next, new Set(nots.map(({ condition }) => condition)), new Map());
  }

  #without(state: Draft, conditions: ReadonlySet<number>, made: Map<Draft, Draft>): Draft {
    const known = made.get(state);
    if (known !== undefined) return known;
    const copy = this.#state(state.kind, state.step, state.gap_ms);
    copy.leavable = state.leavable;
    made.set(state, copy);
    for (const edge of state.edges) {
      if (edge.action === "forbid" && forbids(edge, conditions)) continue;
      if (edge.action === "skip") copy.edges.push({ ...edge, to: this.#without(edge.to, conditions, made) });
      else copy.edges.push({ ...edge, to: edge.to === state ? copy : edge.to });
    }
    return copy;
  }

  #state(kind: State["kind"], step: number, gap_ms: number | null): Draft {
    const state: Draft = { id: this.#states.length, kind, step, gap_ms, leavable: false, edges: [] };
    this.#states.push(state);
    return state;
  }
}

/** Negated steps before `i`, back to the first that must take an event. */
function notsBefore(steps: readonly DraftStep[], i: number): Single[] {
  const nots: Single[] = [];
  for (let before = i - 1; before >= 0; before--) {
    const step = steps[before]!;
    const negated = step.kind === "step" && step.negated;
    if (negated && step.contiguity !== "strict") nots.push(step);
    else if (!negated && !step.optional) break;
  }
  return nots;
}

function forbid(state: Draft, nots: readonly Single[], open: Guard): void {
  for (const { condition } of nots) {
    state.edges.push({ action: "forbid", to: state, guard: and(holds(condition), open) });
  }
}

/** The condition of a negated step stands first in the guard of what it forbids. */
function forbids({ guard }: DraftEdge, conditions: ReadonlySet<number>): boolean {
  const first = guard.kind === "and" ? guard.of[0]! : guard;
  return first.kind === "holds" && conditions.has(first.condition);
}

function loopOf(step: Single, open: Guard): Loop {
  const goesOn = step.until === null ? open : and(open, not(holds(step.until)));
  return { take: and(holds(step.condition), goesOn), between: passed(step.inner, step, goesOn) };
}

/** What may be passed over while an event of `step` is awaited; null: nothing. */
function passed(contiguity: Contiguity, { condition }: Single, open: Guard): Guard | null {
  switch (contiguity) {
    case "strict":
      return null;
    case "relaxed":
      return and(not(holds(condition)), open);
    case "any":
      return open;
  }
}

function smaller(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}
