/**
 * What an edit of a rule keeps. The state of an operator survives an edit that does not change what the
 * state means; where some is reset, the rule's generation grows, and with it the ids of its alerts
 * (SEMANTICS 21). Names do not count (of aggregates, of columns by their index), nor what is only asked of
 * a state: having, emit, thresholds of anomalies, durations of `for`.
 */
import type { AggregatePlan, Condition, EnrichmentPlan, Plan } from "./plan.ts";

/** Names of operators, as the answer to an edit shows them. */
export interface PlanChange {
  kept: string[];
  reset: string[];
}

/** What a state means, as plain data; null where a plan has no such operator. */
type Meaning = readonly unknown[] | null;

/** An operator with state. */
interface Operator {
  name: string;
  meaning: (plan: Plan) => Meaning;
  /** What becomes of the state when the operator is taken out of the rule. */
  gone: "reset" | "silent";
}

const OPERATORS: readonly Operator[] = [
  // Windows of the same bounds may come again: their alerts must not be taken for those of before.
  { name: "window", meaning: ofWindow, gone: "reset" },
  { name: "enrichments", meaning: ofEnrichments, gone: "reset" },
  { name: "anomaly", meaning: ofAnomaly, gone: "reset" },
  { name: "pattern", meaning: ofPattern, gone: "reset" },
  { name: "schedule", meaning: ofSchedule, gone: "reset" },
  { name: "hold", meaning: ofHold, gone: "reset" },
  { name: "cooldown", meaning: ofCooldown, gone: "silent" },
];

/** Compares the plan in force with the one that follows it. An operator without state is in neither list. */
export function planChange(old: Plan, next: Plan): PlanChange {
  const change: PlanChange = { kept: [], reset: [] };
  for (const { name, meaning, gone } of OPERATORS) {
    const before = meaning(old);
    if (before === null) continue;
    const after = meaning(next);
    if (after === null) {
      if (gone === "reset") change.reset.push(name);
    } else (JSON.stringify(before) === JSON.stringify(after) ? change.kept : change.reset).push(name);
  }
  return change;
}

function ofWindow(plan: Plan): Meaning {
  if (plan.window === null) return null;
  const { lateness_ms: _, emit: _emit, emit_empty: _empty, events_max: _max, ...shape } = plan.window;
  return [shape, plan.aggregates.map((aggregate) => ofAggregate(aggregate, plan)), ...ofEvents(plan)];
}

function ofAggregate({ type, field, p }: AggregatePlan, { names }: Plan): unknown {
  return [type, field === null ? null : names[field]!, p];
}

/** Of enrichments only those that look at the past have state. */
function ofEnrichments(plan: Plan): Meaning {
  const past = plan.enrichments.filter(({ kind }) => kind === "aggregate");
  return past.length === 0 ? null : [past.map((one) => ofEnrichment(one, plan)), ...ofEvents(plan)];
}

function ofAnomaly(plan: Plan): Meaning {
  if (plan.anomaly === null) return null;
  const { field, baseline_window, seed } = plan.anomaly;
  return [plan.names[field]!, baseline_window, [...seed], ...ofEvents(plan)];
}

/** Partial matches are where they are in the automaton: it must be the same, and mean the same. */
function ofPattern(plan: Plan): Meaning {
  if (plan.pattern === null) return null;
  const { steps, conditions, memories, automaton, within_ms } = plan.pattern;
  return [
    [...steps],
    conditions.map(({ where, rest }) => [
      ofCondition(where, plan.names),
      rest === null ? null : ofCondition(rest, plan.names),
    ]),
    memories.map(({ step, function: of, field }) => [step, of, field === null ? null : plan.names[field]!]),
    automaton,
    within_ms,
    ...ofEvents(plan),
  ];
}

function ofSchedule({ schedule }: Plan): Meaning {
  return schedule === null ? null : [schedule.cron, schedule.interval_ms, schedule.timezone];
}

/** Since when something holds means something only while the same thing is asked. */
function ofHold(plan: Plan): Meaning {
  if (plan.hold === null) return null;
  const { holds, having, anomaly } = plan;
  return [
    holds === null ? null : ofCondition(holds, plan.names),
    having === null ? null : ofCondition(having.where, having.names),
    anomaly === null ? null : { ...anomaly, seed: [...anomaly.seed], field: plan.names[anomaly.field]! },
    ofWindow(plan),
    plan.aggregates.map((aggregate) => ofAggregate(aggregate, plan)),
    ...ofEvents(plan),
  ];
}

/** Cooldown remembers an event time by key: both must still mean the same. */
function ofCooldown(plan: Plan): Meaning {
  return plan.cooldown_ms === 0 ? null : [ofKey(plan), plan.time.field, plan.time.unit];
}

/** Whether keys of both name the same: else nothing that is known of a key means anything. */
export function sameKey(old: Plan, next: Plan): boolean {
  return JSON.stringify(ofKey(old)) === JSON.stringify(ofKey(next));
}

/** Which events reach an operator, under which key, and when time passes for it. */
function ofEvents(plan: Plan): unknown[] {
  const { topics, time, clock, where, after, fields, names, enrichments } = plan;
  return [
    topics === null ? null : [...topics].sort(),
    [time.field, time.unit],
    clock === null ? null : [clock.delay_ms, clock.idle_ms],
    ofKey(plan),
    ofCondition(where, fields),
    after === null ? null : ofCondition(after, names),
    enrichments.map((one) => ofEnrichment(one, plan)),
  ];
}

function ofKey({ key, fields }: Plan): unknown {
  return key.map((column) => fields[column]!);
}

/** Columns by name: an edit elsewhere may move their indexes. */
function ofCondition(condition: Condition, names: readonly string[]): unknown {
  switch (condition.kind) {
    case "group":
      return [condition.logic, condition.items.map((item) => ofCondition(item, names))];
    case "selector":
      return [names[condition.field]!, condition.value, condition.absent_passes];
    case "test": {
      const { field, op, operand, fold_case } = condition;
      // Below zero it is what a partial match remembers, which is compared by itself.
      const value = operand.kind === "field"
        ? { ref: operand.field < 0 ? operand.field : names[operand.field]! }
        : { ...operand };
      return [names[field]!, op, value, fold_case];
    }
  }
}

function ofEnrichment(one: EnrichmentPlan, { names }: Plan): unknown {
  switch (one.kind) {
    case "calculate":
      return [one.kind, one.name, one.program.expression];
    case "lookup": {
      const fields = one.fields.map(({ into }) => names[into]!).sort();
      return [one.kind, one.name, one.table, names[one.key]!, fields, one.fallback];
    }
    case "aggregate":
      return [one.kind, one.name, names[one.field]!, one.function, one.of, one.size_ms];
    case "api_call": {
      const { kind, name, method, fallback } = one;
      const endpoint = one.endpoint.map((part) => typeof part === "string" ? part : [names[part]!]);
      const params = one.params.map(({ name, value, index }) => [name, value, index === null]);
      return [kind, name, endpoint, method, params, fallback];
    }
  }
}
