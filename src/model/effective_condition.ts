/** Conditions as a document again. */
import type { JsonObject, JsonValue } from "../base/json.ts";
import type { ConditionNode, GroupNode } from "./condition.ts";
import type { TestValue } from "./operand.ts";

export function effectiveGroup({ logic, conditions }: GroupNode): JsonObject {
  return { conditions: conditions.map(condition), logic };
}

function condition(node: ConditionNode): JsonObject {
  if (node.kind === "group") return effectiveGroup(node);
  const { field, op, case_sensitive } = node;
  return { field, op, ...operand(node.value), case_sensitive };
}

function operand(value: TestValue): { value?: JsonValue } {
  switch (value.kind) {
    case "none":
      return {};
    case "const":
      return { value: value.value };
    case "list":
      return { value: [...value.values] };
    case "range":
      return { value: [value.low, value.high] };
    case "ref":
      return { value: { ref: value.path } };
    case "agg":
      return { value: { agg: value.function, of: value.path } };
  }
}
