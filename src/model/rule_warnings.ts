/** What a rule says that has no effect. A warning never stops a save. */
import { isObject, type JsonObject } from "../base/json.ts";
import { type Fault, pointer } from "../base/problem.ts";
import type { ConditionNode, GroupNode } from "./condition.ts";
import { FAULTS_MAX } from "./faults.ts";
import { ignoredMembers, isGiven } from "./ignored_members.ts";
import type { Rule } from "./rule.ts";

/** Warnings about `document`, which was read as `rule`. At most 50. */
export function warningsOf(document: JsonObject, rule: Rule): Fault[] {
  const spec = isObject(document.trigger_spec) ? document.trigger_spec : {};
  const warnings = [...ignoredMembers(spec, rule)];
  const where = isGiven(spec.conditions) ? ["conditions"] : [];
  if (rule.trigger.where !== null) collectEmptyRanges(rule.trigger.where, where, warnings);
  return warnings.slice(0, FAULTS_MAX);
}

function collectEmptyRanges(group: GroupNode, at: readonly PropertyKey[], warnings: Fault[]): void {
  for (const [i, item] of group.conditions.entries()) {
    // Written as field/op/value, the one condition has no place in a list.
    const place = at.length === 0 ? at : [...at, i];
    if (item.kind === "group") collectEmptyRanges(item, [...place, "conditions"], warnings);
    else if (isEmptyRange(item)) {
      warnings.push({
        pointer: pointer("trigger_spec", ...place),
        code: "empty_range",
        message: EMPTY_RANGE,
      });
    }
  }
}

const EMPTY_RANGE = `"between" never holds: low is above high`;

function isEmptyRange(test: ConditionNode): boolean {
  if (test.kind !== "test" || test.value.kind !== "range") return false;
  const { low, high } = test.value;
  return typeof low === "number" && typeof high === "number" && low > high;
}
