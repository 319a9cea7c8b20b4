/**
 * The channels in memory, behind the store's interface: alerts need them by the thousand, they change by
 * hand. Writes go to the store first.
 */
import type { Channel, ChannelTest } from "../src/model/channel.ts";
import type { ChannelStore } from "../src/store/channel_store.ts";

export class ChannelCache implements ChannelStore {
  readonly #store: ChannelStore;
  #channels: readonly Channel[] = [];

  private constructor(store: ChannelStore) {
    this.#store = store;
  }

  static async open(store: ChannelStore): Promise<ChannelCache> {
    const cache = new ChannelCache(store);
    await cache.#refresh();
    return cache;
  }

  /** By creation. */
  all(): readonly Channel[] {
    return this.#channels;
  }

  async create(channel: Channel): Promise<void> {
    await this.#store.create(channel);
    await this.#refresh();
  }

  async update(channel: Channel): Promise<void> {
    await this.#store.update(channel);
    await this.#refresh();
  }

  async delete(channelId: string): Promise<boolean> {
    const deleted = await this.#store.delete(channelId);
    await this.#refresh();
    return deleted;
  }

  get(channelId: string): Promise<Channel | undefined> {
    return Promise.resolve(this.#channels.find((channel) => channel.channel_id === channelId));
  }

  list(): Promise<Channel[]> {
    return Promise.resolve([...this.#channels]);
  }

  async setLastTest(channelId: string, test: ChannelTest): Promise<void> {
    await this.#store.setLastTest(channelId, test);
    await this.#refresh();
  }

  async #refresh(): Promise<void> {
    this.#channels = await this.#store.list();
  }
}
