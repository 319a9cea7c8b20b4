/**
 * What an edit of a rule keeps. The state of an operator survives an edit that does not change what the
 * state means; where some is reset, the rule's generation grows, and with it the ids of its alerts
 * (SEMANTICS 21).
 */
import type { Plan } from "./plan.ts";

/** Names of operators, as the answer to an edit shows them. */
export interface PlanChange {
  kept: string[];
  reset: string[];
}

/** Compares the plan in force with the one that follows it. An operator without state is in neither list. */
export function planChange(old: Plan, next: Plan): PlanChange {
  const change: PlanChange = { kept: [], reset: [] };
  if (old.cooldown_ms > 0 && next.cooldown_ms > 0) {
    const same = sameKey(old, next) && sameTime(old, next);
    (same ? change.kept : change.reset).push("cooldown");
  }
  return change;
}

/** Cooldown remembers an event time by key: both must still mean the same. */
function sameKey(old: Plan, next: Plan): boolean {
  return old.key.length === next.key.length &&
    old.key.every((column, i) => old.fields[column] === next.fields[next.key[i]!]);
}

function sameTime(old: Plan, next: Plan): boolean {
  return old.time.field === next.time.field && old.time.unit === next.time.unit;
}
