/**
 * Secrets of channels are write-only. The API shows a mask in their place; a config that comes back with
 * the mask keeps what is stored; texts that come from receivers have them struck out.
 */
import { isObject, jsonEquals, type JsonObject, type JsonValue } from "../base/json.ts";
import { badRequest, pointer } from "../base/problem.ts";

/** What of a field is hidden: a text, every value of a map, or the path and query of a URL. */
export type SecretShape = "text" | "map" | "url";

/** Shown in place of a secret. */
export const MASK = "********";

interface HasSecrets {
  secrets: Readonly<Record<string, SecretShape>>;
}

// Shorter texts are found by accident everywhere.
const REDACTED_CHARS_MIN = 6;

/** `config` as the API shows it. */
export function maskConfig(kind: HasSecrets, config: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [name, maskValue(kind.secrets[name], value)]),
  );
}

/**
 * `incoming` with every mask replaced by the stored secret (`stored` is undefined for a new channel).
 * @throws Problem 400 where a mask stands and nothing is stored
 */
export function mergeSecrets(kind: HasSecrets, incoming: JsonObject, stored: JsonObject = {}): JsonObject {
  const merged = { ...incoming };
  for (const [name, shape] of Object.entries(kind.secrets)) {
    const value = incoming[name];
    if (value !== undefined) merged[name] = mergeValue(name, shape, { value, kept: stored[name] });
  }
  return merged;
}

/** `text` with every secret of `config` struck out. */
export function redactSecrets(text: string, kind: HasSecrets, config: JsonObject): string {
  const secrets = Object.entries(kind.secrets).flatMap(([name, shape]) => secretTexts(shape, config[name]));
  return secrets.filter((secret) => secret.length >= REDACTED_CHARS_MIN)
    .sort((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, MASK), text);
}

function maskValue(shape: SecretShape | undefined, value: JsonValue): JsonValue {
  if (shape === undefined || value === null) return value;
  if (shape === "map" && isObject(value)) {
    return Object.fromEntries(Object.keys(value).map((name) => [name, MASK]));
  }
  if (shape === "url" && typeof value === "string") return maskUrl(value);
  return MASK;
}

function maskUrl(text: string): string {
  return URL.canParse(text) ? `${new URL(text).origin}/${MASK}` : MASK;
}

function mergeValue(
  name: string,
  shape: SecretShape,
  { value, kept }: { value: JsonValue; kept: JsonValue | undefined },
): JsonValue {
  if (shape === "map" && isObject(value)) {
    const old = isObject(kept) ? kept : {};
    const entries = Object.entries(value).map(([member, one]) => {
      if (one !== MASK) return [member, one];
      return [member, Object.hasOwn(old, member) ? old[member]! : refuseMask(name, member)];
    });
    return Object.fromEntries(entries);
  }
  if (kept !== undefined && jsonEquals(value, maskValue(shape, kept))) return kept;
  return value === MASK || (typeof value === "string" && value.endsWith(`/${MASK}`))
    ? refuseMask(name)
    : value;
}

function refuseMask(...path: string[]): never {
  const at = pointer("config", ...path);
  throw badRequest("secret_missing", `Cannot keep the secret ${at}: nothing is stored, send its value`, at);
}

function secretTexts(shape: SecretShape, value: JsonValue | undefined): string[] {
  if (typeof value === "string") {
    return shape === "url" && URL.canParse(value) ? urlParts(new URL(value)) : [value];
  }
  if (isObject(value)) return Object.values(value).filter((one) => typeof one === "string");
  return [];
}

function urlParts(url: URL): string[] {
  return [url.pathname, url.search].filter((part) => part.length > 1);
}
