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

Deno.test("hold: what held for its whole `for` fires before an event of its key ends it, also within watermark_delay", () => {
  const time = { field: "t", unit: "ms", watermark_delay: "60s" };
  const spec = { topics: ["t"], field: "v", op: ">", value: 5, group_by: ["k"], time };
  for (const [falseAt, wanted] of [[4.999, []], [5, [["firing", 1, "a"], ["resolved", 2, "a"]]]] as const) {
    const bench = held({ trigger_spec: spec, for: "5s" });
    feed(bench, [0, "a", 9], [0, "b", 9], [falseAt, "a", 1]);
    assert.deepEqual(told(bench), wanted);
    // The other key waits for event time.
    feed(bench, [70, "c", 1]);
    assert.deepEqual(told(bench), [...wanted, ["firing", 1, "b"]]);
    assert.deepEqual(bench.effects.alerts.map(({ event_time }) => event_time - T0), [
      ...wanted.map(() => 5000),
      5000,
    ]);
  }
});

Deno.test("hold: an event from the far future counts as of its arrival", () => {
  const bench = held({ for: "5s", keep_firing_for: "2s" });
  const far = (at: number, v: number) => bench.feed([{ t: T0 + 3_600_000, k: "a", v }], T0 + at * 1000);
  feed(bench, [0, "a", 9]);
  far(4, 9);
  far(6, 1);
  feed(bench, [7, "a", 1]);
  assert.deepEqual(told(bench), [["firing", 1, "a"]]);
  feed(bench, [8, "a", 1]);
  assert.deepEqual(told(bench), [["firing", 1, "a"], ["resolved", 2, "a"]]);
});

/** Sums of ten seconds by key that may be corrected for a minute. */
function summed(members: JsonObject): RuleBench {
  return new RuleBench({
    trigger_type: "metric",
    trigger_spec: {
      topics: ["t"],
      group_by: ["k"],
      time: { field: "t", unit: "ms", allowed_lateness: "60s" },
      window_config: { type: "tumbling", size: "10s" },
      aggregations: [{ as: "sum", type: "sum", field: "v" }],
      having: { conditions: [{ field: "sum", op: ">", value: 5 }] },
    },
    ...members,
  });
}

/** As `feed`, but each event arrives at the time of the latest. */
function feedLate(bench: RuleBench, ...events: [seconds: number, k: string, v: number][]): void {
  for (const [seconds, k, v] of events) {
    const t = T0 + seconds * 1000;
    bench.feed([{ t, k, v }], Math.max(t, bench.arrival));
  }
}

Deno.test("hold: a correction of a window that a newer one has followed changes nothing", () => {
  for (const restored of [false, true]) {
    const again = (bench: RuleBench) => restored && bench.restore();
    // Pending since the window that ended at 20: the older one fails now, or holds now.
    for (const correction of [-9, 9]) {
      const bench = summed({ for: "15s" });
      feedLate(bench, [1, "a", 1], [11, "a", 9], [20, "b", 0]);
      again(bench);
      feedLate(bench, [2, "a", correction], [36, "b", 0]);
      assert.deepEqual(told(bench), [["firing", 1, "a"]]);
      assert.equal(bench.effects.alerts[0]!.event_time, T0 + 35_000);
    }
    // Nothing holds by the newest: what an older one has to say now begins nothing.
    const bench = summed({ for: "0s" });
    feedLate(bench, [1, "a", 1], [11, "a", 1], [20, "b", 0]);
    again(bench);
    feedLate(bench, [2, "a", 9]);
    assert.deepEqual(told(bench), []);
  }
});

Deno.test("hold: a correction of the newest window is how things are now", () => {
  for (const restored of [false, true]) {
    const bench = summed({ for: "0s" });
    feedLate(bench, [1, "a", 9], [11, "b", 0]);
    if (restored) bench.restore();
    feedLate(bench, [2, "a", -9]);
    assert.deepEqual(told(bench), [["firing", 1, "a"], ["resolved", 2, "a"]]);
    if (restored) bench.restore();
    // The same cause makes the same alert: it goes on under its next revision.
    feedLate(bench, [3, "a", 9], [4, "a", -9]);
    assert.deepEqual(told(bench).slice(2), [["firing", 3, "a"], ["resolved", 4, "a"]]);
  }
});

Deno.test("correction: one whose `having` fails takes nothing back, and is counted", () => {
  const bench = summed({});
  feedLate(bench, [1, "a", 9], [11, "b", 0], [2, "a", -9], [3, "a", 9]);
  const said = bench.effects.alerts.map(({ status, revision, values }) => [status, revision, values.sum]);
  assert.deepEqual(said, [["firing", 1, 9], ["firing", 2, 9]]);
  assert.equal(bench.effects.counters.corrections_withdrawn, 1);
});

Deno.test("hold: windows that are looked at while they are open, too, speak in their order", () => {
  const bench = new RuleBench({
    trigger_type: "metric",
    for: "0s",
    trigger_spec: {
      topics: ["t"],
      group_by: ["k"],
      time: { field: "t", unit: "ms", watermark_delay: "10s" },
      window_config: { type: "tumbling", size: "10s", emit: "on_change" },
      aggregations: [{ as: "sum", type: "sum", field: "v" }],
      having: { conditions: [{ field: "sum", op: ">", value: 5 }] },
    },
  });
  feedLate(bench, [1, "a", 9], [11, "a", 1], [2, "a", -9], [12, "a", 9], [30, "b", 0]);
  // A look at an open window that does not hold says nothing: it may still come to hold.
  assert.deepEqual(told(bench), [["firing", 1, "a"]]);
});

Deno.test("cooldown: a window whose alert it kept back has told nothing, so a later firing is no correction", () => {
  const bench = summed({ cooldown: "60s" });
  feedLate(bench, [1, "a", 9], [11, "a", 9], [21, "b", 0], [12, "a", 9]);
  assert.deepEqual(told(bench), [["firing", 1, "a"]]);
  assert.equal(bench.effects.counters.in_cooldown, 2);
});
