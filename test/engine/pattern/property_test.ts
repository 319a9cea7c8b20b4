/**
 * Patterns against an oracle that tries every way, and against themselves: any order within the delay, any cut
 * into records, ticks, snapshots and restores give the same matches with the same ids.
 */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { JsonObject } from "../../../src/base/json.ts";
import { RuleBench } from "../rule_bench.ts";
import {
  anyExtras,
  anyLetterEvents,
  anyNodes,
  type LetterEvent,
  patternOf,
  stepsOf,
} from "./arbitrary_pattern.ts";
import { naiveMatches, type NaiveNode } from "./naive_patterns.ts";

const T0 = Date.UTC(2026, 0, 1);
const RUNS = Number(Deno.env.get("TOCSIN_TEST_RUNS") ?? 500);
const DELAY_MS = 300;

interface Course {
  /** Events a record, in turn. */
  sizes: number[];
  /** After which records the state is thrown away and read again, a tick comes. */
  restores: boolean[];
  ticks: boolean[];
}

const anyCourse: fc.Arbitrary<Course> = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 }),
  restores: fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
  ticks: fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
});

function run(
  pattern: JsonObject,
  events: readonly LetterEvent[],
  course: Course,
  time: JsonObject = {},
): Run {
  const bench = new RuleBench({
    trigger_type: "pattern",
    trigger_spec: {
      topics: ["t"],
      group_by: ["key"],
      pattern,
      time: { field: "t", unit: "ms", idle_after: "1h", ...time },
    },
    limits: { alerts_per_minute: null, partials_per_key: null },
  });
  bench.effects.trace = { timeouts: [], errors: [] };
  const places = new Map<number, number>();
  for (let from = 0, i = 0; from < events.length; i++) {
    const next = from + course.sizes[i % course.sizes.length]!;
    for (let i = from; i < next; i++) places.set(bench.next + i - from, i);
    bench.feed(events.slice(from, next).map((event) => ({ ...event })), T0);
    if (course.ticks[i % course.ticks.length]) bench.feed([], T0);
    if (course.restores[i % course.restores.length]) bench.restore();
    from = next;
  }
  bench.end();
  return { bench, place: (offset: number) => places.get(offset)! };
}

interface Run {
  bench: RuleBench;
  /** The place of an event among those given: ticks take offsets, too. */
  place(offset: number): number;
}

function told({ bench, place }: Run): string[] {
  return bench.effects.alerts.map(({ key, events, steps, reason }) =>
    JSON.stringify([key[0], reason, events.map((event, i) => [steps![i], place(event)])])
  );
}

function timed(rows: readonly Omit<LetterEvent, "t">[], gaps: readonly number[]): LetterEvent[] {
  let t = T0;
  return rows.map((row, i) => ({ ...row, t: t += gaps[i % gaps.length]! * 10 }));
}

const anyGaps = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 8 });

/** Of all keys, with offsets for the places of their events. */
function wanted(
  nodes: readonly NaiveNode[],
  events: readonly LetterEvent[],
  within: number | null,
): string[] {
  return ["x", "y"].flatMap((key) => {
    const offsets = [...events.keys()].filter((i) => events[i]!.key === key);
    const own = offsets.map((i) => events[i]!);
    return naiveMatches(nodes, own, within).map(({ taken, absence }) =>
      JSON.stringify([
        key,
        absence ? "absence" : "pattern",
        taken.map(([step, event]) => [step, offsets[event]!]),
      ])
    );
  }).sort();
}

/** A negated step that stands last waits for its time. */
function needsWithin(nodes: readonly NaiveNode[]): boolean {
  const last = nodes.at(-1)!;
  return "negated" in last && last.negated && last.contiguity !== "strict";
}

Deno.test("patterns: every way to match, and no other, as an oracle says that tries them all", () => {
  const anyWithin = fc.option(fc.integer({ min: 1, max: 12 }).map((n) => n * 10), { nil: null });
  fc.assert(
    fc.property(
      anyNodes,
      anyLetterEvents(9),
      anyGaps,
      anyWithin,
      anyCourse,
      (nodes, rows, gaps, said, course) => {
        const within = needsWithin(nodes) ? said ?? 50 : said;
        const events = timed(rows, gaps);
        const pattern = {
          steps: stepsOf(nodes),
          after_match: "no_skip",
          ...(within === null ? {} : { within: `${within}ms` }),
        };
        assert.deepEqual(told(run(pattern, events, course)).sort(), wanted(nodes, events, within));
      },
    ),
    { numRuns: RUNS },
  );
});

/** With causes, of which ids are made, in the order in which they were told. */
function whole({ bench, place }: Run): string[] {
  return bench.effects.alerts.map(({ key, cause, ordinal, reason, events, steps, event_time, values }) => {
    assert.ok("first" in cause);
    const { kind, first, last } = cause;
    const of = [kind, place(first), place(last), ordinal, reason, event_time, values];
    return JSON.stringify([key[0], ...of, events.map((event, i) => [steps![i], place(event)])]);
  });
}

/** What ids are made of. */
function causes({ bench }: Run): string[] {
  return bench.effects.alerts.map(({ key, cause, ordinal }) => JSON.stringify([key, cause, ordinal]));
}

function timeouts({ bench, place }: Run): string[] {
  return bench.effects.trace!.timeouts.map(({ events, at }) => JSON.stringify([events.map(place), at]));
}

const AT_ONCE = (events: readonly LetterEvent[]): Course => ({
  sizes: [events.length],
  restores: [false],
  ticks: [false],
});

Deno.test("patterns: the same matches in the same order, with the same ids, however the log is cut", () => {
  fc.assert(
    fc.property(
      anyNodes,
      anyExtras,
      anyLetterEvents(25),
      anyGaps,
      anyCourse,
      (nodes, extras, rows, gaps, course) => {
        const events = timed(rows, gaps);
        const pattern = patternOf(nodes, extras);
        const once = run(pattern, events, AT_ONCE(events));
        const cut = run(pattern, events, course);
        assert.deepEqual(whole(cut), whole(once));
        assert.equal(new Set(causes(once)).size, causes(once).length, "each alert has an id of its own");
        assert.deepEqual(timeouts(cut).sort(), timeouts(once).sort());
        assert.deepEqual(cut.bench.effects.trace!.errors.length, once.bench.effects.trace!.errors.length);
        assert.equal(cut.bench.state.pattern!.bytes, 0, "time runs out for everything that is held");
      },
    ),
    { numRuns: RUNS },
  );
});

Deno.test("patterns: any order within the delay gives the matches of the order of times", () => {
  const anyWaits = fc.array(fc.integer({ min: 0, max: DELAY_MS }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(
      anyNodes,
      anyExtras,
      anyLetterEvents(20),
      anyGaps,
      anyWaits,
      anyCourse,
      (nodes, extras, rows, gaps, waits, course) => {
        const inOrder = timed(rows, gaps.map((gap) => gap + 1));
        const order = [...inOrder.keys()].toSorted((a, b) => comes(a) - comes(b));
        const pattern = patternOf(nodes, extras);
        const wanted = run(pattern, inOrder, AT_ONCE(inOrder));
        const delayed = { watermark_delay: `${DELAY_MS}ms` };
        const found = run(pattern, order.map((i) => inOrder[i]!), course, delayed);
        const placed = { ...found, place: (offset: number) => order[found.place(offset)]! };
        assert.deepEqual(whole(placed).sort(), whole(wanted).sort());
        assert.equal(found.bench.effects.counters.late, undefined);

        function comes(i: number): number {
          return inOrder[i]!.t + waits[i % waits.length]!;
        }
      },
    ),
    { numRuns: RUNS },
  );
});
