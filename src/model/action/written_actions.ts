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
    ({ rule_id, target_rule_id }) => {
      const id = rule_id || target_rule_id;
      return typeof id === "string" ? [id.trim()] : [];
    },
  );
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
function actionsIn(spec: unknown, where: "outside" | "everywhere"): JsonObject[] {
  if (Array.isArray(spec)) return spec.flatMap((one) => actionsIn(one, where));
  if (!isObject(spec)) return [];
  const type = typeOf(spec);
  if (type === "multi_action") return actionsIn(spec.actions ?? [], where);
  if (type !== "if") return [spec];
  return where === "outside"
    ? []
    : [...actionsIn(spec.then ?? [], where), ...actionsIn(spec.else ?? [], where)];
}
