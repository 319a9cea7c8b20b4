/** Series of values for charts: buckets held against plain code over all evaluations, and every bound. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { instant } from "../../src/base/event_time.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { compileRule } from "../../src/engine/compile.ts";
import { readDraft } from "../../actors/rule_document.ts";
import {
  SERIES_BUCKETS_MAX,
  SERIES_KEYS_MAX,
  SERIES_POINTS_MAX,
  ValueSeries,
} from "../../actors/value_series.ts";
import { cpuRule } from "../routes/api.ts";

interface Shown {
  bucket_ms: number;
  evaluations_left_out: number;
  keys: {
    key: JsonObject;
    at: string[];
    evaluations: number[];
    values: Record<string, Record<"min" | "max" | "last", (number | null)[]>>;
  }[];
}

interface Seen {
  host: string;
  time: number;
  values: (number | null)[];
}

function series(seen: readonly Seen[], aggregates: number): Shown {
  const aggregations = Array.from({ length: aggregates }, (_, i) => ({
    as: `v${i}`,
    type: "avg",
    field: "cpu",
  }));
  const document = cpuRule({
    trigger_spec: {
      group_by: ["host"],
      window_config: { type: "tumbling", size: "1m" },
      aggregations,
      having: { conditions: [{ field: "v0", op: ">", value: 1 }] },
    },
  });
  const plan = compileRule(readDraft(document), { rule_id: "r", version: 1, generation: 1 });
  const made = new ValueSeries(plan);
  for (const { host, time, values } of seen) made.add({ id: host, key: () => [host], time, values });
  return made.shown() as unknown as Shown;
}

/** The same by plain reading, in buckets of the width that came out. */
function naive(seen: readonly Seen[], host: string, { width, i }: { width: number; i: number }) {
  const own = seen.filter((one) => one.host === host);
  const starts = [...new Set(own.map(({ time }) => Math.floor(time / width) * width))].sort((a, b) => a - b);
  return starts.map((start) => {
    const inside = own.filter(({ time }) => Math.floor(time / width) * width === start);
    const numbers = inside.filter(({ values }) => values[i] !== null);
    const sorted = numbers.map((one, place) => ({ ...one, place })).sort((a, b) =>
      a.time - b.time || a.place - b.place
    );
    const all = numbers.map(({ values }) => values[i]!);
    return {
      at: instant(start),
      evaluations: inside.length,
      min: all.length === 0 ? null : Math.min(...all),
      max: all.length === 0 ? null : Math.max(...all),
      last: sorted.at(-1)?.values[i] ?? null,
    };
  });
}

Deno.test("series: least, greatest and last of each bucket are those of plain code, however wide buckets grow", () => {
  const value = fc.option(fc.integer({ min: -50, max: 50 }), { nil: null });
  const one = fc.record({
    host: fc.constantFrom("a", "b", "c"),
    // Times that are apart: which of two at one time is the last depends on their order.
    time: fc.integer({ min: 0, max: 400_000 }),
    values: fc.tuple(value, value),
  });
  const all = fc.uniqueArray(one, { maxLength: 900, minLength: 300, selector: ({ time }) => time });
  fc.assert(
    fc.property(all, (seen) => {
      const { bucket_ms, keys } = series(seen, 2);
      for (const { key, at, evaluations, values } of keys) {
        assert.ok(at.length <= SERIES_BUCKETS_MAX);
        for (const i of [0, 1]) {
          const { min, max, last } = values[`v${i}`]!;
          const found = at.map((time, n) => ({
            ...{ at: time, evaluations: evaluations[n], min: min[n], max: max[n], last: last[n] },
          }));
          const wanted = naive(seen, String(key.host), { width: bucket_ms, i });
          assert.deepEqual(found, wanted);
        }
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("series: keys beyond the bound are counted, points stay within theirs, times may be far apart", () => {
  const hosts = Array.from({ length: SERIES_KEYS_MAX + 5 }, (_, i) => `h${i}`);
  const seen = hosts.flatMap((host) =>
    Array.from({ length: 40 }, (_, n) => ({ host, time: n * 60_000, values: [1, 2, 3, 4, 5, 6, 7, 8] }))
  );
  const many = series(seen, 8);
  assert.equal(many.keys.length, SERIES_KEYS_MAX);
  assert.equal(many.evaluations_left_out, 5 * 40);
  const points = many.keys.reduce((sum, { at }) => sum + 8 * at.length, 0);
  assert.ok(points <= SERIES_POINTS_MAX && points > SERIES_POINTS_MAX / 6, `${points}`);
  const far = Array.from({ length: 1000 }, (_, n) => ({ host: "h", time: n * 1e12, values: [n] }));
  const wide = series(far, 1);
  assert.ok(wide.keys[0]!.at.length <= SERIES_BUCKETS_MAX, `${wide.keys[0]!.at.length}`);
  assert.equal(wide.keys[0]!.evaluations.reduce((sum, n) => sum + n, 0), 1000);
});
