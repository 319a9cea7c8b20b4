/** The conformance vectors of aggregates, and the aggregation cases of the compatibility record. */
import assert from "node:assert/strict";
import type { JsonObject, JsonScalar, JsonValue } from "../../../src/base/json.ts";
import { Aggregates } from "../../../src/engine/aggregate/aggregates.ts";
import type { AggregatePlan, AggregateType } from "../../../src/engine/plan.ts";
import { vectors } from "../../vector_rows.ts";
import { type AggregateEvent, gatheredOf } from "./gathered_events.ts";

interface VectorEvent {
  ts?: number;
  v?: JsonValue;
  repeat?: number;
}

interface Case {
  id: string;
  aggregate: AggregateType | "median";
  field?: string;
  p?: number;
  window_ms?: number;
  events: VectorEvent[];
  expect: JsonScalar;
  tolerance?: number;
  skipped?: number;
  error?: "invalid_argument";
}

interface CompatCase {
  id: string;
  aggregation: { type: string; field?: string; percentile_value?: number; group_by?: string };
  events: JsonObject[];
  expect: { aggregated_value?: number };
}

const { cases } = vectors<{ cases: Case[] }>("windows/aggregates.json");
const { aggregation_cases } = vectors<{ aggregation_cases: CompatCase[] }>("compat/rules.json");

function run(plan: Partial<AggregatePlan>, events: readonly AggregateEvent[], spanMs: number) {
  const aggregates = new Aggregates([{ as: "a", type: "count", field: null, p: null, ...plan }]);
  const row = aggregates.alloc();
  const gathered = gatheredOf(events, 1);
  let skipped = 0;
  for (let i = 0; i < events.length; i++) skipped += aggregates.add(row, gathered, i);
  return { value: aggregates.values(row, spanMs)[0]!, skipped };
}

function eventsOf(listed: readonly VectorEvent[]): AggregateEvent[] {
  return listed.flatMap(({ ts, v, repeat = 1 }) =>
    Array.from({ length: repeat }, () => ({ ts: ts ?? 0, values: [plainValue(v)] }))
  );
}

function plainValue(v: JsonValue | undefined): JsonValue | undefined {
  const isMarked = typeof v === "object" && v !== null && "nonfinite" in v;
  return isMarked ? Number(v.nonfinite) : v;
}

function planOf({ aggregate, field, p }: Case): Partial<AggregatePlan> {
  const isMedian = aggregate === "median";
  return {
    type: isMedian ? "percentile_cont" : aggregate,
    field: field === undefined ? null : 0,
    p: isMedian ? 0.5 : p ?? null,
  };
}

function assertClose(value: JsonScalar, expected: JsonScalar, tolerance: number): void {
  if (typeof expected !== "number" || tolerance === 0) return assert.equal(value, expected);
  assert(typeof value === "number", `expected ${expected}, got ${value}`);
  const bound = tolerance * (expected === 0 ? 1 : Math.abs(expected));
  assert(Math.abs(value - expected) <= bound, `expected ${expected}, got ${value}`);
}

for (const one of cases) {
  Deno.test(`aggregate ${one.id}`, () => {
    const { value, skipped } = run(planOf(one), eventsOf(one.events), one.window_ms ?? 0);
    // A p outside 0 to 1 is refused with the rule; the engine has no answer to it.
    if (one.error !== undefined) return assert.equal(value, null);
    assertClose(value, one.expect, one.tolerance ?? 0);
    if (one.skipped !== undefined) assert.equal(skipped, one.skipped);
  });
}

Deno.test("aggregate vectors: all 196 cases are run", () => assert.equal(cases.length, 196));

const COMPAT_TYPES: Readonly<Record<string, AggregateType>> = {
  average: "avg",
  std: "stddev_samp",
  stddev: "stddev_samp",
  percentile: "percentile_cont",
};

/** Cases that this product decides otherwise, and what it answers. */
const OTHERWISE: Readonly<Record<string, JsonScalar>> = { "agg-std-single": null };

/** Cases about which field is read, or that a rule without one is refused: not for the aggregates to say. */
const NOT_HERE = ["agg-no-field", "agg-data-wrapper"];

function fieldOf(event: JsonObject, path: string): JsonValue | undefined {
  return path.split(".").reduce<JsonValue | undefined>(
    (value, name) => (value as JsonObject | undefined)?.[name],
    event,
  );
}

for (const { id, aggregation: { type, field, percentile_value }, events, expect } of aggregation_cases) {
  if (expect.aggregated_value === undefined || NOT_HERE.includes(id)) continue;
  Deno.test(`compat aggregation ${id}`, () => {
    const plan = {
      type: COMPAT_TYPES[type] ?? type as AggregateType,
      field: field === undefined ? null : 0,
      p: percentile_value === undefined ? null : percentile_value / 100,
    };
    const values = events.map((event) => ({ values: field === undefined ? [] : [fieldOf(event, field)] }));
    const expected = id in OTHERWISE ? OTHERWISE[id]! : expect.aggregated_value!;
    assertClose(run(plan, values, 0).value, expected, 1e-9);
  });
}
