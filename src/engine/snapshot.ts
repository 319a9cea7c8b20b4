/**
 * Snapshots of a rule's state, binary and in partitions. Beginning one costs next to nothing; each `next`
 * writes one partition, so a rule with a million keys is held up for a few milliseconds at a time. Steps may go
 * on in between: a key of a partition that is still to be written is put aside just before it changes
 * (INVARIANTS 19, by key: a batch of random keys touches every partition, and all of them at once would take
 * seconds). Only partitions that changed since the last snapshot are written; the others stand as they are in
 * an earlier one.
 */
import { assert } from "../base/assert.ts";
import { KEY_PARTITIONS } from "./key_table.ts";
import { PartitionCopy } from "./partition_copy.ts";
import type { Plan } from "./plan.ts";
import { createState, type RuleState } from "./rule_state.ts";
import { readKeys, readRule, writeRule } from "./state_codec.ts";

/** Version of the binary form, for the manifest. */
export const STATE_FORMAT = 3;

/** The partition behind those of the keys: what belongs to the whole rule. */
export const RULE_PARTITION = KEY_PARTITIONS;

export interface SnapshotWriter {
  /** All partitions of the state at the time of the snapshot; those not `changed` stand in an earlier one. */
  readonly partitions: readonly { partition: number; changed: boolean }[];
  /** Writes one changed partition; null when all are written. */
  next(): { partition: number; bytes: Uint8Array } | null;
  /** For the state itself: a key of `partition` is about to change, or to come (NO_SLOT). */
  beforeChange(partition: number, slot: number): void;
  /** Ends the snapshot. One that was not published is taken back: the next writes its partitions again. */
  end(outcome: "published" | "dropped"): void;
}

export function beginSnapshot(state: RuleState): SnapshotWriter {
  assert(state.writer === null, "one snapshot of a state is written at a time");
  const changed = new Set(state.dirty).add(RULE_PARTITION);
  const used = state.keys.used();
  /** Key partitions to be written; those that changed since are copies. */
  const pending = new Map<number, PartitionCopy | null>();
  for (const partition of used) if (changed.has(partition)) pending.set(partition, null);
  let rule: Uint8Array | null = writeRule(state);
  state.dirty.clear();
  state.unsaved = false;
  state.writer = {
    partitions: [...used, RULE_PARTITION].map((partition) => ({
      partition,
      changed: changed.has(partition),
    })),
    next() {
      if (rule !== null) {
        const bytes = rule;
        rule = null;
        return { partition: RULE_PARTITION, bytes };
      }
      for (const [partition, copy] of pending) {
        pending.delete(partition);
        return { partition, bytes: (copy ?? new PartitionCopy(state, partition)).write() };
      }
      return null;
    },
    beforeChange(partition, slot) {
      const copy = pending.get(partition);
      if (copy === undefined) return;
      if (copy !== null) return copy.keep(slot);
      const fresh = new PartitionCopy(state, partition);
      pending.set(partition, fresh);
      fresh.keep(slot);
    },
    end(outcome) {
      state.writer = null;
      if (outcome === "published") return assert(rule === null && pending.size === 0, "a snapshot is whole");
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
