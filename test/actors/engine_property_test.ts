/** Whatever happens to an engine on its way, its alerts and counters are those that its log means. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { JsonObject } from "../../src/base/json.ts";
import { InlineFleet } from "../../actors/inline_fleet.ts";
import type { Fleet } from "../../actors/fleet.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { Course, type CourseStep, T0 } from "./course.ts";
import { naivelyTold, toldBy } from "./naive_engine.ts";
import { workerFleet } from "./rule_engine.ts";

const RULES = ["a", "b", "c"];

const condition: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.constant<JsonObject>({ conditions: [] }),
  fc.constantFrom("x", "y", "z").map((value) => ({ field: "host", op: "==", value })),
  fc.nat({ max: 9 }).map((value) => ({ field: "n", op: ">", value })),
  fc.constant<JsonObject>({
    logic: "OR",
    conditions: [{ field: "host", op: "in", value: ["x", "q"] }, { field: "n", op: "==", value: "3" }],
  }),
);

const doc: fc.Arbitrary<JsonObject> = fc.record({
  condition,
  group_by: fc.constantFrom<JsonObject>({}, {}, { group_by: ["host"] }, { group_by: ["n"] }),
  topics: fc.constantFrom<JsonObject>({}, {}, { topics: ["default"] }, { topics: ["other"] }),
  rest: fc.constantFrom<JsonObject>({}, { cooldown: "30s" }, { cooldown: "2m" }, {
    limits: { alerts_per_minute: 2 },
  }, { cooldown: "10s", limits: { alerts_per_minute: 1 } }),
  isolation: fc.constantFrom<JsonObject>({}, {}, {}, { isolation: "dedicated" }),
}).map(({ condition, group_by, topics, rest, isolation }) => ({
  rule_name: "rule",
  trigger_type: "event",
  trigger_spec: { ...condition, ...group_by, ...topics },
  ...rest,
  ...isolation,
}));

const event: fc.Arbitrary<JsonObject> = fc.record({
  host: fc.constantFrom("x", "y", "z"),
  n: fc.oneof(fc.nat({ max: 9 }), fc.constantFrom("3", "x")),
  timestamp: fc.integer({ min: -600, max: 900 }).map((seconds) => T0 / 1000 + seconds),
}, { requiredKeys: [] });

const rule = fc.constantFrom(...RULES);

const step: fc.Arbitrary<CourseStep> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("post" as const),
      requests: fc.array(fc.array(event, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 }),
      topic: fc.constantFrom("default", "default", "other"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("create" as const),
      rule,
      doc,
      back: fc.constantFrom(0, 0, 0.3, 1),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("edit" as const), rule, doc }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("switch" as const), rule }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat({ max: 70_000 }) }) },
  {
    weight: 5,
    arbitrary: fc.constantFrom<CourseStep>(
      ...(["tick", "settle", "checkpoint", "restart", "crash"] as const).map((name) => ({ do: name })),
    ),
  },
);

const course = fc.record({
  first: doc,
  steps: fc.array(step, { minLength: 1, maxLength: 30, size: "max" }),
}).map(({ first, steps }): CourseStep[] => [{ do: "create", rule: "a", doc: first, back: 0 }, ...steps]);

async function holdsFor(steps: readonly CourseStep[], fleet: () => Fleet): Promise<void> {
  const store = createMemoryStore();
  await new Course({ store, fleet, workers: 2 }).play(steps);
  for (const ruleId of RULES) {
    assert.deepEqual(await toldBy(store, ruleId), await naivelyTold(store, ruleId), `rule ${ruleId}`);
  }
}

Deno.test("property, inline: alerts, ids and counters are those of the naive reading of the log", async () => {
  const property = fc.asyncProperty(course, (steps) => holdsFor(steps, () => new InlineFleet()));
  await fc.assert(property, { numRuns: Number(Deno.env.get("TOCSIN_TEST_RUNS") ?? 200) });
});

Deno.test("property, workers: the same through the ring", async () => {
  const property = fc.asyncProperty(course, (steps) => holdsFor(steps, () => workerFleet()));
  await fc.assert(property, { numRuns: Number(Deno.env.get("TOCSIN_TEST_RUNS") ?? 200) / 20 });
});
