/** What must hold of an alert, or of what actions before came to, for an action to be carried out: `if`. */
import type * as z from "zod";
import { type ConditionNode, conditionSchema, type GroupNode } from "../condition.ts";
import { checkBounds } from "../condition_bounds.ts";
import { readWithin } from "../read_within.ts";
import { isOfResults } from "./results_named.ts";

export interface Guard {
  condition: ConditionNode;
  /** Whether it must hold, or must not (`else`). */
  holds: boolean;
  /** "results": it can be decided only when its turn comes. */
  reads: "alert" | "results";
}

/** The condition of an `if`; null when it has faults, which are then told at `ctx`. */
export function readGuard(given: unknown, ctx: z.RefinementCtx): Omit<Guard, "holds"> | null {
  const condition = readWithin(conditionSchema, given, ctx);
  if (condition === null) return null;
  const root: GroupNode = condition.kind === "group"
    ? condition
    : { kind: "group", logic: "AND", conditions: [condition] };
  checkBounds(root, condition.kind === "group" ? ["conditions"] : null, (path, code, message) => {
    ctx.addIssue({ code: "custom", path: [...path] as (string | number)[], message, params: { code } });
  });
  return { condition, reads: resultsOf(condition).length > 0 ? "results" : "alert" };
}

/** What it names of results. */
export function resultsOf(node: ConditionNode): string[] {
  if (node.kind === "group") return node.conditions.flatMap(resultsOf);
  const names = node.value.kind === "ref" ? [node.field, node.value.path] : [node.field];
  return names.filter(isOfResults);
}
