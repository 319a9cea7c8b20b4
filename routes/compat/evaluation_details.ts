/**
 * The evaluation details that clients of the reference system see under `references.trigger`: which values a
 * rule looked at, and what it compared them with. They explain; what decides is the engine's own evaluation,
 * whose outcome is given. Fields are read by the one resolver.
 */
import { compileField } from "../../src/base/field_path.ts";
import { isObject, type JsonObject, type JsonValue } from "../../src/base/json.ts";
import { numberOfText } from "../../src/base/numeric.ts";
import { testAnomaly } from "../../src/engine/anomaly/anomaly_method.ts";
import type { Anomaly } from "../../src/model/anomaly.ts";
import type { ConditionNode, GroupNode, TestNode } from "../../src/model/condition.ts";
import type { TestValue } from "../../src/model/operand.ts";
import { parseRule, type Rule, type Trigger } from "../../src/model/rule.ts";

const FIELD_MISSING = "field missing";

/** What was evaluated, and how it came out. */
export interface Evaluated {
  rule: Rule;
  /** As it was written: whether its condition is one or a list shows only there. */
  trigger_spec: JsonObject;
  payload: JsonObject;
  /** Whether the payload was given, or fetched from the rule's endpoint. */
  used_test_payload: boolean;
  matched: boolean;
}

export function evaluationDetails(evaluated: Evaluated): JsonObject {
  const { trigger } = evaluated.rule;
  return { condition_evaluated: true, ...conditionPart(evaluated), ...valuePart(trigger, evaluated) };
}

/** As of an event rule with this spec; {} where it has no condition. */
export function conditionDetails(
  trigger_spec: JsonObject,
  payload: JsonObject,
  matched: boolean,
): JsonObject {
  const parsed = parseRule({ rule_name: "details", trigger_type: "event", trigger_spec }, "simulate");
  if (!parsed.ok) return {};
  return conditionPart({ rule: parsed.rule, trigger_spec, payload, matched, used_test_payload: true });
}

function valuePart({ type, threshold, anomaly, polling }: Trigger, evaluated: Evaluated): JsonObject {
  if (anomaly !== null) return anomalyPart(anomaly, evaluated.payload);
  if (type !== "metric" || threshold === null) return {};
  const { path: value_path, op, value } = threshold;
  return {
    runtime_endpoint: polling?.endpoint ?? null,
    method: polling?.method ?? "GET",
    params: polling?.params ?? {},
    value_path,
    op,
    threshold: value,
    used_test_payload: evaluated.used_test_payload,
    ...extraction(compileField(value_path)(evaluated.payload)),
  };
}

/** What a value path found, and the number that it says. */
function extraction(found: JsonValue | undefined): JsonObject {
  const actual_value = numberOf(found);
  if (actual_value !== null) return { extracted_value: found!, condition_evaluated: true, actual_value };
  const error_reason = found === undefined ? "value_path did not resolve" : "extracted value is not numeric";
  return { extracted_value: found ?? null, condition_evaluated: false, error_reason };
}

/** By the seed alone, which is what a simulation knows. */
function anomalyPart(anomaly: Anomaly, payload: JsonObject): JsonObject {
  const found = extraction(compileField(anomaly.path)(payload));
  if (typeof found.actual_value !== "number") return found;
  const { baseline_values, baseline_window } = anomaly;
  const plan = { ...anomaly, field: 0, seed: baseline_values };
  const values = Float64Array.from(baseline_values.slice(-baseline_window));
  return { ...found, anomaly_result: { ...testAnomaly(plan, { values, current: found.actual_value }) } };
}

function conditionPart({ rule: { trigger }, trigger_spec, payload, matched }: Evaluated): JsonObject {
  const { where } = trigger;
  if (where === null) return {};
  const block = trigger.block === null ? undefined : compileField(trigger.block)(payload);
  const read = (path: string): JsonValue | undefined => {
    const lookup = compileField(path);
    return (isObject(block) ? lookup(block) : undefined) ?? lookup(payload);
  };
  const only = where.conditions[0];
  if (!Array.isArray(trigger_spec.conditions) && only?.kind === "test" && where.conditions.length === 1) {
    return single(only, read);
  }
  return { ...composite(where, read), final_result: matched };
}

type Read = (path: string) => JsonValue | undefined;

function single({ field, op, value }: TestNode, read: Read): JsonObject {
  const actual = read(field);
  const operator = op;
  if (actual === undefined) {
    return { expected: wanted(value), operator, condition_evaluated: false, reason: FIELD_MISSING };
  }
  return { ...compared(actual, wanted(value)), operator, condition_evaluated: true };
}

function composite({ logic, conditions }: GroupNode, read: Read): JsonObject {
  return {
    composite_logic: logic,
    conditions_evaluated: conditions.map((node) => member(node, read)),
  };
}

function member(node: ConditionNode, read: Read): JsonObject {
  if (node.kind === "group") return composite(node, read);
  const { field, op: operator, value } = node;
  const expected = wanted(value);
  const actual = read(field);
  if (actual === undefined) {
    return { field, operator, expected, condition_evaluated: false, reason: FIELD_MISSING };
  }
  return { field, operator, expected, actual: compared(actual, expected).actual!, condition_evaluated: true };
}

/** Two sides that are both numeric are shown as the numbers that are compared. */
function compared(actual: JsonValue, expected: JsonValue): { actual: JsonValue; expected: JsonValue } {
  const [left, right] = [numberOf(actual), numberOf(expected)];
  return left === null || right === null ? { actual, expected } : { actual: left, expected: right };
}

function wanted(value: TestValue): JsonValue {
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

/** Numbers, and texts that are plain numbers (SEMANTICS 3); null: it is none. */
function numberOf(value: JsonValue | undefined): number | null {
  if (typeof value === "number") return value;
  const number = typeof value === "string" ? numberOfText(value) : NaN;
  return Number.isNaN(number) ? null : number;
}
