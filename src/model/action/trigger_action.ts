/** Runs another rule on a payload, with its actions: `trigger_rule`, or as the reference system's form writes it, `trigger`. */
import * as z from "zod";
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";
import { closedObject } from "../closed_object.ts";
import type { Templated } from "../templated.ts";
import { refusing, type StepCommon, stepCommon, stepMembers, writtenCommon } from "./step_members.ts";
import { compiler } from "./webhook_action.ts";

const RULE_ID_CHARACTERS_MAX = 200;
const RUN_TIMEOUT_MS = 30_000;

export interface TriggerAction extends StepCommon {
  type: "trigger_rule";
  rule_id: string;
  /** Null: the target sees an empty event, or asks its endpoint. */
  payload: Templated | null;
  written: JsonObject;
}

const ruleId = z.string().trim().max(RULE_ID_CHARACTERS_MAX).nullish();
/** An object, or one place that gives an object: "{{ event }}". */
const payload = z.custom<JsonObject | string>(
  (given) => isObject(given) || (typeof given === "string" && /^\{\{[^{}]*\}\}$/.test(given.trim())),
  { error: 'expected an object, or a place that gives one: "{{ event }}"' },
).nullish();

export const triggerActionSchema = closedObject({
  ...stepMembers,
  rule_id: ruleId,
  target_rule_id: ruleId,
  payload,
}).transform((spec, ctx): TriggerAction => {
  const refuse = refusing(ctx);
  const rule_id = spec.rule_id || spec.target_rule_id || "";
  if (rule_id === "") refuse(["rule_id"], "rule_id is required", "required");
  const given = spec.payload ?? null;
  const common = stepCommon(spec, refuse, RUN_TIMEOUT_MS);
  return {
    ...common,
    type: "trigger_rule",
    rule_id,
    payload: given === null ? null : compiler(refuse)("payload", given as JsonValue),
    written: { type: "trigger_rule", rule_id, payload: given, ...writtenCommon(common) },
  };
});
