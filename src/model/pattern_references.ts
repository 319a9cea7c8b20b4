/**
 * What conditions of a pattern look back at: `{"ref": "a.price"}`, a field of the last event of step a, and
 * `{"agg": "sum", "of": "a.price"}`, over all its events so far. A step that cannot have taken an event by then
 * is a fault: the condition could never hold.
 */
import { stepField } from "../base/step_path.ts";
import type { ConditionNode } from "./condition.ts";
import { shown } from "./faults.ts";
import { nearestName } from "./nearest_name.ts";
import { namedSteps, type StepPlace } from "./pattern_steps.ts";
import type { PatternStep } from "./pattern_step.ts";
import type { Report } from "./read_as.ts";

export function checkReferences(steps: readonly PatternStep[], report: Report): void {
  const places = namedSteps(steps);
  const names = places.map(({ node }) => node.name);
  for (const place of places) {
    for (const node of tests([place.node.where, ...(place.node.until === null ? [] : [place.node.until])])) {
      const fault = faultOf(node, place, { places, names });
      if (fault !== null) report(place.path, ...fault);
    }
  }
}

function* tests(nodes: readonly ConditionNode[]): Generator<Extract<ConditionNode, { kind: "test" }>> {
  for (const node of nodes) {
    if (node.kind === "group") yield* tests(node.conditions);
    else yield node;
  }
}

function faultOf(
  { value }: Extract<ConditionNode, { kind: "test" }>,
  at: StepPlace,
  { places, names }: { places: readonly StepPlace[]; names: readonly string[] },
): [code: string, message: string] | null {
  if (value.kind !== "ref" && value.kind !== "agg") return null;
  const known = stepField(value.path, names);
  const step = known?.step ?? (value.kind === "agg" ? value.path : null);
  if (step === null) return null;
  if (!names.includes(step)) {
    const nearest = nearestName(step.split(".")[0]!, names);
    return ["unknown_name", `Cannot aggregate over ${shown(value.path)}: did you mean step "${nearest}"?`];
  }
  const target = places.find(({ node }) => node.name === step)!;
  if (target.node.negated) {
    return ["never_holds", `Cannot look back at ${shown(step)}: a negated step takes no event`];
  }
  if (value.kind === "agg" && known === null && value.function !== "count") {
    const wish = `say of which field, as ${shown(`${step}.<field>`)}`;
    return ["required", `Cannot compute the ${value.function} of step ${shown(step)}: ${wish}`];
  }
  if (value.kind === "agg" || canComeBefore(target, at)) return null;
  return ["never_holds", `Cannot look back at ${shown(step)}: it has taken no event yet by then`];
}

/** Earlier in the document, the step itself in a loop, or anywhere in a group that both are in and that repeats. */
function canComeBefore(target: StepPlace, at: StepPlace): boolean {
  const order = compare(target.path, at.path);
  if (order < 0) return true;
  if (order === 0) return at.node.times !== null || target.path.length > 2;
  return target.path.length > 2 && target.path[1] === at.path[1];
}

function compare(a: readonly PropertyKey[], b: readonly PropertyKey[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (a[i] !== b[i]) return Number(a[i]) - Number(b[i]);
  }
  return a.length - b.length;
}
