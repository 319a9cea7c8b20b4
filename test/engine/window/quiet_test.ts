/** Windows that fired while a cooldown or a cap kept them quiet: nobody was told, so there is nothing to correct. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../../src/base/json.ts";
import { RuleBench } from "../rule_bench.ts";

const T0 = Date.UTC(2026, 0, 1);

/** Windows of 10 s whose sum is above 5, corrected for ten minutes. */
function summed(members: JsonObject, window: JsonObject = {}): RuleBench {
  return new RuleBench({
    trigger_spec: {
      topics: ["t"],
      window_config: { type: "tumbling", size: "10s", allowed_lateness: "10m", ...window },
      aggregations: [{ as: "sum", type: "sum", field: "v" }],
      having: { field: "sum", op: ">", value: 5 },
      time: { field: "t", unit: "ms" },
    },
    ...members,
  });
}

/** One record an event; all arrive within the same minute. */
function feed(bench: RuleBench, ...events: [seconds: number, v: number][]): void {
  for (const [seconds, v] of events) bench.feed([{ t: T0 + seconds * 1000, v }], T0 + 120_000);
}

function told(bench: RuleBench): unknown[] {
  return bench.effects.alerts.map((
    { event_time, revision, values },
  ) => [(event_time - T0) / 1000, revision, values["sum"]]);
}

Deno.test("quiet: the correction of a window that the cooldown kept quiet is within the cooldown, too", () => {
  const bench = summed({ cooldown: "30s" });
  feed(bench, [1, 9], [11, 8], [21, 0], [12, 1], [2, 1]);
  assert.deepEqual(told(bench), [[10, 1, 9], [10, 2, 10]]);
  assert.equal(bench.effects.counters.in_cooldown, 2);
});

Deno.test("quiet: the correction of a window that the cap kept quiet is a first firing", () => {
  const bench = summed({ limits: { alerts_per_minute: 1 } });
  feed(bench, [1, 9], [11, 8], [21, 0]);
  bench.feed([{ t: T0 + 12_000, v: 1 }], T0 + 180_000);
  assert.deepEqual(told(bench), [[10, 1, 9], [180, 1, undefined], [20, 1, 9]]);
});

Deno.test("quiet, on_change: a window that the cooldown kept quiet fires at its first event behind it", () => {
  const bench = summed({ cooldown: "15s" }, { emit: "on_change" });
  feed(bench, [1, 9], [11, 8], [15, 1], [17, 1], [18, 1]);
  assert.deepEqual(told(bench), [[1, 1, 9], [17, 1, 10]]);
});
