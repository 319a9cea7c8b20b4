/**
 * The second truth for rules that wait for time: what oracles that share nothing with the engine say of the same
 * log. One rule each, never edited; everything else may happen to the engine.
 */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { JsonObject } from "../../src/base/json.ts";
import { compileRule } from "../../src/engine/compile.ts";
import type { Alert } from "../../src/model/alert.ts";
import { parseRule } from "../../src/model/rule.ts";
import type { Store } from "../../src/store/store.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { InlineFleet } from "../../actors/inline_fleet.ts";
import { naiveFirings } from "../engine/window/naive_windows.ts";
import { Course, type CourseStep, T0 } from "./course.ts";
import { accountOf, quietBeforeStart, readLog } from "./log_fold.ts";
import { type HoldRule, naiveHolds } from "./naive_holds.ts";
import { fewTrips, mishap } from "./timed_course.ts";

const RUNS = Number(Deno.env.get("TOCSIN_TEST_RUNS") ?? 40);

async function played(doc: JsonObject, steps: readonly CourseStep[], crashAt: number | null): Promise<Store> {
  const store = createMemoryStore();
  const fleet = (probe: ConstructorParameters<typeof InlineFleet>[0]) => new InlineFleet(probe);
  const course = new Course({ store, fleet, workers: 2, crashAt });
  await course.play([{ do: "create", rule: "a", doc, back: 0 }, ...fewTrips(steps)]);
  return store;
}

const crash = fc.option(fc.integer({ min: 20, max: 150 }), { freq: 3 });

const holdRule: fc.Arbitrary<HoldRule> = fc.record({
  above: fc.constantFrom(2, 5),
  for_ms: fc.constantFrom(0, 5000, 20_000),
  keep_ms: fc.constantFrom(0, 0, 8000),
  delay_ms: fc.constantFrom(0, 15_000),
  idle_ms: fc.constantFrom(1000, 10_000, 60_000),
});

function holdDocument({ above, for_ms, keep_ms, delay_ms, idle_ms }: HoldRule): JsonObject {
  const time = { watermark_delay: `${delay_ms}ms`, idle_after: `${idle_ms}ms` };
  return {
    ...{ rule_name: "held", trigger_type: "event", for: `${for_ms}ms`, keep_firing_for: `${keep_ms}ms` },
    trigger_spec: { field: "v", op: ">", value: above, group_by: ["host"], time },
  };
}

const event: fc.Arbitrary<JsonObject> = fc.record({
  host: fc.constantFrom("x", "y"),
  v: fc.nat({ max: 9 }),
  timestamp: fc.oneof(
    { weight: 12, arbitrary: fc.nat({ max: 90 }) },
    { weight: 1, arbitrary: fc.integer({ min: 300, max: 700 }) },
  ).map((seconds) => T0 / 1000 + seconds),
}, { requiredKeys: ["v"] });

const held: fc.Arbitrary<CourseStep[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.array(fc.array(event, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 2 })
        .map((
          requests,
        ): CourseStep => ({ do: "post", requests, topic: "default" })),
    },
    { weight: 2, arbitrary: fc.nat({ max: 30_000 }).map((ms): CourseStep => ({ do: "wait", ms })) },
    { weight: 4, arbitrary: mishap },
  ),
  { minLength: 2, maxLength: 30, size: "max" },
);

Deno.test("held alerts through the actors are those of an oracle that reads the log", async () => {
  const property = fc.asyncProperty(holdRule, held, crash, async (rule, steps, crashAt) => {
    const store = await played(holdDocument(rule), steps, crashAt);
    const log = await readLog(store);
    fc.pre(!quietBeforeStart(log, rule.idle_ms));
    const { alerts } = await accountOf(store, "a");
    const wanted = naiveHolds(log, rule);
    assert.deepEqual(sorted(alerts.map(heldOf)), sorted(wanted));
  });
  await fc.assert(property, { numRuns: RUNS });
});

function heldOf({ key, events, revision, event_time, resolved_at }: Alert): unknown {
  const resolved = resolved_at === null ? null : Date.parse(resolved_at);
  const cause = events[0]!.offset;
  return { host: key.host, cause, revision, event_time: Date.parse(event_time), resolved_at: resolved };
}

function sorted(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

const DELAY_MS = 20_000;
const LATER = "later";

const windowConfig = fc.constantFrom<JsonObject>(
  { type: "tumbling", size: "20s" },
  { type: "sliding", size: "60s", slide: "20s" },
  { type: "sliding", size: "45s", slide: "10s" },
  { type: "sliding", size: "30s" },
  // Never a whole number of seconds: at exactly one gap it counts whether the watermark is there already.
  { type: "session", gap: "9500ms" },
);

/** Events with distinct times, none further behind than the delay, in requests of any size. */
const windowed = fc.record({
  rows: fc.array(
    fc.record({
      step: fc.integer({ min: 1, max: 6 }),
      host: fc.constantFrom("x", "y", "z"),
      v: fc.nat({ max: 9 }),
      wait: fc.nat({ max: DELAY_MS / 1000 }),
    }),
    { minLength: 1, maxLength: 40 },
  ),
  cuts: fc.array(fc.tuple(fc.integer({ min: 1, max: 7 }), fc.array(mishap, { maxLength: 3 })), {
    minLength: 1,
    maxLength: 8,
  }),
}).map(({ rows, cuts }): CourseStep[] => {
  let seconds = T0 / 1000;
  const events = rows.map(({ step, host, v, wait }) => ({
    at: (seconds += step) + wait,
    event: { host, v, timestamp: seconds },
  }));
  const inOrder = events.toSorted((a, b) => a.at - b.at).map(({ event }) => event);
  const steps: CourseStep[] = [];
  for (let from = 0, i = 0; from < inOrder.length; i++) {
    const [count, mishaps] = cuts[i % cuts.length]!;
    steps.push({ do: "post", requests: [inOrder.slice(from, from += count)], topic: "default" }, ...mishaps);
  }
  // Brings every window before it to its end; its own is left open.
  const last = { host: LATER, v: 0, timestamp: seconds + 200 };
  return [...steps, { do: "wait", ms: 600_000 }, { do: "post", requests: [[last]], topic: "default" }];
});

function windowDocument(window_config: JsonObject): JsonObject {
  const aggregations = [
    { as: "count", type: "count" },
    ...["sum", "min", "max", "first", "last", "median"].map((type) => ({ as: type, type, field: "v" })),
  ];
  const time = { watermark_delay: `${DELAY_MS}ms`, idle_after: "100d" };
  return {
    ...{ rule_name: "windowed", trigger_type: "metric", limits: { alerts_per_minute: null } },
    trigger_spec: { window_config, aggregations, group_by: ["host"], time },
  };
}

Deno.test("windows through the actors are those of an oracle that looks each up among all events", async () => {
  const property = fc.asyncProperty(windowConfig, windowed, crash, async (window, steps, crashAt) => {
    const doc = windowDocument(window);
    const store = await played(doc, steps, crashAt);
    const events = (await readLog(store)).flatMap(({ events }) => events).map((event) => ({
      ...{ key: String(event.host), t: Number(event.timestamp) * 1000, v: Number(event.v) },
    }));
    const wanted = naiveFirings(planOf(doc).window!, events).filter(({ key }) => key !== LATER);
    const { alerts, counters } = await accountOf(store, "a");
    const firings = wanted.map(({ key, start, end, distinct: _, ...values }) => ({
      key,
      start,
      end,
      ...values,
    }));
    assert.deepEqual(sorted(alerts.map(firingOf)), sorted(firings));
    assert.equal(counters.late, undefined);
  });
  await fc.assert(property, { numRuns: RUNS });
});

function planOf(doc: JsonObject) {
  const parsed = parseRule(doc);
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return compileRule(parsed.rule, { rule_id: "a", version: 1, generation: 1 });
}

function firingOf({ key, window, values }: Alert): unknown {
  const { count, sum, min, max, first, last, median } = values;
  const [start, end] = [Date.parse(window!.start), Date.parse(window!.end)];
  return { key: String(key.host), start, end, count, sum, min, max, first, last, median };
}
