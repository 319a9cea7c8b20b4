/**
 * What single rules hold, on /metrics: asked of their actors and read from the store when the page is rendered,
 * once for all families of it. Labels name rules, which are without bound, so only the {@linkcode RULES_SHOWN_MAX}
 * that started first are shown; GET /rules/{id}/state tells of every one.
 */
import type { Clock } from "../src/base/clock.ts";
import type { Labels, Metrics } from "../src/base/metrics.ts";
import type { EffectStore } from "../src/store/effect_store.ts";
import type { Inspections } from "./inspections.ts";
import type { StateFigures } from "./messages.ts";
import type { RuleTable } from "./rule_table.ts";

export const RULES_SHOWN_MAX = 500;
/** All families of a page, and pages that follow closely, show one look. */
const LOOK_MS = 1000;
/** Of a rule's counters those that tell of something lost. */
const COUNTERS = [
  ...["late", "events_over_cap", "partials_over_cap", "keys_evicted"],
  ...["calls_failed", "calls_cut_short"],
];

export interface RuleFiguresParts {
  table: RuleTable;
  inspections: Inspections;
  effects: Pick<EffectStore, "allProgress">;
  clock: Clock;
}

interface Look {
  figures: readonly (readonly [ruleId: string, StateFigures])[];
  counts: readonly (readonly [Labels, number])[];
}

export function observeRuleFigures(metrics: Metrics, parts: RuleFiguresParts): void {
  const { table, clock } = parts;
  const look = looking(parts);
  const gauge = (name: string, help: string, of: (figures: StateFigures) => number | null) =>
    metrics.observed(name, help, async () =>
      (await look()).figures.flatMap(([rule_id, figures]) => {
        const value = of(figures);
        return value === null ? [] : [[{ rule_id }, value] as const];
      }));
  gauge("tocsin_rule_keys", "Keys that a rule holds.", ({ keys }) => keys);
  gauge("tocsin_rule_state_bytes", "Counted bytes of a rule's state.", ({ state_bytes }) => state_bytes);
  gauge("tocsin_rule_open_windows", "Windows that have not fired yet.", ({ open_windows }) => open_windows);
  gauge("tocsin_rule_partials", "Partial matches of a rule's pattern.", ({ partials }) => partials);
  gauge("tocsin_rule_pending", "Keys whose alert waits for `for`.", ({ pending }) => pending);
  gauge("tocsin_rule_waiting_events", "Events that wait for answers of calls.", ({ waiting }) => waiting);
  gauge(
    "tocsin_rule_watermark_lag_seconds",
    "How far a rule's event time is behind the clock.",
    ({ watermark }) => watermarkLag(watermark, clock),
  );
  metrics.observed(
    "tocsin_rule_losses",
    "Events that came too late or over a cap, keys put out, and calls without an answer, by rule and counter.",
    async () => (await look()).counts,
  );
  metrics.observed(
    "tocsin_rules_not_shown",
    "Rules beyond those that are shown by name.",
    () => [[{}, Math.max(0, table.size - RULES_SHOWN_MAX)]],
  );
}

/** Seconds; null for a rule that does not go by event time, or has seen no event. */
export function watermarkLag(watermark: number | null, clock: Clock): number | null {
  return watermark === null ? null : Math.max(0, clock.now() - watermark) / 1000;
}

function looking(parts: RuleFiguresParts): () => Promise<Look> {
  let at = -Infinity;
  let last: Promise<Look> | null = null;
  return () => {
    const now = parts.clock.monotonic();
    if (last === null || now - at >= LOOK_MS) {
      at = now;
      last = lookAt(parts);
    }
    return last;
  };
}

async function lookAt({ table, inspections, effects }: RuleFiguresParts): Promise<Look> {
  const shown = [...table.all()].slice(0, RULES_SHOWN_MAX);
  const asked = shown.map(async (live) => [live.ruleId, await inspections.ask(live)] as const);
  const names = new Set(shown.map(({ ruleId }) => ruleId));
  const progress = (await effects.allProgress()).filter(({ rule_id }) => names.has(rule_id));
  const answers = await Promise.all(asked);
  return {
    figures: answers.flatMap(([ruleId, figures]) => figures === null ? [] : [[ruleId, figures] as const]),
    counts: progress.flatMap(({ rule_id, counters }) =>
      COUNTERS.map((counter) => [{ rule_id, counter }, counters[counter] ?? 0] as const)
    ),
  };
}
