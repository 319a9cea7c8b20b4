/**
 * The right side of a test, read as its operator takes it: one value or `{"ref": "path"}` for a second field
 * for comparisons and text operators, a list or comma text for `in`, `[low, high]` for `between`, a regular
 * expression for `matches`, nothing for `exists`. In steps of patterns there is `{"agg": "sum", "of": "step.field"}`.
 */
import { isObject, type JsonScalar } from "../base/json.ts";
import type { TestOperator } from "./operator.ts";
import { shown } from "./faults.ts";
import { fieldName } from "./field_name.ts";
import type { Report } from "./read_as.ts";

export const LIST_VALUES_MAX = 10_000;

export type TestValue =
  | { kind: "none" }
  | { kind: "const"; value: JsonScalar }
  | { kind: "list"; values: readonly JsonScalar[] }
  | { kind: "range"; low: JsonScalar; high: JsonScalar }
  | { kind: "ref"; path: string }
  /** Over the events that a step of a pattern took: `path` is the step, or a field of it. */
  | { kind: "agg"; function: PatternAggregate; path: string };

export const PATTERN_AGGREGATES = ["sum", "avg", "count", "min", "max"] as const;
export type PatternAggregate = typeof PATTERN_AGGREGATES[number];

const NONE: TestValue = { kind: "none" };

/** `value` as `op` takes it. Faults are told at the member `value`; what is returned then has no meaning. */
export function readOperand(op: TestOperator, value: unknown, report: Report): TestValue {
  switch (op) {
    case "exists":
    case "not_exists":
      return readNothing(op, value, report);
    case "in":
    case "not_in":
      return readList(op, value, report);
    case "between":
      return readRange(value, report);
    case "matches":
      return readPattern(value, report);
    default:
      return readOne(op, value, report);
  }
}

function readNothing(op: TestOperator, value: unknown, report: Report): TestValue {
  // Forms send an empty value beside operators that take none.
  if (value === undefined || value === null || value === "" || value === true) return NONE;
  return refuse(report, `Cannot use ${shown(value)} as value: "${op}" takes none`);
}

function readOne(op: TestOperator, value: unknown, report: Report): TestValue {
  if (value === undefined) return refuse(report, `value is required for "${op}"`, "required");
  if (isObject(value)) return readRef(value, report);
  if (isScalar(value)) return { kind: "const", value };
  return refuse(
    report,
    `Cannot use ${shown(value)} as value of "${op}": expected one value; a list is for "in"`,
  );
}

function readRef(value: Readonly<Record<string, unknown>>, report: Report): TestValue {
  if ("agg" in value) return readAggregate(value, report);
  const path = Object.keys(value).length === 1 ? fieldName.safeParse(value.ref) : null;
  if (path?.success) return { kind: "ref", path: path.data };
  return refuse(report, `Cannot use an object as value: expected {"ref": "<field>"}`);
}

function readAggregate(value: Readonly<Record<string, unknown>>, report: Report): TestValue {
  const of = PATTERN_AGGREGATES.find((known) => known === value.agg);
  const path = Object.keys(value).length === 2 ? fieldName.safeParse(value.of) : null;
  if (of !== undefined && path?.success) return { kind: "agg", function: of, path: path.data };
  const message = `Cannot use an object as value: expected {"agg": "${PATTERN_AGGREGATES.join('" | "')}", ` +
    `"of": "<step>.<field>"}`;
  return refuse(report, message);
}

function readList(op: TestOperator, value: unknown, report: Report): TestValue {
  if (value === undefined) return refuse(report, `value is required for "${op}"`, "required");
  const values = listed(value);
  if (!Array.isArray(values) || !values.every(isScalar)) {
    return refuse(
      report,
      `Cannot use ${shown(value)} as value of "${op}": expected a list of values or comma text`,
    );
  }
  if (values.length <= LIST_VALUES_MAX) return { kind: "list", values };
  const message = `Cannot use ${values.length} values for "${op}": expected at most ${LIST_VALUES_MAX}`;
  return refuse(report, message, "out_of_range");
}

function listed(value: unknown): unknown {
  if (typeof value === "string") {
    return value.split(",").map((item) => item.trim()).filter((item) => item !== "");
  }
  return isScalar(value) ? [value] : value;
}

function readRange(value: unknown, report: Report): TestValue {
  const [low, high, ...rest] = Array.isArray(value) ? value : [];
  if (isBound(low) && isBound(high) && rest.length === 0) return { kind: "range", low, high };
  return refuse(report, `Cannot use ${shown(value)} as value of "between": expected [low, high]`);
}

/** The pattern itself is checked with all others of the rule, which have a bound together. */
function readPattern(value: unknown, report: Report): TestValue {
  if (typeof value === "string") return { kind: "const", value };
  return refuse(report, `Cannot use ${shown(value)} as value of "matches": expected a regular expression`);
}

function isBound(value: unknown): value is JsonScalar {
  return isScalar(value) && value !== null;
}

function isScalar(value: unknown): value is JsonScalar {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

function refuse(report: Report, message: string, code = "invalid_value"): TestValue {
  report(["value"], code, message);
  return NONE;
}
