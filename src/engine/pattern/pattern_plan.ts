/** The pattern of a rule as its plan holds it: immutable plain data. */
import type { Condition } from "../plan.ts";
import type { Automaton } from "./automaton.ts";

/** Bits of one number. */
export const PATTERN_CONDITIONS_MAX = 30;

/** One condition of a step; all parts must hold. */
export interface StepCondition {
  /** What reads columns of events only: judged for all rows of a batch at once. */
  where: Condition;
  /**
   * The rest; its fields are indexes into {@linkcode Plan.names}, those below zero what a partial match
   * remembers: -1 is the first of {@linkcode PatternPlan.memories}.
   */
  rest: Condition | null;
  /** Whether `rest` looks at what a partial match remembers, so that the answer differs between them. */
  remembers: boolean;
}

/** What a partial match keeps of the events that it took, for conditions that look back. */
export interface MemoryPlan {
  /** Index into {@linkcode PatternPlan.steps}. */
  step: number;
  function: "last" | "count" | "sum" | "avg" | "min" | "max";
  /** Index into {@linkcode Plan.names}; null: events are counted. */
  field: number | null;
}

/** Which other partial and finished matches end with a match that is told, by the event they start with. */
export type AfterMatch =
  | { kind: "no_skip" | "skip_to_next" | "skip_past_last" }
  | { kind: "skip_to_first" | "skip_to_last"; step: number; strict: boolean };

export interface PatternPlan {
  /** Names, in the order of the pattern; negated ones too. */
  steps: readonly string[];
  /** At most {@linkcode PATTERN_CONDITIONS_MAX}. */
  conditions: readonly StepCondition[];
  memories: readonly MemoryPlan[];
  automaton: Automaton;
  /** All events of a match lie less than so far behind its first, ms; null: without end. */
  within_ms: number | null;
  after_match: AfterMatch;
  /** Partial matches whose time runs out are told. */
  on_timeout: boolean;
  /** Of one key; those that started first give way. null = no cap. */
  partials_max: number | null;
}
