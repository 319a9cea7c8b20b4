/**
 * Snapshots of a rule's state, binary and in partitions. Beginning one costs next to nothing; each `next`
 * writes one partition, so a rule with a million keys is held up for a fraction of a millisecond at a time.
 * Steps may go on in between: a partition that is still to be written is written just before it changes
 * (INVARIANTS 19). Only partitions that changed since the last snapshot are written; the others stand as
 * they are in an earlier one.
 */
import { assert } from "../base/assert.ts";
import { KEY_PARTITIONS } from "./key_table.ts";
import type { Plan } from "./plan.ts";
import { createState, type RuleState } from "./rule_state.ts";
import { readKeys, readRule, writeKeys, writeRule } from "./state_codec.ts";

/** Version of the binary form, for the manifest. */
export const STATE_FORMAT = 3;

/** The partition behind those of the keys: what belongs to the whole rule. */
export const RULE_PARTITION = KEY_PARTITIONS;

export interface SnapshotWriter {
  /** All partitions of the state at the time of the snapshot; those not `changed` stand in an earlier one. */
  readonly partitions: readonly { partition: number; changed: boolean }[];
  /** Writes one changed partition; null when all are written. */
  next(): { partition: number; bytes: Uint8Array } | null;
  /** For the state itself: `partition` is about to change. */
  beforeChange(partition: number): void;
  /** Ends the snapshot. One that was not published is taken back: the next writes its partitions again. */
  end(outcome: "published" | "dropped"): void;
}

export function beginSnapshot(state: RuleState): SnapshotWriter {
  assert(state.writer === null, "one snapshot of a state is written at a time");
  const changed = new Set(state.dirty).add(RULE_PARTITION);
  const used = state.keys.used();
  const pending = new Set(used.filter((partition) => changed.has(partition)));
  const ready = [{ partition: RULE_PARTITION, bytes: writeRule(state) }];
  state.dirty.clear();
  state.unsaved = false;
  const take = (partition: number) => {
    pending.delete(partition);
    return { partition, bytes: writeKeys(state, partition) };
  };
  state.writer = {
    partitions: [...used, RULE_PARTITION].map((partition) => ({
      partition,
      changed: changed.has(partition),
    })),
    next() {
      const early = ready.pop();
      if (early !== undefined) return early;
      for (const partition of pending) return take(partition);
      return null;
    },
    beforeChange(partition) {
      if (!pending.has(partition)) return;
      ready.push(take(partition));
      // A batch of a million keys' events may touch every partition: seconds without a sign of life.
      state.breathe?.();
    },
    end(outcome) {
      state.writer = null;
      if (outcome === "published") return assert(pending.size + ready.length === 0, "a snapshot is whole");
      state.unsaved = true;
      for (const partition of changed) if (partition !== RULE_PARTITION) state.dirty.add(partition);
    },
  };
  return state.writer;
}

/**
 * The state that a snapshot's chunks hold. Its partitions count as unchanged.
 * @throws {StateFormatError} a chunk is of an unknown format or cut short.
 */
export function restoreState(plan: Plan, chunks: ReadonlyMap<number, Uint8Array>): RuleState {
  const state = createState(plan);
  const rule = chunks.get(RULE_PARTITION);
  if (rule !== undefined) readRule(state, rule);
  for (const [partition, bytes] of chunks) if (partition !== RULE_PARTITION) readKeys(state, bytes);
  state.keys.loaded();
  state.dirty.clear();
  state.unsaved = false;
  return state;
}
