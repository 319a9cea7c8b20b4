/** `having`: the condition on what a window or an event came to, and on the key. */
import type { JsonScalar } from "../base/json.ts";
import type { Plan } from "./plan.ts";
import { valuePredicate } from "./value_condition.ts";

/** @param values in the order of Plan.aggregates @param key asked for only where the condition names it */
export type Having = (values: readonly JsonScalar[], key: () => readonly JsonScalar[]) => boolean;

const KEY_PREFIX = "key.";

/** null: the rule has none. */
export function havingOf({ having, key, fields, aggregates }: Plan): Having | null {
  if (having === null) return null;
  const holds = valuePredicate(having.where);
  const keyNames = key.map((field) => KEY_PREFIX + fields[field]!);
  // Below zero: the place in the key, from -1 on.
  const places = having.names.map((name) => {
    const place = aggregates.findIndex(({ as }) => as === name);
    return place >= 0 ? place : -1 - keyNames.indexOf(name);
  });
  return (values, keyValues) =>
    holds((field) => {
      const place = places[field]!;
      return place >= 0 ? values[place] : keyValues()[-1 - place];
    });
}
