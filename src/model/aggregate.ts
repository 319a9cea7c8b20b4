/**
 * aggregation and aggregations: what is computed over the events of a window. `aggregation` is one object
 * with the reference system's members, of which threshold and op become a test of `having`; or a shorthand
 * text ("avg"), which metric rules read together with their value_path (metric_sugar.ts).
 */
import * as z from "zod";
import { numberOfText } from "../base/numeric.ts";
import {
  type AggregateType,
  aggregateTypeFault,
  aggregateTypeOf,
  needsField,
  plainName,
  takesPercentile,
} from "./aggregate_type.ts";
import { closedObject } from "./closed_object.ts";
import type { TestNode } from "./condition.ts";
import { shown } from "./faults.ts";
import { fieldName, shortText } from "./field_name.ts";
import { groupBySchema } from "./group_by.ts";
import { oneOfNames } from "./one_of_names.ts";
import { operatorSchema, type TestOperator } from "./operator.ts";
import { readAs, type Report } from "./read_as.ts";
import { readWithin } from "./read_within.ts";
import { readLimit } from "./threshold.ts";

export const AGGREGATES_MAX = 32;
const NAME_CHARACTERS_MAX = 100;

export interface Aggregate {
  /** Its name in `having` and in the values of alerts. */
  as: string;
  type: AggregateType;
  /** null: events are counted. */
  field: string | null;
  /** 0 to 100; null where the type takes none. */
  percentile_value: number | null;
}

/** The object under `aggregation`. */
export interface Aggregation {
  aggregate: Aggregate;
  /** What its threshold asks of it. */
  having: TestNode | null;
  group_by: readonly string[] | null;
}

const name = shortText(NAME_CHARACTERS_MAX).nullish();

const aggregateMembers = {
  id: z.unknown().optional(),
  type: z.unknown().optional(),
  field: fieldName.nullish(),
  fieldName: fieldName.nullish(),
  as: name,
  output_alias: name,
  outputAlias: name,
  outputName: name,
  percentile_value: z.unknown().optional(),
  percentile: z.unknown().optional(),
};
const listedMembers = closedObject(aggregateMembers);
type AggregateMembers = z.output<typeof listedMembers>;

/** An item of aggregations. */
export const aggregateSchema = readAs(listedMembers, readAggregate);

/** The object or the shorthand text of aggregation. */
export const aggregationSchema = z.unknown().transform((given, ctx): Aggregation | string => {
  if (typeof given !== "string") return readWithin(aggregationObject, given, ctx) ?? "";
  if (aggregateTypeOf(given) === undefined) {
    const [code, message] = aggregateTypeFault(given);
    ctx.addIssue({ code: "custom", message, params: { code } });
  }
  return given;
});

const aggregationObject = readAs(
  closedObject({
    ...aggregateMembers,
    threshold: z.unknown().optional(),
    op: operatorSchema,
    operator: operatorSchema,
    group_by: groupBySchema.nullish(),
  }),
  (given, report): Aggregation => {
    const aggregate = readAggregate(given, report);
    const op = oneOfNames<"op" | "operator", TestOperator>(given, ["op", "operator"], report);
    const limit = readLimit(given.threshold, { op: op ?? ">", report });
    const having: TestNode | null = limit === null ? null : {
      kind: "test",
      field: aggregate.as,
      op: limit.op,
      value: { kind: "const", value: limit.value },
      case_sensitive: true,
    };
    return { aggregate, having, group_by: given.group_by ?? null };
  },
);

function readAggregate(members: AggregateMembers, report: Report): Aggregate {
  const field = oneOfNames<"field" | "fieldName", string>(members, ["field", "fieldName"], report);
  const as = oneOfNames<"as" | "output_alias" | "outputAlias" | "outputName", string>(
    members,
    ["as", "output_alias", "outputAlias", "outputName"],
    report,
  );
  const percentile = oneOfNames<"percentile_value" | "percentile", unknown>(
    members,
    ["percentile_value", "percentile"],
    report,
  );
  return aggregateOf({ type: members.type, field, as, percentile }, report);
}

interface Said {
  type: unknown;
  field: string | null;
  as: string | null;
  percentile: unknown;
}

/** The aggregate of a type as written. Its name is its type where nothing else is said. */
export function aggregateOf({ type: given, field, as, percentile }: Said, report: Report): Aggregate {
  const type = aggregateTypeOf(given);
  if (type === undefined) report(["type"], ...aggregateTypeFault(given));
  else if (needsField(type) && field === null) {
    report(["field"], "required", `field is required for an aggregation of type ${shown(given)}`);
  }
  const written = typeof given === "string" ? plainName(given) : "";
  return {
    as: as ?? written,
    type: type ?? "count",
    field,
    percentile_value: type === undefined || !takesPercentile(type)
      ? null
      : written === "median"
      ? 50
      : readPercentile(percentile, report),
  };
}

function readPercentile(given: unknown, report: Report): number {
  const value = typeof given === "string" ? numberOfText(given) : given;
  if (typeof value === "number" && value >= 0 && value <= 100) return value;
  if (given === null || given === undefined) {
    report(["percentile_value"], "required", "percentile_value is required: 0 to 100");
  } else {
    const message = `Cannot use ${shown(given)} as percentile_value: expected 0 to 100`;
    report(["percentile_value"], "out_of_range", message);
  }
  return 0;
}
