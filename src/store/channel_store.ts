/** Channels. Names are unique without regard to case; each save raises `version`. Durable. */
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

export class NameTakenError extends Error {
  override readonly name = "NameTakenError";
}
