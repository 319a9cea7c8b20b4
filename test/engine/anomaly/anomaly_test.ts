/** Anomaly methods: every case of the compatibility record, and baselines against plain lists. */
import fc from "fast-check";
import assert from "node:assert/strict";
import { testAnomaly } from "../../../src/engine/anomaly/anomaly_method.ts";
import { Baselines } from "../../../src/engine/anomaly/baselines.ts";
import type { AnomalyPlan } from "../../../src/engine/plan.ts";
import { ByteReader, ByteWriter, StateFormatError } from "../../../src/engine/state_bytes.ts";
import { vectors } from "../../vector_rows.ts";

interface Case {
  id: string;
  method: AnomalyPlan["method"];
  config: { threshold?: number; multiplier?: number; alpha?: number };
  baseline: number[];
  current: number;
  expect: { is_anomaly: boolean; score: number; method: string; details: Record<string, number | string> };
}

const { cases } = vectors<{ cases: Case[] }>("compat/anomaly.json");

function plan(over: Partial<AnomalyPlan>): AnomalyPlan {
  const defaults = { method: "zscore", threshold: 3, multiplier: 1.5, alpha: 0.3 } as const;
  return { ...defaults, field: 0, baseline_window: 100, seed: [], ...over };
}

/** Relative to max(1, |x|), as the record says. */
function near(actual: unknown, expected: number, tolerance: number): boolean {
  return typeof actual === "number" &&
    Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected));
}

for (const { id, method, config, baseline, current, expect } of cases) {
  Deno.test(`anomaly ${id}`, () => {
    const baselines = new Baselines(plan({ method, ...config, seed: baseline }));
    baselines.open(0);
    const { details, ...result } = baselines.test(0, current);
    assert.equal(result.is_anomaly, expect.is_anomaly);
    assert.equal(result.method, expect.method);
    assert(near(result.score, expect.score, method === "zscore" ? 1e-9 : 1e-4), `score ${result.score}`);
    assert.deepEqual(Object.keys(details).sort(), Object.keys(expect.details).sort());
    for (const [name, value] of Object.entries(expect.details)) {
      if (typeof value === "string") assert.equal(details[name], value);
      else assert(near(details[name], value, 1e-4), `${name} is ${details[name]}, expected ${value}`);
    }
  });
}

Deno.test("anomaly: all 46 cases of the record ran", () => assert.equal(cases.length, 46));

Deno.test("anomaly: equal values have no spread, also where their mean is rounded", () => {
  const values = Float64Array.of(0.1, 0.1, 0.1);
  const { score } = testAnomaly(plan({}), { values, current: 0.2 });
  assert.equal(score, 0);
});

Deno.test("anomaly: the spread of values far from zero is not lost", () => {
  const values = Float64Array.from({ length: 100 }, (_, i) => 1e9 + (i % 2));
  const { details } = testAnomaly(plan({}), { values, current: 1e9 });
  assert(near(details.std, 0.5025, 1e-4), String(details.std));
});

const value = fc.double({ noNaN: true, noDefaultInfinity: true });
const method = fc.constantFrom<AnomalyPlan["method"]>("zscore", "iqr", "ema");

Deno.test("anomaly: whatever the values, results are finite", () => {
  fc.assert(fc.property(method, fc.array(value, { maxLength: 20 }), value, (method, values, current) => {
    const result = testAnomaly(plan({ method }), { values: Float64Array.from(values), current });
    assert(Number.isFinite(result.score));
    for (const detail of Object.values(result.details)) {
      assert(typeof detail !== "number" || Number.isFinite(detail), JSON.stringify(result));
    }
  }));
});

Deno.test("anomaly: quartiles are those of the sorted values", () => {
  const list = fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), value), { minLength: 4, maxLength: 60 });
  fc.assert(fc.property(list, (list) => {
    const sorted = Float64Array.from(list).sort();
    const { details } = testAnomaly(plan({ method: "iqr" }), { values: Float64Array.from(list), current: 0 });
    for (const [name, p] of [["q1", 0.25], ["q3", 0.75]] as const) {
      const at = p * (list.length - 1);
      const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
      const expected = low + (high - low) * (at - Math.floor(at));
      if (Number.isFinite(expected)) assert(near(details[name], expected, 1e-4), `${name} of ${sorted}`);
    }
  }));
});

type Act =
  | { kind: "value"; slot: number; value: number }
  | { kind: "reset" | "reopen"; slot: number }
  | { kind: "replace"; slot: number; values: number[] };

const SLOTS = 3;
const slot = fc.nat(SLOTS - 1);
const small = fc.oneof(fc.integer({ min: -20, max: 20 }), value);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 30, arbitrary: fc.record({ kind: fc.constant("value" as const), slot, value: small }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("reset" as const, "reopen" as const), slot }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("replace" as const),
      slot,
      values: fc.array(small, { maxLength: 40 }),
    }),
  },
);
const course = fc.record({
  plan: fc.record({ method, baseline_window: fc.integer({ min: 1, max: 30 }), seed: fc.array(small) }).map(
    plan,
  ),
  acts: fc.array(act, { maxLength: 200 }),
  restoreEvery: fc.integer({ min: 1, max: 50 }),
});

function restored(from: Baselines, of: AnomalyPlan): Baselines {
  const to = new Baselines(of);
  for (let slot = 0; slot < SLOTS; slot++) {
    const out = new ByteWriter();
    from.write(slot, out);
    const input = new ByteReader(out.finish());
    to.read(slot, input);
    assert(input.atEnd);
  }
  return to;
}

Deno.test("baselines: as plain lists, and the same bits wherever state is restored", () => {
  fc.assert(fc.property(course, ({ plan, acts, restoreEvery }) => {
    let baselines = new Baselines(plan);
    const lists = Array.from({ length: SLOTS }, () => [...plan.seed]);
    for (let slot = 0; slot < SLOTS; slot++) baselines.open(slot);
    for (const [index, act] of acts.entries()) {
      const list = lists[act.slot]!;
      switch (act.kind) {
        case "value": {
          const values = Float64Array.from(list.slice(-plan.baseline_window));
          const expected = testAnomaly(plan, { values, current: act.value });
          assert.deepEqual(baselines.test(act.slot, act.value), expected);
          baselines.append(act.slot, act.value);
          list.push(act.value);
          break;
        }
        case "replace":
          baselines.replace(act.slot, act.values);
          lists[act.slot] = [...act.values];
          break;
        case "reset":
          baselines.reset(act.slot);
          lists[act.slot] = [...plan.seed];
          break;
        case "reopen":
          baselines.close(act.slot);
          baselines.open(act.slot);
          lists[act.slot] = [...plan.seed];
      }
      if (index % restoreEvery === 0) {
        const again = restored(baselines, plan);
        assert.equal(again.bytes, baselines.bytes);
        baselines = again;
      }
    }
    for (let slot = 0; slot < SLOTS; slot++) {
      const kept = lists[slot]!.slice(-plan.baseline_window);
      const summary = baselines.summary(slot);
      assert.equal(summary.count, kept.length);
      assert.equal(summary.max, kept.length === 0 ? null : Math.max(...kept));
      assert.equal(summary.min, kept.length === 0 ? null : Math.min(...kept));
    }
  }));
});

Deno.test("baselines: a test changes nothing, iqr's sorting included", () => {
  const baselines = new Baselines(plan({ method: "iqr", baseline_window: 4 }));
  baselines.open(0);
  for (const value of [9, 1, 5, 3]) baselines.append(0, value);
  baselines.test(0, 7);
  baselines.append(0, 0);
  assert.deepEqual(baselines.summary(0), { count: 4, min: 0, max: 5, mean: 2.25 });
});

Deno.test("baselines: a key with five values is small, a closed one costs nothing", () => {
  const baselines = new Baselines(plan({ baseline_window: 1000, seed: Array(1000).fill(1) }));
  for (let slot = 0; slot < 1000; slot++) {
    baselines.open(slot);
    for (let i = 0; i < 5; i++) baselines.append(slot, i);
  }
  assert(baselines.bytes / 1000 < 100, `${baselines.bytes / 1000} bytes a key`);
  for (let slot = 0; slot < 1000; slot++) baselines.close(slot);
  assert.equal(baselines.bytes, 0);
});

Deno.test("baselines: bytes of another plan are refused", () => {
  const wide = new Baselines(plan({ baseline_window: 10 }));
  wide.open(0);
  for (let i = 0; i < 10; i++) wide.append(0, i);
  const out = new ByteWriter();
  wide.write(0, out);
  const narrow = new Baselines(plan({ baseline_window: 5 }));
  assert.throws(() => narrow.read(0, new ByteReader(out.finish())), StateFormatError);
});
