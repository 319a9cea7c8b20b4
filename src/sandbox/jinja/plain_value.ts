/** A value of a template as JSON holds it. */
import { isFloat, isInteger, plain } from "./numbers.ts";
import {
  entriesOf,
  isMapping,
  limit,
  Markup,
  Once,
  TEXT_CHARACTERS_MAX,
  Tuple,
  typeFault,
  typeName,
  Undefined,
  View,
} from "./values.ts";

const NESTING_MAX = 64;

/** Undefined and numbers without a JSON form are null. @throws TemplateFault for macros and the like */
export function plainValue(value: unknown, depth = 0, room = { left: TEXT_CHARACTERS_MAX / 8 }): unknown {
  limit(depth, NESTING_MAX, "a nesting");
  if (--room.left < 0) limit(Infinity, TEXT_CHARACTERS_MAX / 8, "values");
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (value instanceof Undefined) return null;
  if (value instanceof Markup) return value.text;
  if (isInteger(value)) return Number(value);
  if (isFloat(value)) return Number.isFinite(plain(value)) ? plain(value) : null;
  const list = Array.isArray(value)
    ? value
    : value instanceof Once
    ? value.take()
    : value instanceof Tuple || value instanceof View
    ? value.items
    : null;
  if (list !== null) return list.map((one) => plainValue(one, depth + 1, room));
  if (!isMapping(value)) throw typeFault(`a ${typeName(value)} has no JSON form`);
  return Object.fromEntries(
    entriesOf(value).map(([key, held]) => [String(plainValue(key)), plainValue(held, depth + 1, room)]),
  );
}
