/** The fields of events that a pattern reads beside its plain conditions. */
import { addFields } from "../condition_fields.ts";
import type { PatternPlan } from "./pattern_plan.ts";

/** Those that are remembered, or compared with what is: indexes into Plan.names, ascending. */
export function patternFields({ conditions, memories }: PatternPlan): number[] {
  const fields = new Set<number>();
  for (const { field } of memories) if (field !== null) fields.add(field);
  for (const { rest } of conditions) if (rest !== null) addFields(rest, fields);
  return [...fields].sort((a, b) => a - b);
}
