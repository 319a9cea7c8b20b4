/**
 * What a rule waits for, as its state tells it: when the next timer is due, the keys whose alert waits for `for`,
 * and the partial matches of a pattern. Reading changes nothing; each look ends at a bound.
 */
import type { JsonScalar } from "../base/json.ts";
import { shownKey } from "./group_key.ts";
import type { ExplainedPartial, ExplainedPattern } from "./pattern/explain_partials.ts";
import type { Plan } from "./plan.ts";
import type { RuleState } from "./rule_state.ts";

/** Held keys looked at for those that wait for `for`. */
export const HELD_LOOKED_MAX = 10_000;
export const PENDING_SHOWN_MAX = 10;

type Key = Readonly<Record<string, JsonScalar>>;

export interface Explanation {
  /** Event time of the next window that closes, `for` or `within` that runs out, ms; null: nothing waits for one. */
  next_due: number | null;
  /** Those that wait longest. */
  pending: { key: Key; since: number; due: number }[];
  pattern:
    | (Omit<ExplainedPattern, "longest"> & { longest: (Omit<ExplainedPartial, "slot"> & { key: Key })[] })
    | null;
}

export function explain(plan: Plan, state: RuleState): Explanation {
  const { hold, timers } = state;
  const pending = (hold?.pendingSince(HELD_LOOKED_MAX) ?? []).sort((a, b) => a.since - b.since);
  return {
    next_due: timers.next === Infinity ? null : timers.next,
    pending: pending.slice(0, PENDING_SHOWN_MAX).map(({ slot, since }) => ({
      key: keyOf(plan, state, slot),
      since,
      due: hold!.dueOf(slot),
    })),
    pattern: ofPattern(plan, state),
  };
}

function ofPattern(plan: Plan, state: RuleState): Explanation["pattern"] {
  const { pattern, keys } = state;
  if (pattern === null) return null;
  const told = pattern.explain(allSlots(keys));
  return {
    ...told,
    longest: told.longest.map(({ slot, ...partial }) => ({ key: keyOf(plan, state, slot), ...partial })),
  };
}

function* allSlots(keys: RuleState["keys"]): Generator<number> {
  for (const partition of keys.used()) yield* keys.slots(partition);
}

/** A key under the names of group_by. */
function keyOf({ key, names }: Plan, { keys }: RuleState, slot: number): Key {
  const values = shownKey(keys.text(slot), keys.tags(slot));
  return Object.fromEntries(key.map((index, i) => [names[index]!, values[i]!]));
}
