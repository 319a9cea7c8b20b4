/** Every kind of channel that there is. A new kind is one new file and one line here. */
import { badRequest } from "../base/problem.ts";
import type { Channel } from "../model/channel.ts";
import type { ChannelKind } from "./channel.ts";
import { discord } from "./discord.ts";
import { email } from "./email.ts";
import { pagerduty } from "./pagerduty.ts";
import { maskConfig } from "./secrets.ts";
import { slack } from "./slack.ts";
import { sms } from "./sms.ts";
import { webhook } from "./webhook.ts";

export const channelKinds: readonly ChannelKind[] = [
  webhook,
  slack,
  discord,
  email,
  sms,
  pagerduty,
];

const byType: ReadonlyMap<string, ChannelKind> = new Map(channelKinds.map((kind) => [kind.type, kind]));

/** The kind of `type`, in any case of letters. */
export function channelKind(type: string): ChannelKind | undefined {
  return byType.get(type.toLowerCase());
}

/** The kind of a channel that is to be saved. @throws Problem 400 */
export function requireChannelKind(type: string): ChannelKind {
  const kind = channelKind(type);
  if (kind !== undefined) return kind;
  const known = channelKinds.map((one) => `"${one.type}"`).join(", ");
  throw badRequest("unknown_channel_type", `Unknown channel type: expected one of ${known}`, "/type");
}

/** `channel` as the API shows it: a config whose kind is not known shows nothing. */
export function maskSecrets(channel: Channel): Channel {
  const kind = channelKind(channel.type);
  return { ...channel, config: kind === undefined ? {} : maskConfig(kind, channel.config) };
}
