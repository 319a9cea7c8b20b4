/**
 * Late events against an oracle that puts every window together anew from all events (naive_course.ts):
 * corrections within `allowed_lateness`, windows that fire early or empty, and alerts that are held over them.
 * Events come in any order, some of them beyond the delay; the log is cut anywhere, ticks and restores come
 * anywhere, event time stands still and goes on by idle time.
 */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { JsonObject } from "../../../src/base/json.ts";
import type { AlertEffect, Cause } from "../../../src/engine/effects.ts";
import { RuleBench } from "../rule_bench.ts";
import { type Arrived, NaiveCourse, type Told } from "./naive_course.ts";
import type { NaiveEvent, NaiveFiring } from "./naive_windows.ts";

const T0 = Date.UTC(2026, 0, 1);
const IDLE_MS = 500;
/** How long time goes on without events at the end: longer than any window, session and lateness together. */
const REST_MS = 5_000;
const VALUES = ["sum", "min", "max", "first", "last", "median", "distinct", "count"] as const;
const AGGREGATIONS = VALUES.map((type) => ({ as: type, type, ...type === "count" ? {} : { field: "v" } }));
const RUNS = { numRuns: Number(Deno.env.get("TOCSIN_TEST_RUNS") ?? 200) };

interface Case {
  window: JsonObject;
  members: JsonObject;
  delay: number;
  /** What `having` asks for. */
  having: { field: "sum" | "count"; above: number } | null;
  groups: Arrived[];
  course: Course;
}

interface Course {
  /** Events a record at most, in turn. */
  sizes: number[];
  /** After which records the state is thrown away and read again, a tick comes. */
  restores: boolean[];
  ticks: boolean[];
}

const ms = (max: number, min = 0) => fc.integer({ min, max }).map((n) => `${n * 10}ms`);

const tumbling = fc.record({ type: fc.constant("tumbling"), size: ms(40, 1) });
const hopping = fc.record({ type: fc.constant("sliding"), size: ms(40, 1), slide: ms(50, 1) });
const session = fc.record({ type: fc.constant("session"), gap: ms(15, 1) });
const perEvent = fc.record({ type: fc.constant("sliding"), size: ms(40, 1) });
const lateness = { allowed_lateness: ms(40) };

/** What arrives: the clock of arrival goes on by itself, now and then for longer than `idle_after`. */
const anyGroups = fc.array(
  fc.record({
    wait: fc.oneof({ weight: 6, arbitrary: fc.nat({ max: 80 }) }, {
      weight: 1,
      arbitrary: fc.nat({ max: 1200 }),
    }),
    events: fc.array(
      fc.record({
        step: fc.nat({ max: 8 }),
        back: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, {
          weight: 3,
          arbitrary: fc.nat({ max: 70 }),
        }),
        key: fc.constantFrom("a", "a", "b"),
        v: fc.integer({ min: -9, max: 20 }),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  }),
  { minLength: 1, maxLength: 14 },
).map((rows): Arrived[] => {
  let [arrival, t] = [T0, T0];
  return rows.map(({ wait, events }) => ({
    arrival: arrival += wait,
    events: events.map(({ step, back, key, v }) => ({ key, v, t: (t += step * 10) - back * 10 })),
  }));
});

const booleans = fc.array(fc.boolean(), { minLength: 1, maxLength: 8 });

const course: fc.Arbitrary<Course> = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 8 }),
  restores: booleans,
  ticks: booleans,
});

const having = fc.oneof(
  fc.constant(null),
  fc.record({ field: fc.constant("sum" as const), above: fc.integer({ min: -10, max: 30 }) }),
  fc.record({ field: fc.constant("count" as const), above: fc.nat({ max: 3 }) }),
);

const held: fc.Arbitrary<JsonObject> = fc.record({ for: ms(30), keep_firing_for: ms(30) });

/**
 * No two events of a key at one time: a session that has long fired and one that later grows back to the very
 * same start would have one name.
 */
const distinct = anyGroups.map((given): Arrived[] => {
  const seen = new Set<string>();
  const isNew = ({ key, t }: NaiveEvent) => seen.size < seen.add(`${key} ${t}`).size;
  const kept = given.map(({ arrival, events }) => ({ arrival, events: events.filter(isNew) }));
  return kept.filter(({ events }) => events.length > 0);
});

function anyCase(
  window: fc.Arbitrary<JsonObject>,
  members: fc.Arbitrary<JsonObject>,
  groups: fc.Arbitrary<Arrived[]>,
): fc.Arbitrary<Case> {
  const delay = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 30 }).map((n) => n * 10));
  return fc.record({ window, members, delay, having, groups, course });
}

/** Plays a case; answers the rule and the offset of each event, by its number. */
function play(
  { window, members, delay, having, groups, course }: Case,
): { bench: RuleBench; offsets: number[] } {
  const bench = new RuleBench({
    trigger_spec: {
      ...{ topics: ["t"], group_by: ["key"], window_config: window, aggregations: AGGREGATIONS },
      ...having === null ? {} : { having: { field: having.field, op: ">", value: having.above } },
      time: { field: "t", unit: "ms", watermark_delay: `${delay}ms`, idle_after: `${IDLE_MS}ms` },
    },
    limits: { alerts_per_minute: null },
    ...members,
  });
  const offsets: number[] = [];
  let records = 0;
  const turn = (choices: readonly boolean[]) => choices[records % choices.length]!;
  for (const { arrival, events } of groups) {
    for (let from = 0; from < events.length; records++) {
      const part = events.slice(from, from + course.sizes[records % course.sizes.length]!);
      // A tick at any time since the last record, also in the middle of idle time.
      if (turn(course.ticks)) bench.feed([], Math.floor((bench.arrival + arrival) / 2));
      offsets.push(...part.map((_, i) => bench.next + i));
      bench.feed(part.map((event) => ({ ...event })), arrival);
      if (turn(course.restores)) bench.restore();
      from += part.length;
    }
  }
  bench.feed([], groups.at(-1)!.arrival + REST_MS);
  return { bench, offsets };
}

function naive({ delay, having, groups }: Case, bench: RuleBench): NaiveCourse {
  const { window, hold } = bench.plan;
  return new NaiveCourse({
    window: window!,
    hold,
    delay_ms: delay,
    idle_ms: IDLE_MS,
    having: (firing: NaiveFiring) => having === null || (firing[having.field] ?? -Infinity) > having.above,
  }).play(groups, REST_MS);
}

function toldOf(alert: AlertEffect, offsets: readonly number[]): JsonObject {
  const { status, revision, key, event_time, cause, window, values, event_count, events } = alert;
  return {
    ...{ status, revision, key: key[0]!, time: event_time, named: nameOf(cause, offsets), event_count },
    window: [window?.start ?? null, window?.end ?? null],
    values: VALUES.map((name) => values[name]!),
    events: events.map((offset) => offsets.indexOf(offset)).toSorted((a, b) => a - b),
  };
}

function nameOf(cause: Cause, offsets: readonly number[]): number {
  if (cause.kind === "event") return offsets.indexOf(cause.offset);
  assert.ok(cause.kind === "window" || cause.kind === "session", cause.kind);
  return cause.start;
}

function wantedOf(told: Told): JsonObject {
  const { status, revision, key, time, named, start, end, events } = told;
  return {
    ...{ status, revision, key, time, named, event_count: events.length },
    window: [start, end],
    values: VALUES.map((name) => told[name]),
    events,
  };
}

function sorted(list: readonly JsonObject[]): string[] {
  return list.map((item) => JSON.stringify(item)).sort();
}

function same(given: Case): void {
  const { bench, offsets } = play(given);
  const oracle = naive(given, bench);
  const { alerts, late, counters } = bench.effects;
  assert.deepEqual(sorted(alerts.map((alert) => toldOf(alert, offsets))), sorted(oracle.told.map(wantedOf)));
  assert.deepEqual(late, oracle.late.map((number) => offsets[number]), "all late events, and no other");
  assert.equal(counters.late ?? 0, late.length, "each late event is counted");
  inTurn(alerts);
}

/** Revisions of an alert are 1, 2, 3, ... in the order in which they are told. */
function inTurn(alerts: readonly AlertEffect[]): void {
  const revisions = new Map<string, number>();
  for (const { key, cause, ordinal, revision } of alerts) {
    const id = JSON.stringify([key, cause, ordinal]);
    assert.equal(revision, (revisions.get(id) ?? 0) + 1, id);
    revisions.set(id, revision);
  }
}

const KINDS = [["tumbling", tumbling, anyGroups], ["hopping", hopping, anyGroups], [
  "session",
  session,
  distinct,
]] as const;
const none = fc.constant<JsonObject>({});

for (const [kind, window, groups] of KINDS) {
  const late = fc.tuple(window, fc.record(lateness)).map(([window, late]) => ({ ...window, ...late }));
  const early = late.map((window) => ({ ...window, emit: "on_change" }));
  Deno.test(`${kind}: a late event makes its windows fire again, or is told as late`, () => {
    fc.assert(fc.property(anyCase(late, none, groups), same), RUNS);
  });
  Deno.test(`${kind}, on_change: a window fires at the first event at which having holds, late ones correct it`, () => {
    fc.assert(fc.property(anyCase(early, none, groups), same), RUNS);
  });
  Deno.test(`${kind}, for and keep_firing_for: a key has one alert, late events included`, () => {
    fc.assert(fc.property(anyCase(fc.oneof(late, early), held, groups), same), RUNS);
  });
}

Deno.test("emit_empty: a key that is held fires for each window, late events included", () => {
  const empty = fc.tuple(
    fc.oneof(tumbling, hopping),
    fc.record(lateness),
    fc.constantFrom("on_close", "on_change"),
  )
    .map(([window, late, emit]) => ({ ...window, ...late, emit, emit_empty: true }));
  fc.assert(fc.property(anyCase(empty, fc.oneof(none, held), anyGroups), same), RUNS);
});

Deno.test("per event: what comes behind the watermark is late, alone and with an alert that is held", () => {
  fc.assert(fc.property(anyCase(perEvent, fc.oneof(none, held), anyGroups), same), RUNS);
});
