/**
 * What a name means where channels are named: a channel by its id, else by its name, else all channels of that
 * type (SEMANTICS 25). Case counts for ids only.
 */
import type { Channel } from "../model/channel.ts";

export function channelsNamed(wanted: string, channels: readonly Channel[]): Channel[] {
  const byId = channels.filter((channel) => channel.channel_id === wanted);
  if (byId.length > 0) return byId;
  const name = wanted.toLowerCase();
  const byName = channels.filter((channel) => channel.name.toLowerCase() === name);
  return byName.length > 0 ? byName : channels.filter((channel) => channel.type === name);
}
