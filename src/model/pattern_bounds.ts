/**
 * The pattern of a rule among the rest of its trigger_spec: that it is there, once, bounds on its conditions, and
 * what of it cannot be. A recipe has no steps to point at: what is said of them is told where it stands.
 */
import { checkBounds } from "./condition_bounds.ts";
import type { GroupNode } from "./condition.ts";
import { checkContradictions } from "./pattern_contradictions.ts";
import { checkReferences } from "./pattern_references.ts";
import type { PatternStep } from "./pattern_step.ts";
import type { Report } from "./read_as.ts";
import type { Trigger } from "./trigger.ts";

/** Conditions of steps and `until` that differ: each is a bit of a number (engine/pattern/pattern_plan.ts). */
export const STEP_CONDITIONS_MAX = 30;

export function checkPattern(
  { pattern, where }: Trigger,
  given: { pattern?: unknown; recipe?: unknown },
  report: Report,
): void {
  if (pattern === null) return report(["pattern"], "required", "pattern is required, or recipe");
  const written = given.pattern !== undefined && given.pattern !== null;
  if (written && given.recipe) {
    report(["recipe"], "conflict", `Cannot use both "pattern" and "recipe": a recipe stands for a pattern`);
  }
  const wheres = [...conditionsOf(pattern.steps)];
  const at = written ? ["pattern", "steps"] : ["recipe"];
  const distinct = new Set(wheres.map((where) => JSON.stringify(where)));
  if (distinct.size > STEP_CONDITIONS_MAX) {
    const message =
      `Cannot use ${distinct.size} different conditions of steps in a pattern: expected at most ` +
      STEP_CONDITIONS_MAX;
    return report(at, "out_of_range", message);
  }
  const all: GroupNode = { kind: "group", logic: "AND", conditions: wheres };
  checkBounds(all, null, (_path, code, message) => report(at, code, message), "looks_back");
  if (!written) checkReferences(pattern.steps, (_path, code, message) => report(at, code, message));
  checkContradictions(pattern.steps, where, (path, code, message) => {
    report(path.length === 0 ? ["conditions"] : written ? ["pattern", ...path] : at, code, message);
  });
}

function* conditionsOf(steps: readonly PatternStep[]): Generator<GroupNode> {
  for (const step of steps) {
    if (step.until !== null) yield step.until;
    if (step.kind === "step") yield step.where;
    else yield* conditionsOf(step.steps);
  }
}
