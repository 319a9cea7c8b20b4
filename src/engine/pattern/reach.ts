/**
 * What of an automaton can happen at all, whatever the events: whether a match is ever complete, and which of its
 * edges an event can ever take. Conditions count as independent of each other, what they look back at as fulfilled:
 * what is told to be out of reach is out of reach for certain, not the other way round.
 */
import type { Condition } from "../plan.ts";
import { type Asked, asking, canHold, known, NOTHING_ASKED } from "./asked.ts";
import type { Automaton } from "./automaton.ts";
import { and, type Guard, not } from "./guard.ts";
import type { PatternPlan } from "./pattern_plan.ts";
import { completesByTime } from "./programs.ts";

export interface Reach {
  matches: boolean;
  /** Steps that can take an event. */
  taking: ReadonlySet<number>;
  /** States in which an event can be taken. */
  states: ReadonlySet<number>;
}

/** Edges looked at; a larger automaton is not judged. */
export const REACH_EDGES_MAX = 20_000;

/**
 * @param onMatch "ends": a partial match does not go on beyond an event that completes it, as when a match ends
 * all others that begin with its first event
 * @returns null: the automaton is too large to be judged
 */
export function reachOf(plan: PatternPlan, onMatch: "goes_on" | "ends"): Reach | null {
  const walk = new Walk(withoutTrivial(plan), onMatch);
  return walk.run() ? walk : null;
}

/** The automaton without the conditions that every event meets. */
function withoutTrivial({ automaton, conditions }: PatternPlan): Automaton {
  const always = conditions.flatMap(({ where, rest }, i) => rest === null && holdsAlways(where) ? [i] : []);
  if (always.length === 0) return automaton;
  const yes = always.reduce((bits, condition) => bits | (1 << condition), 0);
  const states = automaton.states.map((state) => ({
    ...state,
    edges: state.edges.map((edge) => ({ ...edge, guard: known(edge.guard, yes, 0) })),
  }));
  return { ...automaton, states };
}

function holdsAlways(condition: Condition): boolean {
  return condition.kind === "group" && condition.items.length === 0;
}

class Walk implements Reach {
  readonly #automaton: Automaton;
  readonly #onMatch: "goes_on" | "ends";
  readonly #met: Set<number>;
  readonly #ends = new Map<number, readonly Guard[]>();
  #edges = 0;
  matches = false;
  readonly taking = new Set<number>();
  readonly states = new Set<number>();

  constructor(automaton: Automaton, onMatch: "goes_on" | "ends") {
    this.#automaton = automaton;
    this.#onMatch = onMatch;
    this.#met = new Set([automaton.start]);
  }

  /** Answers whether all was looked at. */
  run(): boolean {
    for (const state of this.#met) {
      if (completesByTime(this.#automaton, state)) this.matches = true;
      this.#from(state, NOTHING_ASKED, []);
      if (this.#edges > REACH_EDGES_MAX) return false;
    }
    return true;
  }

  /** What an event does in a state that is reached by skips under `asked`; `forbids`: what keeps it from going on. */
  #from(state: number, asked: Asked, forbids: readonly Guard[]): void {
    const { edges, step } = this.#automaton.states[state]!;
    const own = edges.flatMap(({ action, guard }) => action === "forbid" ? [not(guard)] : []);
    const all = own.length === 0 ? forbids : [...forbids, ...own];
    for (const { action, to, guard } of edges) {
      if (++this.#edges > REACH_EDGES_MAX) return;
      const met = action === "forbid" ? null : asking(asked, guard);
      if (met === null || !canHold(met)) continue;
      if (action === "skip") this.#from(to, met, all);
      else if (action === "pass") this.#goOn(to, asking(met, ...all));
      else {
        const taken = asking(met, ...all);
        if (taken === null || !canHold(taken)) continue;
        this.taking.add(step);
        this.states.add(state);
        this.#take(to, taken);
      }
    }
  }

  #take(to: number, met: Asked): void {
    const ends = this.#endsOf(to);
    if (ends.some((end) => canHold(asking(met, end)))) this.matches = true;
    const open = this.#onMatch === "ends" ? ends.map(not) : [];
    this.#goOn(to, asking(met, ...open));
  }

  #goOn(to: number, asked: Asked | null): void {
    if (this.#met.has(to) || !canHold(asked)) return;
    if (this.#automaton.states[to]!.kind === "final") this.matches = true;
    else this.#met.add(to);
  }

  /** What must hold for a match to be complete once a state is reached, each way by itself. */
  #endsOf(state: number): readonly Guard[] {
    const known = this.#ends.get(state);
    if (known !== undefined) return known;
    const ends = [...this.#endsBehind(state, [])];
    this.#ends.set(state, ends);
    return ends;
  }

  *#endsBehind(from: number, asked: readonly Guard[]): Generator<Guard> {
    const { kind, edges } = this.#automaton.states[from]!;
    if (kind === "final") yield and(...asked);
    if (kind === "watch") return;
    for (const { action, to, guard } of edges) {
      if (++this.#edges > REACH_EDGES_MAX) return;
      if (action === "skip") yield* this.#endsBehind(to, [...asked, guard]);
    }
  }
}
