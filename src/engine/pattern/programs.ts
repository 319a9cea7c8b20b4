/**
 * What an event does to the partial matches in a state, worked out once for each combination of outcomes of the
 * pattern's conditions: all skips are followed and all guards decided, so that the step itself is a lookup. Most
 * events change nothing for most states, which one flag says.
 */
import type { Automaton, Edge } from "./automaton.ts";
import { asks, isMet } from "./guard.ts";

/** The event is taken by a step. */
export interface Take {
  step: number;
  to: number;
  /** The event comes less than so long behind the one before, ms. */
  gap_ms: number | null;
  /** The match is complete with it: `to` is final, or nothing behind it must be taken. */
  completes: boolean;
  /** `to` is a state to wait in. */
  goesOn: boolean;
}

export interface Program {
  /** Nothing changes: the event is passed over and the partial match stays where it is. */
  stays: boolean;
  takes: readonly Take[];
  /** States in which the partial match goes on without the event, its own left out. */
  passes: readonly number[];
  /** Whether it goes on where it is. */
  keeps: boolean;
  /** The match is complete without the event. */
  completes: boolean;
  /** A negated step was met: nothing goes on. */
  forbidden: boolean;
  /** All that happens, where it is only that one thing: it goes on elsewhere, with the event or (null) without. */
  moves: { to: number; step: number | null } | null;
}

/** Combinations that are kept; a pattern rarely meets more than a few. */
const KNOWN_MAX = 4096;

export class Programs {
  readonly #automaton: Automaton;
  /** By outcomes, then by state. */
  readonly #known = new Map<number, (Program | undefined)[]>();
  /** The conditions that decide in each state, as bits. */
  readonly asked: readonly number[];

  constructor(automaton: Automaton) {
    this.#automaton = automaton;
    this.asked = automaton.states.map((_, state) => askedIn(automaton, state));
  }

  /** The programs under these outcomes, by state; one that is not there yet is made by `of`. */
  under(outcomes: number): (Program | undefined)[] {
    const known = this.#known.get(outcomes);
    if (known !== undefined) return known;
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    const made: (Program | undefined)[] = [];
    this.#known.set(outcomes, made);
    return made;
  }

  of(state: number, outcomes: number): Program {
    const programs = this.under(outcomes);
    return programs[state] ??= programOf(this.#automaton, state, outcomes);
  }
}

/** All edges that an event with these outcomes meets in a state, over every skip. */
function* edgesMet(
  { states }: Automaton,
  from: number,
  outcomes: number,
): Generator<Edge & { step: number }> {
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const { step, edges } = states[at]!;
    for (const edge of edges) {
      if (!isMet(edge.guard, outcomes)) continue;
      if (edge.action === "skip") open.push(edge.to);
      else yield { ...edge, step };
    }
  }
}

export function programOf(automaton: Automaton, state: number, outcomes: number): Program {
  const program = { takes: [] as Take[], passes: [] as number[], keeps: false, completes: false };
  let forbidden = false;
  for (const { action, to, step, gap_ms } of edgesMet(automaton, state, outcomes)) {
    const final = automaton.states[to]!.kind === "final";
    if (action === "forbid") forbidden = true;
    else if (action === "take") {
      const completes = final || reachesEnd(automaton, to, outcomes);
      program.takes.push({ step, to, gap_ms, completes, goesOn: !final });
    } else if (final) program.completes = true;
    else if (to === state) program.keeps = true;
    else program.passes.push(to);
  }
  const { takes, passes, keeps, completes } = program;
  const quiet = takes.length + passes.length === 0 && !completes;
  return {
    ...program,
    forbidden,
    stays: quiet && keeps && !forbidden,
    moves: forbidden ? null : onlyMove(program),
  };
}

function onlyMove(
  { takes, passes, keeps, completes }: Omit<Program, "stays" | "forbidden" | "moves">,
): Program["moves"] {
  if (takes.length + passes.length !== 1 || keeps || completes) return null;
  const [take] = takes;
  if (take === undefined) return { to: passes[0]!, step: null };
  return take.completes || !take.goesOn || take.gap_ms !== null ? null : { to: take.to, step: take.step };
}

/** Whether nothing behind a state must be taken for the match to be complete. */
function reachesEnd({ states }: Automaton, from: number, outcomes: number): boolean {
  const open = [from];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (states[at]!.kind === "watch") continue;
    for (const { action, to, guard } of states[at]!.edges) {
      if (action !== "skip" || !isMet(guard, outcomes)) continue;
      if (states[to]!.kind === "final") return true;
      open.push(to);
    }
  }
  return false;
}

/** Whether a partial match in a state is complete when its time runs out: it waits, or could without an event. */
export function completesByTime({ states }: Automaton, from: number): boolean {
  const seen = new Set([from]);
  for (const at of seen) {
    if (states[at]!.kind === "wait") return true;
    for (const { action, to, guard } of states[at]!.edges) {
      if (action === "skip" && guard.kind === "always") seen.add(to);
    }
  }
  return false;
}

/** The conditions that any guard on the way from a state asks, over every skip. */
function askedIn({ states }: Automaton, from: number): number {
  let bits = 0;
  const seen = new Set([from]);
  for (const at of seen) {
    for (const { action, to, guard } of states[at]!.edges) {
      bits |= asks(guard);
      if (action === "skip") seen.add(to);
      // Whether a match is complete is asked of the state behind.
      if (action === "take") { for (const end of endsBehind(states, to)) bits |= end; }
    }
  }
  return bits;
}

function* endsBehind(states: Automaton["states"], from: number): Generator<number> {
  const seen = new Set([from]);
  for (const at of seen) {
    for (const { action, to, guard } of states[at]!.edges) {
      if (action !== "skip") continue;
      yield asks(guard);
      seen.add(to);
    }
  }
}
