/** What each aggregate means, written down without any regard to cost: the oracle of the property tests. */
import type { JsonScalar } from "../../../src/base/json.ts";
import { numberOf } from "../../../src/engine/compare.ts";
import type { AggregatePlan, AggregateType } from "../../../src/engine/plan.ts";
import type { AggregateEvent } from "./gathered_events.ts";

export const NUMERIC_TYPES: readonly AggregateType[] = [
  "sum",
  "avg",
  "min",
  "max",
  "stddev_samp",
  "stddev_pop",
  "percentile_cont",
  "percentile_disc",
  "range",
];

export const ALL_TYPES: readonly AggregateType[] = [
  ...NUMERIC_TYPES,
  "count",
  "distinct",
  "first",
  "last",
  "rate",
];

/** All types on one field, and the counting ones without a field. */
export function allPlans(p: number): AggregatePlan[] {
  const plans = ALL_TYPES.map((type) => ({
    as: type,
    type,
    field: 0,
    p: type.startsWith("perc") ? p : null,
  }));
  return [
    ...plans,
    { as: "n", type: "count", field: null, p: null },
    { as: "r", type: "rate", field: null, p: null },
  ];
}

export function naiveValue(
  { type, field, p }: AggregatePlan,
  events: readonly AggregateEvent[],
  spanMs: number,
): JsonScalar {
  const present = field === null ? events : events.filter(({ values }) => (values[field] ?? null) !== null);
  if (type === "count") return present.length;
  if (type === "rate") return present.length * 1000 / spanMs;
  const values = present.map((event) => event.values[field!]!);
  if (type === "distinct") {
    return new Set(values.map((value) => `${typeof value} ${JSON.stringify(value)}`)).size;
  }
  if (type === "first" || type === "last") return endOf(present, field!, type);
  const numbers = values.filter((value) => typeof value !== "boolean").map(numberOf)
    .filter(Number.isFinite);
  return numbers.length === 0 ? null : numeric(type, numbers, p ?? 0);
}

function endOf(events: readonly AggregateEvent[], field: number, which: "first" | "last"): JsonScalar {
  const byTime = events.toSorted((a, b) => a.ts! - b.ts!);
  const value = byTime.at(which === "first" ? 0 : -1)?.values[field] ?? null;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}

function numeric(type: AggregateType, numbers: readonly number[], p: number): number | null {
  const n = numbers.length;
  const ascending = numbers.toSorted((a, b) => a - b);
  switch (type) {
    case "sum":
      return exactly(numbers, 1);
    case "avg":
      return exactly(numbers, n);
    case "min":
      return ascending[0]! + 0;
    case "max":
      return ascending.at(-1)! + 0;
    case "range":
      return ascending.at(-1)! - ascending[0]!;
    case "percentile_disc":
      return ascending[Math.max(1, Math.ceil(p * n)) - 1]!;
    case "percentile_cont": {
      const h = (n - 1) * p;
      const [low, high] = [ascending[Math.floor(h)]!, ascending[Math.ceil(h)]!];
      return low + (h % 1) * (high - low);
    }
    default:
      return deviation(numbers, n - (type === "stddev_samp" ? 1 : 0));
  }
}

/** Doubles as whole multiples of 2^-1074, so that sums are whole numbers of any size. */
const UNIT_BITS = 1074n;

function units(x: number): bigint {
  const exponent = Math.max(-1022, Math.floor(Math.log2(Math.abs(x) || 1)) - 1);
  const shift = Math.max(0, Math.min(1074, 60 - exponent));
  let mantissa = x;
  for (let left = shift; left > 0; left -= 500) mantissa *= 2 ** Math.min(500, left);
  return BigInt(mantissa) << (UNIT_BITS - BigInt(shift));
}

/** The sum divided by `n`, off by a few of the last bits at most. */
function exactly(numbers: readonly number[], n: number): number {
  const total = numbers.reduce((sum, x) => sum + units(x), 0n) / BigInt(n);
  return ratio(total, 1n << UNIT_BITS);
}

function deviation(numbers: readonly number[], divisor: number): number | null {
  if (divisor === 0) return null;
  const n = BigInt(numbers.length);
  const sum = numbers.reduce((all, x) => all + units(x), 0n);
  const squares = numbers.reduce((all, x) => all + units(x) ** 2n, 0n);
  const spread = n * squares - sum * sum;
  return Math.sqrt(ratio(spread, (n * BigInt(divisor)) << (2n * UNIT_BITS)));
}

/** a / b as a double. */
function ratio(a: bigint, b: bigint): number {
  const excess = (a < 0n ? -a : a).toString(2).length - b.toString(2).length;
  const shift = BigInt(80 - excess);
  const quotient = shift > 0n ? (a << shift) / b : a / (b << -shift);
  let x = Number(quotient);
  for (let left = Number(shift); left > 0; left -= 500) x *= 2 ** -Math.min(500, left);
  for (let left = -Number(shift); left > 0; left -= 500) x *= 2 ** Math.min(500, left);
  return x;
}
