/**
 * The threshold part of a metric rule: `value_path` (or metricName, metric_name), op (or operator) and
 * `threshold`. The value must read as a number; otherwise the part does not hold, whatever the operator.
 */
import { numberOfText } from "../base/numeric.ts";
import { shown } from "./faults.ts";
import { oneOfNames } from "./one_of_names.ts";
import { type TestOperator, unsupportedOperator } from "./operator.ts";
import type { Report } from "./read_as.ts";

export const THRESHOLD_OPERATORS = [">", ">=", "<", "<=", "==", "!="] as const;
export type ThresholdOperator = typeof THRESHOLD_OPERATORS[number];

/** What a number is compared with. */
export interface ValueLimit {
  op: ThresholdOperator;
  value: number;
}

export interface Threshold extends ValueLimit {
  path: string;
}

export interface ThresholdMembers {
  op?: TestOperator | null | undefined;
  operator?: TestOperator | null | undefined;
  threshold?: unknown;
}

/** The threshold part of a spec whose value path is `path`; null when it has no `threshold`. */
export function readThreshold(
  members: ThresholdMembers,
  path: string | null,
  report: Report,
): Threshold | null {
  if (members.threshold === undefined || members.threshold === null) return null;
  if (path === null) report(["value_path"], "required", "value_path is required");
  const op = oneOfNames<"op" | "operator", TestOperator>(members, ["op", "operator"], report) ?? "==";
  const limit = readLimit(members.threshold, { op, report });
  return limit === null ? null : { path: path ?? "", ...limit };
}

/** The number under `threshold` and how it is compared; null when there is none. */
export function readLimit(
  given: unknown,
  { op, report }: { op: TestOperator; report: Report },
): ValueLimit | null {
  if (given === undefined || given === null) return null;
  const known = THRESHOLD_OPERATORS.find((operator) => operator === op);
  if (known === undefined) {
    report(["op"], "unsupported_operator", unsupportedOperator(op, THRESHOLD_OPERATORS));
  }
  const value = numberOf(given);
  if (Number.isNaN(value)) {
    report(["threshold"], "invalid_type", `threshold must be numeric: current value is ${shown(given)}`);
  }
  return { op: known ?? "==", value };
}

function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" ? numberOfText(value) : NaN;
}
