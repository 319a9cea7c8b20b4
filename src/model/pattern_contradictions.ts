/**
 * Conditions of a pattern that plainly contradict each other, so that a step never takes an event, or says nothing:
 * refused with the reason, since nobody means that. What only the automaton shows is told when the rule is
 * compiled (actors/pattern_review.ts).
 */
import { contradictionIn } from "./contradiction.ts";
import type { GroupNode } from "./condition.ts";
import { shown } from "./faults.ts";
import { type NamedStep, namedSteps, type StepPlace } from "./pattern_steps.ts";
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
  checkNeighbours(steps, ["steps"], report);
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
  if (!isSame(node.until, node.where)) return;
  const message = `Cannot match an event to step ${shown(node.name)}: ` +
    `"until" ends the loop at each event that the step could take`;
  report([...path, "until"], "never_matches", message);
}

/** A negated step in front of a step that takes the same events. */
function checkNeighbours(steps: readonly PatternStep[], at: readonly PropertyKey[], report: Report): void {
  for (const [i, step] of steps.entries()) {
    if (step.kind === "group") {
      checkNeighbours(step.steps, [...at, i, "steps"], report);
      continue;
    }
    const next = steps[i + 1];
    if (!step.negated || next?.kind !== "step" || next.negated || !isSame(step.where, next.where)) continue;
    const message = forbidsNext(step, next);
    if (message !== null) report([...at, i, "negated"], "never_matches", message);
  }
}

function forbidsNext(step: NamedStep, next: NamedStep): string | null {
  const [not, wanted] = [shown(step.name), shown(next.name)];
  if (step.contiguity === "relaxed") {
    return `Cannot match: an event that step ${wanted} waits for is one that ${not} forbids until then`;
  }
  if (next.contiguity !== "strict") return null;
  return `Cannot match: the very next event must not be one of ${not}, and must be one of ${wanted}, ` +
    "which has the same condition";
}

function isSame(a: GroupNode, b: GroupNode): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
