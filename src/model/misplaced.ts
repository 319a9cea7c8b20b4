/** Members of trigger_spec that another trigger_type has: refused by name, never ignored. */
import type { Report } from "./read_as.ts";
import type { TriggerType } from "./trigger_type.ts";

const ANOMALY = ["anomaly_method", "anomaly_config", "baseline_values", "baseline_window"];
const CRON = ["cron", "scheduleExpression", "schedule_expression", "timezone", "missed"];
const POLLING = ["endpoint", "timeout_ms"];
const COMPUTED = ["window_config", "window", "aggregation", "aggregations", "having"];

const VALUES = ["value_path", "metricName", "metric_name", "threshold", "duration", "duration_seconds"];
const PATTERN = ["pattern", "recipe"];

const FOREIGN: Readonly<Record<TriggerType, readonly string[]>> = {
  event: [...ANOMALY, ...CRON, ...POLLING, ...PATTERN, "interval", "interval_seconds"],
  metric: [...ANOMALY, ...CRON, ...PATTERN],
  anomaly: [...CRON, ...COMPUTED, ...PATTERN],
  schedule: [...ANOMALY, ...COMPUTED, ...POLLING, ...PATTERN, "enrichments"],
  pattern: [...ANOMALY, ...CRON, ...POLLING, ...COMPUTED, ...VALUES, "interval", "interval_seconds"],
};

const HINTS: Readonly<Record<string, string>> = {
  threshold: "anomaly_config.threshold is the limit of an anomaly",
};

/** Tells each member that a rule of `type` has no use for. */
export function checkPlaces(
  members: Readonly<Record<string, unknown>>,
  type: TriggerType,
  report: Report,
): void {
  for (const name of [...FOREIGN[type], ...(type === "anomaly" ? ["threshold"] : [])]) {
    const given = members[name];
    if (given === undefined || given === null || (Array.isArray(given) && given.length === 0)) continue;
    const hint = HINTS[name] ?? "it belongs to another trigger_type";
    report([name], "misplaced", `Cannot use "${name}" in a rule of trigger_type ${type}: ${hint}`);
  }
}
