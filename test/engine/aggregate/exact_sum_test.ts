import assert from "node:assert/strict";
import * as fc from "fast-check";
import { Aggregates } from "../../../src/engine/aggregate/aggregates.ts";
import { ExactSum } from "../../../src/engine/aggregate/exact_sum.ts";
import { percentileDisc } from "../../../src/engine/aggregate/quantile_rank.ts";
import { gatheredOf } from "./gathered_events.ts";

/** Whole numbers of any size, so that a sum of BigInts, rounded once, is the truth. */
const whole = fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 0, max: 1000 }))
  .map(([m, e]) => m * 2 ** e);
const near = fc.tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 60 })).map(([m, e]) => m * 2 ** e);
const numbers = fc.array(fc.oneof(whole, near, fc.constantFrom(2 ** 1023, -(2 ** 1023), 2 ** 970, 1)), {
  maxLength: 30,
});

function truth(of: readonly number[]): number {
  return Number(of.reduce((sum, x) => sum + BigInt(x), 0n));
}

Deno.test("exact sum: rounded once, whatever the order and the sizes", () => {
  fc.assert(
    fc.property(numbers, (of) => {
      const sum = new ExactSum();
      for (const x of of) sum.add(x);
      assert.equal(sum.value, truth(of));
    }),
    { numRuns: 3000 },
  );
});

Deno.test("the aggregate sum is rounded once too, and is the largest double beyond the doubles", () => {
  fc.assert(
    fc.property(numbers, (of) => {
      const aggregates = new Aggregates([{ as: "s", type: "sum", field: 0, p: null }]);
      const row = aggregates.alloc();
      const gathered = gatheredOf(of.map((x) => ({ values: [x] })), 1);
      for (let i = 0; i < of.length; i++) aggregates.add(row, gathered, i);
      const max = Number.MAX_VALUE;
      const wanted = of.length === 0 ? null : Math.min(max, Math.max(-max, truth(of)));
      assert.equal(aggregates.values(row, 0)[0], wanted);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("a mean of equal values is that value", () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer({ min: 1, max: 200 }),
      (x, n) => {
        fc.pre(Math.abs(x) > 1e-290 || x === 0);
        const aggregates = new Aggregates(["avg", "stddev_pop"].map((type) => (
          { as: type, type: type as "avg", field: 0, p: null }
        )));
        const row = aggregates.alloc();
        const gathered = gatheredOf([{ values: [x] }], 1);
        for (let i = 0; i < n; i++) aggregates.add(row, gathered, 0);
        const [mean, deviation] = aggregates.values(row, 0);
        assert.equal(mean, x + 0);
        assert(deviation === 0 || (deviation === null && Math.abs(x) > 2 ** 450));
      },
    ),
  );
});

Deno.test("percentile_disc: p n that is whole but for its rounding is whole", () => {
  assert.equal(0.07 * 100 > 7, true);
  assert.equal(percentileDisc(100, 0.07, (rank) => rank + 1), 7);
  assert.equal(percentileDisc(100, 0.071, (rank) => rank + 1), 8);
});
