/** Courses for rules that wait for time: windows, held alerts, anomalies, patterns, edited and moved while they wait. */
import * as fc from "fast-check";
import type { JsonObject, JsonValue } from "../../src/base/json.ts";
import { type CourseStep, T0 } from "./course.ts";

export const RULES = ["a", "b"];
/** The shortest `idle_after` of any rule. */
export const IDLE_MS_MIN = 1000;

/** What happens, and before which call of the store the process is killed besides. */
export interface TimedCourse {
  steps: CourseStep[];
  crashAt: number | null;
}

const one = (...choices: JsonObject[]) => fc.constantFrom<JsonObject>(...choices);

const hold = one({ for: "0s" }, { for: "5s" }, { for: "30s" }, { for: "5s", keep_firing_for: "10s" }, {
  keep_firing_for: "20s",
});
const noHold = one({}, {}, { cooldown: "20s" }, { limits: { alerts_per_minute: 1 } });
const life = fc.oneof(hold, noHold);
const limits = one({}, {}, {}, { limits: { keys: 2 } }, { limits: { events_per_window: 3 } }, {
  limits: { partials_per_key: 2 },
});
const time = fc.record({
  idle_after: fc.constantFrom("1s", "10s", "40s", "1h"),
  watermark_delay: fc.constantFrom("0s", "0s", "15s"),
});
const common = one({}, {}, { group_by: ["host"] }, { group_by: ["host"] }, { group_by: ["v"] });
const topics = one({}, { topics: ["default"] }, { topics: ["default"] }, { topics: ["other"] });
const conditions = one({ conditions: [] }, { conditions: [] }, { field: "v", op: ">", value: 3 });

const window = fc.oneof(
  fc.record({
    window_config: one({ type: "tumbling", size: "20s" }, { type: "sliding", size: "60s", slide: "20s" }, {
      type: "sliding",
      size: "50s",
      slide: "10s",
    }),
    more: one({}, {}, { emit_empty: true }, { emit: "on_change" }),
    late: one({}, { allowed_lateness: "30s" }),
  }),
  fc.record({
    window_config: one({ type: "session", gap: "10s" }, { type: "session", gap: "15s", max_duration: "40s" }),
    more: one({}, {}, { emit: "on_change" }),
    late: one({}, { allowed_lateness: "30s" }),
  }),
  fc.record({
    window_config: one({ type: "sliding", size: "30s" }, { type: "count", size: 3, slide: 2 }),
    more: one({}),
    late: one({}),
  }),
).map(({ window_config, more, late }) => ({ ...window_config, ...more, ...late }));

const AGGREGATIONS = [
  { as: "n", type: "count" },
  { as: "mean", type: "avg", field: "v" },
  { as: "high", type: "max", field: "v" },
  { as: "middle", type: "median", field: "v" },
];

const having = one(
  {},
  { having: { conditions: [{ field: "mean", op: ">", value: 4 }] } },
  { having: { conditions: [{ field: "n", op: ">=", value: 2 }] } },
);

const held = fc.record({
  trigger_type: fc.constant("event"),
  spec: fc.constantFrom(3, 5, 7).map((value): JsonObject => ({ field: "v", op: ">", value })),
  life: hold,
});
const windowed = fc.record({
  trigger_type: fc.constant("metric"),
  spec: fc.tuple(window, having, conditions).map(([window_config, having, conditions]): JsonObject => ({
    ...{ window_config, aggregations: AGGREGATIONS, ...having, ...conditions },
  })),
  life,
});
const anomaly = fc.record({
  trigger_type: fc.constant("anomaly"),
  spec: fc.constantFrom("zscore", "ema", "iqr").map((anomaly_method): JsonObject => ({
    ...{
      value_path: "v",
      anomaly_method,
      baseline_window: 6,
      anomaly_config: { threshold: 1, multiplier: 0.5 },
    },
  })),
  life,
});

const above = (value: JsonValue) => [{ field: "v", op: ">", value }];
const below = (value: JsonValue) => [{ field: "v", op: "<=", value }];
const low = { name: "low", conditions: below(3) };
const steps = fc.constantFrom<JsonObject[]>(
  [low, { name: "high", conditions: above(5) }],
  [low, { name: "high", conditions: above({ ref: "low.v" }), times: [1, null], greedy: true }, {
    name: "end",
    conditions: below(3),
  }],
  [low, { name: "high", contiguity: "any", conditions: above({ agg: "sum", of: "low.v" }), times: 2 }],
  [low, { name: "none", negated: true, conditions: above(5) }],
  [low, { name: "none", negated: true, conditions: above(8) }, { name: "high", conditions: above(5) }],
  [{
    steps: [low, { name: "high", contiguity: "strict", conditions: above(3) }],
    times: 2,
    inner: "relaxed",
  }],
);
const pattern = fc.record({
  trigger_type: fc.constant("pattern"),
  spec: fc.record({
    steps,
    within: fc.constantFrom("15s", "40s"),
    after_match: fc.constantFrom("no_skip", "skip_to_next", "skip_past_last"),
    on_timeout: fc.boolean(),
  }).map((pattern): JsonObject => ({ pattern })),
  life: noHold,
});

const doc: fc.Arbitrary<JsonObject> = fc.tuple(
  fc.oneof(held, windowed, windowed, anomaly, pattern, pattern),
  ...[common, topics, time, limits, one({}, {}, {}, { isolation: "dedicated" })],
).map(([{ trigger_type, spec, life }, common, topics, time, limits, isolation]) => {
  const trigger_spec = { ...spec, ...common, ...topics, time };
  return { rule_name: "rule", trigger_type, trigger_spec, ...limits, ...life, ...isolation } as JsonObject;
});

const event: fc.Arbitrary<JsonObject> = fc.record({
  host: fc.constantFrom("x", "y", "z"),
  v: fc.oneof(fc.nat({ max: 9 }), fc.nat({ max: 9 }), fc.constantFrom("4", "text")),
  timestamp: fc.oneof(
    { weight: 12, arbitrary: fc.nat({ max: 120 }) },
    { weight: 1, arbitrary: fc.integer({ min: 300, max: 700 }) },
  ).map((seconds) => T0 / 1000 + seconds),
}, { requiredKeys: ["v"] });

const rule = fc.constantFrom(...RULES);

const post = fc.record({
  do: fc.constant("post" as const),
  requests: fc.array(fc.array(event, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 }),
  topic: fc.constantFrom("default", "default", "default", "other"),
});

/** What befalls an engine, or takes time, and changes nothing. */
export const mishap: fc.Arbitrary<CourseStep> = fc.constantFrom(
  ...["tick", "tick", "settle", "checkpoint", "restart", "crash", "trip", "detach"] as const,
).map((name) => ({ do: name }));

const step: fc.Arbitrary<CourseStep> = fc.oneof(
  { weight: 9, arbitrary: post },
  {
    weight: 1,
    arbitrary: fc.record({
      ...{ do: fc.constant("create" as const), rule, doc, back: fc.constantFrom(0, 0.3, 1) },
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("edit" as const), rule, doc }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("switch" as const), rule }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.oneof(fc.nat({ max: 40_000 }), fc.nat({ max: 400_000 })),
    }),
  },
  {
    weight: 8,
    arbitrary: mishap,
  },
);

/** Three restarts of an actor at most: past five within a minute the rule is put aside. */
export function fewTrips(steps: readonly CourseStep[]): CourseStep[] {
  let trips = 0;
  return steps.filter((one) => one.do !== "trip" || trips++ < 3);
}

export const timedCourse: fc.Arbitrary<TimedCourse> = fc.record({
  first: doc,
  steps: fc.array(step, { minLength: 1, maxLength: 30, size: "max" }),
  crashAt: fc.option(fc.integer({ min: 20, max: 200 }), { freq: 3 }),
}).map(({ first, steps, crashAt }) => ({
  steps: [{ do: "create", rule: "a", doc: first, back: 0 } as const, ...fewTrips(steps)],
  crashAt,
}));
