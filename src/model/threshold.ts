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

export interface Threshold {
  path: string;
  op: ThresholdOperator;
  value: number;
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
  const known = THRESHOLD_OPERATORS.find((operator) => operator === op);
  if (known === undefined) {
    report(["op"], "unsupported_operator", unsupportedOperator(op, THRESHOLD_OPERATORS));
  }
  const value = numberOf(members.threshold);
  if (Number.isNaN(value)) {
    const message = `threshold must be numeric: current value is ${shown(members.threshold)}`;
    report(["threshold"], "invalid_type", message);
  }
  return { path: path ?? "", op: known ?? "==", value };
}

function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" ? numberOfText(value) : NaN;
}
