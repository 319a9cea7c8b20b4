/**
 * Looks after secrets, those of channels and named ones, at the start: says which cannot be used for want of a key,
 * warns of secrets that lie in clear on a server that others reach, and seals anew, while the server serves,
 * what is not sealed by the first key. What is left when the server stops is done at the next start.
 */
import type { Logger } from "../src/base/logging.ts";
import type { Channel } from "../src/model/channel.ts";
import type { Secret } from "../src/model/secret.ts";
import type { ChannelRows } from "../src/store/channel_store.ts";
import type { SealedChannels } from "../src/store/sealed_channels.ts";
import type { SealedSecrets } from "../src/store/sealed_secrets.ts";
import type { SecretRows } from "../src/store/secret_store.ts";
import { storageProblem } from "../src/store/storage_problem.ts";

export interface SecretKeeperParts {
  channels: SealedChannels;
  secrets: SealedSecrets;
  store: {
    channels: Pick<ChannelRows, "wipe">;
    secrets: Pick<SecretRows, "wipe">;
    checkpoint(): Promise<void>;
  };
  /** Whether there is a key. */
  seals: boolean;
  /** Whether other machines reach the server. */
  exposed: boolean;
  /** The members of a config of this type of channel that are secret. */
  secretFields(type: string): readonly string[];
  logger: Logger;
  onFatal(error: unknown): void;
}

/** Lines of the log that name channels, or secrets. */
const NAMED_MAX = 20;

export class SecretKeeper {
  readonly #parts: SecretKeeperParts;
  readonly #stopping = new AbortController();
  #resealing: Promise<void> = Promise.resolve();

  constructor(parts: SecretKeeperParts) {
    this.#parts = parts;
  }

  /** Says what is to be said of them and seals anew, which the server does not wait for. */
  start(channels: readonly Channel[], secrets: readonly Secret[]): Promise<void> {
    const { logger, seals, exposed } = this.#parts;
    const unusable = channels.filter((channel) => channel.unusable !== undefined);
    for (const { channel_id, unusable: why } of unusable.slice(0, NAMED_MAX)) {
      logger.error(`channel cannot be used: ${why}`, { channel_id, unusable: unusable.length });
    }
    const locked = secrets.filter((secret) => secret.unusable !== undefined);
    for (const { name, unusable: why } of locked.slice(0, NAMED_MAX)) {
      logger.error(`secret cannot be used: ${why}`, { name, unusable: locked.length });
    }
    if (!seals && exposed) {
      const told = "are stored in clear: set TOCSIN_SECRET_KEY or TOCSIN_SECRET_KEY_FILE";
      if (channels.some((channel) => this.#hasSecrets(channel))) logger.warn(`secrets of channels ${told}`);
      if (secrets.length > 0) logger.warn(`named secrets ${told}`);
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
    const { channels, secrets, logger, onFatal } = this.#parts;
    try {
      const resealed = await channels.reseal(this.#stopping.signal);
      const named = await secrets.reseal(this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      if (!await this.#wipe()) logger.warn("the write-ahead log may still hold older secrets: it is in use");
      if (resealed + named === 0) return;
      logger.info("secrets were encrypted with the first key", { channels: resealed, secrets: named });
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
    const wiped = await store.channels.wipe();
    return await store.secrets.wipe() && wiped;
  }

  #hasSecrets({ type, config }: Channel): boolean {
    return this.#parts.secretFields(type).some((field) => config[field] != null);
  }
}
