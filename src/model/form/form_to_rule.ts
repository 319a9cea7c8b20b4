/** The rule that a form says: its sections go where a rule holds them. */
import type { JsonObject } from "../../base/json.ts";
import { type Form, SECTION_MEMBERS } from "./form.ts";

/** Member of trigger_spec that keeps what a section took the place of, so that a form gets it back. */
export const DISPLACED = "x-form";

/** @param form in its one spelling, as readForm gives it */
export function formToRule(form: Form): JsonObject {
  const { rule_name, description, is_active, trigger_type, actions, action_spec } = form;
  const others = Object.entries(form).filter(([name]) => !OWN_MEMBERS.has(name));
  return {
    rule_name,
    trigger_type,
    trigger_spec: triggerOf(form),
    action_spec: actionOf(actions, (action_spec ?? {}) as JsonObject),
    is_active,
    ...(description !== null && { description }),
    ...Object.fromEntries(others),
  };
}

/** What stands elsewhere in a rule, or is written by name; further members are the rule's. */
const OWN_MEMBERS: ReadonlySet<string> = new Set([
  ...["rule_name", "description", "is_active", "trigger_type", "trigger_spec", "action_spec", "actions"],
  ...SECTION_MEMBERS.map(([section]) => section),
]);

function triggerOf(form: Form): JsonObject {
  const { composite_condition: where, window_config, aggregation, enrichments } = form;
  const sections: JsonObject = {
    ...where,
    ...(window_config !== null && { window_config }),
    ...(aggregation !== null && { aggregation }),
    ...(enrichments.length > 0 && { enrichments }),
  };
  const displaced = displacedBy(sections, form.trigger_spec);
  return {
    ...form.trigger_spec,
    ...sections,
    ...(Object.keys(displaced).length > 0 && { [DISPLACED]: displaced }),
  };
}

/** A shorthand of trigger_spec ("aggregation": "avg") has the name of a section. */
function displacedBy(sections: JsonObject, spec: JsonObject): JsonObject {
  const names = [...SECTION_MEMBERS.map(([, name]) => name), "logic"];
  const taken = names.filter((name) => Object.hasOwn(sections, name) && Object.hasOwn(spec, name));
  return Object.fromEntries(taken.map((name) => [name, spec[name]!]));
}

/** @param rest what no item of `actions` says */
function actionOf(actions: readonly JsonObject[], rest: JsonObject): JsonObject {
  if (actions.length === 0) return rest;
  if (actions.length === 1 && Object.keys(rest).length === 0) return actions[0]!;
  return { type: "multi_action", ...rest, actions: [...actions] };
}
