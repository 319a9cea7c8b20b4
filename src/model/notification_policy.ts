/**
 * A notification policy, as the reference system knows it (compat/notifications.json): a threshold on a figure of the
 * polling snapshots, and where it is told. It is kept as what it comes to, a rule over the topic of snapshots with a
 * webhook of its own; this is how it is written and what rule it makes. Pure.
 */
import * as z from "zod";
import { POLLING_TOPIC } from "../base/poll_topic.ts";
import type { JsonObject } from "../base/json.ts";
import { invalid } from "../base/problem.ts";
import { severitySchema } from "./alert.ts";
import { closedObject } from "./closed_object.ts";
import { faultsOf } from "./faults.ts";
import { shortText } from "./field_name.ts";

const NAME_CHARACTERS_MAX = 200;
const ID_CHARACTERS_MAX = 100;
const CHANNELS_MAX = 50;
const WINDOW_MINUTES_MAX = 1440;
const COOLDOWN_SECONDS_MAX = 30 * 86_400;
const PER_HOUR_MAX = 10_000;
export const COOLDOWN_SECONDS = 300;
export const PER_HOUR = 20;

/** What ids of the rules that policies are begin with. */
export const POLICY_RULES = "policy.";

/** The policy that a rule is; null: it is a rule of its own. */
export function policyIdOf(ruleId: string): string | null {
  return ruleId.startsWith(POLICY_RULES) ? ruleId.slice(POLICY_RULES.length) : null;
}

/** The figures of a snapshot that a policy may look at. */
export const SNAPSHOT_FIELDS = [
  "matched_count",
  "fail_count",
  "skipped_count",
  "evaluated_count",
  "rule_count",
  "tick_duration_ms",
] as const;

const triggerSchema = closedObject({
  type: z.literal("snapshot_threshold").default("snapshot_threshold"),
  window_minutes: z.number().int().min(1).max(WINDOW_MINUTES_MAX).default(5),
  field: z.enum(SNAPSHOT_FIELDS),
  op: z.enum([">", ">=", "<", "<=", "==", "="]).default(">="),
  value: z.number(),
  severity: z.union([severitySchema, z.literal("warn")]).nullish(),
});

const limitsSchema = closedObject({
  cooldown_seconds: z.number().int().min(0).max(COOLDOWN_SECONDS_MAX).default(COOLDOWN_SECONDS),
  max_per_hour: z.number().int().min(0).max(PER_HOUR_MAX).default(PER_HOUR),
});

const schema = closedObject({
  policy_id: shortText(ID_CHARACTERS_MAX).nullish(),
  name: shortText(NAME_CHARACTERS_MAX),
  channel: z.literal("webhook").nullish(),
  webhook_url: z.string().nullish(),
  headers: z.record(z.string(), z.string()).nullish(),
  channels: z.array(shortText(NAME_CHARACTERS_MAX)).min(1).max(CHANNELS_MAX).nullish(),
  rule_id: z.string().nullish(),
  trigger: triggerSchema,
  policy: limitsSchema.prefault({}),
  is_active: z.boolean().nullish(),
  // Members of an answer that a client may send back.
  dedup_key: z.unknown().optional(),
  version: z.unknown().optional(),
  created_at: z.unknown().optional(),
  updated_at: z.unknown().optional(),
}).superRefine(({ webhook_url, channels }, ctx) => {
  if (Boolean(webhook_url) !== Boolean(channels)) return;
  const message = channels
    ? "Cannot use webhook_url together with channels"
    : "webhook_url is required, or channels";
  ctx.addIssue({
    code: "custom",
    path: ["webhook_url"],
    message,
    params: { code: channels ? "conflict" : "required" },
  });
}).meta({ anyOf: [{ required: ["webhook_url"] }, { required: ["channels"] }] });

export type NotificationPolicy = z.infer<typeof schema>;

/** @throws Problem 400 */
export function readNotificationPolicy(document: unknown): NotificationPolicy {
  const result = schema.safeParse(document, { reportInput: true });
  if (result.success) return result.data;
  throw invalid(faultsOf(result.error));
}

/** `<id>:<type>:<field>:<op>:<value>`, the value with at least one digit behind its point. */
export function policyDedupKey(
  policyId: string,
  { type, field, op, value }: NotificationPolicy["trigger"],
): string {
  return [policyId, type, field, op, Number.isInteger(value) ? value.toFixed(1) : String(value)].join(":");
}

/** The rule that a policy is. `channels` by id or name. */
export function policyRule(
  policyId: string,
  ruleId: string,
  policy: NotificationPolicy,
  channels: readonly string[],
): JsonObject {
  const { trigger, policy: limits, name, is_active, rule_id } = policy;
  const { field, op, value, severity } = trigger;
  return {
    rule_id: ruleId,
    rule_name: name,
    tags: ["policy"],
    severity: severity === "warn" ? "warning" : severity ?? "warning",
    is_active: is_active ?? true,
    trigger_type: "event",
    trigger_spec: { topics: [POLLING_TOPIC], conditions: [{ field, op, value }] },
    labels: { policy_dedup_key: policyDedupKey(policyId, trigger) },
    ...(limits.cooldown_seconds > 0 && { cooldown: `${limits.cooldown_seconds}s` }),
    action_spec: {
      type: "notify",
      channels: [...channels],
      message: `{{ event.${field} }} ${field} in the minute up to {{ event.tick_at }} (${op} ${value})`,
    },
    "x-policy": {
      ...(policy.channels && { channels: policy.channels }),
      trigger: trigger as JsonObject,
      policy: limits as JsonObject,
      rule_id: rule_id ?? null,
    },
  };
}
export { schema as notificationPolicySchema };
