/**
 * Group keys. Two keys are one when their printed values are the same (so 1 and "1" are, "1.0" is
 * another), field by field; a missing field is a value of its own (SEMANTICS 3 and 16). A key is shown as
 * it was first seen: the canonical text says its values, the tags say of what type each was.
 */
import type { JsonScalar } from "../base/json.ts";

const MISSING = "-";
const TEXT = "t";
const NUMBER = "n";
const BOOLEAN = "b";

/** Stands for a missing value where the text is not told apart by its length. */
const NUL = "\0";

/** The same for equal keys and for no others of as many fields. A flat string: it is kept a million times. */
export function canonicalKey(key: readonly JsonScalar[]): string {
  if (key.length === 0) return "";
  if (key.length === 1) return canonicalValue(key[0]!);
  const parts: string[] = [];
  for (const value of key) {
    const printed = String(value);
    parts.push(value === null ? MISSING : String(printed.length), "=", value === null ? "" : printed);
  }
  return parts.join("");
}

/** One letter per field: what type its value has. */
export function keyTags(key: readonly JsonScalar[]): string {
  if (key.length === 1) return tagOf(key[0]!);
  let tags = "";
  for (const value of key) tags += tagOf(value);
  return tags;
}

/** The key that `canonicalKey` and `keyTags` were made of. */
export function shownKey(canonical: string, tags: string): JsonScalar[] {
  if (tags.length === 1) return [valueOf(canonical.startsWith(NUL) ? canonical.slice(1) : canonical, tags)];
  const values: JsonScalar[] = [];
  let at = 0;
  for (const tag of tags) {
    const start = canonical.indexOf("=", at) + 1;
    const end = tag === MISSING ? start : start + Number(canonical.slice(at, start - 1));
    values.push(valueOf(canonical.slice(start, end), tag));
    at = end;
  }
  return values;
}

function canonicalValue(value: JsonScalar): string {
  if (value === null) return NUL;
  const text = String(value);
  return text.charCodeAt(0) === 0 ? NUL + text : text;
}

function tagOf(value: JsonScalar): string {
  if (value === null) return MISSING;
  if (typeof value === "number") return NUMBER;
  return typeof value === "string" ? TEXT : BOOLEAN;
}

function valueOf(printed: string, tag: string): JsonScalar {
  if (tag === MISSING) return null;
  if (tag === NUMBER) return Number(printed);
  return tag === BOOLEAN ? printed === "true" : printed;
}
