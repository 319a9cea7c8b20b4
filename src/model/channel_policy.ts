/** What a channel is sent beyond its settings. Members to come are refused by name, never ignored. */
import * as z from "zod";
import type { JsonObject } from "../base/json.ts";
import type { Channel } from "./channel.ts";
import { closedObject } from "./closed_object.ts";
import { POLICY_MEMBERS_TO_COME } from "./not_supported_yet.ts";

export const channelPolicySchema = closedObject({
  send_resolved: z.boolean().nullish(),
  ...POLICY_MEMBERS_TO_COME,
}).transform(({ send_resolved, ...others }): JsonObject => {
  const own = Object.entries(others).filter(([name]) => name.startsWith("x-"));
  return { send_resolved: send_resolved ?? false, ...Object.fromEntries(own) as JsonObject };
});

/** Whether the channel is told that an alert is resolved. */
export function sendsResolved({ policy }: Pick<Channel, "policy">): boolean {
  return policy.send_resolved === true;
}
