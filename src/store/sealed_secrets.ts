/**
 * A store of secrets whose values lie sealed in the store underneath, each bound to its name. One that no key opens
 * comes out blank, `unusable` saying why; saving it anew with its value mends it.
 */
import type { Clock } from "../base/clock.ts";
import type { Keyring } from "../base/sealing.ts";
import type { Secret } from "../model/secret.ts";
import { resealed, resealRows } from "./resealing.ts";
import type { SecretRows, SecretStore, SecretValue } from "./secret_store.ts";

export interface SealedSecrets extends SecretStore {
  /** Seals anew what is not sealed by the first key; how many that were. */
  reseal(signal: AbortSignal): Promise<number>;
}

export function sealSecrets(
  { rows, keyring, clock }: { rows: SecretRows; keyring: Keyring; clock: Clock },
): SealedSecrets {
  const opened = (secret: Secret): Secret => {
    const found = keyring.open(secret.value, placeOf(secret));
    if (found.ok) return { ...secret, value: found.text };
    return { ...secret, value: "", unusable: `secret cannot be opened: ${found.why}` };
  };
  const renewed = (secret: Secret): SecretValue | undefined => {
    const { name, version } = secret;
    const value = resealed(keyring, secret.value, placeOf(secret));
    return value === secret.value ? undefined : { name, version, value };
  };
  return {
    // deno-lint-ignore require-await -- a throw must reject
    save: async ({ unusable: _, ...secret }) =>
      rows.save({ ...secret, value: keyring.seal(secret.value, placeOf(secret)) }),
    delete: (name) => rows.delete(name),
    list: async () => (await rows.list()).map(opened),
    async reseal(signal) {
      const secrets = keyring.seals ? await rows.list() : [];
      return await resealRows(secrets, { renewed, rewrite: rows.rewrite, clock, signal });
    },
  };
}

/** No channel has an empty id, so a sealed text of a channel opens here no more than the other way round. */
function placeOf({ name }: Pick<Secret, "name">): readonly string[] {
  return ["", "secret", name];
}
