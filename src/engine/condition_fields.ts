/** The values of rows that a condition reads. */
import type { Condition } from "./plan.ts";

/** Adds their indexes; what a partial match remembers (below zero) is none of a row. */
export function addFields(condition: Condition, into: Set<number>): void {
  if (condition.kind === "group") { for (const item of condition.items) addFields(item, into); }
  else {
    into.add(condition.field);
    if (condition.kind === "test" && condition.operand.kind === "field" && condition.operand.field >= 0) {
      into.add(condition.operand.field);
    }
  }
}
