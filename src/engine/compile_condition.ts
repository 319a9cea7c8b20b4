/**
 * The condition of a plan: selectors, threshold part and condition part, of which all must hold. Selectors
 * come first, since they decide most events at the least cost. A field of a rule that names a block of the
 * payload is looked up in the block first, then from the root, which is said by two tests.
 */
import { EVENT_TYPE_FIELD, SOURCE_FIELD } from "../base/field_path.ts";
import type { ConditionNode, TestNode } from "../model/condition.ts";
import type { TestValue } from "../model/operand.ts";
import type { Trigger } from "../model/rule.ts";
import type { Threshold } from "../model/threshold.ts";
import type { Condition, Operand } from "./plan.ts";

type Test = Extract<Condition, { kind: "test" }>;

const LOGIC = { AND: "and", OR: "or", NOT: "nor" } as const;

/** Where names of a rule get their indexes. */
export interface Names {
  indexOf(name: string): number;
  /** Whether an enrichment gives it, so that no block of the event is asked. */
  isAdded(name: string): boolean;
  /** In a pattern: the index of what a value looks back at; null: it names a field of the event itself. */
  remembered?(value: Extract<TestValue, { kind: "ref" | "agg" }>): number | null;
}

/** Of all of these {@linkcode all} must hold. */
export interface ConditionParts {
  /** Of event type and source. */
  selectors: Condition[];
  /** The condition proper. */
  tests: Condition[];
}

/** What an event must fulfil to match. Names are added to `table`. */
export function compileCondition(trigger: Trigger, table: Names): ConditionParts {
  const parts: ConditionParts = { selectors: selectors(trigger, table), tests: [] };
  if (trigger.threshold !== null) parts.tests.push(...threshold(trigger.threshold, table));
  if (trigger.where === null) return parts;
  const where = condition(trigger.where, trigger.block, table);
  // The parts of an AND are parts of the whole: the index finds equalities one level down.
  if (where.kind === "group" && where.logic === "and") parts.tests.push(...where.items);
  else parts.tests.push(where);
  return parts;
}

function selectors(trigger: Trigger, table: Names): Condition[] {
  const absent_passes = trigger.threshold !== null || (trigger.where !== null && holdsTest(trigger.where));
  const selector = (name: string, value: string): Condition => ({
    kind: "selector",
    field: table.indexOf(name),
    value,
    absent_passes,
  });
  const parts: Condition[] = [];
  if (trigger.event_type !== null) parts.push(selector(EVENT_TYPE_FIELD, trigger.event_type));
  if (trigger.source !== null) parts.push(selector(SOURCE_FIELD, trigger.source));
  return parts;
}

/** Whether a rule has conditions at all (SEMANTICS 6): empty groups test nothing. */
function holdsTest(node: ConditionNode): boolean {
  return node.kind === "test" || node.conditions.some(holdsTest);
}

function threshold({ path, op, value }: Threshold, table: Names): Condition[] {
  const field = table.indexOf(path);
  const part: Condition = { kind: "test", field, op, operand: { kind: "const", value }, fold_case: false };
  // What is no number differs from every number, but a metric that is no number does not count.
  return op === "!=" ? [part, isNumeric(field)] : [part];
}

function isNumeric(field: number): Condition {
  const operand: Operand = { kind: "range", low: -Number.MAX_VALUE, high: Number.MAX_VALUE };
  return { kind: "test", field, op: "between", operand, fold_case: false };
}

/** A condition of the document; `block` as {@linkcode Trigger.block}. */
export function condition(node: ConditionNode, block: string | null, table: Names): Condition {
  if (node.kind === "test") return test(node, block, table);
  if (node.conditions.length === 0) return all([]);
  const items = node.conditions.map((item) => condition(item, block, table));
  return { kind: "group", logic: LOGIC[node.logic], items };
}

function test(node: TestNode, block: string | null, table: Names): Condition {
  const left = places(node.field, block, table);
  if (node.op === "not_exists") return all(left.map(missing));
  const value = node.value;
  if (value.kind !== "ref" && value.kind !== "agg") {
    return firstPresent(left, (field) => plain(node, field, value));
  }
  const past = table.remembered?.(value) ?? null;
  if (past !== null) return firstPresent(left, (field) => plain(node, field, { kind: "field", field: past }));
  const right = places(value.path, block, table);
  return firstPresent(
    left,
    (field) => firstPresent(right, (other) => plain(node, field, { kind: "field", field: other })),
  );
}

/** The columns in which a field is looked up, in order. */
function places(field: string, block: string | null, table: Names): number[] {
  if (block === null || table.isAdded(field)) return [table.indexOf(field)];
  return [table.indexOf(`${block}.${field}`), table.indexOf(field)];
}

/** `make` of the first field that is present; tests of a missing field are false by themselves. */
function firstPresent(fields: readonly number[], make: (field: number) => Condition): Condition {
  const [first, ...others] = fields;
  const here = make(first!);
  if (others.length === 0) return here;
  return { kind: "group", logic: "or", items: [here, all([missing(first!), firstPresent(others, make)])] };
}

function plain(node: TestNode, field: number, operand: Operand): Test {
  return { kind: "test", field, op: node.op, operand, fold_case: !node.case_sensitive };
}

function missing(field: number): Test {
  return { kind: "test", field, op: "not_exists", operand: { kind: "none" }, fold_case: false };
}

/** Of which all must hold; one alone needs no group. */
export function all(items: readonly Condition[]): Condition {
  return items.length === 1 ? items[0]! : { kind: "group", logic: "and", items };
}
