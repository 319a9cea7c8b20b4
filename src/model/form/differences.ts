/** Where two documents differ, as JSON pointers to the members that are not the same. */
import { isObject, jsonEquals, type JsonValue } from "../../base/json.ts";
import { pointer } from "../../base/problem.ts";

/** In the order of the first one's members, then those that only the other has. */
export function differences(one: JsonValue, other: JsonValue): string[] {
  return [...walk(one, other, [])];
}

function* walk(one: JsonValue, other: JsonValue, path: readonly string[]): Generator<string> {
  if (!isObject(one) || !isObject(other)) {
    if (!jsonEquals(one, other)) yield pointer(...path);
    return;
  }
  for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const at = [...path, name];
    if (!Object.hasOwn(one, name) || !Object.hasOwn(other, name)) yield pointer(...at);
    else yield* walk(one[name]!, other[name]!, at);
  }
}
