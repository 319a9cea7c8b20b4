/** Whatever the events are and however rows are merged, the values are those of the plain definition. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { JsonScalar } from "../../../src/base/json.ts";
import { Aggregates } from "../../../src/engine/aggregate/aggregates.ts";
import { ByteReader, ByteWriter } from "../../../src/engine/state_bytes.ts";
import { arbitraryEvent } from "./arbitrary_events.ts";
import { type AggregateEvent, gatheredOf } from "./gathered_events.ts";
import { allPlans, naiveValue } from "./naive_aggregates.ts";

const SPAN_MS = 4000;
const PLANS = allPlans(0.3);
const events = fc.array(arbitraryEvent, { maxLength: 40 });
const parts = fc.array(fc.array(arbitraryEvent, { maxLength: 8 }), { minLength: 1, maxLength: 8 });

function rowOf(aggregates: Aggregates, of: readonly AggregateEvent[]): number {
  const row = aggregates.alloc();
  const gathered = gatheredOf(of, 1);
  for (let i = 0; i < of.length; i++) aggregates.add(row, gathered, i);
  return row;
}

function assertClose(value: JsonScalar, expected: JsonScalar, what: string): void {
  if (typeof value !== "number" || typeof expected !== "number") return assert.equal(value, expected, what);
  // Squares and quotients of much smaller numbers have no digits left.
  const bound = Math.max(1e-12 * Math.abs(expected), 1e-150);
  assert(Math.abs(value - expected) <= bound, `${what}: expected ${expected}, got ${value}`);
}

Deno.test("aggregates: values are those of the definition", () => {
  fc.assert(
    fc.property(events, (of) => {
      const aggregates = new Aggregates(PLANS);
      const values = aggregates.values(rowOf(aggregates, of), SPAN_MS);
      PLANS.forEach((plan, k) => assertClose(values[k]!, naiveValue(plan, of, SPAN_MS), plan.type));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("aggregates: rows merged in any grouping answer the same bits as one row", () => {
  const property = fc.property(parts, fc.array(fc.nat()), (split, order) => {
    const aggregates = new Aggregates(PLANS);
    const whole = aggregates.values(rowOf(aggregates, split.flat()), SPAN_MS);
    const rows = split.map((part) => rowOf(aggregates, part));
    for (let k = 0; rows.length > 1; k++) {
      const at = (order[k] ?? 0) % (rows.length - 1);
      aggregates.merge(rows[at]!, rows[at + 1]!);
      aggregates.free(rows.splice(at + 1, 1)[0]!);
    }
    assert.deepEqual(aggregates.values(rows[0]!, SPAN_MS), whole);
  });
  fc.assert(property, { numRuns: 1000 });
});

Deno.test("aggregates: a row that was written and read goes on as if nothing had been", () => {
  fc.assert(fc.property(events, events, (before, after) => {
    const aggregates = new Aggregates(PLANS);
    const row = rowOf(aggregates, before);
    const { bytes } = aggregates;
    const out = new ByteWriter();
    aggregates.write(row, out);
    const restored = new Aggregates(PLANS);
    const input = new ByteReader(out.finish());
    const again = restored.read(input);
    assert(input.atEnd);
    assert.equal(restored.bytes, bytes);
    const gathered = gatheredOf(after, 1);
    for (let i = 0; i < after.length; i++) {
      assert.equal(restored.add(again, gathered, i), aggregates.add(row, gathered, i));
    }
    assert.deepEqual(restored.values(again, SPAN_MS), aggregates.values(row, SPAN_MS));
    assert.equal(restored.bytes, aggregates.bytes);
  }));
});

Deno.test("aggregates: copies are independent, and rows that were reset or freed leave nothing", () => {
  fc.assert(fc.property(events, events, (a, b) => {
    const aggregates = new Aggregates(PLANS);
    const row = rowOf(aggregates, a);
    const values = aggregates.values(row, SPAN_MS);
    const { bytes } = aggregates;
    const copy = aggregates.copy(row);
    assert.deepEqual(aggregates.values(copy, SPAN_MS), values);
    const other = rowOf(aggregates, b);
    aggregates.merge(copy, other);
    assert.deepEqual(aggregates.values(row, SPAN_MS), values);
    aggregates.free(copy);
    aggregates.free(other);
    assert.equal(aggregates.bytes, bytes);
    aggregates.reset(row);
    const empty = new Aggregates(PLANS);
    assert.deepEqual(aggregates.values(row, SPAN_MS), empty.values(empty.alloc(), SPAN_MS));
    aggregates.free(row);
    assert.equal(aggregates.bytes, 0);
  }));
});

Deno.test("aggregates: nothing that comes out is infinite", () => {
  const huge = fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, 1e308, -1e200, 1e150, 5e-324, -5e-324, 1);
  fc.assert(fc.property(fc.array(huge, { minLength: 1 }), fc.nat(50), (numbers, cut) => {
    const of = numbers.map((x) => ({ ts: 0, values: [x] }));
    const aggregates = new Aggregates(PLANS);
    const whole = aggregates.values(rowOf(aggregates, of), SPAN_MS);
    for (const value of whole) assert(typeof value !== "number" || Number.isFinite(value));
    const merged = rowOf(aggregates, of.slice(0, cut));
    aggregates.merge(merged, rowOf(aggregates, of.slice(cut)));
    assert.deepEqual(aggregates.values(merged, SPAN_MS), whole);
  }));
});

Deno.test("aggregates: a count and a mean take 32 bytes a row, three values of a percentile less than 256", () => {
  const small = new Aggregates([
    { as: "n", type: "count", field: null, p: null },
    { as: "a", type: "avg", field: 0, p: null },
  ]);
  for (let i = 0; i < 100; i++) small.alloc();
  assert.equal(small.bytes, 3200);
  const listed = new Aggregates([{ as: "p", type: "percentile_cont", field: 0, p: 0.5 }]);
  rowOf(listed, [1, 2, 3].map((x) => ({ values: [x] })));
  assert(listed.bytes < 256);
});
