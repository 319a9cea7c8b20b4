/** How far rules are applied, in memory: rows as ../floor.ts reads them. */
import type { Counters, Position, RuleProgress } from "../effect_store.ts";
import {
  appliedOf,
  type Bound,
  type Floors,
  laterOf,
  NO_FLOORS,
  ORIGIN,
  snapshotOffsetOf,
} from "../floor.ts";

export interface ProgressRow extends Bound {
  incarnation: number;
  slot: number | null;
  counters: Counters;
}

type Kept = Omit<ProgressRow, "floors">;

export interface Progress {
  row(ruleId: string): ProgressRow | undefined;
  ruleIds(): string[];
  incarnate(ruleId: string): number;
  advance(ruleId: string, to: Position, counters: Counters): void;
  place(ruleId: string, slot: number | null, applied: Position): void;
  raiseFloor(slot: number, floors: Partial<Floors>): void;
  dropSnapshots(ruleId: string): void;
  remove(ruleId: string): void;
}

export function createProgress(): Progress {
  const rows = new Map<string, Kept>();
  const floors = new Map<number, Floors>();
  const floorsOf = (slot: number | null) => (slot === null ? undefined : floors.get(slot)) ?? NO_FLOORS;
  const row = (ruleId: string) => {
    const kept = rows.get(ruleId);
    return kept && { ...kept, floors: floorsOf(kept.slot) };
  };
  return {
    row,
    ruleIds: () => [...rows.keys()].sort(),
    incarnate(ruleId) {
      const kept = rows.get(ruleId) ?? fresh();
      rows.set(ruleId, { ...kept, incarnation: kept.incarnation + 1 });
      return kept.incarnation + 1;
    },
    advance(ruleId, to, counters) {
      const kept = rows.get(ruleId) ?? fresh();
      const summed = { ...kept.counters };
      for (const [name, n] of Object.entries(counters)) summed[name] = (summed[name] ?? 0) + n;
      rows.set(ruleId, { ...kept, applied: { ...to }, counters: summed });
    },
    place(ruleId, slot, given) {
      const known = row(ruleId);
      rows.set(ruleId, {
        ...(rows.get(ruleId) ?? fresh()),
        slot,
        applied: { ...laterOf(given, known === undefined ? ORIGIN : appliedOf(known)) },
        good: (known && snapshotOffsetOf(known, undefined)) ?? null,
        joined: floorsOf(slot),
      });
    },
    raiseFloor(slot, { applied = 0, snapshot = 0 }) {
      const known = floorsOf(slot);
      floors.set(slot, {
        applied: Math.max(known.applied, applied),
        snapshot: Math.max(known.snapshot, snapshot),
      });
    },
    dropSnapshots(ruleId) {
      const kept = rows.get(ruleId);
      if (kept === undefined) return;
      const joined = { ...kept.joined, snapshot: floorsOf(kept.slot).snapshot };
      rows.set(ruleId, { ...kept, good: null, joined });
    },
    remove: (ruleId) => void rows.delete(ruleId),
  };
}

/** As callers see it. */
export function progressOf(rule_id: string, row: ProgressRow): RuleProgress {
  const { incarnation, slot, counters } = row;
  return { rule_id, incarnation, applied: { ...appliedOf(row) }, slot, counters: { ...counters } };
}

function fresh(): Kept {
  return { incarnation: 0, slot: null, applied: ORIGIN, good: null, joined: NO_FLOORS, counters: {} };
}
