/** How failed deliveries of a channel are tried again: what its policy says, above what its type usually does. */
import { channelKind } from "../channel/mod.ts";
import type { Channel } from "../model/channel.ts";
import { type RetryPolicy, retryPolicyOf } from "../model/retry_policy.ts";

export function channelRetry({ type, policy }: Pick<Channel, "type" | "policy">): RetryPolicy {
  return retryPolicyOf(policy.retry, channelKind(type)?.patience ?? "default");
}
