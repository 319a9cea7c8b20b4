/** GET /stats/summary: the server in numbers. */
import { instant } from "../src/base/event_time.ts";
import { ERROR_KINDS, type FigureKind } from "../src/store/figure_store.ts";
import type { RuleStatus } from "./control.ts";
import { byName, type Counts, countsOf, earliest, type Spans, spansAt } from "./figure_span.ts";
import type { MonitorParts } from "./monitor.ts";

/** Topics and rules that are named. */
export const SUMMARY_NAMES_MAX = 20;

export interface StatsSummary {
  /** RFC 3339. */
  timestamp: string;
  rules: { total: number; active: number; inactive: number; by_status: Partial<Record<RuleStatus, number>> };
  events: Counts & { by_topic: { topic: string; today: number; last_hour: number }[] };
  matches: Counts;
  alerts: Counts & {
    /** Of today. */
    by_severity: Record<string, number>;
    by_status: Record<string, number>;
    unacked: number;
    unacked_by_severity: Record<string, number>;
  };
  /** By state, as they stand. */
  deliveries: Record<string, number>;
  errors: Counts & { by_kind: Record<string, number> };
  /** With the most alerts of the last 24 h. */
  top_rules: { rule_id: string; rule_name: string | null; alerts: number }[];
  /** Since the rules were started: ms of reading and stepping by batch. */
  avg_batch_ms: number;
  lag: number;
  workers: number;
  ready: boolean;
}

export async function statsSummary({ store, control, clock }: MonitorParts): Promise<StatsSummary> {
  const spans = spansAt(clock.now());
  const counts = counting(store.figures, spans);
  const named = naming(store.figures, spans);
  const { total, active } = await store.rules.count();
  const { unacked_count: unacked, by_severity: unacked_by_severity } = await store.effects.alertSummary();
  const { lag, workers, ready } = control.status();
  return {
    timestamp: instant(clock.now()),
    rules: { total, active, inactive: total - active, ...ofRunning(control) },
    events: { ...await counts(["events"]), by_topic: await topics(named, spans) },
    matches: await counts(["matched"]),
    alerts: {
      ...await counts(["alerts"]),
      by_severity: Object.fromEntries(await named(["alert_severity"], spans.today)),
      by_status: Object.fromEntries(await named(["alert_status"], spans.today)),
      unacked,
      unacked_by_severity,
    },
    deliveries: await store.outbox.counts(),
    errors: { ...await counts(ERROR_KINDS), by_kind: await errorKinds(store.figures, spans) },
    top_rules: await topRules(await named(["alerts"], spans.day), store.rules),
    avg_batch_ms: batchMs(control),
    ...{ lag, workers, ready },
  };
}

type Figures = MonitorParts["store"]["figures"];
type Named = (kinds: readonly FigureKind[], from: number) => Promise<Map<string, number>>;

function counting(figures: Figures, spans: Spans): (kinds: readonly FigureKind[]) => Promise<Counts> {
  return async (kinds) =>
    countsOf(await figures.byBucket({ kinds, from: earliest(spans), to: spans.to }), spans);
}

function naming(figures: Figures, { to }: Spans): Named {
  return async (kinds, from) => byName(await figures.byName({ kinds, from, to, limit: SUMMARY_NAMES_MAX }));
}

async function errorKinds(figures: Figures, { today, to }: Spans): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const { kind, n } of await figures.byBucket({ kinds: ERROR_KINDS, from: today, to })) {
    sums[kind] = (sums[kind] ?? 0) + n;
  }
  return sums;
}

async function topics(named: Named, { today, hour }: Spans): Promise<StatsSummary["events"]["by_topic"]> {
  const last = await named(["events"], hour);
  return [...await named(["events"], today)].map(([topic, n]) => ({
    ...{ topic, today: n },
    last_hour: last.get(topic) ?? 0,
  }));
}

async function topRules(
  alerts: ReadonlyMap<string, number>,
  rules: MonitorParts["store"]["rules"],
): Promise<StatsSummary["top_rules"]> {
  const rows = [...alerts].filter(([rule_id]) => rule_id !== "");
  return await Promise.all(rows.map(async ([rule_id, n]) => {
    const name = (await rules.get(rule_id))?.doc.rule_name;
    return { rule_id, rule_name: typeof name === "string" ? name : null, alerts: n };
  }));
}

function ofRunning(control: MonitorParts["control"]): { by_status: StatsSummary["rules"]["by_status"] } {
  const by_status: StatsSummary["rules"]["by_status"] = {};
  for (const { status } of control.running()) by_status[status] = (by_status[status] ?? 0) + 1;
  return { by_status };
}

function batchMs(control: MonitorParts["control"]): number {
  let [ms, batches] = [0, 0];
  for (const { cost } of control.running()) {
    ms += cost?.ms ?? 0;
    batches += cost?.batches ?? 0;
  }
  return batches === 0 ? 0 : ms / batches;
}
