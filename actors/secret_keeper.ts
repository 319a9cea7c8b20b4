/**
 * Looks after the secrets of channels at the start: says which channels cannot be used for want of a key,
 * warns of secrets that lie in clear on a server that others reach, and seals anew, while the server serves,
 * what is not sealed by the first key. What is left when the server stops is done at the next start.
 */
import type { Logger } from "../src/base/logging.ts";
import type { Channel } from "../src/model/channel.ts";
import type { ChannelRows } from "../src/store/channel_store.ts";
import type { SealedChannels } from "../src/store/sealed_channels.ts";
import { storageProblem } from "../src/store/storage_problem.ts";

export interface SecretKeeperParts {
  channels: SealedChannels;
  store: { channels: Pick<ChannelRows, "wipe">; checkpoint(): Promise<void> };
  /** Whether there is a key. */
  seals: boolean;
  /** Whether other machines reach the server. */
  exposed: boolean;
  /** The members of a config of this type of channel that are secret. */
  secretFields(type: string): readonly string[];
  logger: Logger;
  onFatal(error: unknown): void;
}

/** Channels that a line of the log names. */
const NAMED_MAX = 20;

export class SecretKeeper {
  readonly #parts: SecretKeeperParts;
  readonly #stopping = new AbortController();
  #resealing: Promise<void> = Promise.resolve();

  constructor(parts: SecretKeeperParts) {
    this.#parts = parts;
  }

  /** Says what is to be said of `channels` and seals anew, which the server does not wait for. */
  start(channels: readonly Channel[]): Promise<void> {
    const { logger, seals, exposed } = this.#parts;
    const unusable = channels.filter((channel) => channel.unusable !== undefined);
    for (const { channel_id, unusable: why } of unusable.slice(0, NAMED_MAX)) {
      logger.error(`channel cannot be used: ${why}`, { channel_id, unusable: unusable.length });
    }
    if (!seals && exposed && channels.some((channel) => this.#hasSecrets(channel))) {
      logger.warn("secrets of channels are stored in clear: set TOCSIN_SECRET_KEY or TOCSIN_SECRET_KEY_FILE");
    }
    if (seals) this.#resealing = this.#reseal();
    return this.#resealing;
  }

  /** Waits for the slice under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#resealing;
  }

  async #reseal(): Promise<void> {
    const { channels, logger, onFatal } = this.#parts;
    try {
      const resealed = await channels.reseal(this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      if (!await this.#wipe()) logger.warn("the write-ahead log may still hold older secrets: it is in use");
      if (resealed > 0) logger.info("secrets were encrypted with the first key", { channels: resealed });
    } catch (error) {
      const problem = storageProblem(error);
      if (problem === null) return onFatal(error);
      const { message } = problem;
      logger.warn("cannot encrypt all secrets now, the next start goes on", { problem: message });
    }
  }

  /** At every start: the last one may have ended between sealing and this. */
  async #wipe(): Promise<boolean> {
    const { logger, store } = this.#parts;
    try {
      await store.checkpoint();
    } catch (error) {
      // Nothing is lost by it; the housekeeper tries on.
      logger.warn("a checkpoint failed", { error });
      return false;
    }
    return await store.channels.wipe();
  }

  #hasSecrets({ type, config }: Channel): boolean {
    return this.#parts.secretFields(type).some((field) => config[field] != null);
  }
}
