/**
 * Signatures of the Standard Webhooks specification 1.0.0: HMAC-SHA256 (`v1`, secret "whsec_" + base64) or
 * ed25519 (`v1a`, secret "whsk_" + base64 of seed and public key) over "id.timestamp.body". Several secrets
 * sign in the order given, so that a receiver may change over while both are valid.
 */
import { Buffer } from "node:buffer";
import { createHmac, createPrivateKey, type KeyObject, sign } from "node:crypto";

/** A secret made ready for signing. */
export type SigningKey = { scheme: "v1"; key: Uint8Array } | { scheme: "v1a"; key: KeyObject };

const HMAC_KEY_BYTES_MIN = 24;
const HMAC_KEY_BYTES_MAX = 64;
const PLAIN_CHARS_MIN = 8;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
// RFC 8410: the header of an ed25519 private key in PKCS #8; the 32 bytes of the seed follow.
const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");

/**
 * The key of a secret; undefined when it is none. With a prefix it must hold base64 of the right length.
 * Without one it is base64 if it reads as a key of 24 to 64 bytes, as the specification's libraries read it,
 * else the bytes of the text itself, 8 characters or more.
 */
export function signingKey(secret: string): SigningKey | undefined {
  if (secret.startsWith("whsk_")) return ed25519Key(fromBase64(secret.slice(5)));
  if (secret.startsWith("whsec_")) return hmacKey(fromBase64(secret.slice(6)));
  const plain = secret.length >= PLAIN_CHARS_MIN ? Buffer.from(secret, "utf8") : undefined;
  return hmacKey(fromBase64(secret)) ?? (plain && { scheme: "v1", key: plain });
}

/** The value of the header `webhook-signature`. `timestamp` is in whole seconds. */
export function signatures(
  keys: readonly SigningKey[],
  { id, timestamp, body }: { id: string; timestamp: number; body: Uint8Array },
): string {
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  return keys.map((key) => `${key.scheme},${digest(key, signed).toString("base64")}`).join(" ");
}

function digest(key: SigningKey, signed: Buffer): Buffer {
  if (key.scheme === "v1a") return sign(null, signed, key.key);
  return createHmac("sha256", key.key).update(signed).digest();
}

function fromBase64(text: string): Buffer | undefined {
  return BASE64.test(text) ? Buffer.from(text, "base64") : undefined;
}

function hmacKey(bytes: Buffer | undefined): SigningKey | undefined {
  if (bytes === undefined || bytes.length < HMAC_KEY_BYTES_MIN || bytes.length > HMAC_KEY_BYTES_MAX) {
    return undefined;
  }
  return { scheme: "v1", key: bytes };
}

function ed25519Key(bytes: Buffer | undefined): SigningKey | undefined {
  if (bytes === undefined || (bytes.length !== 32 && bytes.length !== 64)) return undefined;
  const der = Buffer.concat([PKCS8_ED25519, bytes.subarray(0, 32)]);
  return { scheme: "v1a", key: createPrivateKey({ key: der, format: "der", type: "pkcs8" }) };
}
