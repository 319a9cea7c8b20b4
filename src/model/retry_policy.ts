/**
 * When a channel's failed deliveries are tried again: a profile by name, or members that stand above one.
 *
 * `default` is SEMANTICS 30: four attempts within seconds, then a dead letter that somebody looks at. `patient` is
 * for receivers that are away for a night and take what is late, as mail servers queue mail: RFC 5321, 4.5.4.1,
 * wants hosts that cannot be reached tried again at intervals of half an hour, for days.
 */
import * as z from "zod";
import { formatDuration } from "../base/duration.ts";
import { closedObject } from "./closed_object.ts";
import { durationText } from "./duration_text.ts";

/** Durations in ms. */
export interface RetryPolicy {
  initialMs: number;
  factor: number;
  capMs: number;
  /** Share of the wait that chance adds or takes, at most. */
  jitter: number;
  retriesMax: number;
  /** Where the provider defers without saying for how long. */
  deferralMs: number;
  /** A delivery expires this long after it was made or redriven. */
  lifeMs: number;
}

export type RetryProfile = "default" | "patient";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const RETRY_PROFILES: Readonly<Record<RetryProfile, RetryPolicy>> = {
  default: {
    initialMs: SECOND_MS,
    factor: 2,
    capMs: 5 * MINUTE_MS,
    jitter: 0.1,
    retriesMax: 3,
    deferralMs: 30 * SECOND_MS,
    lifeMs: DAY_MS,
  },
  // 1, 2, 4 s ... 17 min and then each half hour: the life ends it, after some 150 attempts.
  patient: {
    initialMs: SECOND_MS,
    factor: 2,
    capMs: 30 * MINUTE_MS,
    jitter: 0.1,
    retriesMax: 1000,
    deferralMs: 30 * SECOND_MS,
    lifeMs: 3 * DAY_MS,
  },
};

export const RETRIES_MAX = 1000;
const FACTOR_MAX = 10;
const WAIT_MS_MAX = DAY_MS;
const LIFE_MS_MAX = 30 * DAY_MS;

const profileName = z.enum(["default", "patient"]);

/** A duration as written, within bounds. */
function duration(min: number, max: number): z.ZodType<string> {
  return z.string().superRefine((given, ctx) => {
    const read = durationText.safeParse(given);
    if (read.success && read.data >= min && read.data <= max) return;
    const message = read.success
      ? `Cannot use "${given}": expected ${formatDuration(min)} to ${formatDuration(max)}`
      : read.error.issues[0]!.message;
    ctx.addIssue({ code: "custom", message, params: { code: "invalid_duration" } });
  });
}

/** As written: the name of a profile, or members. */
export const retrySchema = z.union([
  profileName,
  closedObject({
    profile: profileName.optional(),
    max_retries: z.number().int().min(0).max(RETRIES_MAX).optional(),
    initial_delay: duration(1, WAIT_MS_MAX).optional(),
    multiplier: z.number().min(1).max(FACTOR_MAX).optional(),
    max_delay: duration(1, WAIT_MS_MAX).optional(),
    expires_after: duration(SECOND_MS, LIFE_MS_MAX).optional(),
  }),
]);

export type Retry = z.infer<typeof retrySchema>;

/** What was written, above the profile that it names or `usual`. */
export function retryPolicyOf(written: unknown, usual: RetryProfile): RetryPolicy {
  // Asked twice a delivery, and most channels say nothing.
  if (written === undefined) return RETRY_PROFILES[usual];
  const read = retrySchema.safeParse(written);
  if (!read.success) return RETRY_PROFILES[usual];
  if (typeof read.data === "string") return RETRY_PROFILES[read.data];
  const { profile = usual, max_retries, initial_delay, multiplier, max_delay, expires_after } = read.data;
  const base = RETRY_PROFILES[profile];
  const ms = (text: string | undefined, otherwise: number) =>
    text === undefined ? otherwise : durationText.parse(text);
  const initialMs = ms(initial_delay, base.initialMs);
  return {
    ...base,
    initialMs,
    factor: multiplier ?? base.factor,
    capMs: Math.max(ms(max_delay, base.capMs), max_delay === undefined ? initialMs : 0),
    retriesMax: max_retries ?? base.retriesMax,
    lifeMs: ms(expires_after, base.lifeMs),
  };
}

/** What a policy comes to, as `effective` shows it. */
export function shownRetry(policy: RetryPolicy): Record<string, string | number> {
  return {
    max_retries: policy.retriesMax,
    initial_delay: formatDuration(policy.initialMs),
    multiplier: policy.factor,
    max_delay: formatDuration(policy.capMs),
    expires_after: formatDuration(policy.lifeMs),
  };
}
