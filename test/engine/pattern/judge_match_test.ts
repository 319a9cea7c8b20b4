/** What alerts of patterns say in `values`, and of which events. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../../src/base/json.ts";
import { RuleBench } from "../rule_bench.ts";

function alertsOf(pattern: JsonObject, events: readonly JsonObject[]) {
  const bench = new RuleBench({
    trigger_type: "pattern",
    trigger_spec: { topics: ["t"], pattern, time: { field: "ts", unit: "s", idle_after: "1s" } },
  });
  for (const [ts, event] of events.entries()) bench.feed([{ ...event, ts }], ts * 1000);
  bench.end();
  return bench.effects.alerts;
}

Deno.test("steps are counted under their names, also those that every object has a member of", () => {
  const steps = ["constructor", "__proto__", "toString"].map((name) => ({ name, field: "k", value: name }));
  const [alert] = alertsOf({ steps }, steps.map(({ value }) => ({ k: value })));
  const counted = Object.entries(alert!.values.steps as JsonObject);
  assert.deepEqual(counted, [["constructor", 1], ["__proto__", 1], ["toString", 1]]);
});

Deno.test("an optional step has a time of its own: once it is over, the step behind it may still come", () => {
  const step = (name: string, more: JsonObject = {}) => ({ name, field: "k", value: name, ...more });
  const steps = [step("a"), step("b", { optional: true, within: "2s" }), step("c", { within: "4s" })];
  const told = (gap: number) => {
    const between = Array.from({ length: gap - 1 }, () => ({ k: "-" }));
    const alerts = alertsOf({ steps, within: "10s" }, [{ k: "a" }, ...between, { k: "c" }]);
    return alerts.map(({ reason, event_time }) => [reason, event_time / 1000]);
  };
  assert.deepEqual(told(3), [["pattern", 3]]);
  assert.deepEqual(told(4), []);
});

Deno.test("a sum beyond the doubles stays the largest there is", () => {
  const steps = [
    { name: "a", field: "v", op: "exists", times: 3 },
    { name: "b", field: "w", op: "<", value: { agg: "sum", of: "a.v" } },
  ];
  const alerts = alertsOf({ steps }, [{ v: 1e308 }, { v: 1e308 }, { v: 5 }, { w: 7 }]);
  assert.equal(alerts.length, 1);
});
