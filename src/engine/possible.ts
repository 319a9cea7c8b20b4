/**
 * What can still become of a condition while some of its fields are not known: whether any values of those make
 * it true. It may answer yes where in truth none do, since it looks at each test by itself; never the reverse.
 */
import { assertNever } from "../base/assert.ts";
import type { Condition } from "./plan.ts";
import { type ValueOf, valuePredicate } from "./value_condition.ts";

interface Possible {
  true: (value: ValueOf) => boolean;
  false: (value: ValueOf) => boolean;
}

/** Whether the condition can still hold, given the values of its fields that are known. */
export function mayHold(
  condition: Condition,
  isUnknown: (field: number) => boolean,
): (value: ValueOf) => boolean {
  return possible(condition, isUnknown).true;
}

function possible(condition: Condition, isUnknown: (field: number) => boolean): Possible {
  switch (condition.kind) {
    case "group":
      return group(condition.logic, condition.items.map((item) => possible(item, isUnknown)));
    case "selector":
      return known(condition);
    case "test": {
      const { field, operand } = condition;
      const open = isUnknown(field) || (operand.kind === "field" && isUnknown(operand.field));
      return open ? EITHER : known(condition);
    }
    default:
      return assertNever(condition);
  }
}

const EITHER: Possible = { true: () => true, false: () => true };

function known(condition: Condition): Possible {
  const holds = valuePredicate(condition);
  return { true: holds, false: (value) => !holds(value) };
}

function group(logic: "and" | "or" | "nor", items: readonly Possible[]): Possible {
  if (items.length === 0) return { true: () => true, false: () => false };
  const all: Possible = {
    true: (value) => items.every((item) => item.true(value)),
    false: (value) => items.some((item) => item.false(value)),
  };
  const any: Possible = {
    true: (value) => items.some((item) => item.true(value)),
    false: (value) => items.every((item) => item.false(value)),
  };
  if (logic === "and") return all;
  return logic === "or" ? any : { true: any.false, false: any.true };
}
