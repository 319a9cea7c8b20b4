/** Rules of every kind that goes by events, and events for them, at random (fast-check). */
import * as fc from "fast-check";
import type { JsonObject, JsonValue } from "../../src/base/json.ts";

/** A table for lookups, by host. */
export const HOSTS: JsonObject = {
  key: "id",
  rows: [{ id: "a", team: "red", limit: 40 }, { id: "b", team: "blue", limit: 5 }],
};

const seconds = (min: number, max: number) => fc.integer({ min, max }).map((n) => `${n}s`);
const maybe = (...members: fc.Arbitrary<JsonObject>[]) => fc.oneof(fc.constant<JsonObject>({}), ...members);
const lateness = fc.record({ allowed_lateness: seconds(0, 60) });
const early = fc.constant<JsonObject>({ emit: "on_change" });

const shapes: Record<string, fc.Arbitrary<JsonObject>> = {
  tumbling: together(
    fc.record({ type: fc.constant("tumbling"), size: seconds(5, 90), offset: seconds(0, 30) }),
    ...[maybe(lateness), maybe(early), maybe(fc.constant<JsonObject>({ emit_empty: true }))],
  ),
  hopping: together(
    fc.record({ type: fc.constant("sliding"), size: seconds(20, 90), slide: seconds(5, 30) }),
    ...[maybe(lateness), maybe(early)],
  ),
  "per event": fc.record({ type: fc.constant("sliding"), size: seconds(5, 90) }),
  session: together(
    fc.record({ type: fc.constant("session"), gap: seconds(3, 20) }),
    ...[maybe(lateness, fc.constant<JsonObject>({ max_duration: "60s" })), maybe(early)],
  ),
  count: fc.record({
    type: fc.constant("count"),
    size: fc.integer({ min: 2, max: 6 }),
    slide: fc.integer({ min: 1, max: 2 }),
  }),
};

const enrichments = fc.subarray<JsonObject>([
  { type: "calculate", name: "twice", formula: "v * 2" },
  { type: "lookup", name: "owner", table: "hosts", key: "host", default: { team: "nobody" } },
  { type: "aggregate", name: "usual", field: "v", function: "avg", of: "moving", size: "1m" },
  { type: "aggregate", name: "before", field: "v", function: "max", of: "previous_window", size: "30s" },
]);

const test: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.integer({ min: -10, max: 60 }).map((value) => ({ field: "v", op: ">", value })),
  fc.constantFrom("x", "y").map((value) => ({ field: "kind", op: "==", value })),
  fc.constant<JsonObject>({ field: "host", op: "exists" }),
);

/** Members of trigger_spec that every kind has. */
const spec = fc.record({
  group_by: fc.constantFrom<JsonValue>([], ["host"], ["host", "kind"]),
  conditions: fc.array(test, { maxLength: 2 }),
  logic: fc.constantFrom("AND", "OR", "NOT"),
  enrichments,
  delay: fc.constantFrom("0s", "0s", "15s", "40s"),
}).map(({ delay, enrichments, ...members }): JsonObject => ({
  ...members,
  ...enrichments.length > 0 ? { enrichments } : {},
  // Simulated and live events do not arrive at the same pace: idle time must mean nothing.
  time: { field: "at", unit: "ms", watermark_delay: delay, idle_after: "300d" },
}));

const aggregated = fc.record({
  aggregations: fc.subarray<JsonObject>([
    ...["avg", "sum", "std", "min", "last", "distinct", "median"].map((type) => ({ type, field: "v" })),
    { as: "p90", type: "percentile", percentile_value: 90, field: "v" },
  ]).map((some) => [{ as: "n", type: "count" }, { as: "top", type: "max", field: "v" }, ...some]),
  having: fc.constantFrom<JsonObject | null>(
    null,
    { field: "n", op: ">=", value: 2 },
    { field: "top", op: ">", value: 50 },
  ),
}).map(({ aggregations, having }): JsonObject => ({ aggregations, ...having === null ? {} : { having } }));

const anomaly = fc.record({
  value_path: fc.constant("v"),
  anomaly_method: fc.constantFrom("zscore", "iqr", "ema"),
  anomaly_config: fc.record({ threshold: fc.constantFrom(0.5, 1, 2), multiplier: fc.constantFrom(0.5, 1.5) }),
  baseline_window: fc.integer({ min: 2, max: 20 }),
});

const life = maybe(
  fc.record({ cooldown: seconds(1, 60) }),
  fc.record({ for: seconds(0, 30), keep_firing_for: seconds(0, 30) }),
);

/** A rule of each kind, by name; a rule has no id and no topic yet. */
export const KINDS: Record<string, fc.Arbitrary<JsonObject>> = {
  ...Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      `${name} window`,
      rule("metric", together(spec, aggregated, shape.map((window_config) => ({ window_config })))),
    ]),
  ),
  "single events": rule("event", together(spec, maybe(aggregated))),
  anomaly: rule("anomaly", together(spec, anomaly)),
};

/** Up to some minutes of events, some of them late, from `first` (ms) on. */
export function events(first: number): fc.Arbitrary<JsonObject[]> {
  const row = fc.record({
    step: fc.nat({ max: 15 }),
    back: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 60 }) }),
    host: fc.constantFrom("a", "a", "b", "c", null),
    kind: fc.constantFrom("x", "x", "y"),
    v: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: -20, max: 100 }) },
      { weight: 1, arbitrary: fc.constantFrom<JsonValue>("12", " 7.5 ", "many", null, true) },
    ),
  });
  return fc.array(row, { minLength: 10, maxLength: 60, size: "max" }).map((rows) => {
    let at = first;
    return rows.map(({ step, back, host, ...rest }) => ({
      at: (at += step * 1000) - back * 1000,
      ...host === null ? {} : { host },
      ...rest,
    }));
  });
}

function rule(trigger_type: string, trigger_spec: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> {
  return fc.record({ trigger_spec, life }).map(({ trigger_spec, life }): JsonObject => ({
    ...{ rule_name: "as simulated", trigger_type, trigger_spec, tags: ["equal"], ...life },
    limits: { alerts_per_minute: null },
  }));
}

function together(...parts: fc.Arbitrary<JsonObject>[]): fc.Arbitrary<JsonObject> {
  return fc.tuple(...parts).map((all) => Object.assign({}, ...all));
}
