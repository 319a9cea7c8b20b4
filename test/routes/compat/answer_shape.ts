/**
 * Whether an answer has what the record of the reference system's API says of it. The record describes types
 * in a notation of its own: names of types, "list<T>", "map<T>", "{name:type, ...}", "a|b|null", and words.
 */
import { isObject, type JsonObject, type JsonValue } from "../../../src/base/json.ts";

/** Pointers of what `value` lacks of `shape`, or has of another kind. */
export function misses(shape: JsonValue, value: JsonValue | undefined, types: JsonObject, at = ""): string[] {
  if (isObject(shape)) return ofMembers(Object.entries(shape), value, types, at);
  if (typeof shape !== "string") return [];
  return ofText(shape.trim(), value, types, at);
}

function ofMembers(
  members: readonly (readonly [string, JsonValue])[],
  value: JsonValue | undefined,
  types: JsonObject,
  at: string,
): string[] {
  if (!isObject(value)) return [`${at}: expected an object`];
  return members.flatMap(([name, shape]) => {
    if (name === "..." || name.endsWith("?") || isOptional(shape)) return [];
    if (!Object.hasOwn(value, name)) return [`${at}/${name}: missing`];
    return misses(shape, value[name], types, `${at}/${name}`);
  });
}

/** "string?" and "string when ...": some answers have it. */
function isOptional(shape: JsonValue): boolean {
  return typeof shape === "string" && (/\?$/.test(shape) || / (when|\(other rules\))/.test(shape));
}

function ofText(shape: string, value: JsonValue | undefined, types: JsonObject, at: string): string[] {
  if (value === null && /\bnull\b/.test(shape)) return [];
  const list = /^list<(.*)>/.exec(shape);
  if (list !== null) {
    if (!Array.isArray(value)) return [`${at}: expected a list`];
    return value.flatMap((one, i) => misses(list[1]!, one, types, `${at}/${i}`));
  }
  const inline = /^\{(.*)\}(.*)$/.exec(shape);
  if (inline !== null) {
    const rest = /plus (\w+)/.exec(inline[2]!)?.[1];
    const more = rest === undefined ? [] : misses(types[rest] ?? null, value, types, at);
    return [...ofMembers(splitMembers(inline[1]!), value, types, at), ...more];
  }
  const type = types[shape.split(/[ |(]/)[0]!];
  if (type !== undefined) return misses(type, value, types, at);
  return isOfKind(shape, value) ? [] : [`${at}: expected ${shape}, got ${JSON.stringify(value)}`];
}

/** "a:string, b:list<{c}>" as members; commas within brackets part nothing. */
function splitMembers(text: string): [string, JsonValue][] {
  const parts: string[] = [];
  let depth = 0;
  let part = "";
  for (const character of text) {
    if ("{<(".includes(character)) depth++;
    if ("}>)".includes(character)) depth--;
    if (character === "," && depth === 0) {
      parts.push(part);
      part = "";
    } else part += character;
  }
  return [...parts, part].map((one): [string, JsonValue] => {
    const [name = "", ...type] = one.split(":");
    return [name.trim().split(" ")[0]!, type.join(":").trim()];
  }).filter(([name]) => name !== "");
}

const KINDS: readonly (readonly [RegExp, (value: JsonValue | undefined) => boolean])[] = [
  [/^(any|= )/, (value) => value !== undefined],
  [/^boolean/, (value) => typeof value === "boolean"],
  [/^integer/, (value) => Number.isInteger(value)],
  [/^number/, (value) => typeof value === "number"],
  [/^(string|uuid text|datetime)/, (value) => typeof value === "string"],
  [/^(object|map)/, isObject],
  [/^list/, (value) => Array.isArray(value)],
];

function isOfKind(shape: string, value: JsonValue | undefined): boolean {
  const known = KINDS.find(([pattern]) => pattern.test(shape));
  return known === undefined || known[1](value);
}
