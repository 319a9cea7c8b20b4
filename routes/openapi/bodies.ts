/**
 * What is sent that no noun of src/model is: calls that try something out, and documents that a route reads in parts.
 * A member that must be there is required here, and one that the server refuses as unknown is refused here;
 * test/routes/contract_test.ts holds both to the server.
 */
import * as z from "zod";
import { isObject, type JsonObject } from "../../src/base/json.ts";
import { actionTemplateDraftSchema } from "../../src/model/action_template.ts";
import { apiDefinitionSchema } from "../../src/model/api_definition.ts";
import { baselineResetSchema, baselineUploadSchema } from "../../src/model/baseline.ts";
import { channelDraftSchema } from "../../src/model/channel_draft.ts";
import { closedObject } from "../../src/model/closed_object.ts";
import { formSchema } from "../../src/model/form/mod.ts";
import { lookupSourceSchema } from "../../src/model/lookup.ts";
import { notificationPolicySchema } from "../../src/model/notification_policy.ts";
import { ruleMembers } from "../../src/model/rule.ts";
import { silenceSchema } from "../../src/model/silence_draft.ts";
import { templateDraftSchema } from "../../src/model/template.ts";
import { backtestSchema } from "../backtests.ts";
import { SIMULATED_EVENTS_MAX } from "../simulate.ts";

const object = z.record(z.string(), z.unknown());
/** A component by its name: within another schema it is named instead of repeated. */
const RULE = z.custom<JsonObject>(isObject).meta({ $ref: "#/components/schemas/RuleDraft" });

const oneOf = (...members: string[]) => ({ oneOf: members.map((name) => ({ required: [name] })) });
const anyOf = (...members: string[]) => ({ anyOf: members.map((name) => ({ required: [name] })) });

/** Of a merge patch (RFC 7396): members are those of the noun, and null takes one away. */
function patchOf({ shape }: z.ZodObject): z.ZodType {
  return closedObject(Object.fromEntries(Object.keys(shape).map((name) => [name, z.unknown().optional()])));
}

const simulation = {
  events: z.array(object).max(SIMULATED_EVENTS_MAX).optional(),
  test_payload: object.optional(),
  received_at: z.union([z.string(), z.number()]).nullish(),
  advance_to: z.union([z.string(), z.number()]).nullish(),
  call_answers: object.nullish(),
};
const preview = { test_payload: object, call_answers: object.optional() };
const call = {
  params: object.optional(),
  input: z.unknown().optional(),
  limit: z.int().min(1).max(1000).nullish(),
};
const condition = z.strictObject({ condition: object, test_payload: object.optional() });
const api = apiDefinitionSchema.shape;
const channel = channelDraftSchema.in.shape;
const rows = z.array(object);

export const BODIES = {
  EventsBody: z.union([object, z.array(object)]),
  SimulationDraft: z.strictObject({ rule: RULE, ...simulation }).meta(oneOf("events", "test_payload")),
  StoredSimulationDraft: z.strictObject({ rule: RULE.optional(), ...simulation })
    .meta(oneOf("events", "test_payload")),
  BacktestDraft: closedObject({ ...backtestSchema.shape, rule: RULE }),
  StoredBacktestDraft: closedObject({ ...backtestSchema.shape, rule: RULE.optional() }),
  ConditionCheck: condition,
  ValidationDraft: z.union([RULE, condition, object]),
  FormConversion: z.strictObject({ form: formSchema.optional(), rule: RULE.optional() })
    .meta(oneOf("form", "rule")),
  PreviewDraft: z.strictObject({
    ...{ rule: RULE.optional(), trigger_spec: object.optional(), condition: object.optional() },
    ...preview,
  }).meta(oneOf("rule", "trigger_spec", "condition")),
  StoredPreviewDraft: z.strictObject(preview),
  TriggerDraft: z.looseObject({ payload: object.nullish() }),
  ResumeDraft: z.strictObject({ from: z.enum(["quarantine", "now"]).optional() }),
  AckDraft: z.strictObject({ by: z.string().min(1).nullish() }),
  BaselineReset: baselineResetSchema,
  BaselineUpload: baselineUploadSchema,
  ChannelTest: closedObject({ ...channel, name: channel.name.optional() }),
  TemplatePreview: z.strictObject({ context: object.optional(), alert_id: z.string().optional() }),
  ActionTemplateExpansion: z.looseObject({ with: object.optional() }),
  ApiCall: z.strictObject(call),
  ApiDryRun: z.strictObject({
    ...{ type: api.type.optional(), logic: api.logic, runtime_policy: api.runtime_policy },
    ...call,
  }),
  LookupUpload: z.union([
    rows,
    z.strictObject({ key: z.string().min(1).nullish(), rows }),
    z.strictObject({ key: z.string().nullish(), source: lookupSourceSchema }),
  ]),
  SilenceDraft: silenceSchema.meta({
    allOf: [anyOf("ends_at", "duration"), anyOf("matchers", "matcher_sets")],
  }),
  SilencePreview: silenceSchema.meta(anyOf("matchers", "matcher_sets")),
  RulePatch: patchOf(ruleMembers("save", "event")),
  ChannelPatch: patchOf(channelDraftSchema.in),
  TemplatePatch: patchOf(templateDraftSchema.in),
  ActionTemplatePatch: patchOf(actionTemplateDraftSchema),
  ApiPatch: patchOf(apiDefinitionSchema),
  PolicyPatch: patchOf(notificationPolicySchema),
} satisfies Record<string, z.ZodType>;
