/** What a document names of secrets that are not there. */
import { isObject, type JsonValue } from "../base/json.ts";
import { type Fault, pointer } from "../base/problem.ts";
import { secretsNamed } from "../base/secret_marks.ts";
import { nearestName } from "./nearest_name.ts";

/** Faults of all texts of `value`, which stands at `path`. */
export function unknownSecrets(
  value: JsonValue | undefined,
  { names, path }: { names: readonly string[]; path: readonly (string | number)[] },
): Fault[] {
  if (typeof value === "string") {
    return secretsNamed(value).filter((name) => !names.includes(name)).map((name) => ({
      pointer: pointer(...path),
      code: "unknown_secret",
      message: `Cannot find secret "${name}": ${hintOf(name, names)}`,
    }));
  }
  const members = Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : [];
  return members.flatMap(([name, member]) => unknownSecrets(member, { names, path: [...path, name] }));
}

function hintOf(name: string, names: readonly string[]): string {
  const nearest = nearestName(name, names);
  return nearest === undefined ? "there are no secrets yet" : `did you mean "${nearest}"?`;
}
