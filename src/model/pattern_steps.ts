/** What the steps of a pattern must fulfil together: names, negation, bounds. */
import type { Pattern } from "./pattern.ts";
import type { PatternStep } from "./pattern_step.ts";
import { shown } from "./faults.ts";
import type { Report } from "./read_as.ts";

/** Steps and groups together. */
export const STEPS_MAX = 100;
/** Groups within groups. */
export const GROUP_DEPTH_MAX = 8;
/** Events that a pattern counts one by one: products of times, over all steps. */
export const PATTERN_STATES_MAX = 10_000;

export type NamedStep = Extract<PatternStep, { kind: "step" }>;

export interface StepPlace {
  node: NamedStep;
  path: readonly PropertyKey[];
}

/** The steps of a pattern without the groups around them, in order. */
export function namedSteps(steps: readonly PatternStep[]): StepPlace[] {
  return [...walk(steps, ["steps"], 1)].flatMap(({ node, path }) =>
    node.kind === "step" ? [{ node, path }] : []
  );
}

export function checkSteps({ steps, within_ms }: Pick<Pattern, "steps" | "within_ms">, report: Report): void {
  const places = [...walk(steps, ["steps"], 1)];
  const deep = places.find(({ depth }) => depth > GROUP_DEPTH_MAX);
  if (deep !== undefined) {
    return report(deep.path, "too_deep", `Cannot nest groups of steps deeper than ${GROUP_DEPTH_MAX} levels`);
  }
  if (places.length > STEPS_MAX) {
    const message = `Cannot use ${places.length} steps in a pattern: expected at most ${STEPS_MAX}`;
    return report(["steps"], "out_of_range", message);
  }
  const states = statesOf(steps);
  if (states > PATTERN_STATES_MAX) {
    const message =
      `Cannot count ${states} events one by one: times of all steps and groups together come to ` +
      `at most ${PATTERN_STATES_MAX}`;
    return report(["steps"], "out_of_range", message);
  }
  checkNames(places, report);
  checkSequence(steps, ["steps"], { within_ms, outermost: true }, report);
}

interface Place {
  node: PatternStep;
  path: readonly PropertyKey[];
  depth: number;
}

function* walk(steps: readonly PatternStep[], at: readonly PropertyKey[], depth: number): Generator<Place> {
  for (const [i, node] of steps.entries()) {
    const path = [...at, i];
    yield { node, path, depth };
    if (node.kind === "group" && depth <= GROUP_DEPTH_MAX) {
      yield* walk(node.steps, [...path, "steps"], depth + 1);
    }
  }
}

function statesOf(steps: readonly PatternStep[]): number {
  return steps.reduce((sum, step) => {
    const rounds = step.times === null ? 1 : step.times.max ?? step.times.min + 1;
    return sum + rounds * (step.kind === "group" ? statesOf(step.steps) : 1);
  }, 0);
}

function checkNames(places: readonly Place[], report: Report): void {
  const seen = new Set<string>();
  for (const { node, path } of places) {
    if (node.kind === "group") continue;
    if (seen.has(node.name)) {
      report([...path, "name"], "conflict", `Cannot use ${shown(node.name)} for two steps`);
    }
    seen.add(node.name);
  }
}

function checkSequence(
  steps: readonly PatternStep[],
  at: readonly PropertyKey[],
  { within_ms, outermost }: { within_ms: number | null; outermost: boolean },
  report: Report,
): void {
  for (const [i, step] of steps.entries()) {
    const path = [...at, i];
    if (step.kind === "group") {
      checkSequence(step.steps, [...path, "steps"], { within_ms, outermost: false }, report);
      if (step.times !== null && step.times.max === null && step.steps.every(isOptional)) {
        const message =
          "Cannot repeat a group all of whose steps are optional: a round of it may take no event";
        report([...path, "steps"], "conflict", message);
      }
    } else if (step.negated) {
      checkNegated(
        step,
        path,
        { before: steps[i - 1] ?? null, last: i === steps.length - 1, within_ms, outermost },
        report,
      );
    }
  }
}

function isOptional(step: PatternStep): boolean {
  return step.optional || (step.kind === "step" ? step.negated : step.steps.every(isOptional));
}

/** Whether its last event is known as such when it comes. */
function endsForSure(step: PatternStep): boolean {
  if (step.optional || (step.times !== null && step.times.min !== step.times.max)) return false;
  return step.kind === "group" ? endsForSure(step.steps.at(-1)!) : !step.negated;
}

function checkNegated(
  step: NamedStep,
  path: readonly PropertyKey[],
  { before, last, within_ms, outermost }: {
    before: PatternStep | null;
    last: boolean;
    within_ms: number | null;
    outermost: boolean;
  },
  report: Report,
): void {
  if (before === null) {
    const message = "Cannot begin with a negated step: there is nothing yet that it could follow";
    return report([...path, "negated"], "conflict", message);
  }
  if (!last || step.contiguity === "strict") return;
  if (!outermost) {
    const message = "Cannot end a group with a negated step: put it behind the group";
    return report([...path, "negated"], "conflict", message);
  }
  // Its own time runs from the event before it, and which that is must be certain when that event comes.
  if (within_ms === null && step.within_ms !== null && !endsForSure(before)) {
    const message =
      `within of the pattern is required: the step before "${step.name}" may take further events ` +
      "or none";
    return report([...path, "within"], "required", message);
  }
  if (within_ms === null && step.within_ms === null) {
    const message = `within is required: "${step.name}" must not come, and within says for how long`;
    report([...path, "negated"], "required", message);
  }
}
