/** Channels in memory, in the order of their creation. */
import { assert } from "../../base/assert.ts";
import type { Channel } from "../../model/channel.ts";
import { type ChannelRows, NameTakenError } from "../channel_store.ts";
import { foldCase } from "../rule_facets.ts";
import { VersionConflictError } from "../rule_store.ts";

export function createChannelStore(): ChannelRows {
  const channels = new Map<string, Channel>();

  const requireFree = (channel: Channel) => {
    const taken = [...channels.values()].some((other) =>
      other.channel_id !== channel.channel_id && foldCase(other.name) === foldCase(channel.name)
    );
    if (!taken) return;
    throw new NameTakenError(`Cannot name a channel "${channel.name}": another channel has this name`);
  };
  const requireNext = ({ channel_id, name, version }: Channel) => {
    if (channels.get(channel_id)?.version === version - 1) return;
    throw new VersionConflictError(
      `Cannot save channel "${name}" as version ${version}: its version is not ${version - 1}`,
    );
  };

  return {
    // deno-lint-ignore require-await -- a throw must reject
    create: async (channel) => {
      requireFree(channel);
      assert(!channels.has(channel.channel_id), "channel ids are unique");
      channels.set(channel.channel_id, structuredClone(channel));
    },
    // deno-lint-ignore require-await -- a throw must reject
    update: async (channel) => {
      requireFree(channel);
      requireNext(channel);
      channels.set(channel.channel_id, structuredClone(channel));
    },
    delete: (channelId) => Promise.resolve(channels.delete(channelId)),
    get: (channelId) => Promise.resolve(structuredClone(channels.get(channelId))),
    list: () => Promise.resolve(structuredClone([...channels.values()])),
    setLastTest: (channelId, test) => {
      const channel = channels.get(channelId);
      if (channel !== undefined) channel.last_test = { ...test };
      return Promise.resolve();
    },
    rewrite: (configs) => {
      const held = configs.filter(({ channel_id, version }) => channels.get(channel_id)?.version === version);
      for (const { channel_id, config } of held) channels.get(channel_id)!.config = structuredClone(config);
      return Promise.resolve(held.length);
    },
    wipe: () => Promise.resolve(true),
  };
}
