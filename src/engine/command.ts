/**
 * What people tell a rule while it runs. A command is a record of the log and is applied exactly at its place,
 * live and in a replay. Applied twice at one place it changes nothing more, so a snapshot taken there is good
 * either way. It counts for the generation of state that it was given to, and has no effect on another.
 */
import { assertNever } from "../base/assert.ts";
import type { JsonScalar } from "../base/json.ts";
import type { BaselineSummary } from "./anomaly/baselines.ts";
import type { CallAnswer, CallId } from "./enrich/calls.ts";
import { NO_SLOT } from "./key_table.ts";
import type { Plan } from "./plan.ts";
import type { RuleState } from "./rule_state.ts";

/** Values by the fields of group_by as written. */
export type KeyDocument = Readonly<Record<string, JsonScalar>>;

export type RuleCommand =
  /** Baselines begin again with the values of the rule; null: those of all keys. */
  | { kind: "baseline_reset"; key: KeyDocument | null }
  /** `values`, oldest first, become the baseline of a key; null: of all keys that are held. */
  | { kind: "baseline_replace"; key: KeyDocument | null; values: readonly number[] };

/** What an endpoint answered to a call that the rule wanted, or (fallback) why there is no answer. */
export interface CallAnswered {
  kind: "call_answer";
  call: CallId;
  answer: CallAnswer;
  /** For people who read the log. */
  error: string | null;
}

/** Of one key, or of all keys together. */
export interface BaselineFigures extends BaselineSummary {
  /** Keys that are held. */
  keys: number;
  /** Keys that these figures tell of: not all, where there are very many. */
  keys_counted: number;
  /** "trigger_spec": only the values that the rule itself gives. */
  source: "state" | "trigger_spec";
}

/** Keys whose baselines are summed up, so that a question does not hold the rule up. */
export const BASELINE_KEYS_COUNTED_MAX = 10_000;

/** Applies a command that stands at `offset`. */
export function applyCommand(plan: Plan, state: RuleState, command: RuleCommand, offset: number): void {
  const { anomaly } = state;
  if (anomaly === null) return;
  const slots = command.kind === "baseline_reset"
    ? knownSlots(plan, state, command.key)
    : namedSlots(plan, state, { key: command.key, offset });
  for (const slot of slots) {
    state.keys.willChange(slot);
    switch (command.kind) {
      case "baseline_reset":
        anomaly.reset(slot);
        break;
      case "baseline_replace":
        anomaly.replace(slot, command.values);
        break;
      default:
        assertNever(command);
    }
  }
}

/** What the baselines of a rule hold; null for a rule without any. */
export function baselineFigures(
  plan: Plan,
  state: RuleState,
  key: KeyDocument | null,
): BaselineFigures | null {
  const { anomaly, keys } = state;
  if (anomaly === null) return null;
  const slots = knownSlots(plan, state, key).slice(0, BASELINE_KEYS_COUNTED_MAX);
  if (slots.length === 0) {
    return { ...anomaly.seedSummary, keys: keys.count, keys_counted: 0, source: "trigger_spec" };
  }
  const own = slots.some((slot) => anomaly.hasOwn(slot));
  return {
    ...combined(slots.map((slot) => anomaly.summary(slot))),
    keys: keys.count,
    keys_counted: slots.length,
    source: own ? "state" : "trigger_spec",
  };
}

/** The values of a key as the state has them; undefined when it is not one of this rule. */
function keyOf({ key, names }: Plan, given: KeyDocument): JsonScalar[] | undefined {
  const fields = key.map((index) => names[index]!);
  const fits = Object.keys(given).length === fields.length &&
    fields.every((field) => Object.hasOwn(given, field));
  return fits ? fields.map((field) => given[field]!) : undefined;
}

function knownSlots(plan: Plan, state: RuleState, given: KeyDocument | null): number[] {
  if (given === null) return allSlots(state);
  const key = keyOf(plan, given);
  const slot = key === undefined ? NO_SLOT : state.find(key);
  return slot === NO_SLOT ? [] : [slot];
}

/** A key that is named is taken in; a rule without group_by has the one key. */
function namedSlots(
  plan: Plan,
  state: RuleState,
  { key: given, offset }: { key: KeyDocument | null; offset: number },
): number[] {
  if (given === null && plan.key.length > 0) return allSlots(state);
  const key = keyOf(plan, given ?? {});
  return key === undefined ? [] : [state.enter(key, offset)];
}

function allSlots({ keys }: RuleState): number[] {
  return keys.used().flatMap((partition) => [...keys.slots(partition)]);
}

function combined(summaries: readonly BaselineSummary[]): BaselineSummary {
  const filled = summaries.filter(({ count }) => count > 0);
  const count = filled.reduce((sum, one) => sum + one.count, 0);
  if (count === 0) return { count, min: null, max: null, mean: null };
  return {
    count,
    min: filled.reduce((least, { min }) => Math.min(least, min!), Infinity),
    max: filled.reduce((most, { max }) => Math.max(most, max!), -Infinity),
    mean: filled.reduce((mean, one) => mean + one.mean! * (one.count / count), 0),
  };
}
