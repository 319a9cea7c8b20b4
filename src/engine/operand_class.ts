/** Which constants the fast loops of equality may stand for. */
import type { JsonScalar } from "../base/json.ts";
import { isBigIntegerText, numberOfText } from "../base/numeric.ts";

/**
 * Equality with it is equality of numeric readings, for every value. Not for booleans (they equal the text
 * "true") nor for integer text beyond 2^53 (two of these compare as text).
 */
export function isNumberForEquality(value: JsonScalar): boolean {
  if (typeof value === "number") return true;
  return typeof value === "string" && !Number.isNaN(numberOfText(value)) && !isBigIntegerText(value);
}

/**
 * Equality with it is equality of dictionary codes, for every value. Not for texts that read as numbers or
 * booleans, nor for what may be the JSON text of a list or object.
 */
export function isPlainText(value: JsonScalar): value is string {
  return typeof value === "string" && Number.isNaN(numberOfText(value)) && value !== "true" &&
    value !== "false" && !value.startsWith("[") && !value.startsWith("{");
}
