/**
 * What enrichments came to, as alerts show it: under their names, members of a looked-up row as members of an
 * object. A rule with a window shows those of its last event, which its aggregates keep (compile_values.ts).
 */
import type { JsonObject, JsonValue } from "../../base/json.ts";
import { type Gathered, valueAt } from "../gathered.ts";
import type { Plan } from "../plan.ts";
import { intoOf } from "./enrichments.ts";

/** By the names of {@linkcode Plan.names}; null where there is none. */
export function resultsAt({ enrichments, names }: Plan, rows: Gathered, i: number): JsonObject {
  const results: JsonObject = {};
  for (const into of enrichments.flatMap(intoOf)) {
    results[names[into]!] = valueAt(rows.columns[into], i) ?? null;
  }
  return results;
}

/** Values as alerts show them. */
export function shownValues({ enrichments, names }: Plan, values: JsonObject): JsonObject {
  const shown = { ...values };
  for (const one of enrichments) {
    if (one.kind !== "lookup" && one.kind !== "api_call") continue;
    const row: JsonObject = {};
    for (const { member, into } of one.fields) {
      const value = shown[names[into]!];
      if (member === null || value === undefined) continue;
      row[member] = value;
      delete shown[names[into]!];
    }
    const whole = shown[one.name];
    if (whole !== undefined) shown[one.name] = ofText(whole);
    else if (Object.keys(row).length > 0) shown[one.name] = row;
  }
  return shown;
}

/** An aggregate keeps an object as its text; what an endpoint answered may be a text that looks like one. */
function ofText(value: JsonValue): JsonValue {
  if (typeof value !== "string" || !value.startsWith("{")) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
