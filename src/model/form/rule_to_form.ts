/**
 * The form of a rule. A part that its section cannot show as a whole stays in trigger_spec or action_spec,
 * where formToRule leaves it.
 */
import { isObject, jsonEquals, type JsonObject, type JsonValue } from "../../base/json.ts";
import type { Fault } from "../../base/problem.ts";
import { actionsSection } from "./action_section.ts";
import { conditionSection } from "./condition_section.ts";
import { differences } from "./differences.ts";
import { type Form, readForm, TRIGGER_SECTIONS } from "./form.ts";
import { DISPLACED, formToRule } from "./form_to_rule.ts";

export interface ShownAsForm {
  form: Form;
  /** Whether the form says all that the rule says. */
  lossless: boolean;
  /** Members of the rule that the form does not say. */
  lost: string[];
  /** Members that the form writes otherwise: another spelling of the same, a default that was left out. */
  rewritten: string[];
}

/** @param rule a document, without what the server adds to it; @returns faults when it cannot be read at all */
export function ruleToForm(rule: JsonObject): ShownAsForm | Fault[] {
  const read = readForm(formOf(rule));
  if (!read.ok) return read.errors;
  const back = formToRule(read.form);
  const again = readForm(formOf(back));
  const lost = again.ok ? differences(read.form, again.form) : [""];
  const rewritten = jsonEquals(rule, back) ? [] : differences(rule, back);
  return { form: read.form, lossless: lost.length === 0, lost, rewritten };
}

function formOf(rule: JsonObject): JsonObject {
  const { trigger_spec, action_spec, ...members } = rule;
  const spec = isObject(trigger_spec) ? sectionsOf(trigger_spec) : { trigger_spec: trigger_spec ?? {} };
  return { ...members, ...spec, ...actionsOf(action_spec ?? null) };
}

function sectionsOf(spec: JsonObject): JsonObject {
  const { [DISPLACED]: displaced, ...others } = spec;
  // Anything else under that name is the user's own.
  const rest = isObject(displaced) ? others : { ...spec };
  const sections: JsonObject = {};
  const where = conditionSection.safeParse({ conditions: rest.conditions, logic: upper(rest.logic) });
  if (where.success) {
    sections.composite_condition = where.data;
    delete rest.conditions;
    delete rest.logic;
  }
  for (const [name, schema] of Object.entries(TRIGGER_SECTIONS)) {
    const read = schema.safeParse(rest[name]);
    if (!read.success || (Array.isArray(read.data) && read.data.length === 0)) continue;
    sections[name] = read.data as JsonValue;
    delete rest[name];
  }
  return { ...sections, trigger_spec: { ...rest, ...(isObject(displaced) ? displaced : {}) } };
}

/** A rule takes logic in any case. */
function upper(logic: JsonValue | undefined): JsonValue | undefined {
  return typeof logic === "string" ? logic.trim().toUpperCase() : logic;
}

function actionsOf(action: JsonValue): JsonObject {
  if (!isObject(action)) return action === null ? { actions: [] } : { action_spec: action };
  const { type, actions, ...rest } = action;
  const several = Array.isArray(actions) && (type === undefined || type === "multi_action");
  const listed = several ? actions : Object.keys(action).length === 0 ? [] : [action];
  const read = actionsSection.safeParse(listed);
  if (!read.success) return { actions: [], action_spec: action };
  return { actions: read.data, ...(several && Object.keys(rest).length > 0 && { action_spec: rest }) };
}
