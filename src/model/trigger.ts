/**
 * trigger_spec: which events a rule is about, and what must hold of them. The schema takes every spelling
 * of the reference system; {@linkcode Trigger} is the one normal form that the compiler reads.
 *
 * Conditions stand in `conditions`/`logic` or field/op/value; a metric rule may add a threshold part, and
 * both must hold. With `endpoint` (and no `source: "payload"`) the value is to be polled, which is refused
 * at save for now; simulation gets its payload from the caller and accepts it.
 */
import * as z from "zod";
import type { TimeSource } from "../base/event_time.ts";
import { closedObject } from "./closed_object.ts";
import { type ConditionMembers, conditionMembers, type GroupNode, readCondition } from "./condition.ts";
import { checkBounds } from "./condition_bounds.ts";
import { fieldName, shortText } from "./field_name.ts";
import { groupBySchema } from "./group_by.ts";
import { TIME_MEMBERS_TO_COME, TRIGGER_MEMBERS_TO_COME } from "./not_supported_yet.ts";
import { oneOfNames } from "./one_of_names.ts";
import { type Polling, pollingMembers, readPolling } from "./polling.ts";
import { readAs, type Report } from "./read_as.ts";
import { readThreshold, type Threshold } from "./threshold.ts";
import { topicsSchema } from "./topics.ts";

/** Saving refuses what cannot run yet; simulation accepts what the caller stands in for. */
export type Purpose = "save" | "simulate";

/** What a trigger_spec says, whatever the trigger_type. */
export interface TriggerSpec {
  /** null: every topic that does not start with "_". */
  topics: readonly string[] | null;
  event_type: string | null;
  /** As written; what it means depends on the trigger_type. */
  source: string | null;
  /** null: the spec has no condition part. */
  where: GroupNode | null;
  threshold: Threshold | null;
  /** The block of the payload in which fields of conditions are looked up first; null: there is none. */
  block: string | null;
  group_by: readonly string[];
  time: TimeSource;
  polling: Polling | null;
}

const SELECTOR_CHARACTERS_MAX = 512;

const timeSchema = closedObject({
  field: fieldName.nullish(),
  unit: z.enum(["s", "ms", "us", "ns"]).nullish(),
  ...TIME_MEMBERS_TO_COME,
});

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
  // Ignored without an aggregation, which is not supported yet (SEMANTICS 17).
  duration: z.unknown().optional(),
  ...pollingMembers,
  ...TRIGGER_MEMBERS_TO_COME,
});
type TriggerMembers = z.output<typeof triggerMembers>;

/** The schema of trigger_spec. */
export function triggerSchema(purpose: Purpose): z.ZodType<TriggerSpec> {
  return readAs(triggerMembers, (members, report) => readTrigger(members, purpose, report));
}

function readTrigger(members: TriggerMembers, purpose: Purpose, report: Report): TriggerSpec {
  const path = oneOfNames<"value_path" | "metricName" | "metric_name", string>(
    members,
    ["value_path", "metricName", "metric_name"],
    report,
  );
  const where = readWhere(members, report);
  const threshold = readThreshold(members, path, report);
  const spec: TriggerSpec = {
    topics: members.topics ?? null,
    event_type: oneOfNames<"event_type" | "eventType", string>(members, ["event_type", "eventType"], report),
    source: members.source ?? null,
    where,
    threshold,
    block: threshold === null && where !== null ? path : null,
    group_by: members.group_by ?? [],
    time: { field: members.time?.field ?? null, unit: members.time?.unit ?? null },
    polling: readPolling(members, purpose, report),
  };
  if (where === null && threshold === null) checkSaysSomething(spec, path, report);
  return spec;
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

function checkSaysSomething(spec: TriggerSpec, path: string | null, report: Report): void {
  if (path !== null) report(["threshold"], "required", "threshold is required");
  else if (spec.polling !== null) report(["value_path"], "required", "value_path is required");
  else if (!selectsEvents(spec)) report([], "required", SAYS_NOTHING);
}

export const SAYS_NOTHING = "trigger_spec says nothing about events: " +
  "expected field, conditions, event_type, source, topics or a threshold";

/** Whether a spec without conditions still says which events it is about (SEMANTICS 7). */
export function selectsEvents({ topics, event_type, source }: TriggerSpec): boolean {
  return topics !== null || event_type !== null || source !== null;
}
