/**
 * A plan: what a rule means, as immutable plain data. `compile` makes it once on the main thread, with
 * every error told there; the worker only prepares it for its batches. A plan holds no functions, so it
 * crosses to a Worker by structured clone and can be stored.
 */
import type { CronSchedule } from "../base/cron.ts";
import type { TimeSource } from "../base/event_time.ts";
import type { JsonScalar, JsonValue } from "../base/json.ts";
import type { IndexTerm } from "../batch/index_key.ts";
import type { Expression } from "./expression/expression.ts";
import type { PatternPlan } from "./pattern/pattern_plan.ts";

export type Comparison = ">" | ">=" | "<" | "<=" | "==" | "!=";
export type TextOperator = "contains" | "starts_with" | "ends_with" | "matches";
export type Operator = Comparison | TextOperator | "in" | "not_in" | "exists" | "not_exists" | "between";

/**
 * The right side of a test. `field` is an index into {@linkcode Plan.fields}; below zero, in steps of patterns,
 * into {@linkcode PatternPlan.memories}.
 */
export type Operand =
  | { kind: "none" }
  | { kind: "const"; value: JsonScalar }
  | { kind: "list"; values: readonly JsonScalar[] }
  | { kind: "range"; low: JsonScalar; high: JsonScalar }
  | { kind: "field"; field: number };

export type Condition =
  | { kind: "group"; logic: "and" | "or" | "nor"; items: readonly Condition[] }
  | { kind: "test"; field: number; op: Operator; operand: Operand; fold_case: boolean }
  /** event_type or source: an event without it passes when `absent_passes` (SEMANTICS 6). */
  | { kind: "selector"; field: number; value: string; absent_passes: boolean };

/** null = no cap. */
export interface PlanLimits {
  keys: number | null;
  alerts_per_minute: number | null;
  state_bytes: number | null;
}

/** The numbers of one window operator, ms. Windows are [start, end), starts aligned to the epoch plus offset. */
export type WindowPlan = WindowShape & {
  /** How long a fired window keeps its state for events that come late, ms. */
  lateness_ms: number;
  /** `change`: evaluated at each event, and fires at most once a window and key. */
  emit: "close" | "change";
  /** Windows without events fire too, for keys that are held. */
  emit_empty: boolean;
  /** Events that one window of one key may hold; the oldest go first. null = no cap. */
  events_max: number | null;
};

export type WindowShape =
  | { type: "hopping"; size_ms: number; slide_ms: number; offset_ms: number }
  /** Per event, (t - size, t]. */
  | { type: "sliding"; size_ms: number }
  | { type: "session"; gap_ms: number; duration_ms_max: number | null }
  /** Every `slide` events over the last `size`, by arrival. */
  | { type: "count"; size: number; slide: number };

export type AggregateType =
  | "count"
  | "sum"
  | "avg"
  | "min"
  | "max"
  | "stddev_samp"
  | "stddev_pop"
  | "percentile_cont"
  | "percentile_disc"
  | "distinct"
  | "first"
  | "last"
  | "rate"
  | "range";

export interface AggregatePlan {
  /** The name under which `having` and the alert's values show it. */
  as: string;
  type: AggregateType;
  /** Index into {@linkcode Plan.names}; null: events are counted (count and rate). */
  field: number | null;
  /** 0 to 1; null where the type takes none. */
  p: number | null;
}

/** A condition on what was computed: `field` of its tests is an index into `names`. */
export interface ValueCondition {
  /** Names of aggregates, or `key.<group_by field>`. */
  names: readonly string[];
  where: Condition;
}

/** Event time as a rule reads it: when its watermark moves. */
export interface ClockPlan {
  delay_ms: number;
  idle_ms: number;
}

/** A key has one alert, pending until the condition held for `for_ms`, resolved `keep_ms` after it failed. */
export interface HoldPlan {
  for_ms: number;
  keep_ms: number;
}

export interface AnomalyPlan {
  method: "zscore" | "iqr" | "ema";
  /** Index into {@linkcode Plan.names}. */
  field: number;
  threshold: number;
  multiplier: number;
  alpha: number;
  /** Values per key that a test looks at. */
  baseline_window: number;
  /** Every key starts with these, oldest first. */
  seed: readonly number[];
}

export interface SchedulePlan {
  /** null: `interval_ms` counts. */
  cron: CronSchedule | null;
  interval_ms: number | null;
  timezone: string;
  missed: "run_once" | "skip";
}

/** A formula, and for each name that it reads the index into {@linkcode Plan.names}. */
export interface ProgramPlan {
  expression: Expression;
  names: readonly (readonly [name: string, index: number])[];
}

/** What is computed of each event that passes `where`, in this order; later ones may read earlier ones. */
export type EnrichmentPlan =
  | { kind: "calculate"; name: string; into: number; program: ProgramPlan }
  | {
    kind: "lookup";
    name: string;
    table: string;
    /** Index of the value that is looked up, into {@linkcode Plan.names}. */
    key: number;
    /** Members of the row found, and the indexes of the names under which they stand. */
    fields: readonly { member: string | null; into: number }[];
    fallback: JsonValue;
  }
  | {
    kind: "aggregate";
    name: string;
    into: number;
    field: number;
    function: AggregateType;
    of: "previous_window" | "same_hour_yesterday" | "moving";
    size_ms: number;
  }
  | CallPlan;

/** What is asked of an endpoint. Indexes are those of {@linkcode Plan.names}. */
export interface CallPlan {
  kind: "api_call";
  name: string;
  /** Texts, and indexes of the values that stand between them. */
  endpoint: readonly (string | number)[];
  method: "GET" | "POST";
  /** A value as it is, or (index) one of the row. */
  params: readonly { name: string; value: JsonValue; index: number | null }[];
  /** Members of the answer, and the indexes of the names under which they stand. */
  fields: readonly { member: string | null; into: number }[];
  timeout_ms: number;
  /** 0: an answer is for the events that wait for it, and no others. */
  cache_ms: number;
  fallback: JsonValue;
}

export interface Plan {
  format: 2;
  rule_id: string;
  rule_version: number;
  generation: number;
  /** null: every topic that does not start with "_". */
  topics: readonly string[] | null;
  /** Column names (field paths as written, or the reserved selectors) that the rule reads. */
  fields: readonly string[];
  where: Condition;
  /**
   * Names of all values that a row has: those of `fields`, then what enrichments add (`<name>` or
   * `<name>.<member>`).
   */
  names: readonly string[];
  enrichments: readonly EnrichmentPlan[];
  /** What must hold after the enrichments; its tests' fields are indexes into `names`. null: nothing more. */
  after: Condition | null;
  /**
   * With `hold` and no window: what must hold of a row, its tests' fields as indexes into `names`; a row that
   * fails it counts as false. `where` then asks for the selectors only. null elsewhere.
   */
  holds: Condition | null;
  /** Indexes into `fields`, in the order of group_by. */
  key: readonly number[];
  time: TimeSource;
  /** null: nothing in the rule waits for event time. */
  clock: ClockPlan | null;
  window: WindowPlan | null;
  /** Without a window they look at one event alone. */
  aggregates: readonly AggregatePlan[];
  /** null: every firing of the window (or event) counts. */
  having: ValueCondition | null;
  anomaly: AnomalyPlan | null;
  schedule: SchedulePlan | null;
  pattern: PatternPlan | null;
  /** null: each match is an alert of its own. */
  hold: HoldPlan | null;
  /** 0 = none. */
  cooldown_ms: number;
  limits: PlanLimits;
  /** Any of these must hold; null = every event of the topics is a candidate. */
  index: readonly IndexTerm[] | null;
}
