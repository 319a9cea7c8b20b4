/**
 * trigger_spec: which events a rule is about, what is computed of them and what must hold. The schema takes
 * every spelling of the reference system; {@linkcode Trigger} is the one normal form that the compiler
 * reads. What a member means may depend on trigger_type, and a member of another type is refused by name.
 *
 * Conditions stand in `conditions`/`logic` or field/op/value; a metric rule may add a threshold part, and
 * both must hold. With `endpoint` (and no `source: "payload"`) a metric is polled.
 */
import * as z from "zod";
import { type Aggregate, AGGREGATES_MAX, aggregateSchema, aggregationSchema } from "./aggregate.ts";
import { readAggregates } from "./aggregates.ts";
import { type Anomaly, anomalyMembers, readAnomaly } from "./anomaly.ts";
import { closedObject } from "./closed_object.ts";
import {
  type ConditionMembers,
  conditionMembers,
  conditionSchema,
  type GroupNode,
  readCondition,
} from "./condition.ts";
import { checkBounds } from "./condition_bounds.ts";
import { type Enrichment, enrichmentsSchema } from "./enrichment.ts";
import { checkEnrichmentUse } from "./enrichment_use.ts";
import { fieldName, shortText } from "./field_name.ts";
import { groupBySchema } from "./group_by.ts";
import { readHaving } from "./having.ts";
import { checkPlaces } from "./misplaced.ts";
import { oneOfNames } from "./one_of_names.ts";
import { type Pattern, patternSchema } from "./pattern.ts";
import { checkPattern } from "./pattern_bounds.ts";
import { type Polling, pollingMembers, readPolling } from "./polling.ts";
import { readAs, type Report } from "./read_as.ts";
import { recipeSchema } from "./recipe.ts";
import { readSchedule, type Schedule, scheduleMembers } from "./schedule.ts";
import { readThreshold, type Threshold } from "./threshold.ts";
import { DEFAULT_TIME, timeSchema, type TimeSpec } from "./time_spec.ts";
import { topicsSchema } from "./topics.ts";
import type { TriggerType } from "./trigger_type.ts";
import { durationMembers, readWindow } from "./trigger_window.ts";
import { type Window, windowSchema } from "./window.ts";

export interface Trigger {
  type: TriggerType;
  /** null: every topic that does not start with "_". */
  topics: readonly string[] | null;
  event_type: string | null;
  /** null also where the written source says where a value comes from. */
  source: string | null;
  /** null: the spec has no condition part. */
  where: GroupNode | null;
  threshold: Threshold | null;
  /** The block of the payload in which fields of conditions are looked up first; null: there is none. */
  block: string | null;
  group_by: readonly string[];
  time: TimeSpec;
  polling: Polling | null;
  enrichments: readonly Enrichment[];
  window: Window | null;
  /** With a window at least one: events are counted where nothing is said. */
  aggregates: readonly Aggregate[];
  /** Over names of aggregates and `key.<field>`; null: every firing alerts. */
  having: GroupNode | null;
  anomaly: Anomaly | null;
  schedule: Schedule | null;
  pattern: Pattern | null;
}

const SELECTOR_CHARACTERS_MAX = 512;

const triggerMembers = closedObject({
  ...conditionMembers,
  topics: topicsSchema.nullish(),
  event_type: shortText(SELECTOR_CHARACTERS_MAX).nullish(),
  eventType: shortText(SELECTOR_CHARACTERS_MAX).nullish(),
  source: shortText(SELECTOR_CHARACTERS_MAX).nullish(),
  value_path: fieldName.nullish(),
  metricName: fieldName.nullish(),
  metric_name: fieldName.nullish(),
  threshold: z.unknown().optional(),
  group_by: groupBySchema.nullish(),
  time: timeSchema.nullish(),
  enrichments: enrichmentsSchema.nullish(),
  window_config: windowSchema.nullish(),
  window: windowSchema.nullish(),
  aggregation: aggregationSchema.nullish(),
  aggregations: z.array(aggregateSchema).max(AGGREGATES_MAX).nullish(),
  having: conditionSchema.nullish(),
  pattern: patternSchema.nullish(),
  recipe: recipeSchema.nullish(),
  ...durationMembers,
  ...pollingMembers,
  ...anomalyMembers,
  ...scheduleMembers,
});
export type TriggerMembers = z.output<typeof triggerMembers>;

/** The schema of the trigger_spec of a rule of `type`. */
export function triggerSchema(type: TriggerType): z.ZodType<Trigger> {
  return readAs(triggerMembers, (members, report) => {
    checkPlaces(members, type, report);
    return type === "schedule" ? readClock(members, report) : readTrigger(members, type, report);
  });
}

/** A rule that fires by the clock looks at no events. */
function readClock(members: TriggerMembers, report: Report): Trigger {
  return { ...NO_EVENTS, schedule: readSchedule(members, report) };
}

const NO_EVENTS: Trigger = {
  type: "schedule",
  topics: null,
  event_type: null,
  source: null,
  where: null,
  threshold: null,
  block: null,
  group_by: [],
  time: DEFAULT_TIME,
  polling: null,
  enrichments: [],
  window: null,
  aggregates: [],
  having: null,
  anomaly: null,
  schedule: null,
  pattern: null,
};

function readTrigger(members: TriggerMembers, type: TriggerType, report: Report): Trigger {
  const path = oneOfNames<"value_path" | "metricName" | "metric_name", string>(
    members,
    ["value_path", "metricName", "metric_name"],
    report,
  );
  const where = together(readWhere(members, report), members.recipe?.where ?? null);
  const limit = type === "anomaly" ? null : readThreshold(members, path, report);
  const config = readWindow(members, report);
  const computed = readAggregates(members, { path, limit, windowed: config !== null }, report);
  const names = computed.aggregates.map(({ as }) => as);
  const group_by = computed.group_by;
  const seen = names.length === 0 ? [] : [...names, ...group_by.map((field) => `key.${field}`)];
  const polling = readPolling(members, type, report);
  // A shorthand aggregation takes value path and threshold for itself.
  const threshold = computed.tookPath ? null : limit;
  const ownPath = type === "anomaly" || computed.tookPath ? null : path;
  const trigger: Trigger = {
    type,
    topics: members.topics ?? null,
    event_type: oneOfNames<"event_type" | "eventType", string>(members, ["event_type", "eventType"], report),
    source: polling !== null || saysWhereValueIs(members.source, type) ? null : members.source ?? null,
    where,
    threshold,
    block: threshold === null && where !== null ? ownPath : null,
    group_by,
    time: readTime(members, config?.lateness_ms ?? null, report),
    polling,
    enrichments: members.enrichments ?? [],
    window: config?.window ?? null,
    aggregates: computed.aggregates,
    having: readHaving(members.having ?? null, computed.tests, seen, report),
    anomaly: type === "anomaly" ? readAnomaly(members, path, report) : null,
    schedule: null,
    pattern: members.pattern ?? members.recipe?.pattern ?? null,
  };
  checkEnrichmentUse(trigger, report);
  if (type === "pattern") checkPattern(trigger, members, report);
  checkLateness(trigger, report);
  const fault = emptiness(trigger, { path: ownPath, sugar: computed.tookPath });
  if (fault !== null) report(...fault);
  return trigger;
}

/** In metric and anomaly rules "runtime" and "payload" say where the value is, and select no events. */
function saysWhereValueIs(source: string | null | undefined, type: TriggerType): boolean {
  return type !== "event" && (source === "runtime" || source === "payload");
}

function readTime(members: TriggerMembers, lateness: number | null, report: Report): TimeSpec {
  const said = members.time ?? { ...DEFAULT_TIME, lateness_ms: null };
  if (lateness !== null && said.lateness_ms !== null && lateness !== said.lateness_ms) {
    const message = "Cannot use allowed_lateness both in time and in window_config with two values";
    report(["time", "allowed_lateness"], "conflict", message);
  }
  return { ...said, lateness_ms: said.lateness_ms ?? lateness ?? 0 };
}

/** Each event has a window of its own there, and all that are behind the watermark have fired. */
function checkLateness({ window, time }: Trigger, report: Report): void {
  if (window?.type !== "sliding" || time.lateness_ms === 0) return;
  const message = "Cannot use allowed_lateness with a sliding window without slide: it fires at events; " +
    "watermark_delay waits for those that come late";
  report(["time", "allowed_lateness"], "conflict", message);
}

function readWhere(members: ConditionMembers, report: Report): GroupNode | null {
  const condition = readCondition(members, report);
  if (condition === null) {
    if (members.value !== undefined && members.value !== null) {
      report(["field"], "required", "field is required: value says what to compare it with");
    }
    return null;
  }
  // Where the list of conditions stands: written as field/op/value, the one condition stands in none.
  const at = condition.kind === "group" ? ["conditions"] : null;
  const root: GroupNode = condition.kind === "group"
    ? condition
    : { kind: "group", logic: "AND", conditions: [condition] };
  checkBounds(root, at, report);
  return root;
}

/** Both conditions; null when there is none. */
function together(where: GroupNode | null, more: GroupNode | null): GroupNode | null {
  if (where === null || more === null || where.conditions.length === 0) return more ?? where;
  const conditions = where.logic === "AND" ? where.conditions : [where];
  return { kind: "group", logic: "AND", conditions: [...conditions, ...more.conditions] };
}

/** What a spec lacks that says too little (SEMANTICS 7); null when it says enough. */
function emptiness(
  trigger: Trigger,
  { path, sugar }: { path: string | null; sugar: boolean },
): Parameters<Report> | null {
  const { where, threshold, having, window, anomaly, topics, event_type, source, pattern } = trigger;
  if (where !== null || threshold !== null || anomaly !== null || pattern !== null) return null;
  if (path !== null) return [["threshold"], "required", "threshold is required"];
  if (trigger.polling !== null && !sugar && trigger.aggregates.length === 0) {
    return [["value_path"], "required", "value_path is required"];
  }
  const says = [having, window, topics, event_type, source].some((part) => part !== null);
  return says ? null : [[], "required", SAYS_NOTHING];
}

const SAYS_NOTHING = "trigger_spec says nothing about events: " +
  "expected field, conditions, event_type, source, topics or a threshold";
