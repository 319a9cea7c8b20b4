/**
 * Conditions of a pattern that plainly contradict each other, so that a step never takes an event, or says nothing:
 * refused with the reason, since nobody means that. What only the automaton shows is told when the rule is
 * compiled (actors/pattern_review.ts).
 */
import { contradictionIn } from "./contradiction.ts";
import type { GroupNode } from "./condition.ts";
import { shown } from "./faults.ts";
import { namedSteps, type StepPlace } from "./pattern_steps.ts";
import type { PatternStep } from "./pattern_step.ts";
import type { Report } from "./read_as.ts";

/** @param where of the whole rule: only events that pass it take part */
export function checkContradictions(
  steps: readonly PatternStep[],
  where: GroupNode | null,
  report: Report,
): void {
  const ofRule = where === null ? [] : [where];
  const whole = contradictionIn(ofRule);
  if (whole !== null) return report([], "never_matches", `Cannot match any event: ${whole}`);
  for (const place of namedSteps(steps)) checkConditions(place, ofRule, report);
}

function checkConditions({ node, path }: StepPlace, ofRule: readonly GroupNode[], report: Report): void {
  const never = contradictionIn([...ofRule, node.where]);
  if (never !== null) {
    report(path, "never_holds", `Cannot match an event to step ${shown(node.name)}: ${never}`);
  }
  if (node.until === null) return;
  const ends = contradictionIn([...ofRule, node.until]);
  if (ends !== null) {
    report([...path, "until"], "never_holds", `Cannot end step ${shown(node.name)} by "until": ${ends}`);
  }
}
