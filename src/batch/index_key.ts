/**
 * Keys of the equality index. Two values that any equality of a condition could hold equal share a key:
 * a number, numeric text and booleans (as 1 and 0) meet as numbers, other text as text. A boolean probes
 * its number and its text. So candidates are never fewer than matches (INVARIANTS 9).
 */
import { isBigIntegerText, numberOfText } from "../base/numeric.ts";
import type { JsonScalar } from "../base/json.ts";

/**
 * A necessary condition of a rule: an event can only match when `field` has one of `keys`, or lacks it and
 * `absent` is true. `field` is a path as written or a reserved selector name.
 */
export interface IndexTerm {
  field: string;
  keys: readonly string[];
  absent: boolean;
}

/** Keys under which a rule that wants `value` is found. Empty: null equals nothing. */
export function indexKeys(value: JsonScalar): string[] {
  switch (typeof value) {
    case "number":
      return [numberKey(value)];
    case "boolean":
      return [numberKey(value ? 1 : 0), textKey(String(value))];
    case "string": {
      const number = numberOfText(value);
      const keys = Number.isNaN(number) ? [] : [numberKey(number)];
      if (Number.isNaN(number) || isBigIntegerText(value)) keys.push(textKey(value));
      // A boolean of an event probes by number and by its text, so its text needs no further key.
      return keys;
    }
    default:
      return [];
  }
}

/** −0 and 0 are one key. */
export function numberKey(value: number): string {
  return `n${value === 0 ? 0 : value}`;
}

export function textKey(text: string): string {
  return `t${text}`;
}
