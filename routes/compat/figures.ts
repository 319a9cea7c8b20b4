/**
 * /cep/stats/summary, /cep/rules/performance, /cep/errors/timeline: the figures of the native API under the
 * reference system's names. An execution is an event that met a rule's conditions, an error what went wrong
 * with the rule or its deliveries for good (docs/compatibility.md).
 */
import * as z from "zod";
import { instant } from "../../src/base/event_time.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { ERROR_CLASSES } from "../../src/base/error_class.ts";
import { ERROR_KINDS } from "../../src/store/figure_store.ts";
import type { RouteContext } from "../route_table.ts";
import type { CompatTable } from "./compat_table.ts";
import { wholeNumber } from "./validation.ts";

const HOUR_MS = 3_600_000;
const PERIOD_HOURS: Readonly<Record<string, number>> = { "1h": 1, "6h": 6, "24h": 24, "7d": 168 };
const PERIOD_DAYS = 7;
const RECENT = 10;

export function figureRoutes(table: CompatTable, { deps: { monitor, clock } }: RouteContext): void {
  table.on("GET", "/cep/stats/summary", {}, async () => {
    const { rules, matches, errors, avg_batch_ms, timestamp } = await monitor.summary();
    const stats = {
      ...{ total_rules: rules.total, active_rules: rules.active, inactive_rules: rules.inactive },
      today_execution_count: matches.today,
      today_error_count: errors.today,
      today_error_rate: rate(errors.today, matches.today),
      today_avg_duration_ms: twoDigits(avg_batch_ms),
      last_24h_execution_count: matches.last_24h,
      timestamp,
    };
    return { data: { stats } };
  });
  const limited = z.object({ limit: wholeNumber(1, 50).default(10) });
  table.on("GET", "/cep/rules/performance", { query: limited }, async ({ query: { limit } }) => {
    const { rows } = await monitor.performance({ sort: "matches", limit });
    const rules = rows.map(({ rule_id, rule_name, is_active, matches, errors, cpu_ms, batches }) => ({
      ...{ rule_id, rule_name: rule_name ?? "Unknown", is_active },
      ...{ execution_count: matches, error_count: errors, error_rate: rate(errors, matches) },
      avg_duration_ms: twoDigits(batches === 0 ? 0 : cpu_ms / batches),
    }));
    return { data: { rules, total_rules: rules.length, period_days: PERIOD_DAYS } };
  });
  const periodic = z.object({ period: z.string().default("24h") });
  table.on("GET", "/cep/errors/timeline", { query: periodic }, async ({ query: { period } }) => {
    const hours = PERIOD_HOURS[period] ?? PERIOD_HOURS["24h"]!;
    const to = Math.floor(clock.now() / HOUR_MS) * HOUR_MS + HOUR_MS;
    const wish = { from: to - hours * HOUR_MS, to, bucket_ms: HOUR_MS, kinds: ERROR_KINDS, recent: RECENT };
    const { buckets, total, by_class, recent } = await monitor.errors(wish);
    const distribution = Object.fromEntries(ERROR_CLASSES.map((one) => [one, by_class[one] ?? 0]));
    const data: JsonObject = {
      timeline: buckets.map(({ at, total: error_count }) => ({ timestamp: instant(at), error_count })),
      error_distribution: distribution,
      recent_errors: recent.map((error) => ({
        ...{ exec_id: `error-${error.id}`, rule_id: error.rule_id, rule_name: error.rule_name ?? "Unknown" },
        ...{ triggered_at: instant(error.at), error_message: error.message },
        duration_ms: error.duration_ms ?? 0,
      })),
      ...{ period, total_errors: total },
    };
    return { data };
  });
}

function rate(errors: number, executions: number): number {
  return errors === 0 ? 0 : Math.min(1, errors / Math.max(errors, executions));
}

function twoDigits(value: number): number {
  return Math.round(value * 100) / 100;
}
