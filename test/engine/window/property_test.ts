/**
 * Windows against an oracle that looks every window up among all events: any order within the delay, any cut
 * into records, ticks, snapshots and restores at any point give the same firings.
 */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { JsonObject } from "../../../src/base/json.ts";
import type { AlertEffect } from "../../../src/engine/effects.ts";
import { RuleBench } from "../rule_bench.ts";
import { type NaiveEvent, naiveFirings } from "./naive_windows.ts";

const T0 = Date.UTC(2026, 0, 1);
const DELAY_MS = 400;
const AGGREGATIONS = [
  ...["sum", "min", "max", "first", "last", "median", "distinct"].map((type) => ({
    as: type,
    type,
    field: "v",
  })),
  { as: "count", type: "count" },
];

const anyWindow = fc.oneof(
  fc.record({
    type: fc.constant("sliding"),
    size: fc.integer({ min: 1, max: 60 }).map((n) => `${n * 10}ms`),
    slide: fc.integer({ min: 1, max: 60 }).map((n) => `${n * 10}ms`),
  }).filter(({ size, slide }) => parseInt(slide) <= parseInt(size)),
  fc.record({
    type: fc.constant("tumbling"),
    size: fc.integer({ min: 1, max: 60 }).map((n) => `${n * 10}ms`),
  }),
  fc.record({
    type: fc.constant("sliding"),
    size: fc.integer({ min: 1, max: 60 }).map((n) => `${n * 10}ms`),
  }),
  // Never a whole number of steps of time: at exactly one gap it counts whether the watermark is there already.
  fc.record({
    type: fc.constant("session"),
    gap: fc.integer({ min: 0, max: 40 }).map((n) => `${n * 10 + 5}ms`),
  }),
);

const countWindow = fc.record({
  type: fc.constant("count"),
  size: fc.integer({ min: 1, max: 12 }),
  slide: fc.integer({ min: 1, max: 12 }),
}).filter(({ size, slide }) => slide <= size);

/** Distinct times, in an order in which none is later than the delay allows. */
const anyEvents: fc.Arbitrary<NaiveEvent[]> = fc.array(
  fc.record({
    step: fc.integer({ min: 1, max: 12 }),
    key: fc.constantFrom("a", "b", "c"),
    v: fc.integer({ min: -50, max: 50 }),
    wait: fc.integer({ min: 0, max: DELAY_MS }),
  }),
  { minLength: 1, maxLength: 60 },
).map((rows) => {
  let t = T0;
  const events = rows.map(({ step, key, v, wait }) => ({
    event: { key, v, t: t += step * 10 },
    at: t + wait,
  }));
  return events.toSorted((a, b) => a.at - b.at).map(({ event }) => event);
});

interface Course {
  /** Events a record, in turn. */
  sizes: number[];
  /** After which records the state is thrown away and read again, a tick comes. */
  restores: boolean[];
  ticks: boolean[];
}

const anyCourse: fc.Arbitrary<Course> = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 10 }),
  restores: fc.array(fc.boolean(), { minLength: 1, maxLength: 10 }),
  ticks: fc.array(fc.boolean(), { minLength: 1, maxLength: 10 }),
});

function run(window: JsonObject, events: readonly NaiveEvent[], course: Course): RuleBench {
  const bench = new RuleBench({
    trigger_spec: {
      topics: ["t"],
      group_by: ["key"],
      window_config: window,
      aggregations: AGGREGATIONS,
      time: {
        field: "t",
        unit: "ms",
        ...(window.type === "count" ? {} : { watermark_delay: `${DELAY_MS}ms` }),
      },
    },
    limits: { alerts_per_minute: null },
  });
  for (let from = 0, i = 0; from < events.length; i++) {
    const next = from + course.sizes[i % course.sizes.length]!;
    const arrival = Math.max(...events.slice(0, next).map(({ t }) => t));
    bench.feed(events.slice(from, next).map((event) => ({ ...event })), arrival);
    if (course.ticks[i % course.ticks.length]) bench.feed([], arrival);
    if (course.restores[i % course.restores.length]) bench.restore();
    from = next;
  }
  bench.end();
  return bench;
}

function told({ key, window, values }: AlertEffect): string {
  return JSON.stringify([
    key[0],
    window?.start ?? null,
    window?.end ?? null,
    ...NAMES.map((name) => values[name]),
  ]);
}

const NAMES = ["count", "sum", "min", "max", "first", "last", "median", "distinct"] as const;

function same(window: JsonObject, events: readonly NaiveEvent[], course: Course): void {
  const bench = run(window, events, course);
  const wanted = naiveFirings(bench.plan.window!, events).map((firing) =>
    JSON.stringify([firing.key, firing.start, firing.end, ...NAMES.map((name) => firing[name])])
  );
  assert.deepEqual(bench.effects.alerts.map(told).sort(), wanted.sort());
  assert.equal(bench.effects.counters.late, undefined);
}

Deno.test("windows: any order within the delay, cut, tick and restore gives what an oracle says", () => {
  fc.assert(fc.property(anyWindow, anyEvents, anyCourse, same), { numRuns: 400 });
});

Deno.test("count windows: any cut, tick and restore gives what an oracle says", () => {
  fc.assert(fc.property(countWindow, anyEvents, anyCourse, same), { numRuns: 200 });
});

Deno.test("windows: the same alerts in the same order, with the same ids and revisions, however the log is cut", () => {
  fc.assert(
    fc.property(anyWindow, anyEvents, anyCourse, (window, events, course) => {
      const whole = { sizes: [events.length], restores: [false], ticks: [false] };
      const late = {
        ...window,
        ...(window.type === "sliding" && !("slide" in window) ? {} : { allowed_lateness: "80ms" }),
      };
      const shuffled = events.toReversed();
      const one = run(late, shuffled, whole).effects;
      const cut = run(late, shuffled, { ...course, sizes: course.sizes, ticks: [false] }).effects;
      assert.deepEqual(cut.alerts.map(withoutArrival), one.alerts.map(withoutArrival));
      assert.deepEqual(cut.counters, one.counters);
    }),
    { numRuns: 300 },
  );
});

/** The records of a cut log arrive at times of their own. */
function withoutArrival({ fired_at: _, ...alert }: AlertEffect): unknown {
  return alert;
}
