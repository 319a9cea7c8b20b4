/** The numbers that a rule holds its values against, for the lines of a chart: tests of `having`, and of an anomaly. */
import type { JsonObject } from "../src/base/json.ts";
import type { ConditionNode, TestNode } from "../src/model/condition.ts";
import type { Rule } from "../src/model/rule.ts";

/** In the order in which they are written, whatever groups they stand in. */
export function valueThresholds({ trigger: { having, anomaly } }: Rule): JsonObject[] {
  if (anomaly !== null) {
    return anomaly.method === "iqr" ? [] : [{ value: "score", op: ">", threshold: anomaly.threshold }];
  }
  return having === null ? [] : testsOf(having).flatMap(lineOf);
}

function testsOf(node: ConditionNode): TestNode[] {
  return node.kind === "test" ? [node] : node.conditions.flatMap(testsOf);
}

function lineOf({ field, op, value }: TestNode): JsonObject[] {
  if (field.startsWith("key.")) return [];
  if (value.kind === "const" && typeof value.value === "number") {
    return [{ value: field, op, threshold: value.value }];
  }
  if (value.kind !== "range" || typeof value.low !== "number" || typeof value.high !== "number") return [];
  return [{ value: field, op, threshold: [value.low, value.high] }];
}
