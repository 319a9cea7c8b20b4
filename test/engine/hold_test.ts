/** Held alerts where another part of a rule meets them: the cap of alerts a minute. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { RuleBench } from "./rule_bench.ts";

const T0 = Date.UTC(2026, 0, 1);

function held(members: JsonObject): RuleBench {
  const time = { field: "t", unit: "ms" };
  const spec = { topics: ["t"], field: "v", op: ">", value: 5, group_by: ["k"], time };
  return new RuleBench({ trigger_spec: spec, trigger_type: "event", ...members });
}

/** One record an event, which arrives at its own time. */
function feed(bench: RuleBench, ...events: [seconds: number, k: string, v: number][]): void {
  for (const [seconds, k, v] of events) {
    const t = T0 + seconds * 1000;
    bench.feed([{ t, k, v }], t);
  }
}

function told(bench: RuleBench): unknown[] {
  return bench.effects.alerts.map(({ status, revision, key }) => [status, revision, ...key]);
}

Deno.test("hold: an alert that the cap kept back is not resolved for anybody, also after a restore", () => {
  for (const restored of [false, true]) {
    const bench = held({ for: "0s", keep_firing_for: "1s", limits: { alerts_per_minute: 1 } });
    feed(bench, [0, "a", 9], [1, "b", 9]);
    if (restored) bench.restore();
    feed(bench, [2, "b", 1], [4, "b", 1], [5, "a", 1], [7, "a", 1]);
    assert.deepEqual(told(bench), [["firing", 1, "a"], ["resolved", 2, "a"]]);
    assert.equal(bench.effects.counters.over_alerts_per_minute, 1);
  }
});

Deno.test("hold: the alert of an anomaly that lasts says that it is one, before a restore and after it", () => {
  for (const restores of [false, true]) {
    const bench = new RuleBench({
      trigger_type: "anomaly",
      for: "5s",
      trigger_spec: { topics: ["t"], value_path: "v", baseline_values: [1, 2, 1, 2, 1, 2] },
    });
    const at = (seconds: number, v: number) => ({ timestamp: 1_767_225_600 + seconds, v });
    bench.feed([at(0, 90)], 1_767_225_600_000);
    if (restores) bench.restore();
    bench.feed([at(9, 9_000)], 1_767_225_609_000);
    assert.deepEqual(bench.effects.alerts.map(({ status, reason }) => [status, reason]), [[
      "firing",
      "anomaly",
    ]]);
  }
});
