/** JSON Merge Patch (RFC 7396). */
import { isObject, type JsonObject, type JsonValue } from "./json.ts";

/** `target` with `patch` applied: null removes a member, objects merge, anything else replaces. Pure. */
export function mergePatch(target: JsonValue, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch;
  const merged: JsonObject = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name] ?? null, value);
  }
  return merged;
}
