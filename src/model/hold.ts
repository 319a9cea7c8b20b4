/**
 * `for` and `keep_firing_for`: a key has one alert, pending until its condition held for so long, and
 * resolved so long after it failed. Either one, also as "0s", asks for this life of an alert.
 */
import type { Report } from "./read_as.ts";
import type { TriggerType } from "./trigger_type.ts";

export interface Hold {
  for_ms: number;
  keep_ms: number;
}

export interface HoldMembers {
  for?: number | null | undefined;
  keep_firing_for?: number | null | undefined;
}

/** Null: each match is an alert of its own. */
export function readHold(members: HoldMembers, type: TriggerType, report: Report): Hold | null {
  const for_ms = members.for ?? null;
  const keep_ms = members.keep_firing_for ?? null;
  if (for_ms === null && keep_ms === null) return null;
  if (type === "schedule" || type === "pattern") {
    const name = for_ms === null ? "keep_firing_for" : "for";
    report([name], "misplaced", `Cannot use "${name}" in a rule of trigger_type ${type}: nothing can hold`);
  }
  return { for_ms: for_ms ?? 0, keep_ms: keep_ms ?? 0 };
}
