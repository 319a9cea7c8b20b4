/** The pattern of a rule among the rest of its trigger_spec: that it is there, and bounds on its conditions. */
import { checkBounds } from "./condition_bounds.ts";
import type { GroupNode } from "./condition.ts";
import type { PatternStep } from "./pattern_step.ts";
import type { Report } from "./read_as.ts";
import type { Trigger } from "./trigger.ts";

/** Conditions of steps and `until` that differ: each is a bit of a number (engine/pattern/pattern_plan.ts). */
export const STEP_CONDITIONS_MAX = 30;

export function checkPattern({ pattern }: Trigger, report: Report): void {
  if (pattern === null) return report(["pattern"], "required", "pattern is required");
  const wheres = [...conditionsOf(pattern.steps)];
  const distinct = new Set(wheres.map((where) => JSON.stringify(where)));
  if (distinct.size > STEP_CONDITIONS_MAX) {
    const message =
      `Cannot use ${distinct.size} different conditions of steps in a pattern: expected at most ` +
      STEP_CONDITIONS_MAX;
    return report(["pattern", "steps"], "out_of_range", message);
  }
  const all: GroupNode = { kind: "group", logic: "AND", conditions: wheres };
  checkBounds(all, null, (_path, code, message) => report(["pattern", "steps"], code, message), "looks_back");
}

function* conditionsOf(steps: readonly PatternStep[]): Generator<GroupNode> {
  for (const step of steps) {
    if (step.until !== null) yield step.until;
    if (step.kind === "step") yield step.where;
    else yield* conditionsOf(step.steps);
  }
}
