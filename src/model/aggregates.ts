/**
 * All that a rule computes, from the places where it may be said: aggregations, aggregation as an object, or
 * aggregation as a shorthand text. The shorthand belongs to metric sugar (SEMANTICS 17): its field is the
 * value path, and the rule's threshold is asked of the aggregate instead of each event.
 */
import { type Aggregate, aggregateOf, type Aggregation } from "./aggregate.ts";
import { needsField } from "./aggregate_type.ts";
import type { TestNode } from "./condition.ts";
import type { Report } from "./read_as.ts";
import type { Threshold } from "./threshold.ts";

export interface AggregatesSaid {
  aggregation?: Aggregation | string | null | undefined;
  aggregations?: readonly Aggregate[] | null | undefined;
  group_by?: readonly string[] | null | undefined;
}

export interface Computed {
  aggregates: readonly Aggregate[];
  /** Thresholds, asked of aggregates. */
  tests: readonly TestNode[];
  group_by: readonly string[];
  /** The value path and the threshold are the aggregate's, not the event's. */
  tookPath: boolean;
}

export interface AggregateContext {
  path: string | null;
  /** The threshold part of the rule. */
  limit: Threshold | null;
  windowed: boolean;
}

const COUNT: Aggregate = { as: "count", type: "count", field: null, percentile_value: null };

export function readAggregates(
  members: AggregatesSaid,
  { path, limit, windowed }: AggregateContext,
  report: Report,
): Computed {
  const { aggregation } = members;
  const listed = members.aggregations ?? [];
  const group_by = readGroupBy(members, report);
  if (typeof aggregation === "string") {
    const inAggregation: Report = (_, code, message) => report(["aggregation"], code, message);
    const said = { type: aggregation, field: path, as: null, percentile: null };
    const aggregate = aggregateOf(said, inAggregation);
    const aggregates = [needsField(aggregate.type) ? aggregate : { ...aggregate, field: null }, ...listed];
    checkNames(aggregates, group_by, { first: 1, report });
    const tests = limit === null ? [] : [testOf(aggregate.as, limit)];
    return { aggregates, tests, group_by, tookPath: true };
  }
  const aggregates = aggregation ? [aggregation.aggregate, ...listed] : listed;
  checkNames(aggregates, group_by, { first: aggregation ? 1 : 0, report });
  return {
    aggregates: aggregates.length === 0 && windowed ? [COUNT] : aggregates,
    tests: aggregation?.having ? [aggregation.having] : [],
    group_by,
    tookPath: false,
  };
}

function testOf(field: string, { op, value }: Threshold): TestNode {
  return { kind: "test", field, op, value: { kind: "const", value }, case_sensitive: true };
}

function readGroupBy({ group_by, aggregation }: AggregatesSaid, report: Report): readonly string[] {
  const inner = typeof aggregation === "string" ? null : aggregation?.group_by ?? null;
  if (!group_by || group_by.length === 0) return inner ?? [];
  if (inner !== null && JSON.stringify(inner) !== JSON.stringify(group_by)) {
    const message = "Cannot group by two lists of fields: group_by stands in trigger_spec already";
    report(["aggregation", "group_by"], "conflict", message);
  }
  return group_by;
}

/** @param first where `aggregations` begin among `aggregates` */
function checkNames(
  aggregates: readonly Aggregate[],
  group_by: readonly string[],
  { first, report }: { first: number; report: Report },
): void {
  const names = new Set(group_by.map((field) => `key.${field}`));
  for (const [i, { as }] of aggregates.entries()) {
    const place = i < first ? ["aggregation"] : ["aggregations", i - first, "as"];
    if (names.has(as)) {
      report(place, "duplicate", `Cannot use "${as}" as the name of two aggregates: say "as"`);
    }
    names.add(as);
  }
}
