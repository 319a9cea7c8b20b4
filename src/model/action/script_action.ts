/**
 * Runs an API definition of this server: `api_script` one of type script, `api_call` one of any type
 * (compat/actions.json). Which definition it is, and whether it may run, is looked at when it runs.
 */
import * as z from "zod";
import type { JsonObject, JsonValue } from "../../base/json.ts";
import { closedObject } from "../closed_object.ts";
import { shortText } from "../field_name.ts";
import type { Templated } from "../templated.ts";
import {
  ACTION_TIMEOUT_MS_MAX,
  refusing,
  type StepCommon,
  stepCommon,
  stepMembers,
  writtenCommon,
} from "./step_members.ts";
import { compiler, jsonObject } from "./webhook_action.ts";

const API_ID_CHARACTERS_MAX = 200;

export interface ScriptAction extends StepCommon {
  type: "api_script" | "api_call";
  api_id: string;
  params: Templated;
  input: Templated;
  written: JsonObject;
}

export function scriptActionSchema(type: ScriptAction["type"]) {
  return closedObject({
    ...stepMembers,
    api_id: z.string({ error: "api_id is required" }).min(1, { error: "api_id is required" })
      .pipe(shortText(API_ID_CHARACTERS_MAX)),
    params: jsonObject.nullish(),
    input: z.unknown().optional(),
    ...(type === "api_call" && {
      cache: z.literal(false, "answers are not cached: ask an api_call enrichment instead").nullish(),
      cache_ttl_seconds: z.number().nullish(),
    }),
  }).transform((spec, ctx): ScriptAction => {
    const { api_id } = spec;
    const [params, input] = [spec.params ?? {}, (spec.input ?? null) as JsonValue];
    const refuse = refusing(ctx);
    const compiled = compiler(refuse);
    // Its own policy is shorter, unless somebody has made it longer.
    const common = stepCommon(spec, refuse, ACTION_TIMEOUT_MS_MAX);
    return {
      ...common,
      ...{ type, api_id, params: compiled("params", params), input: compiled("input", input) },
      written: { type, api_id, params, input, ...writtenCommon(common) },
    };
  });
}
