/**
 * A channel store whose secrets lie sealed in the store underneath: they are sealed on the way in and opened
 * on the way out, each bound to its channel and field. Who uses it sees channels as they are.
 *
 * A channel with a secret that no key opens comes out with that secret blank and `unusable` saying why, so
 * that the others go on. Saving it anew with its secrets mends it.
 */
import type { Clock } from "../base/clock.ts";
import { isObject, jsonEquals, type JsonObject } from "../base/json.ts";
import type { Keyring } from "../base/sealing.ts";
import type { Channel } from "../model/channel.ts";
import type { ChannelConfig, ChannelRows, ChannelStore } from "./channel_store.ts";
import { resealed, resealRows } from "./resealing.ts";

export interface SealedChannels extends ChannelStore {
  /** Seals anew what is not sealed by the first key; how many channels that were. */
  reseal(signal: AbortSignal): Promise<number>;
}

export interface SealedChannelsParts {
  rows: ChannelRows;
  keyring: Keyring;
  clock: Clock;
  /** The members of a config of this type of channel that are secret. */
  secretFields(type: string): readonly string[];
}

type Change = (text: string, place: readonly string[]) => string;

export function sealChannels({ rows, keyring, clock, secretFields }: SealedChannelsParts): SealedChannels {
  const change = ({ channel_id, type, config }: Channel, one: Change) =>
    changeTexts(config, secretFields(type), (text, path) => one(text, [channel_id, ...path]));
  const sealed = ({ unusable: _, ...channel }: Channel): Channel => ({
    ...channel,
    config: change(channel, keyring.seal),
  });
  const opened = (channel: Channel): Channel => {
    const problems: string[] = [];
    const config = change(channel, (text, place) => {
      const secret = keyring.open(text, place);
      if (secret.ok) return secret.text;
      problems.push(`secret cannot be opened: ${secret.why}`);
      return "";
    });
    return { ...channel, config, ...(problems.length > 0 && { unusable: problems[0]! }) };
  };
  const renewed = (channel: Channel): ChannelConfig | undefined => {
    const config = change(channel, (text, place) => resealed(keyring, text, place));
    const { channel_id, version } = channel;
    return jsonEquals(config, channel.config) ? undefined : { channel_id, version, config };
  };

  return {
    // deno-lint-ignore require-await -- a throw must reject
    create: async (channel) => rows.create(sealed(channel)),
    // deno-lint-ignore require-await -- a throw must reject
    update: async (channel) => rows.update(sealed(channel)),
    delete: (channelId) => rows.delete(channelId),
    get: async (channelId) => {
      const channel = await rows.get(channelId);
      return channel && opened(channel);
    },
    list: async () => (await rows.list()).map(opened),
    setLastTest: (channelId, test) => rows.setLastTest(channelId, test),
    async reseal(signal) {
      const channels = keyring.seals ? await rows.list() : [];
      return await resealRows(channels, { renewed, rewrite: rows.rewrite, clock, signal });
    },
  };
}

/** `config` with every text in `fields`, or in maps that stand there, changed. */
function changeTexts(config: JsonObject, fields: readonly string[], change: Change): JsonObject {
  const changed = { ...config };
  for (const field of fields) {
    const value = config[field];
    if (typeof value === "string") changed[field] = change(value, [field]);
    if (isObject(value)) {
      changed[field] = Object.fromEntries(
        Object.entries(value).map(([name, one]) => [
          name,
          typeof one === "string" ? change(one, [field, name]) : one,
        ]),
      );
    }
  }
  return changed;
}
