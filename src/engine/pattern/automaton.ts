/**
 * The automaton of a pattern, as plain data: what a partial match in each state does with the next event of its
 * key. It is nondeterministic: an event may be taken and passed over at once, and then there are two partial
 * matches. The meaning is that of Flink CEP, whose own tests are the oracle (test/vectors/patterns).
 *
 *   take     the event becomes part of the match
 *   pass     the event is passed over
 *   skip     without an event: the same event is then asked of the other state, too
 *   forbid   the partial match ends here
 */
import type { Guard } from "./guard.ts";

export interface Edge {
  action: "take" | "pass" | "skip" | "forbid";
  /** Index of a state; of no meaning with `forbid`. */
  to: number;
  guard: Guard;
  /** Of `take`: the event comes less than so long behind the one before, ms. */
  gap_ms: number | null;
}

export interface State {
  /**
   * `watch`: the very next event decides, so nothing is complete before it. `wait`: a partial match that is complete
   * when its time runs out.
   */
  kind: "normal" | "watch" | "wait" | "final";
  /** The step whose event is awaited, an index into {@linkcode PatternPlan.steps}; -1: none. */
  step: number;
  /** A partial match ends so long after its last event, ms; null: as long as the whole may last. */
  gap_ms: number | null;
  edges: readonly Edge[];
}

export interface Automaton {
  start: number;
  states: readonly State[];
}
