/**
 * Secrets in memory, opened, where requests take them from (src/notify/secret_http.ts), and how they are saved. A
 * value that is kept goes to no further host: whoever widens the hosts must know it. Writes go to the store first.
 */
import type { Clock } from "../src/base/clock.ts";
import { instant } from "../src/base/event_time.ts";
import { notFound } from "../src/base/problem.ts";
import {
  readSecretDraft,
  requireSecretName,
  type Secret,
  type SecretDraft,
  SECRETS_MAX,
} from "../src/model/secret.ts";
import type { SecretSource } from "../src/notify/secret_http.ts";
import { VersionConflictError } from "../src/store/rule_store.ts";
import type { SecretStore } from "../src/store/secret_store.ts";
import type { Store } from "../src/store/store.ts";
import {
  lostValue,
  noValue,
  otherHosts,
  outdatedSecret,
  secretInUse,
  tooManySecrets,
} from "./_secret_problems.ts";
import { type SecretUses, secretUses, usersOf } from "./secret_uses.ts";
import { Turns } from "./turns.ts";

export interface SecretChange {
  /** The version that the caller saw; another one is refused with 412. */
  ifMatch?: number | undefined;
}

export interface SecretVaultParts {
  secrets: SecretStore;
  /** Where documents name secrets. */
  documents: Pick<Store, "rules" | "apis" | "lookups" | "actionTemplates">;
  clock: Clock;
}

export class SecretVault implements SecretSource {
  readonly #p: SecretVaultParts;
  readonly #turns = new Turns();
  #secrets: ReadonlyMap<string, Secret> = new Map();

  private constructor(parts: SecretVaultParts) {
    this.#p = parts;
  }

  static async open(parts: SecretVaultParts): Promise<SecretVault> {
    const vault = new SecretVault(parts);
    await vault.#refresh();
    return vault;
  }

  get(name: string): Secret | undefined {
    return this.#secrets.get(name);
  }

  /** By name. */
  all(): Secret[] {
    return [...this.#secrets.values()];
  }

  names(): string[] {
    return [...this.#secrets.keys()];
  }

  /** Which documents name it. */
  uses(name: string): Promise<SecretUses> {
    return secretUses(name, { store: this.#p.documents, clock: this.#p.clock });
  }

  /** @throws Problem 400 with every fault, 409, 412 */
  async save(
    name: string,
    document: unknown,
    { ifMatch }: SecretChange = {},
  ): Promise<{ secret: Secret; created: boolean }> {
    requireSecretName(name);
    const draft = readSecretDraft(document);
    // One at a time, all of them: there is a bound of their number.
    return await this.#turns.run("secrets", async () => {
      const old = this.get(name);
      if (ifMatch !== undefined && ifMatch !== old?.version) throw outdatedSecret(name, old?.version ?? 0);
      if (old === undefined && this.#secrets.size >= SECRETS_MAX) throw tooManySecrets();
      return { secret: await this.#write(name, draft, old), created: old === undefined };
    });
  }

  /**
   * Deletes it; with `force` also where documents name it.
   * @throws Problem 404, 409, 412
   */
  async remove(name: string, { ifMatch, force }: SecretChange & { force: boolean }): Promise<void> {
    await this.#turns.run("secrets", async () => {
      const old = this.get(name);
      if (old === undefined) throw notFound("secret", name);
      if (ifMatch !== undefined && ifMatch !== old.version) throw outdatedSecret(name, old.version);
      const users = force ? [] : usersOf(await this.uses(name));
      if (users.length > 0) throw secretInUse(name, users);
      await this.#p.secrets.delete(name);
      await this.#refresh();
    });
  }

  async #write(name: string, draft: SecretDraft, old: Secret | undefined): Promise<Secret> {
    const at = instant(this.#p.clock.now());
    const { hosts, description } = draft;
    const secret: Secret = {
      ...{ name, value: valueOf(name, draft, old), hosts, description, version: (old?.version ?? 0) + 1 },
      ...{ created_at: old?.created_at ?? at, updated_at: at },
    };
    try {
      await this.#p.secrets.save(secret);
    } catch (error) {
      if (error instanceof VersionConflictError) throw outdatedSecret(name, old?.version ?? 0);
      throw error;
    }
    await this.#refresh();
    return secret;
  }

  async #refresh(): Promise<void> {
    this.#secrets = new Map((await this.#p.secrets.list()).map((secret) => [secret.name, secret]));
  }
}

function valueOf(name: string, { value, hosts }: SecretDraft, old: Secret | undefined): string {
  if (value !== null) return value;
  if (old === undefined) throw noValue(name);
  if (old.unusable !== undefined) throw lostValue(name);
  const narrower = old.hosts.length === 0 ||
    (hosts.length > 0 && hosts.every((host) => old.hosts.includes(host)));
  if (!narrower) throw otherHosts(name);
  return old.value;
}
