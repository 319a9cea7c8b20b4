/**
 * Members that the product knows and cannot act on yet. They are refused by name, never ignored: a rule
 * that is saved means what it says. To build a feature, give its members a schema where they stand in the
 * document and delete its entry here. Null and empty lists say that a member is absent and are accepted.
 */
import * as z from "zod";

export const NOT_SUPPORTED_YET = "not_supported_yet";

/** Members of trigger_spec by the feature that they need. */
export const TRIGGER_MEMBERS_TO_COME = {
  ...notYet("windows", ["window_config", "window"]),
  ...notYet("aggregates", ["aggregation", "aggregations", "having"]),
  ...notYet("enrichments", ["enrichments"]),
  ...notYet("patterns", ["pattern"]),
  ...notYet("anomaly rules", ["anomaly_method", "anomaly_config", "baseline_values", "baseline_window"]),
  ...notYet("schedules", ["cron", "timezone", "missed", "scheduleExpression", "interval_seconds"]),
};

export const TIME_MEMBERS_TO_COME = notYet("watermarks", [
  "watermark_delay",
  "allowed_lateness",
  "idle_after",
]);

export const RULE_MEMBERS_TO_COME = {
  ...notYet("pending and resolved alerts", ["for", "keep_firing_for"]),
  ...notYet("form documents", ["composite_condition", "actions"]),
};

export const LIMITS_TO_COME = {
  ...notYet("windows", ["events_per_window"]),
  ...notYet("patterns", ["partials_per_key"]),
};

export const NOTIFY_MEMBERS_TO_COME = {
  ...notYet("templates", ["template"]),
  ...notYet("fallback channels", ["fallback_channel", "circuit_breaker"]),
  ...notYet("routes", ["via"]),
};

export const TRIGGER_TYPES_TO_COME: readonly string[] = ["schedule", "anomaly", "pattern"];

export const ACTION_TYPES_TO_COME: readonly string[] = [
  "webhook",
  "api_script",
  "api_call",
  "trigger_rule",
  "trigger",
  "store",
  "multi_action",
];

function notYet<const M extends string>(
  feature: string,
  members: readonly M[],
): Record<M, z.ZodType<undefined, unknown>> {
  return Object.fromEntries(members.map((member) => [member, refusal(feature, member)])) as Record<
    M,
    z.ZodType<undefined, unknown>
  >;
}

function refusal(feature: string, member: string): z.ZodType<undefined, unknown> {
  return z.unknown().superRefine((value, ctx) => {
    if (isAbsent(value)) return;
    ctx.addIssue({
      code: "custom",
      message: `Cannot use "${member}": ${feature} are not supported yet`,
      params: { code: NOT_SUPPORTED_YET },
    });
  }).transform(() => undefined).optional();
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}
