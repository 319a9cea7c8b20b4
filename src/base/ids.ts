/** Identity: random ids for nouns that users create, derived ids for what replay makes again. */
import { createHash } from "node:crypto";

/** A random id as UUID text (version 4). */
export function randomId(): string {
  return crypto.randomUUID();
}

/**
 * An id made of what caused a thing, the same on every replay: the first 132 bits of the SHA-256 of the
 * parts as JSON, in base64url (22 characters), behind `prefix`.
 */
export function derivedId(prefix: string, parts: readonly unknown[]): string {
  return prefix + createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 22);
}
