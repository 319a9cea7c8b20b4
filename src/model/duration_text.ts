/** Schema of durations in documents: text with units ("5m", "1h30m", "250ms"), read as ms. */
import * as z from "zod";
import { formatDuration, parseDuration } from "../base/duration.ts";
import { shown } from "./faults.ts";

/** 366 days. */
export const DURATION_MS_MAX = 366 * 86_400_000;

export const durationText = z.unknown().transform((given, ctx): number => {
  const ms = typeof given === "string" ? parseDuration(given.trim()) : undefined;
  if (ms !== undefined && ms <= DURATION_MS_MAX) return ms;
  ctx.addIssue({
    code: "custom",
    message:
      `Cannot use ${shown(given)} as a duration: expected text like "5m", "1h30m" or "250ms", at most ` +
      formatDuration(DURATION_MS_MAX),
    params: { code: "invalid_duration" },
  });
  return z.NEVER;
});
