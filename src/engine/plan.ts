/**
 * A plan: what a rule means, as immutable plain data. `compile` makes it once on the main thread, with
 * every error told there; the worker only prepares it for its batches. A plan holds no functions, so it
 * crosses to a Worker by structured clone and can be stored.
 */
import type { TimeSource } from "../base/event_time.ts";
import type { JsonScalar } from "../base/json.ts";
import type { IndexTerm } from "../batch/index_key.ts";

export type Comparison = ">" | ">=" | "<" | "<=" | "==" | "!=";
export type TextOperator = "contains" | "starts_with" | "ends_with" | "matches";
export type Operator = Comparison | TextOperator | "in" | "not_in" | "exists" | "not_exists" | "between";

/** The right side of a test. `field` is an index into {@linkcode Plan.fields}. */
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

export interface Plan {
  format: 1;
  rule_id: string;
  rule_version: number;
  generation: number;
  /** null: every topic that does not start with "_". */
  topics: readonly string[] | null;
  /** Column names (field paths as written, or the reserved selectors) that condition and key read. */
  fields: readonly string[];
  where: Condition;
  /** Indexes into `fields`, in the order of group_by. */
  key: readonly number[];
  time: TimeSource;
  /** 0 = none. */
  cooldown_ms: number;
  limits: PlanLimits;
  /** Any of these must hold; null = every event of the topics is a candidate. */
  index: readonly IndexTerm[] | null;
}
