/** Strikes, parked events and quarantines in memory. */
import type { HealthStore, Poison, Quarantine } from "../health_store.ts";

export function createHealthStore(): HealthStore {
  const strikes = new Map<string, Map<number, number>>();
  const parked = new Map<string, Map<number, Poison>>();
  const quarantines = new Map<string, Quarantine>();

  return {
    strike: (ruleId, offset) => {
      const counts = strikes.get(ruleId) ?? new Map<number, number>();
      const n = (counts.get(offset) ?? 0) + 1;
      strikes.set(ruleId, counts.set(offset, n));
      return Promise.resolve(n);
    },
    park: (poison) => {
      const rows = parked.get(poison.rule_id) ?? new Map<number, Poison>();
      parked.set(poison.rule_id, rows.set(poison.offset, { ...poison }));
      return Promise.resolve();
    },
    poison: (ruleId) => {
      const rows = [...(parked.get(ruleId)?.values() ?? [])].sort((a, b) => a.offset - b.offset);
      return Promise.resolve(rows.map((row) => ({ ...row })));
    },
    unpark: (ruleId, offsets) => {
      strikes.delete(ruleId);
      for (const offset of offsets) parked.get(ruleId)?.delete(offset);
      return Promise.resolve();
    },
    parked: () => Promise.resolve([...parked.values()].reduce((sum, rows) => sum + rows.size, 0)),
    quarantine: (row) => {
      quarantines.set(row.rule_id, { ...row });
      return Promise.resolve();
    },
    release: (ruleId) => {
      quarantines.delete(ruleId);
      return Promise.resolve();
    },
    quarantined: () => {
      const rows = [...quarantines.values()].sort((a, b) => a.at - b.at || (a.rule_id < b.rule_id ? -1 : 1));
      return Promise.resolve(rows.map((row) => ({ ...row })));
    },
    forget: (ruleId) => {
      for (const rows of [strikes, parked, quarantines]) rows.delete(ruleId);
      return Promise.resolve();
    },
  };
}
