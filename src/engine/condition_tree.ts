/**
 * A rule's condition over one event as a tree: the outcome of every group and test, also of those that the
 * outcome of the whole does not hang on. Each node is compiled and asked as the engine does it
 * (compile_condition.ts, value_condition.ts).
 */
import { EVENT_TYPE_FIELD, SOURCE_FIELD } from "../base/field_path.ts";
import type { JsonValue } from "../base/json.ts";
import { pointer } from "../base/problem.ts";
import type { ConditionNode, GroupNode, TestNode } from "../model/condition.ts";
import type { TestValue } from "../model/operand.ts";
import type { Trigger } from "../model/rule.ts";
import { compileCondition, condition, type Names } from "./compile_condition.ts";
import type { Condition, Operator } from "./plan.ts";
import { noteOf, type TestNote } from "./test_note.ts";
import { type ValueOf, valuePredicate } from "./value_condition.ts";

export interface TreeGroup {
  logic: "AND" | "OR" | "NOT";
  result: boolean;
  conditions: TreeNode[];
}

export interface TreeTest {
  /** Where it stands in the rule. */
  pointer: string;
  field: string;
  op: Operator;
  expected: JsonValue;
  /** null: missing. */
  actual: JsonValue;
  result: boolean;
  note: TestNote | null;
}

export type TreeNode = TreeGroup | TreeTest;

export interface Asked {
  names: Names;
  value: ValueOf;
  block: string | null;
}

/** null: the trigger asks nothing of an event. */
export function conditionTree(trigger: Trigger, asked: Omit<Asked, "block">): TreeNode | null {
  const all: Asked = { ...asked, block: trigger.block };
  const { where } = trigger;
  const parts = [...selectors(trigger, all), ...threshold(trigger, all)];
  if (where === null && parts.length === 0) return null;
  const written = where === null ? [] : [root(where, all)];
  const conditions = [...parts, ...written];
  if (conditions.length === 1) return conditions[0]!;
  return { logic: "AND", result: conditions.every(({ result }) => result), conditions };
}

/** Where the one test is written as members of trigger_spec it is no group. */
function root(where: GroupNode, asked: Asked): TreeNode {
  return node(where, ["trigger_spec"], asked);
}

function node(given: ConditionNode, path: readonly PropertyKey[], asked: Asked): TreeNode {
  const result = holds(condition(given, asked.block, asked.names), asked);
  if (given.kind === "test") return test(given, path, { asked, result });
  return {
    logic: given.logic,
    result,
    conditions: given.conditions.map((item, i) => node(item, [...path, "conditions", i], asked)),
  };
}

function holds(compiled: Condition, { value }: Asked): boolean {
  return valuePredicate(compiled)(value);
}

function test(
  { field, op, value }: TestNode,
  path: readonly PropertyKey[],
  { asked, result }: { asked: Asked; result: boolean },
): TreeTest {
  const actual = read(field, asked);
  const other = value.kind === "ref" ? value.path : null;
  const against = other === null ? shown(value) : read(other, asked);
  const note = noteOf({ field, op, actual, expected: against, other });
  return {
    pointer: pointer(...path),
    field,
    op,
    expected: shown(value),
    actual: actual ?? null,
    result,
    note,
  };
}

/** What a field is for the test: in the rule's block first. */
function read(field: string, { block, names, value }: Asked): JsonValue | undefined {
  const within = block === null || names.isAdded(field)
    ? undefined
    : value(names.indexOf(`${block}.${field}`)) ?? undefined;
  return within ?? value(names.indexOf(field)) ?? undefined;
}

function shown(value: TestValue): JsonValue {
  switch (value.kind) {
    case "none":
      return null;
    case "const":
      return value.value;
    case "list":
      return [...value.values];
    case "range":
      return [value.low, value.high];
    case "ref":
      return { ref: value.path };
    case "agg":
      return { agg: value.function, of: value.path };
  }
}

function selectors(trigger: Trigger, asked: Asked): TreeTest[] {
  const written: [name: string, field: string, value: string][] = [];
  if (trigger.event_type !== null) written.push(["event_type", EVENT_TYPE_FIELD, trigger.event_type]);
  if (trigger.source !== null) written.push(["source", SOURCE_FIELD, trigger.source]);
  const compiled = compileCondition(trigger, asked.names).selectors;
  return written.map(([name, field, expected], i) => {
    const actual = asked.value(asked.names.indexOf(field)) ?? undefined;
    return {
      pointer: pointer("trigger_spec", name),
      ...{ field: name, op: "==" as const, expected, actual: actual ?? null },
      result: holds(compiled[i]!, asked),
      note: noteOf({ field: name, op: "==", actual, expected, other: null }),
    };
  });
}

function threshold(trigger: Trigger, asked: Asked): TreeTest[] {
  const limit = trigger.threshold;
  if (limit === null) return [];
  const compiled = compileCondition({ ...trigger, where: null }, asked.names).tests;
  const { path: field, op, value: expected } = limit;
  const actual = asked.value(asked.names.indexOf(field)) ?? undefined;
  const sides = { field, op, actual, expected, other: null };
  return [{
    pointer: pointer("trigger_spec", "threshold"),
    ...{ field, op, expected, actual: actual ?? null },
    result: compiled.every((part) => holds(part, asked)),
    note: noteOf(sides),
  }];
}
