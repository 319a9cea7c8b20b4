/** Secrets, one row each; a save replaces what was there, and nothing of a value before is kept. Durable. */
import type { Secret } from "../model/secret.ts";

export interface SecretStore {
  /** Writes version 1, or over the version before. @throws VersionConflictError where it is another */
  save(secret: Secret): Promise<void>;
  /** False when there was none. */
  delete(name: string): Promise<boolean>;
  /** By name. There are few: no paging in the store. */
  list(): Promise<Secret[]>;
}

/** A new value for a row, which counts as the same version of the secret. */
export type SecretValue = Pick<Secret, "name" | "version" | "value">;

/** The rows themselves, values as they lie there: see ./sealed_secrets.ts. */
export interface SecretRows extends SecretStore {
  /** Replaces values in one transaction, passing over rows that have moved on. How many it replaced. */
  rewrite(values: readonly SecretValue[]): Promise<number>;
  /** Takes what was replaced or deleted out of files that still hold it. False when readers are in the way. */
  wipe(): Promise<boolean>;
}
