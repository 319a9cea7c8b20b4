/** What refuses a change of a lookup table. */
import { Problem } from "../src/base/problem.ts";
import { LOOKUPS_MAX } from "../src/model/lookup.ts";

/** Rules that a refusal to delete lists. */
const RULES_TOLD_MAX = 50;

export function outdatedTable(name: string, version: number): Problem {
  const current = version === 0 ? "there is no such table" : `current version is ${version}`;
  return new Problem({
    status: 412,
    code: "version_outdated",
    detail: `Cannot save lookup table "${name}" over another version than its current one: ${current}`,
  });
}

export function inUse(name: string, ruleIds: readonly string[]): Problem {
  const named = ruleIds.slice(0, RULES_TOLD_MAX);
  return new Problem({
    status: 409,
    code: "lookup_in_use",
    detail: `Cannot delete lookup table "${name}": ${ruleIds.length} rules read it. Change them first`,
    errors: named.map((id) => ({ pointer: "", code: "reads_lookup", message: `rule "${id}" reads it` })),
  });
}

export function tooMany(): Problem {
  return new Problem({
    status: 409,
    code: "too_many_lookups",
    detail: `Cannot add a lookup table: there are ${LOOKUPS_MAX} already`,
  });
}
