/**
 * Sealing of single texts: AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits. The place where a
 * text lies is additional data, so that a sealed text opens nowhere else. A sealed text reads
 * `enc:v1:<key id>:<base64 of nonce, ciphertext, tag>`.
 *
 * Of several keys the first seals and all of them open, which is what a change of keys needs. What is
 * derived from a key (HKDF, RFC 5869) seals and names it, never the key itself. A text that does not open
 * is an outcome, not a throw; no outcome holds any part of a key or a text.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { badRequest } from "./problem.ts";

export const SEALING_KEY_BYTES = 32;

export type Opened = { ok: true; text: string } | { ok: false; why: string };

export interface Keyring {
  /** Whether there is a key; without one texts stay as they are. */
  readonly seals: boolean;
  /** @throws Problem 400 without a key, for a text that would read as a sealed one */
  seal(text: string, place: readonly string[]): string;
  /** A text that is not sealed opens as itself. */
  open(text: string, place: readonly string[]): Opened;
  /** Whether `text` is as {@linkcode Keyring.seal} would leave it now, as far as its form tells. */
  upToDate(text: string): boolean;
}

interface Key {
  id: string;
  secret: Uint8Array;
}

const FORM = /^enc:v1:([0-9a-f]{8}):([A-Za-z0-9+/]+={0,2})$/;
const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ID_BYTES = 4;

/**
 * A keyring of keys of {@linkcode SEALING_KEY_BYTES} each; the first seals.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const keyring = createKeyring([crypto.getRandomValues(new Uint8Array(32))]);
 * const sealed = keyring.seal("hush", ["c1", "secret"]);
 * assert.deepEqual(keyring.open(sealed, ["c1", "secret"]), { ok: true, text: "hush" });
 * assert.equal(keyring.open(sealed, ["c2", "secret"]).ok, false);
 * ```
 */
export function createKeyring(keys: readonly Uint8Array[]): Keyring {
  const all = keys.map(keyOf);
  const [first] = all;
  return {
    seals: first !== undefined,
    seal(text, place) {
      if (first !== undefined) return sealWith(first, text, place);
      if (FORM.test(text)) throw looksSealed();
      return text;
    },
    open(text, place) {
      const [, id, body] = FORM.exec(text) ?? [];
      if (id === undefined || body === undefined) return { ok: true, text };
      const candidates = all.filter((key) => key.id === id);
      if (candidates.length === 0) return { ok: false, why: `key ${id} is missing` };
      for (const key of candidates) {
        const opened = openWith(key, body, place);
        if (opened !== undefined) return { ok: true, text: opened };
      }
      return { ok: false, why: `key ${id} does not open it: it was changed, or moved from another place` };
    },
    upToDate: (text) => (FORM.exec(text)?.[1]) === first?.id,
  };
}

function keyOf(key: Uint8Array): Key {
  const derive = (use: string, bytes: number) =>
    new Uint8Array(hkdfSync("sha256", key, new Uint8Array(), use, bytes));
  return { id: derive("tocsin key id v1", ID_BYTES).toHex(), secret: derive("tocsin secrets v1", 32) };
}

function sealWith({ id, secret }: Key, text: string, place: readonly string[]): string {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const cipher = createCipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(placeBytes(place));
  const parts = [nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()];
  return `enc:v1:${id}:${new Uint8Array(parts.flatMap((part) => [...part])).toBase64()}`;
}

function openWith({ secret }: Key, body: string, place: readonly string[]): string | undefined {
  try {
    const bytes = Uint8Array.fromBase64(body);
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(placeBytes(place));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const head = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, "utf8");
    return head + decipher.final("utf8");
  } catch {
    // Whether base64, length or tag is wrong: it is not what was sealed here.
    return undefined;
  }
}

function placeBytes(place: readonly string[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(place));
}

function looksSealed() {
  const why = "it reads as one that is encrypted already, and there is no TOCSIN_SECRET_KEY";
  return badRequest("secret_form", `Cannot store a secret that begins with "enc:v1:": ${why}`, "/config");
}
