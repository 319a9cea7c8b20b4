/**
 * The nouns of the document, by the names that it gives them: what is sent as src/model reads it, and what is
 * answered. Answers may gain members, so their schemas are loose; what a schema lists is always there.
 */
import * as z from "zod";
import { actionTemplateDraftSchema } from "../../src/model/action_template.ts";
import { alertSchema, severitySchema } from "../../src/model/alert.ts";
import { apiDefinitionSchema } from "../../src/model/api_definition.ts";
import { channelDraftSchema } from "../../src/model/channel_draft.ts";
import { notificationPolicySchema } from "../../src/model/notification_policy.ts";
import { routingSchema } from "../../src/model/routing.ts";
import { ruleMembers } from "../../src/model/rule.ts";
import { secretDraftSchema } from "../../src/model/secret.ts";
import { templateDraftSchema } from "../../src/model/template.ts";
import { MASK } from "../../src/channel/mod.ts";
import { DELIVERY_STATES } from "../../src/store/delivery_states.ts";
import { redriveSchema } from "../deliveries.ts";
import { inhibitionSchema } from "../inhibitions.ts";
import { routeTestSchema } from "../routing.ts";
import { BODIES } from "./bodies.ts";

const text = z.string();
const count = z.number().int();
const object = z.record(text, z.unknown());
const fault = z.looseObject({ pointer: text, code: text, message: text });

const rule = z.looseObject({
  rule_id: text,
  rule_name: text,
  trigger_type: text,
  trigger_spec: object,
  version: count,
  effective: object,
});

const event = z.looseObject({ offset: count, topic: text, received_at: text, event: object });

const delivery = z.looseObject({
  delivery_id: text,
  alert_id: text,
  rule_id: text,
  channel_id: text,
  state: z.enum(DELIVERY_STATES),
  created_at: text,
  next_attempt_at: text.nullable(),
  attempts: z.array(object),
  attempts_total: count,
});

const channel = z.looseObject({
  channel_id: text,
  name: text,
  type: text,
  config: object,
  enabled: z.boolean(),
  version: count,
});

const texts = z.array(text);
const secret = z.looseObject({
  ...{ name: text, value: z.literal(MASK), hosts: texts, description: text },
  ...{ version: count, created_at: text, updated_at: text },
});

const problem = z.looseObject({
  type: text,
  title: text,
  status: count,
  code: text,
  detail: text,
  errors: z.array(fault).optional(),
});

/** Every component, by its name. Names of drafts end in Draft. */
export const COMPONENTS = {
  Problem: problem,
  Fault: fault,
  RuleDraft: ruleMembers("save", "event"),
  Rule: rule,
  RuleSaved: rule.extend({ warnings: z.array(fault) }),
  RuleVersion: z.looseObject({
    ...{ rule_id: text, version: count, change: text, is_active: z.boolean(), saved_at: text, rule: object },
  }),
  Validation: z.looseObject({ valid: z.boolean(), errors: z.array(fault), warnings: z.array(fault) }),
  Simulation: z.looseObject({
    would_execute: z.boolean(),
    alerts: z.array(object),
    warnings: z.array(z.unknown()),
  }),
  Backtest: z.looseObject({ backtest_id: text }),
  EventsTaken: z.looseObject({
    ...{ accepted: count, duplicates: count, first_offset: count.nullable(), last_offset: count.nullable() },
  }),
  Event: event,
  Alert: alertSchema,
  AlertSummary: z.looseObject({ unacked_count: count, by_severity: z.partialRecord(severitySchema, count) }),
  Delivery: delivery,
  RedriveDraft: redriveSchema,
  Redriven: z.looseObject({
    redriven: count,
    remaining: count,
    reasons: z.array(object),
    delivery_ids: z.array(text),
  }),
  ChannelDraft: channelDraftSchema,
  Channel: channel,
  ApiDraft: apiDefinitionSchema,
  Api: z.looseObject({ api_id: text, api_name: text, type: text, logic: text, version: count }),
  SecretDraft: secretDraftSchema,
  Secret: secret,
  SecretUsed: secret.extend({
    used_by: z.object({ rules: texts, apis: texts, lookups: texts, action_templates: texts }),
  }),
  TemplateDraft: templateDraftSchema,
  ActionTemplateDraft: actionTemplateDraftSchema,
  RoutingDraft: routingSchema,
  RouteTestDraft: routeTestSchema,
  InhibitionDraft: inhibitionSchema,
  PolicyDraft: notificationPolicySchema,
  ...BODIES,
} satisfies Record<string, z.ZodType>;

/** One page of a list. */
export function pageOf(item: z.ZodType): z.ZodType {
  return z.looseObject({ items: z.array(item), next_cursor: z.string().nullable() });
}
