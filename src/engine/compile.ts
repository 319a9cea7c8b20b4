/**
 * compile: from a rule to its plan. The rule was read by the model, where every fault was told; nothing
 * here can fail. All spellings of the document end here: a plan knows columns, tests and selectors only.
 */
import { assert } from "../base/assert.ts";
import { parseCron } from "../base/cron.ts";
import { pollTopic } from "../base/poll_topic.ts";
import type { Rule, Trigger } from "../model/rule.ts";
import type { Schedule } from "../model/schedule.ts";
import { all, compileCondition } from "./compile_condition.ts";
import { compileEnrichments, keptResults } from "./compile_enrichments.ts";
import { compileAggregates, compileAnomaly, compileHaving } from "./compile_values.ts";
import { indexTerms } from "./index_terms.ts";
import { NameTable } from "./name_table.ts";
import { compilePattern } from "./pattern/compile_pattern.ts";
import type { PatternPlan } from "./pattern/pattern_plan.ts";
import { programOf } from "./pattern/programs.ts";
import type { ClockPlan, Condition, EnrichmentPlan, Plan, SchedulePlan, WindowPlan } from "./plan.ts";
import { splitCondition } from "./split_condition.ts";

export interface CompileOptions {
  rule_id: string;
  version: number;
  generation: number;
}

/** The plan of `rule` as plain data. */
export function compileRule(rule: Rule, options: CompileOptions): Plan {
  const { enrichments } = rule.trigger;
  const draft = new NameTable(enrichments);
  const drafted = compileOver(draft, rule, options);
  // Without enrichments every index is that of a column, and known at once.
  return enrichments.length === 0 ? drafted : compileOver(new NameTable(enrichments, draft), rule, options);
}

function compileOver(table: NameTable, rule: Rule, options: CompileOptions): Plan {
  const trigger: Trigger = rule.trigger;
  const parts = compileCondition(trigger, table);
  const key = trigger.group_by.map((field) => table.indexOf(field));
  const aggregates = compileAggregates(trigger.aggregates, table);
  const anomaly = trigger.anomaly === null ? null : compileAnomaly(trigger.anomaly, table);
  const enrichments = compileEnrichments(trigger, table);
  const split = holdsByRow(rule)
    ? { where: all(parts.selectors), after: null, holds: all(parts.tests) }
    : { ...splitCondition(parts, (index) => table.isBehindColumns(index)), holds: null };
  const pattern = trigger.pattern && compilePattern(trigger.pattern, {
    table,
    isAdded: (index) => table.isBehindColumns(index),
    partials_max: rule.limits.partials_per_key,
  });
  if (pattern !== null && mayLeaveOut(pattern, enrichments)) split.where = narrowed(split.where, pattern);
  const { fields } = table;
  return {
    format: 2,
    rule_id: options.rule_id,
    rule_version: options.version,
    generation: options.generation,
    topics: topicsOf(trigger, options.rule_id),
    fields,
    ...split,
    names: [...fields, ...table.added],
    enrichments,
    key,
    time: { field: trigger.time.field, unit: trigger.time.unit },
    clock: clockOf(rule),
    window: windowOf(rule),
    aggregates: trigger.window === null ? aggregates : [
      ...aggregates,
      ...keptResults(enrichments, { added: table.added, aggregates, table }),
    ],
    having: trigger.having === null ? null : compileHaving(trigger.having),
    anomaly,
    schedule: trigger.schedule && compileSchedule(trigger.schedule),
    pattern,
    hold: rule.hold,
    cooldown_ms: rule.cooldown_ms,
    limits: limitsOf(rule),
    index: trigger.type === "schedule" ? [] : indexTerms(split.where, fields),
  };
}

/** A rule that polls its value looks at what was polled for it alone. */
function topicsOf({ type, polling, topics }: Trigger, ruleId: string): readonly string[] | null {
  if (type === "schedule") return [];
  return polling === null ? topics : [pollTopic(ruleId)];
}

/** Whether rows that fail the condition matter: they end what held. */
function holdsByRow({ hold, trigger }: Rule): boolean {
  return hold !== null && trigger.window === null && trigger.anomaly === null;
}

/** Whether events that no condition of the pattern holds of change nothing, whatever is half matched. */
function mayLeaveOut({ automaton }: PatternPlan, enrichments: readonly EnrichmentPlan[]): boolean {
  if (enrichments.some(({ kind }) => kind === "aggregate")) return false;
  return automaton.states.every(({ kind }, state) => {
    if (kind === "final") return true;
    const { stays, takes, completes } = programOf(automaton, state, 0);
    return state === automaton.start ? takes.length === 0 && !completes : stays;
  });
}

function narrowed(where: Condition, { conditions }: PatternPlan): Condition {
  const any: Condition = { kind: "group", logic: "or", items: conditions.map(({ where }) => where) };
  return all([...(where.kind === "group" && where.logic === "and" ? where.items : [where]), any]);
}

function clockOf({ trigger, hold }: Rule): ClockPlan | null {
  const { window, enrichments, time } = trigger;
  const waits = (window !== null && window.type !== "count") || hold !== null || trigger.pattern !== null ||
    enrichments.some(({ type }) => type === "aggregate");
  return waits ? { delay_ms: time.delay_ms, idle_ms: time.idle_ms } : null;
}

function windowOf({ trigger, limits }: Rule): WindowPlan | null {
  if (trigger.window === null) return null;
  const { lateness_ms } = trigger.time;
  return { ...trigger.window, lateness_ms, events_max: limits.events_per_window };
}

function compileSchedule({ cron, ...schedule }: Schedule): SchedulePlan {
  if (cron === null) return { ...schedule, cron };
  const reading = parseCron(cron);
  assert(reading.ok, "the model read the schedule");
  return { ...schedule, cron: reading.schedule };
}

function limitsOf({ limits: { keys, alerts_per_minute, state_bytes } }: Rule): Plan["limits"] {
  return { keys, alerts_per_minute, state_bytes };
}
