/** A fold answers what merging its rows anew would answer, bit by bit, whatever was pushed and left before. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Aggregates } from "../../../src/engine/aggregate/aggregates.ts";
import { SlidingFold } from "../../../src/engine/aggregate/sliding_fold.ts";
import type { AggregatePlan } from "../../../src/engine/plan.ts";
import { arbitraryEvent } from "./arbitrary_events.ts";
import { type AggregateEvent, gatheredOf } from "./gathered_events.ts";
import { allPlans } from "./naive_aggregates.ts";

const SPAN_MS = 4000;

class Course {
  readonly aggregates: Aggregates;
  readonly rows: number[] = [];
  fold: SlidingFold;

  constructor(plans: readonly AggregatePlan[]) {
    this.aggregates = new Aggregates(plans);
    this.fold = new SlidingFold(this.aggregates);
  }

  push(events: readonly AggregateEvent[]): void {
    const row = this.aggregates.alloc();
    this.add(row, events);
    this.rows.push(row);
    this.fold.push(row);
  }

  add(row: number, events: readonly AggregateEvent[]): void {
    const gathered = gatheredOf(events, 1);
    for (let i = 0; i < events.length; i++) this.aggregates.add(row, gathered, i);
  }

  shift(): void {
    if (this.rows.length === 0) return;
    assert.equal(this.fold.shift(), this.rows[0]);
    this.aggregates.free(this.rows.shift()!);
  }

  /** Adds to a row inside. */
  change(index: number, events: readonly AggregateEvent[]): void {
    if (this.rows.length === 0) return;
    this.add(this.rows[index % this.rows.length]!, events);
    this.fold.invalidate();
  }

  rebuild(): void {
    this.fold.clear();
    this.fold = new SlidingFold(this.aggregates);
    for (const row of this.rows) this.fold.push(row);
  }

  check(): void {
    const whole = this.aggregates.alloc();
    for (const row of this.rows) this.aggregates.merge(whole, row);
    const wanted = this.aggregates.values(whole, SPAN_MS);
    this.aggregates.free(whole);
    assert.deepEqual(this.fold.values(SPAN_MS), wanted);
    assert.equal(this.fold.length, this.rows.length);
  }
}

const step: fc.Arbitrary<(course: Course) => void> = fc.oneof(
  { weight: 4, arbitrary: fc.array(arbitraryEvent, { maxLength: 3 }).map((of) => (c: Course) => c.push(of)) },
  { weight: 3, arbitrary: fc.constant((c: Course) => c.shift()) },
  { weight: 3, arbitrary: fc.constant((c: Course) => c.check()) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(), fc.array(arbitraryEvent, { maxLength: 3 }))
      .map(([index, of]) => (c: Course) => c.change(index, of)),
  },
  { weight: 1, arbitrary: fc.constant((c: Course) => c.rebuild()) },
);

Deno.test("sliding fold: equals its rows merged anew, after any course, and after it was thrown away", () => {
  const courses = fc.array(step, { maxLength: 60 });
  fc.assert(
    fc.property(courses, (steps) => {
      const course = new Course(allPlans(0.3));
      for (const one of steps) one(course);
      course.check();
      while (course.rows.length > 0) course.shift();
      course.check();
      course.fold.clear();
      assert.equal(course.aggregates.bytes, 0);
      assert.equal(course.aggregates.scratch.bytes, 0);
    }),
    { numRuns: 1000 },
  );
});

function numbers(count: number, of: (i: number) => number): AggregateEvent[] {
  return Array.from({ length: count }, (_, i) => ({ values: [of(i)] }));
}

Deno.test("sliding fold: percentiles are the same on either side of the bound of exact ones", () => {
  const course = new Course(allPlans(0.7));
  const sizes = [3000, 1000, 90, 20, 3000, 5000, 4000, 1, 4090, 2, 3000, 10];
  sizes.forEach((size, k) => {
    course.push(numbers(size, (i) => Math.sin(i * (k + 1)) * 10 ** (i % 40 - 20)));
    course.check();
    if (k % 3 === 2) course.shift();
    course.check();
  });
  while (course.rows.length > 0) {
    course.shift();
    course.check();
  }
});

Deno.test("sliding fold: distinct is the same on either side of the bound of exact counts", () => {
  const course = new Course([{ as: "d", type: "distinct", field: 0, p: null }]);
  const sizes = [6000, 3000, 1001, 12_000, 500, 9000, 900, 200];
  sizes.forEach((size, k) => {
    course.push(numbers(size, (i) => i + 5000 * k));
    course.check();
  });
  while (course.rows.length > 0) {
    course.shift();
    course.check();
  }
});

Deno.test("sliding fold: a push, a shift and the values cost the same however many rows there are", () => {
  const aggregates = new Aggregates(allPlans(0.5).filter(({ type }) => !type.startsWith("perc")));
  const fold = new SlidingFold(aggregates);
  let merges = 0;
  const { scratch } = aggregates;
  const merge = scratch.merge.bind(scratch);
  scratch.merge = (...args) => {
    merges++;
    merge(...args);
  };
  const ROUNDS = 3000;
  for (let i = 0; i < ROUNDS; i++) {
    const row = aggregates.alloc();
    aggregates.add(row, gatheredOf(numbers(1, () => i), 1), 0);
    fold.push(row);
    if (i >= 500) aggregates.free(fold.shift());
    fold.values(SPAN_MS);
  }
  assert(merges <= 3 * ROUNDS, `${merges} merges`);
});
