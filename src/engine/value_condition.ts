/** A condition on single values that were computed, asked one by one (`having`, and what follows enrichments). */
import { assertNever } from "../base/assert.ts";
import type { JsonValue } from "../base/json.ts";
import type { Condition } from "./plan.ts";
import { pairTest, valueTest } from "./value_test.ts";

/** The value of a field by its index; undefined or null when missing. */
export type ValueOf = (field: number) => JsonValue | undefined;

export type ValuePredicate = (value: ValueOf) => boolean;

/** Compiled once per plan: what can be prepared of its tests is. */
export function valuePredicate(condition: Condition): ValuePredicate {
  switch (condition.kind) {
    case "group":
      return group(condition.logic, condition.items.map(valuePredicate));
    case "test":
      return test(condition);
    case "selector":
      return selector(condition);
    default:
      return assertNever(condition);
  }
}

function group(logic: "and" | "or" | "nor", items: readonly ValuePredicate[]): ValuePredicate {
  if (items.length === 0) return () => true;
  if (logic === "and") return (value) => items.every((item) => item(value));
  if (logic === "or") return (value) => items.some((item) => item(value));
  return (value) => !items.some((item) => item(value));
}

function selector(
  { field, value: wanted, absent_passes }: Extract<Condition, { kind: "selector" }>,
): ValuePredicate {
  const holds = valueTest("==", { kind: "const", value: wanted }, false);
  return (value) => {
    const left = value(field);
    return isPresent(left) ? holds(left) : absent_passes;
  };
}

function test({ field, op, operand, fold_case }: Extract<Condition, { kind: "test" }>): ValuePredicate {
  if (op === "not_exists") return (value) => value(field) === undefined || value(field) === null;
  if (operand.kind === "field") {
    const holds = pairTest(op, fold_case);
    return (value) => {
      const [left, right] = [value(field), value(operand.field)];
      return isPresent(left) && isPresent(right) && holds(left, right);
    };
  }
  const holds = valueTest(op, operand, fold_case);
  return (value) => {
    const left = value(field);
    return isPresent(left) && holds(left);
  };
}

function isPresent(value: JsonValue | undefined): value is JsonValue {
  return value !== undefined && value !== null;
}
