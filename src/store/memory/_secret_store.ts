/** Secrets in memory. */
import type { Secret } from "../../model/secret.ts";
import { requireNextVersion } from "../named_versions.ts";
import type { SecretRows } from "../secret_store.ts";

export function createSecretStore(): SecretRows {
  const secrets = new Map<string, Secret>();
  return {
    // deno-lint-ignore require-await -- a throw must reject
    save: async (secret) => {
      requireNextVersion(secret, secrets.get(secret.name)?.version ?? 0);
      secrets.set(secret.name, structuredClone(secret));
    },
    delete: (name) => Promise.resolve(secrets.delete(name)),
    list: () =>
      Promise.resolve(structuredClone([...secrets.values()].sort((a, b) => a.name < b.name ? -1 : 1))),
    rewrite: (values) => {
      const held = values.filter(({ name, version }) => secrets.get(name)?.version === version);
      for (const { name, value } of held) secrets.get(name)!.value = value;
      return Promise.resolve(held.length);
    },
    wipe: () => Promise.resolve(true),
  };
}
