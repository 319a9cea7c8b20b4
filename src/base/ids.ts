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
  return prefix + hashOf(parts);
}

/**
 * As {@linkcode derivedId}, with `place` (a safe integer, part of the cause) before the hash: ids of what
 * comes one after the other stand beside each other in an index, where a random id would cost a page each.
 */
export function placedId(prefix: string, place: number, parts: readonly unknown[]): string {
  return `${prefix}${place.toString(36).padStart(PLACE_DIGITS, "0")}${hashOf(parts)}`;
}

// Number.MAX_SAFE_INTEGER in base 36.
const PLACE_DIGITS = 11;

function hashOf(parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 22);
}
