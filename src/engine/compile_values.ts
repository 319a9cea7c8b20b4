/** The parts of a plan that compute: aggregates and what must hold of them, and the test of an anomaly. */
import type { Aggregate } from "../model/aggregate.ts";
import type { Anomaly } from "../model/anomaly.ts";
import type { GroupNode } from "../model/condition.ts";
import { all, condition, type Names } from "./compile_condition.ts";
import { FieldTable } from "./field_table.ts";
import type { AggregatePlan, AnomalyPlan, ValueCondition } from "./plan.ts";

export function compileAggregates(aggregates: readonly Aggregate[], table: Names): AggregatePlan[] {
  return aggregates.map(({ as, type, field, percentile_value }) => ({
    as,
    type,
    field: field === null ? null : table.indexOf(field),
    p: percentile_value === null ? null : percentile_value / 100,
  }));
}

/** Its names are those that it reads, of which the document's reader knows each. */
export function compileHaving(having: GroupNode): ValueCondition {
  const table = new FieldTable();
  const where = condition(having, null, table);
  const isAnd = where.kind === "group" && where.logic === "and";
  return { names: table.names, where: isAnd ? all(where.items) : where };
}

export function compileAnomaly(anomaly: Anomaly, table: Names): AnomalyPlan {
  const { path, baseline_values, ...parameters } = anomaly;
  return { ...parameters, field: table.indexOf(path), seed: baseline_values };
}
