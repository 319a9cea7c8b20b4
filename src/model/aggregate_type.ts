/** Names of aggregates, as documents spell them, read as the one name that the engine knows. */
import { shown } from "./faults.ts";
import { nearestName } from "./nearest_name.ts";

export const AGGREGATE_TYPES = [
  "count",
  "sum",
  "avg",
  "min",
  "max",
  "stddev_samp",
  "stddev_pop",
  "percentile_cont",
  "percentile_disc",
  "distinct",
  "first",
  "last",
  "rate",
  "range",
] as const;
export type AggregateType = typeof AGGREGATE_TYPES[number];

/** "median" besides: a percentile that needs no value. */
const ALIASES: Readonly<Record<string, AggregateType>> = {
  average: "avg",
  mean: "avg",
  std: "stddev_samp",
  stddev: "stddev_samp",
  stdev: "stddev_samp",
  std_pop: "stddev_pop",
  percentile: "percentile_cont",
  median: "percentile_cont",
  count_distinct: "distinct",
  distinct_count: "distinct",
};

/** As messages show them: the names that people use first. */
const SHOWN = [
  "count",
  "sum",
  "avg",
  "min",
  "max",
  "std",
  "stddev_pop",
  "percentile",
  "percentile_disc",
  "median",
  "distinct",
  "first",
  "last",
  "rate",
  "range",
];

/** The type that `name` stands for; undefined when it is none. Case and blanks around it do not count. */
export function aggregateTypeOf(name: unknown): AggregateType | undefined {
  if (typeof name !== "string") return undefined;
  const plain = plainName(name);
  return AGGREGATE_TYPES.find((type) => type === plain) ??
    (Object.hasOwn(ALIASES, plain) ? ALIASES[plain] : undefined);
}

export function plainName(name: string): string {
  return name.trim().toLowerCase();
}

/** Whether the type works on numbers or values of a field, and cannot do without one. */
export function needsField(type: AggregateType): boolean {
  return type !== "count" && type !== "rate";
}

export function takesPercentile(type: AggregateType): boolean {
  return type === "percentile_cont" || type === "percentile_disc";
}

/** Code and message for a type that is none. */
export function aggregateTypeFault(given: unknown): [code: string, message: string] {
  if (given === undefined || given === null) return ["required", "type is required"];
  const nearest = typeof given === "string" ? nearestName(given.trim(), SHOWN) : undefined;
  const hint = nearest === undefined ? `expected one of ${SHOWN.join(", ")}` : `did you mean "${nearest}"?`;
  return ["unsupported_aggregation", `Unsupported aggregation type ${shown(given)}: ${hint}`];
}
