/**
 * having: what must hold of the aggregates of a firing. Its fields are names of aggregates and
 * `key.<field of group_by>`; any other name is a fault, since nothing could ever be found under it.
 */
import type { ConditionNode, GroupNode, TestNode } from "./condition.ts";
import { checkBounds } from "./condition_bounds.ts";
import { shown } from "./faults.ts";
import { nearestName } from "./nearest_name.ts";
import type { Report } from "./read_as.ts";

/** `written` and the tests of thresholds, of which all must hold; null when there is none. */
export function readHaving(
  written: ConditionNode | null,
  thresholds: readonly TestNode[],
  names: readonly string[],
  report: Report,
): GroupNode | null {
  if (written !== null) checkWritten(written, names, report);
  if (written?.kind === "group" && thresholds.length === 0) return written;
  const conditions = written === null ? thresholds : [written, ...thresholds];
  return conditions.length === 0 ? null : { kind: "group", logic: "AND", conditions };
}

function checkWritten(written: ConditionNode, names: readonly string[], report: Report): void {
  const inHaving: Report = (path, code, message) => report(["having", ...path], code, message);
  if (names.length === 0) {
    return inHaving([], "required", "having needs a window or an aggregation that it can look at");
  }
  const single = written.kind === "test";
  const root: GroupNode = single ? { kind: "group", logic: "AND", conditions: [written] } : written;
  checkBounds(root, single ? null : ["conditions"], inHaving);
  checkNames(written, [], names, inHaving);
}

function checkNames(
  node: ConditionNode,
  path: readonly PropertyKey[],
  names: readonly string[],
  report: Report,
): void {
  if (node.kind === "group") {
    for (const [i, item] of node.conditions.entries()) {
      checkNames(item, [...path, "conditions", i], names, report);
    }
    return;
  }
  if (!names.includes(node.field)) report([...path, "field"], ...unknownName(node.field, names));
  if (node.value.kind === "ref" && !names.includes(node.value.path)) {
    report([...path, "value"], ...unknownName(node.value.path, names));
  }
}

function unknownName(name: string, names: readonly string[]): [code: string, message: string] {
  return [
    "unknown_name",
    `Cannot use ${shown(name)} in having: did you mean "${nearestName(name, names)}"? ` +
    "It sees aggregates by name, and key.<field>",
  ];
}
