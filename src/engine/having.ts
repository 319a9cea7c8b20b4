/** `having`: the condition on what a window or an event came to, and on the key. */
import type { JsonObject, JsonScalar } from "../base/json.ts";
import type { Plan } from "./plan.ts";
import { valuePredicate } from "./value_condition.ts";

export type Having = (values: JsonObject, key: readonly JsonScalar[]) => boolean;

const KEY_PREFIX = "key.";

/** null: the rule has none. */
export function havingOf({ having, key, fields }: Plan): Having | null {
  if (having === null) return null;
  const holds = valuePredicate(having.where);
  const keyNames = key.map((field) => KEY_PREFIX + fields[field]!);
  const places = having.names.map((name) => keyNames.indexOf(name));
  return (values, keyValues) =>
    holds((field) => {
      const place = places[field]!;
      return place >= 0 ? keyValues[place] : values[having.names[field]!];
    });
}
