/**
 * A rule as a document again, with every default filled in and every alias under its one name. Reading it
 * gives the same rule.
 */
import { formatDuration } from "../base/duration.ts";
import type { JsonObject, JsonValue } from "../base/json.ts";
import type { Action } from "./action.ts";
import type { ConditionNode, GroupNode } from "./condition.ts";
import type { TestValue } from "./operand.ts";
import type { Rule, Trigger } from "./rule.ts";

/** The `effective` member of an answer. */
export function effective(rule: Rule): JsonObject {
  return {
    rule_id: rule.rule_id,
    rule_name: rule.rule_name,
    description: rule.description,
    tags: [...rule.tags],
    severity: rule.severity,
    labels: { ...rule.labels },
    is_active: rule.is_active,
    trigger_type: rule.trigger.type,
    trigger_spec: triggerSpec(rule.trigger),
    action_spec: actionSpec(rule.action),
    cooldown: formatDuration(rule.cooldown_ms),
    isolation: rule.isolation,
    limits: { ...rule.limits },
  };
}

function triggerSpec(trigger: Trigger): JsonObject {
  return {
    topics: trigger.topics === null ? null : [...trigger.topics],
    event_type: trigger.event_type,
    source: trigger.source,
    ...(trigger.where === null ? {} : group(trigger.where)),
    ...threshold(trigger),
    ...trigger.polling,
    group_by: [...trigger.group_by],
    time: { ...trigger.time },
  };
}

function threshold({ threshold, block }: Trigger): JsonObject {
  if (threshold === null) return block === null ? {} : { value_path: block };
  return { value_path: threshold.path, op: threshold.op, threshold: threshold.value };
}

function group({ logic, conditions }: GroupNode): JsonObject {
  return { conditions: conditions.map(condition), logic };
}

function condition(node: ConditionNode): JsonObject {
  if (node.kind === "group") return group(node);
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
  }
}

function actionSpec(action: Action): JsonObject {
  if (action.type === "none") return {};
  return {
    type: action.type,
    channels: [...action.channels],
    message: action.message?.text ?? null,
    title: action.title?.text ?? null,
  };
}
