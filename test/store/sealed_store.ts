/** A store whose channels are sealed, for the suite and for tests of what lies underneath. */
import { systemClock } from "../../src/base/clock.ts";
import { createKeyring } from "../../src/base/sealing.ts";
import type { ChannelRows } from "../../src/store/channel_store.ts";
import { sealChannels, type SealedChannels } from "../../src/store/sealed_channels.ts";
import { type SealedSecrets, sealSecrets } from "../../src/store/sealed_secrets.ts";
import type { SecretRows } from "../../src/store/secret_store.ts";
import type { Store } from "../../src/store/store.ts";

/** Keys are named by the byte that they are made of. */
export function sealedBy(rows: ChannelRows, ...keys: number[]): SealedChannels {
  return sealChannels({
    rows,
    keyring: createKeyring(keys.map((byte) => new Uint8Array(32).fill(byte))),
    clock: systemClock,
    secretFields: () => ["url", "webhook_url", "secret", "headers"],
  });
}

export function secretsSealedBy(rows: SecretRows, ...keys: number[]): SealedSecrets {
  const keyring = createKeyring(keys.map((byte) => new Uint8Array(32).fill(byte)));
  return sealSecrets({ rows, keyring, clock: systemClock });
}

/** Names of files of a data directory in which `text` stands. */
export function filesWith(path: string, text: string): string[] {
  const read = (name: string) => new TextDecoder("latin1").decode(Deno.readFileSync(`${path}/${name}`));
  return [...Deno.readDirSync(path)].map(({ name }) => name).filter((name) => read(name).includes(text));
}

/** `store`, its channels and secrets sealed by one key. */
export function openSealed(store: Store): Store {
  const { channels, secrets } = store;
  return {
    ...store,
    channels: { ...sealedBy(channels, 1), rewrite: channels.rewrite, wipe: channels.wipe },
    secrets: { ...secretsSealedBy(secrets, 1), rewrite: secrets.rewrite, wipe: secrets.wipe },
  };
}
