/** The fields of events that a pattern reads beside its plain conditions. */
import type { Condition } from "../plan.ts";
import type { PatternPlan } from "./pattern_plan.ts";

/** Those that are remembered, or compared with what is: indexes into Plan.names, ascending. */
export function patternFields({ conditions, memories }: PatternPlan): number[] {
  const fields = new Set<number>();
  for (const { field } of memories) if (field !== null) fields.add(field);
  for (const { rest } of conditions) if (rest !== null) collect(rest, fields);
  return [...fields].sort((a, b) => a - b);
}

function collect(condition: Condition, into: Set<number>): void {
  if (condition.kind === "group") { for (const item of condition.items) collect(item, into); }
  else {
    into.add(condition.field);
    if (condition.kind === "test" && condition.operand.kind === "field" && condition.operand.field >= 0) {
      into.add(condition.operand.field);
    }
  }
}
