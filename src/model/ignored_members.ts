/** Members of trigger_spec that are accepted, because documents of the reference system have them, and mean nothing. */
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { type Fault, pointer } from "../base/problem.ts";
import { aggregateTypeOf, plainName, takesPercentile } from "./aggregate_type.ts";
import type { Rule } from "./rule.ts";

/** A warning for each member of `spec`, which was read as the trigger of `rule`, that has no effect. */
export function* ignoredMembers(spec: JsonObject, rule: Rule): Generator<Fault> {
  const { trigger } = rule;
  if (trigger.type === "schedule") return yield* ofSchedule(spec);
  yield* ofWindow(spec, rule);
  for (const [path, item] of aggregations(spec)) {
    if (!isGiven(item.percentile_value) && !isGiven(item.percentile)) continue;
    const type = aggregateTypeOf(item.type);
    if (type !== undefined && takesPercentile(type) && plainName(String(item.type)) !== "median") continue;
    yield ignored([...path, "percentile_value"], `"percentile_value" has no effect with ${item.type}`);
  }
  if (isGiven(spec.conditions) && isGiven(spec.field)) {
    yield ignored(["field"], `"field" has no effect beside "conditions"`);
  }
  if (trigger.polling === null) yield* ofPolling(spec, rule);
}

export function isGiven(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null;
}

const OF_EVENTS = ["conditions", "field", "topics", "event_type", "eventType", "source", "group_by", "time"];
const OF_VALUES = ["value_path", "metricName", "metric_name", "threshold", "duration"];

function* ofSchedule(spec: JsonObject): Generator<Fault> {
  for (const name of [...OF_EVENTS, ...OF_VALUES]) {
    if (isGiven(spec[name])) yield ignored([name], `"${name}" has no effect: a schedule looks at no events`);
  }
  if (!["cron", "scheduleExpression", "schedule_expression"].some((name) => isGiven(spec[name]))) return;
  for (const name of ["interval", "interval_seconds"]) {
    if (isGiven(spec[name])) yield ignored([name], `"${name}" has no effect beside a cron expression`);
  }
}

function* ofWindow(spec: JsonObject, { trigger, hold }: Rule): Generator<Fault> {
  const { window, aggregates } = trigger;
  const config = isGiven(spec.window_config) ? "window_config" : "window";
  const written = spec[config];
  for (const name of ["duration", "duration_seconds"]) {
    if (!isGiven(spec[name])) continue;
    if (aggregates.length === 0) yield ignored([name], `"${name}" has no effect without an aggregation`);
    else if (isGiven(written)) yield ignored([name], `"${name}" has no effect beside "${config}"`);
  }
  if (!isObject(written)) {
    if (trigger.time.lateness_ms > 0 && window === null) {
      yield ignored(["time", "allowed_lateness"], `"allowed_lateness" has no effect without a window`);
    }
    return;
  }
  for (const name of ["size", "size_seconds"]) {
    if (window?.type !== "session" || !isGiven(written[name])) continue;
    yield ignored([config, name], `"${name}" has no effect in a session window: its gap ends it`);
  }
  if (window?.type !== "count") return;
  if (trigger.time.lateness_ms > 0) {
    yield ignored(["time", "allowed_lateness"], `"allowed_lateness" has no effect: events are counted`);
  }
  if (trigger.time.delay_ms > 0 && hold === null) {
    yield ignored(["time", "watermark_delay"], `"watermark_delay" has no effect: events are counted`);
  }
}

function* aggregations(spec: JsonObject): Generator<[path: PropertyKey[], item: JsonObject]> {
  if (isObject(spec.aggregation)) yield [["aggregation"], spec.aggregation];
  if (!Array.isArray(spec.aggregations)) return;
  for (const [i, item] of spec.aggregations.entries()) if (isObject(item)) yield [["aggregations", i], item];
}

function* ofPolling(spec: JsonObject, { trigger }: Rule): Generator<Fault> {
  if (trigger.type === "event") return;
  if (trigger.type === "metric" && spec.source === "runtime" && !isGiven(spec.endpoint)) {
    yield ignored(["source"], `"source" has no effect without an endpoint: values come from events`);
  }
  for (const name of ["endpoint", "interval", "interval_seconds", "timeout_ms"]) {
    // A metric that says "payload" keeps its endpoint for the day when it is polled.
    if (!isGiven(spec[name]) || (trigger.type === "metric" && spec.source === "payload")) continue;
    yield ignored([name], `"${name}" has no effect: values come from events`);
  }
}

function ignored(path: readonly PropertyKey[], message: string): Fault {
  return { pointer: pointer("trigger_spec", ...path), code: "ignored", message };
}
