/** What is estimated past the exact bounds keeps the error that is promised. */
import assert from "node:assert/strict";
import { seededRng } from "../../../src/base/rng.ts";
import { DDSketch } from "../../../src/engine/aggregate/dd_sketch.ts";
import { DISTINCT_EXACT_MAX, DistinctSet } from "../../../src/engine/aggregate/distinct_set.ts";
import { QUANTILE_EXACT_MAX, QuantileBag } from "../../../src/engine/aggregate/quantile_bag.ts";
import { percentileCont } from "../../../src/engine/aggregate/quantile_rank.ts";

const SERIES: Readonly<Record<string, (u: number) => number>> = {
  uniform: (u) => u * 100,
  "long tail": (u) => 1 / (1 - u) ** 3,
  "both signs": (u) => (u - 0.5) * 1e6,
  negative: (u) => -Math.exp(20 * u),
  "many zeros": (u) => Math.max(0, u - 0.6),
};

for (const [name, of] of Object.entries(SERIES)) {
  Deno.test(`percentiles past the exact bound are within 1 %: ${name}`, () => {
    const rng = seededRng(5);
    const numbers = Array.from({ length: 50_000 }, () => of(rng.next()));
    const bag = new QuantileBag();
    for (const x of numbers) bag.add(x);
    const ascending = numbers.toSorted((a, b) => a - b);
    for (const p of [0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1]) {
      const exact = percentileCont(numbers.length, p, (rank) => ascending[rank]!);
      const value = percentileCont(bag.count, p, (rank) => bag.at(rank));
      assert(Math.abs(value - exact) <= 0.01 * Math.abs(exact) + 1e-12, `p ${p}: ${value} for ${exact}`);
    }
  });
}

Deno.test("percentiles are exact up to the bound", () => {
  const bag = new QuantileBag();
  for (let i = QUANTILE_EXACT_MAX; i > 0; i--) bag.add(i);
  assert.equal(bag.at(QUANTILE_EXACT_MAX - 1), QUANTILE_EXACT_MAX);
  assert.equal(bag.sketch, null);
  bag.add(1);
  assert(bag.sketch !== null);
});

Deno.test("a sketch of values over all magnitudes stays bounded, and its upper part stays right", () => {
  const sketch = new DDSketch();
  for (let e = -300; e <= 300; e++) sketch.add(10 ** e);
  assert(sketch.bytes < 20_000, `${sketch.bytes} bytes`);
  assert(Math.abs(sketch.at(600) / 1e300 - 1) <= 0.01);
  assert(Math.abs(sketch.at(590) / 1e290 - 1) <= 0.01);
});

for (const text of [false, true]) {
  Deno.test(`distinct ${text ? "texts" : "numbers"} past the exact bound are within 3 %`, () => {
    for (const count of [DISTINCT_EXACT_MAX + 1, 20_000, 60_000, 300_000]) {
      const set = new DistinctSet();
      for (let i = 0; i < count; i++) set.add(text ? `user-${i}` : i);
      assert(Math.abs(set.count / count - 1) < 0.03, `${set.count} for ${count}`);
      assert(set.bytes < 17_000);
    }
  });
}

Deno.test("distinct is exact up to the bound", () => {
  const set = new DistinctSet();
  for (let i = 0; i < 2 * DISTINCT_EXACT_MAX; i++) set.add(i % DISTINCT_EXACT_MAX);
  assert.equal(set.count, DISTINCT_EXACT_MAX);
});
