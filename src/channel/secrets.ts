/**
 * Secrets of channels are write-only. The API shows a mask in their place; a config that comes back with
 * the mask keeps what is stored, as long as it goes where it went before; texts that come from receivers
 * have them struck out.
 */
import { isObject, jsonEquals, type JsonObject, type JsonValue } from "../base/json.ts";
import { badRequest, type Fault, pointer } from "../base/problem.ts";
import { strikeCut, strikeEncoded, writingsOf } from "./_echoed.ts";
import { maskedHook, maskedUrl } from "./_masked_url.ts";

/**
 * What of a field is hidden: a text, every value of a map, of a URL what {@linkcode maskedUrl} hides, or of a
 * provider's webhook all that {@linkcode maskedHook} hides.
 */
export type SecretShape = "text" | "map" | "url" | "hook";

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
 * @throws Problem 400 where a mask stands and nothing is stored, or in a URL that is not the stored one
 */
export function mergeSecrets(kind: HasSecrets, incoming: JsonObject, stored: JsonObject = {}): JsonObject {
  const merged = { ...incoming };
  for (const [name, shape] of Object.entries(kind.secrets)) {
    const value = incoming[name];
    if (value !== undefined) merged[name] = mergeValue(name, shape, { value, kept: stored[name] });
  }
  return merged;
}

/** One fault for each mask of `incoming` that stands for a stored secret which must not go to a new target. */
export function keptSecrets(kind: HasSecrets, incoming: JsonObject): Fault[] {
  return Object.entries(kind.secrets).flatMap(([name, shape]) => {
    const value = incoming[name];
    if (value === undefined) return [];
    const members = shape === "map" && isObject(value) ? Object.entries(value) : [[null, value] as const];
    return members.filter(([, one]) => keeps(shape, one)).map(([member]) =>
      required(pointer("config", name, ...(member === null ? [] : [member])))
    );
  });
}

/** `text` with every secret of `config` struck out. */
export function redactSecrets(text: string, kind: HasSecrets, config: JsonObject): string {
  return strikeOut(
    text,
    Object.entries(kind.secrets).flatMap(([name, shape]) => secretTexts(shape, config[name])),
  );
}

/** `text` with each of `values` struck out, in all writings in which a receiver may echo it. */
export function strikeOut(text: string, values: readonly string[]): string {
  const secrets = values.flatMap(writingsOf).filter((secret) => secret.length >= REDACTED_CHARS_MIN)
    .sort((a, b) => b.length - a.length);
  const struck = secrets.reduce((rest, secret) => rest.replaceAll(secret, MASK), text);
  return strikeEncoded(
    strikeCut(struck, secrets, { mask: MASK, charsMin: REDACTED_CHARS_MIN }),
    secrets,
    MASK,
  );
}

function maskValue(shape: SecretShape | undefined, value: JsonValue): JsonValue {
  if (shape === undefined || value === null) return value;
  if (shape === "map" && isObject(value)) {
    return Object.fromEntries(Object.keys(value).map((name) => [name, MASK]));
  }
  if (isUrl(shape) && typeof value === "string") return masked(shape, value)?.text ?? MASK;
  return MASK;
}

/** Whether a value stands for a stored one. */
function keeps(shape: SecretShape, value: JsonValue): boolean {
  return value === MASK || (isUrl(shape) && typeof value === "string" && value.includes(MASK));
}

function isUrl(shape: SecretShape): shape is "url" | "hook" {
  return shape === "url" || shape === "hook";
}

function masked(shape: "url" | "hook", text: string) {
  return shape === "hook" ? maskedHook(text, MASK) : maskedUrl(text, MASK);
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
  if (value === MASK && kept === undefined) refuseMask(name);
  if (isUrl(shape) && typeof value === "string" && value.includes(MASK)) {
    if (kept === undefined) refuseMask(name);
    const { code, message, pointer: at } = required(pointer("config", name));
    throw badRequest(code, message, at);
  }
  return value;
}

function required(at: string): Fault {
  return {
    pointer: at,
    code: "secret_required",
    message: `Cannot keep the secret ${at} for another target than before: send its value again`,
  };
}

function refuseMask(...path: string[]): never {
  const at = pointer("config", ...path);
  throw badRequest("secret_missing", `Cannot keep the secret ${at}: nothing is stored, send its value`, at);
}

function secretTexts(shape: SecretShape, value: JsonValue | undefined): string[] {
  if (typeof value === "string") {
    return isUrl(shape) ? masked(shape, value)?.hidden ?? [value] : [value];
  }
  if (isObject(value)) return Object.values(value).filter((one) => typeof one === "string");
  return [];
}
