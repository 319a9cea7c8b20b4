/**
 * Letting parked events be seen again. A rule in quarantine stands before some of them: forgotten, they are
 * applied when it is resumed. Events that it passed already stay unapplied; those that a replay from its
 * snapshot would meet again must be passed by it again (same state, same alerts), so they stay parked until
 * a later snapshot has them behind it. Strikes are forgotten in any case.
 */
import { notFound } from "../src/base/problem.ts";
import type { Store } from "../src/store/store.ts";
import type { Control } from "./control.ts";

export interface PoisonCleared {
  /** Offsets that are applied once the rule is resumed. */
  to_apply: number[];
  /** Offsets that were passed, and are forgotten: they stay unapplied. */
  forgotten: number[];
  /** Offsets that were passed and stay parked, since a replay could meet them. */
  kept: number[];
}

export async function clearPoison(
  ruleId: string,
  { store, control }: { store: Store; control: Control },
): Promise<PoisonCleared> {
  const state = await control.ruleState(ruleId);
  if (state === undefined) throw notFound("rule", ruleId);
  const offsets = state.poison.map(({ offset }) => offset);
  // A rule that was stopped begins anew, behind all it ever saw.
  const replayed = state.status === "stopped"
    ? Infinity
    : (await store.snapshots.allOffsets()).get(ruleId) ?? 0;
  const isAhead = (offset: number) => state.quarantine !== null && offset >= state.quarantine.offset;
  const to_apply = offsets.filter(isAhead);
  const forgotten = offsets.filter((offset) => !isAhead(offset) && offset < replayed);
  await store.health.unpark(ruleId, [...to_apply, ...forgotten]);
  const gone = new Set([...to_apply, ...forgotten]);
  return { to_apply, forgotten, kept: offsets.filter((offset) => !gone.has(offset)) };
}
