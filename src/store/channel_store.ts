/** Channels. Names are unique without regard to case; each save raises `version`. Durable. */
import type { JsonObject } from "../base/json.ts";
import type { Channel, ChannelTest } from "../model/channel.ts";

export interface ChannelStore {
  /** @throws NameTakenError */
  create(channel: Channel): Promise<void>;
  /** Replaces the row whose version is channel.version - 1. @throws NameTakenError, VersionConflictError */
  update(channel: Channel): Promise<void>;
  /** False when there was none. */
  delete(channelId: string): Promise<boolean>;
  get(channelId: string): Promise<Channel | undefined>;
  /** By creation. There are few channels: no paging in the store. */
  list(): Promise<Channel[]>;
  setLastTest(channelId: string, test: ChannelTest): Promise<void>;
}

/** A new config for a row, which counts as the same version of the channel. */
export interface ChannelConfig {
  channel_id: string;
  /** The version that the row must still have. */
  version: number;
  config: JsonObject;
}

/** The rows themselves, secrets as they lie there: see ./sealed_channels.ts. */
export interface ChannelRows extends ChannelStore {
  /** Replaces configs in one transaction, passing over rows that have moved on. How many it replaced. */
  rewrite(configs: readonly ChannelConfig[]): Promise<number>;
  /** Takes what was replaced or deleted out of files that still hold it. False when readers are in the way. */
  wipe(): Promise<boolean>;
}

export class NameTakenError extends Error {
  override readonly name = "NameTakenError";
}
