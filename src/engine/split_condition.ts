/**
 * A condition in two: what reads only columns of events is judged before the enrichments, so that most
 * events need none; the rest comes after them. Only parts of the top-level AND can be told apart.
 */
import { all, type ConditionParts } from "./compile_condition.ts";
import type { Condition } from "./plan.ts";

/** @param isAdded whether an index is that of a value that an enrichment adds */
export function splitCondition(
  { selectors, tests }: ConditionParts,
  isAdded: (index: number) => boolean,
): { where: Condition; after: Condition | null } {
  const after = tests.filter((test) => reads(test, isAdded));
  if (after.length === 0) return { where: all([...selectors, ...tests]), after: null };
  const before = tests.filter((test) => !reads(test, isAdded));
  return { where: all([...selectors, ...before]), after: all(after) };
}

/** Whether a condition reads a value whose index `isAdded` wants. */
export function reads(condition: Condition, isAdded: (index: number) => boolean): boolean {
  if (condition.kind === "group") return condition.items.some((item) => reads(item, isAdded));
  if (isAdded(condition.field)) return true;
  return condition.kind === "test" && condition.operand.kind === "field" && isAdded(condition.operand.field);
}
