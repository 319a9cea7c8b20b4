/**
 * From the pattern of a rule to its plan: steps and conditions get numbers, equal conditions one, and what
 * conditions look back at becomes what partial matches remember.
 */
import { assert } from "../../base/assert.ts";
import { stepField } from "../../base/step_path.ts";
import type { GroupNode } from "../../model/condition.ts";
import type { TestValue } from "../../model/operand.ts";
import type { Pattern } from "../../model/pattern.ts";
import type { PatternStep } from "../../model/pattern_step.ts";
import { condition, type Names } from "../compile_condition.ts";
import { reads, splitCondition } from "../split_condition.ts";
import { buildAutomaton, type DraftStep } from "./build_automaton.ts";
import {
  type AfterMatch,
  type MemoryPlan,
  PATTERN_CONDITIONS_MAX,
  type PatternPlan,
  type StepCondition,
} from "./pattern_plan.ts";

export interface PatternOptions {
  table: Names;
  /** Whether an index is that of a value that an enrichment adds. */
  isAdded(index: number): boolean;
  partials_max: number | null;
}

export function compilePattern(pattern: Pattern, options: PatternOptions): PatternPlan {
  const compiler = new Compiler(pattern, options);
  const drafts = pattern.steps.map((step) => compiler.draft(step));
  const { within_ms, on_timeout, after_match } = pattern;
  return {
    steps: compiler.steps,
    conditions: compiler.conditions,
    memories: compiler.memories,
    automaton: buildAutomaton(drafts, within_ms !== null),
    within_ms,
    after_match: afterMatch(after_match, compiler.steps),
    on_timeout,
    partials_max: options.partials_max,
  };
}

class Compiler {
  readonly #options: PatternOptions;
  readonly steps: readonly string[];
  readonly conditions: StepCondition[] = [];
  readonly memories: MemoryPlan[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #names: Names;

  constructor({ names }: Pattern, options: PatternOptions) {
    this.#options = options;
    this.steps = names;
    const { table } = options;
    this.#names = {
      indexOf: (name) => table.indexOf(name),
      isAdded: (name) => table.isAdded(name),
      remembered: (value) => this.#remembered(value),
    };
  }

  draft(step: PatternStep): DraftStep {
    const { contiguity, inner, times, optional, greedy } = step;
    const until = step.until === null ? null : this.#number(step.until);
    const quantified = { contiguity, inner, times, optional, greedy, until };
    if (step.kind === "group") {
      return { ...quantified, kind: "group", steps: step.steps.map((one) => this.draft(one)) };
    }
    const { name, where, negated, within_ms, window_ms } = step;
    return {
      ...quantified,
      kind: "step",
      step: this.steps.indexOf(name),
      condition: this.#number(where),
      negated,
      within_ms,
      window_ms,
    };
  }

  #number(where: GroupNode): number {
    const compiled = this.#condition(where);
    const text = JSON.stringify(compiled);
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.conditions.push(compiled) - 1;
    assert(number < PATTERN_CONDITIONS_MAX, "the model bounds the conditions of a pattern");
    this.#numbers.set(text, number);
    return number;
  }

  #condition(where: GroupNode): StepCondition {
    const whole = condition(where, null, this.#names);
    const parts = whole.kind === "group" && whole.logic === "and" ? [...whole.items] : [whole];
    const isPast = (index: number) => index < 0;
    const { where: columns, after: rest } = splitCondition(
      { selectors: [], tests: parts },
      (index) => isPast(index) || this.#options.isAdded(index),
    );
    return { where: columns, rest, remembers: rest !== null && reads(rest, isPast) };
  }

  /** The place of what a value looks back at, below zero; null: it is a field of the event itself. */
  #remembered(value: Extract<TestValue, { kind: "ref" | "agg" }>): number | null {
    const known = stepField(value.path, this.steps);
    if (known === null && (value.kind === "ref" || !this.steps.includes(value.path))) return null;
    const memory: MemoryPlan = {
      step: this.steps.indexOf(known?.step ?? value.path),
      function: value.kind === "ref" ? "last" : value.function,
      field: known === null ? null : this.#options.table.indexOf(known.field),
    };
    const same = JSON.stringify(memory);
    const place = this.memories.findIndex((one) => JSON.stringify(one) === same);
    return place >= 0 ? -1 - place : -this.memories.push(memory);
  }
}

function afterMatch(after: Pattern["after_match"], steps: readonly string[]): AfterMatch {
  return "step" in after ? { ...after, step: steps.indexOf(after.step) } : after;
}
