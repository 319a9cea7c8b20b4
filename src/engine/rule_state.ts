/**
 * The state of a rule: the alerts of the minute at hand, and the last alert per key while the rule has a
 * cooldown. It is a fold over the log: only `step`, `advance` and an edit of the rule change it.
 */
import { type KeyCaps, KeyedState } from "./keyed_state.ts";
import { planChange } from "./plan_change.ts";
import type { Plan } from "./plan.ts";
import type { SnapshotWriter } from "./snapshot.ts";

export const MINUTE_MS = 60_000;

/** Alerts by arrival within one minute (limits.alerts_per_minute). */
export interface MinuteCount {
  /** Start of the minute, ms; -1 before the first alert. */
  minute: number;
  alerts: number;
  /** Matches beyond the cap, to be told by one summary alert when the minute is over. */
  suppressed: number;
}

export interface RuleState {
  readonly minute: MinuteCount;
  readonly keys: KeyedState;
  /** Key partitions that changed since the last snapshot. */
  readonly dirty: Set<number>;
  /** Anything changed since the last snapshot. */
  unsaved: boolean;
  /** The snapshot being written, if any. */
  writer: SnapshotWriter | null;
}

export function createState(_plan: Plan): RuleState {
  const state: RuleState = {
    minute: { minute: -1, alerts: 0, suppressed: 0 },
    keys: new KeyedState(),
    dirty: new Set(),
    unsaved: false,
    writer: null,
  };
  state.keys.onChange = (partition) => {
    state.writer?.beforeChange(partition);
    state.dirty.add(partition);
    state.unsaved = true;
  };
  return state;
}

/** Arrival (ms) from which `advance` has something to do; Infinity when there is no timer. */
export function nextDue(state: RuleState): number {
  return state.minute.suppressed > 0 ? state.minute.minute + MINUTE_MS : Infinity;
}

/** Counted bytes of the state. */
export function stateBytes(state: RuleState): number {
  return STATE_BYTES + state.keys.bytes;
}

/** What limits.keys and limits.state_bytes leave to the keys. */
export function keyCaps({ limits: { keys, state_bytes } }: Plan): KeyCaps {
  return { keys, bytes: state_bytes === null ? null : state_bytes - STATE_BYTES };
}

/** Of a state beside its keys. */
const STATE_BYTES = 512;

/**
 * Carries the state over an edit from plan `from` to plan `to`; what lost its meaning is emptied. The
 * answer names operators.
 */
export function keepState(state: RuleState, from: Plan, to: Plan): { kept: string[]; reset: string[] } {
  const change = planChange(from, to);
  if (!change.kept.includes("cooldown")) state.keys.clear();
  return change;
}
