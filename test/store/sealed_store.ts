/** A store whose channels are sealed, for the suite and for tests of what lies underneath. */
import { systemClock } from "../../src/base/clock.ts";
import { createKeyring } from "../../src/base/sealing.ts";
import type { ChannelRows } from "../../src/store/channel_store.ts";
import { sealChannels, type SealedChannels } from "../../src/store/sealed_channels.ts";
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

/** `store`, its channels sealed by one key. */
export function openSealed(store: Store): Store {
  const { channels } = store;
  const rows = { rewrite: channels.rewrite, wipe: channels.wipe };
  return { ...store, channels: { ...sealedBy(channels, 1), ...rows } };
}
