/** A trigger_spec as a document again. What a rule does not have is left out. */
import { formatDuration } from "../base/duration.ts";
import type { JsonObject } from "../base/json.ts";
import type { Aggregate } from "./aggregate.ts";
import { effectiveGroup } from "./effective_condition.ts";
import { effectivePattern } from "./effective_pattern.ts";
import type { Enrichment } from "./enrichment.ts";
import type { Polling } from "./polling.ts";
import type { Schedule } from "./schedule.ts";
import { DEFAULT_TIME, type TimeSpec } from "./time_spec.ts";
import type { Trigger } from "./trigger.ts";
import type { Window } from "./window.ts";

/** @param waits whether the rule has a watermark */
export function effectiveTrigger(trigger: Trigger, waits: boolean): JsonObject {
  if (trigger.schedule !== null) return scheduleMembers(trigger.schedule);
  return {
    topics: trigger.topics === null ? null : [...trigger.topics],
    event_type: trigger.event_type,
    source: trigger.source,
    ...(trigger.where === null ? {} : effectiveGroup(trigger.where)),
    ...value(trigger),
    ...pollingMembers(trigger),
    ...(trigger.enrichments.length === 0 ? {} : { enrichments: trigger.enrichments.map(enrichment) }),
    group_by: [...trigger.group_by],
    ...(trigger.window === null ? {} : { window_config: windowConfig(trigger.window) }),
    ...(trigger.aggregates.length === 0 ? {} : { aggregations: trigger.aggregates.map(aggregation) }),
    ...(trigger.having === null ? {} : { having: effectiveGroup(trigger.having) }),
    ...(trigger.pattern === null ? {} : { pattern: effectivePattern(trigger.pattern) }),
    time: time(trigger.time, waits),
  };
}

function scheduleMembers({ cron, interval_ms, timezone, missed }: Schedule): JsonObject {
  const when = cron === null ? { interval: formatDuration(interval_ms!) } : { cron };
  return { ...when, timezone, missed };
}

/** Threshold, anomaly or block: what value_path is for. */
function value({ threshold, anomaly, block }: Trigger): JsonObject {
  if (anomaly !== null) {
    const { method, path, threshold, multiplier, alpha, baseline_window, baseline_values } = anomaly;
    return {
      value_path: path,
      anomaly_method: method,
      anomaly_config: { threshold, multiplier, alpha },
      baseline_values: [...baseline_values],
      baseline_window,
    };
  }
  if (threshold === null) return block === null ? {} : { value_path: block };
  return { value_path: threshold.path, op: threshold.op, threshold: threshold.value };
}

/** An anomaly rule is polled only where it says so. */
function pollingMembers({ type, polling }: Trigger): JsonObject {
  if (polling === null) return {};
  return { ...(type === "anomaly" ? { source: "runtime" } : {}), ...ofPolling(polling) };
}

function ofPolling({ endpoint, method, params, interval_ms, timeout_ms }: Polling): JsonObject {
  return { endpoint, method, params, interval: formatDuration(interval_ms), timeout_ms };
}

function enrichment(one: Enrichment): JsonObject {
  switch (one.type) {
    case "lookup":
      return { ...one, fields: one.fields === null ? null : [...one.fields] };
    case "aggregate": {
      const { size_ms, ...rest } = one;
      return { ...rest, ...(size_ms === null ? {} : { size: formatDuration(size_ms) }) };
    }
    case "calculate":
      return { type: one.type, name: one.name, formula: one.formula };
    case "api_call":
      return { ...one };
  }
}

function windowConfig({ emit, emit_empty, ...shape }: Window): JsonObject {
  const when = { emit: `on_${emit}`, emit_empty };
  switch (shape.type) {
    case "hopping": {
      const size = formatDuration(shape.size_ms);
      const offset = formatDuration(shape.offset_ms);
      if (shape.size_ms === shape.slide_ms) return { type: "tumbling", size, offset, ...when };
      return { type: "sliding", size, slide: formatDuration(shape.slide_ms), offset, ...when };
    }
    case "sliding":
      return { type: "sliding", size: formatDuration(shape.size_ms), ...when };
    case "session": {
      const { gap_ms, duration_ms_max } = shape;
      const longest = duration_ms_max === null ? {} : { max_duration: formatDuration(duration_ms_max) };
      return { type: "session", gap: formatDuration(gap_ms), ...longest, ...when };
    }
    case "count":
      return { ...shape, ...when };
  }
}

function aggregation({ as, type, field, percentile_value }: Aggregate): JsonObject {
  return { as, type, field, ...(percentile_value === null ? {} : { percentile_value }) };
}

function time(spec: TimeSpec, waits: boolean): JsonObject {
  const { field, unit, delay_ms, lateness_ms, idle_ms } = spec;
  const isDefault = delay_ms === DEFAULT_TIME.delay_ms && lateness_ms === DEFAULT_TIME.lateness_ms &&
    idle_ms === DEFAULT_TIME.idle_ms;
  if (!waits && isDefault) return { field, unit };
  return {
    field,
    unit,
    watermark_delay: formatDuration(delay_ms),
    allowed_lateness: formatDuration(lateness_ms),
    idle_after: formatDuration(idle_ms),
  };
}
