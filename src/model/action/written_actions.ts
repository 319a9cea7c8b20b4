/** What an accepted action_spec names, found without reading the rest of it. */
import { isObject, type JsonObject } from "../../base/json.ts";
import { typeOf } from "./steps.ts";

/** Where an action says which template of actions it came from, and which version: "name@2". */
export const FROM_TEMPLATE = "x-template";

/** The template that the first notify names; null: none. */
export function namedTemplates(spec: unknown): string[] {
  return ofType(spec, "notify").flatMap(({ template }) => typeof template === "string" ? [template] : []);
}

/** The template that the notify names which words the alert itself. */
export function ownTemplate(spec: unknown): string | null {
  const first = actionsIn(spec, "outside").find((one) => typeOf(one) === "notify");
  return typeof first?.template === "string" ? first.template : null;
}

export function namedChannels(spec: unknown): string[] {
  return ofType(spec, "notify").flatMap(({ channels, fallback_channel }) => {
    const listed: readonly unknown[] = Array.isArray(channels) ? channels : [];
    return [...listed, fallback_channel].filter((name) => typeof name === "string");
  });
}

/** Ids of the rules that it runs. */
export function triggeredRules(spec: unknown): string[] {
  return [...ofType(spec, "trigger_rule"), ...ofType(spec, "trigger")].flatMap(
    (action) => {
      const member = ruleMember(action);
      return member === null ? [] : [String(action[member]).trim()];
    },
  );
}

/** The member in which an action names the rule that it runs. */
export function ruleMember({ rule_id, target_rule_id }: JsonObject): "rule_id" | "target_rule_id" | null {
  if (typeof (rule_id || target_rule_id) !== "string") return null;
  return rule_id ? "rule_id" : "target_rule_id";
}

/** Names of the templates of actions that it came from. */
export function usedTemplates(spec: unknown): string[] {
  const whole = isObject(spec) ? [spec] : [];
  return [...whole, ...actionsIn(spec, "everywhere")].flatMap((one) => {
    const from = one[FROM_TEMPLATE];
    return typeof from === "string" ? [from.replace(/@\d+$/, "")] : [];
  });
}

function ofType(spec: unknown, type: string): JsonObject[] {
  return actionsIn(spec, "everywhere").filter((one) => typeOf(one) === type);
}

/** Its actions, those within `if` too where asked for. */
function actionsIn(spec: unknown, where: Where): JsonObject[] {
  return placedActions(spec, where).map(({ action }) => action);
}

type Where = "outside" | "everywhere";

export interface PlacedAction {
  action: JsonObject;
  /** Within the spec. */
  path: readonly (string | number)[];
}

/** As {@linkcode actionsIn}, and where each stands. */
export function placedActions(
  spec: unknown,
  where: Where = "everywhere",
  path: PlacedAction["path"] = [],
): PlacedAction[] {
  if (Array.isArray(spec)) return spec.flatMap((one, i) => placedActions(one, where, [...path, i]));
  if (!isObject(spec)) return [];
  const within = (name: string) => placedActions(spec[name] ?? [], where, [...path, name]);
  const type = typeOf(spec);
  if (type === "multi_action") return within("actions");
  if (type !== "if") return [{ action: spec, path }];
  return where === "outside" ? [] : [...within("then"), ...within("else")];
}
