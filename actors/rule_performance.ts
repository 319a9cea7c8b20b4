/** GET /rules/performance: what rules cost and what came of it, the most of something first. */
import type { PerformanceSort } from "../src/model/monitoring.ts";
import { ERROR_KINDS, type ErrorKind } from "../src/store/figure_store.ts";
import type { RuleStatus } from "./control.ts";
import { byName, spansAt } from "./figure_span.ts";
import type { MonitorParts } from "./monitor.ts";

/** Rules whose figures are looked at. */
const RULES_LOOKED_AT_MAX = 10_000;
/** Of deliveries what failed for good counts, not each attempt. */
const COUNTED: readonly ErrorKind[] = ERROR_KINDS.filter((kind) => kind !== "attempt_failed");

export interface PerformanceWish {
  sort: PerformanceSort;
  limit: number;
}

export interface PerformanceRow {
  rule_id: string;
  /** null: it is deleted. */
  rule_name: string | null;
  is_active: boolean;
  status: RuleStatus;
  /** Reading and stepping, since the rule was started in this process. */
  cpu_ms: number;
  batches: number;
  /** Events that it looked at, in that time. */
  events: number;
  /** Of the last days. */
  matches: number;
  alerts: number;
  errors: number;
  /** Of this process. */
  restarts: number;
  /** Events between what it has applied and the head of the log. */
  lag: number;
}

type Measured = Omit<PerformanceRow, "rule_name" | "is_active">;

/** Looks once; the answer sorts what was found. */
export async function rulePerformance(
  { store, control, clock }: MonitorParts,
): Promise<(wish: PerformanceWish) => Promise<{ rows: PerformanceRow[]; total: number }>> {
  const measured = await measure({ store, control, clock });
  return async ({ sort, limit }) => {
    const top = measured.toSorted((a, b) => valueOf(b, sort) - valueOf(a, sort)).slice(0, limit);
    const rows = await Promise.all(top.map(async (row): Promise<PerformanceRow> => {
      const stored = await store.rules.get(row.rule_id);
      const name = stored?.doc.rule_name;
      return {
        ...row,
        rule_name: typeof name === "string" ? name : null,
        is_active: stored?.active ?? false,
      };
    }));
    return { rows, total: measured.length };
  };
}

async function measure({ store, control, clock }: Omit<MonitorParts, "poller">): Promise<Measured[]> {
  const { week: from, to } = spansAt(clock.now());
  const figures = async (kinds: Parameters<typeof store.figures.byName>[0]["kinds"]) =>
    byName(await store.figures.byName({ kinds, from, to, limit: RULES_LOOKED_AT_MAX }));
  const [matches, alerts, errors] = [
    await figures(["matched"]),
    await figures(["alerts"]),
    await figures(COUNTED),
  ];
  const applied = new Map(
    (await store.effects.allProgress()).map((one) => [one.rule_id, one.applied.offset]),
  );
  const running = new Map(control.running().map((one) => [one.rule_id, one]));
  const ids = new Set([...running.keys(), ...matches.keys(), ...alerts.keys(), ...errors.keys()]);
  ids.delete("");
  return [...ids].map((rule_id): Measured => {
    const rule = running.get(rule_id);
    const offset = Math.max(applied.get(rule_id) ?? 0, rule?.offset ?? 0);
    return {
      rule_id,
      status: rule?.status ?? "stopped",
      cpu_ms: rule?.cost?.ms ?? 0,
      batches: rule?.cost?.batches ?? 0,
      events: rule?.cost?.events ?? 0,
      matches: matches.get(rule_id) ?? 0,
      alerts: alerts.get(rule_id) ?? 0,
      errors: errors.get(rule_id) ?? 0,
      restarts: rule?.restarts ?? 0,
      lag: rule === undefined ? 0 : Math.max(0, store.log.next - offset),
    };
  });
}

function valueOf(row: Measured, sort: PerformanceSort): number {
  return sort === "cpu" ? row.cpu_ms : row[sort];
}
