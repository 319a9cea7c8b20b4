/**
 * The section `actions` of a form: a list, in the order in which they run. The members that a page has inputs
 * for are checked; further ones are kept as they are and told of by the rule that is made of them.
 */
import * as z from "zod";
import { isObject, type JsonObject } from "../../base/json.ts";
import { readAs, type Report } from "../read_as.ts";
import { requireMembers, written } from "./_written.ts";

const TYPES = [
  ...["webhook", "notify", "trigger", "trigger_rule", "store", "api_script", "api_call"] as const,
] as const;
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
const text = z.string().regex(/\S/, "text that is not blank").nullish();
const map = z.record(z.string(), z.unknown()).nullish();

const NEEDED: Readonly<Record<typeof TYPES[number], readonly string[]>> = {
  webhook: ["endpoint"],
  notify: [],
  trigger: ["target_rule_id"],
  trigger_rule: ["rule_id"],
  store: [],
  api_script: ["api_id"],
  api_call: [],
};

const actionSection: z.ZodType<JsonObject> = readAs(
  z.looseObject({
    type: z.enum(TYPES).nullish(),
    endpoint: text,
    method: z.enum(METHODS).nullish(),
    headers: map,
    params: map,
    channels: z.array(z.string()).nullish(),
    message: z.string().nullish(),
    ...{ target_rule_id: text, rule_id: text, api_id: text, table: text, topic: text },
  }),
  ({ id: _, ...members }, report: Report): JsonObject => {
    const type = members.type ?? "webhook";
    const section: JsonObject = { ...withoutEmptyMaps(written(members)), type };
    checkNeeds(section, type, report);
    return section;
  },
);

export const actionsSection: z.ZodType<JsonObject[]> = z.array(actionSection);

function checkNeeds(section: JsonObject, type: typeof TYPES[number], report: Report): void {
  const twin = type === "trigger" ? "rule_id" : type === "trigger_rule" ? "target_rule_id" : null;
  if (twin === null || section[twin] === undefined) requireMembers(section, NEEDED[type], report);
  const { channels, via, table, topic } = section;
  if (type === "notify" && via === undefined && !(Array.isArray(channels) && channels.length > 0)) {
    report(["channels"], "required", "channels is required: name at least one");
  }
  if (type === "store" && table === undefined && topic === undefined) {
    report(["table"], "required", "table or topic is required");
  }
}

/** Empty maps of headers and parameters say nothing. */
function withoutEmptyMaps({ headers, params, ...others }: JsonObject): JsonObject {
  return {
    ...others,
    ...(headers !== undefined && !isEmpty(headers) && { headers }),
    ...(params !== undefined && !isEmpty(params) && { params }),
  };
}

function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}
