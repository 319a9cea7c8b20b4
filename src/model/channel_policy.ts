/** What a channel is sent beyond its settings. Members to come are refused by name, never ignored. */
import * as z from "zod";
import type { JsonObject } from "../base/json.ts";
import type { Channel } from "./channel.ts";
import { closedObject } from "./closed_object.ts";
import { POLICY_MEMBERS_TO_COME } from "./not_supported_yet.ts";
import { readTimeInterval } from "./time_interval.ts";

export const MAX_PER_HOUR_MAX = 10_000;
const QUIET_HOURS_MAX = 50;

/** Time intervals as written, once they were found to be ones. */
const writtenIntervals = z.array(
  z.record(z.string(), z.unknown()).superRefine((given, ctx) => {
    const read = readTimeInterval(given);
    if (read.ok) return;
    const { path, code, message } = read.fault;
    ctx.addIssue({ code: "custom", path, message, params: { code } });
  }),
).max(QUIET_HOURS_MAX);

export const channelPolicySchema = closedObject({
  send_resolved: z.boolean().nullish(),
  /** 0: no limit. */
  max_per_hour: z.number().int().min(0).max(MAX_PER_HOUR_MAX).nullish(),
  quiet_hours: writtenIntervals.nullish(),
  ...POLICY_MEMBERS_TO_COME,
}).transform(({ send_resolved, max_per_hour, quiet_hours, ...others }): JsonObject => {
  const own = Object.entries(others).filter(([name]) => name.startsWith("x-"));
  return {
    send_resolved: send_resolved ?? false,
    ...(max_per_hour && { max_per_hour }),
    ...(quiet_hours?.length && { quiet_hours: quiet_hours as JsonObject[] }),
    ...Object.fromEntries(own) as JsonObject,
  };
});

/** Whether the channel is told that an alert is resolved. */
export function sendsResolved({ policy }: Pick<Channel, "policy">): boolean {
  return policy.send_resolved === true;
}
