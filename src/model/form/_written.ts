/** What sections of a form have in common: members that say nothing, and members under several names. */
import type { JsonObject, JsonValue } from "../../base/json.ts";
import type { Report } from "../read_as.ts";

/** Members with a value. A null says that a member is absent. */
export function written(members: Readonly<Record<string, unknown>>): JsonObject {
  const said = Object.entries(members).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(said) as JsonObject;
}

/** `members` with what stands under other names moved to the first one; the page's own `id` goes. */
export function renamed(
  members: Readonly<Record<string, unknown>>,
  names: Readonly<Record<string, string>>,
  report: Report,
): JsonObject {
  const result: JsonObject = {};
  for (const [name, value] of Object.entries(written(members))) {
    if (name === "id") continue;
    const canonical = Object.hasOwn(names, name) ? names[name]! : name;
    if (Object.hasOwn(result, canonical) && result[canonical] !== value) {
      const message = `Cannot use both "${canonical}" and "${name}": they are two names of one thing`;
      report([name], "conflict", message);
    }
    result[canonical] ??= value as JsonValue;
  }
  return result;
}

/** Tells each of `names` that `members` lack. */
export function requireMembers(members: JsonObject, names: readonly string[], report: Report): void {
  for (const name of names) {
    if (members[name] === undefined) report([name], "required", `${name} is required`);
  }
}
