/** What a channel is sent beyond its settings, and how. Members to come are refused by name, never ignored. */
import * as z from "zod";
import { isObject, type JsonObject } from "../base/json.ts";
import type { Channel } from "./channel.ts";
import { closedObject } from "./closed_object.ts";
import { durationText } from "./duration_text.ts";
import { shortText } from "./field_name.ts";
import { POLICY_MEMBERS_TO_COME } from "./not_supported_yet.ts";
import { retrySchema } from "./retry_policy.ts";
import { readTimeInterval } from "./time_interval.ts";

export const MAX_PER_HOUR_MAX = 10_000;
const QUIET_HOURS_MAX = 50;
const NAME_CHARACTERS_MAX = 200;
const RATE_MAX = 10_000;
const THRESHOLD_MAX = 1000;
const RECOVERY_MS_MAX = 3_600_000;

/** Time intervals as written, once they were found to be ones. */
const writtenIntervals = z.array(
  z.record(z.string(), z.unknown()).superRefine((given, ctx) => {
    const read = readTimeInterval(given);
    if (read.ok) return;
    const { path, code, message } = read.fault;
    ctx.addIssue({ code: "custom", path, message, params: { code } });
  }),
).max(QUIET_HOURS_MAX);

const rateLimitSchema = closedObject({
  per_second: z.number().positive().max(RATE_MAX).optional(),
  per_minute: z.number().positive().max(60 * RATE_MAX).optional(),
  /** Messages that may go at once after a quiet time. */
  burst: z.number().int().min(1).max(RATE_MAX).optional(),
}).superRefine(({ per_second, per_minute }, ctx) => {
  if ((per_second === undefined) !== (per_minute === undefined)) return;
  const message = "Cannot use rate_limit: expected per_second or per_minute, one of the two";
  ctx.addIssue({ code: "custom", message, params: { code: "required" } });
});

const recovery = z.unknown().transform((given, ctx): number => {
  const read = durationText.safeParse(given);
  if (read.success && read.data > 0 && read.data <= RECOVERY_MS_MAX) return read.data;
  const message = "expected a duration of at most 1h";
  ctx.addIssue({ code: "custom", message, params: { code: "invalid_duration" } });
  return z.NEVER;
});

const breakerSchema = closedObject({
  enabled: z.boolean().optional(),
  failure_threshold: z.number().int().min(1).max(THRESHOLD_MAX).optional(),
  recovery_timeout: recovery.optional(),
  recovery_timeout_seconds: z.number().int().min(1).max(RECOVERY_MS_MAX / 1000).optional(),
  success_threshold: z.number().int().min(1).max(THRESHOLD_MAX).optional(),
}).superRefine(({ recovery_timeout, recovery_timeout_seconds }, ctx) => {
  if (recovery_timeout === undefined || recovery_timeout_seconds === undefined) return;
  const message = "Cannot use recovery_timeout together with recovery_timeout_seconds";
  ctx.addIssue({ code: "custom", path: ["recovery_timeout"], message, params: { code: "conflict" } });
});

export const channelPolicySchema = closedObject({
  send_resolved: z.boolean().nullish(),
  /** 0: no limit. */
  max_per_hour: z.number().int().min(0).max(MAX_PER_HOUR_MAX).nullish(),
  quiet_hours: writtenIntervals.nullish(),
  retry: retrySchema.nullish(),
  rate_limit: asWritten(rateLimitSchema).nullish(),
  circuit_breaker: asWritten(breakerSchema).nullish(),
  fallback_channel: shortText(NAME_CHARACTERS_MAX).nullish(),
  ...POLICY_MEMBERS_TO_COME,
}).transform(({ send_resolved, max_per_hour, quiet_hours, ...others }): JsonObject => {
  const { retry, rate_limit, circuit_breaker, fallback_channel, ...rest } = others;
  const own = Object.entries(rest).filter(([name]) => name.startsWith("x-"));
  return {
    send_resolved: send_resolved ?? false,
    ...(max_per_hour && { max_per_hour }),
    ...(quiet_hours?.length && { quiet_hours: quiet_hours as JsonObject[] }),
    ...(retry && { retry: retry as JsonObject }),
    ...(rate_limit && { rate_limit: rate_limit as JsonObject }),
    ...(circuit_breaker && { circuit_breaker: circuit_breaker as JsonObject }),
    ...(fallback_channel && { fallback_channel }),
    ...Object.fromEntries(own) as JsonObject,
  };
});

/** Checks by a schema and keeps the document as it was written. */
function asWritten(schema: z.ZodType): z.ZodType<Record<string, unknown>> {
  return z.record(z.string(), z.unknown()).superRefine((given, ctx) => {
    const read = schema.safeParse(given, { reportInput: true });
    if (!read.success) ctx.issues.push(...read.error.issues as z.core.$ZodRawIssue[]);
  });
}

/** Whether the channel is told that an alert is resolved. */
export function sendsResolved({ policy }: Pick<Channel, "policy">): boolean {
  return policy.send_resolved === true;
}

/** A token bucket. */
export interface RateLimit {
  per_second: number;
  burst: number;
}

/** null: the channel has no limit. */
export function rateLimitOf({ policy }: Pick<Channel, "policy">): RateLimit | null {
  if (!isObject(policy.rate_limit)) return null;
  const { per_second, per_minute, burst } = rateLimitSchema.parse(policy.rate_limit);
  return { per_second: per_second ?? per_minute! / 60, burst: burst ?? 1 };
}

/** After so many failures in a row nothing is sent for a while, then so many successes must follow each other. */
export interface Breaker {
  failures: number;
  recovery_ms: number;
  successes: number;
}

/** The reference system's (compat/notifications.json). */
export const BREAKER_DEFAULT: Breaker = { failures: 5, recovery_ms: 60_000, successes: 2 };

/** null: it is switched off. */
export function breakerOf({ policy }: Pick<Channel, "policy">): Breaker | null {
  if (!isObject(policy.circuit_breaker)) return BREAKER_DEFAULT;
  const written = breakerSchema.parse(policy.circuit_breaker);
  if (written.enabled === false) return null;
  const seconds = written.recovery_timeout_seconds;
  return {
    failures: written.failure_threshold ?? BREAKER_DEFAULT.failures,
    recovery_ms: written.recovery_timeout ??
      (seconds === undefined ? BREAKER_DEFAULT.recovery_ms : 1000 * seconds),
    successes: written.success_threshold ?? BREAKER_DEFAULT.successes,
  };
}

/** Id, name or type of the channel that is sent what this one could not deliver; null: none. */
export function fallbackOf({ policy }: Pick<Channel, "policy">): string | null {
  return typeof policy.fallback_channel === "string" ? policy.fallback_channel : null;
}
