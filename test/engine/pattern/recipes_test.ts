/** Recipes as rules: events in, alerts out. Times are in seconds. */
import assert from "node:assert/strict";
import type { JsonObject, JsonValue } from "../../../src/base/json.ts";
import { planChange } from "../../../src/engine/plan_change.ts";
import { effective } from "../../../src/model/effective_rule.ts";
import { parseRule } from "../../../src/model/rule.ts";
import { RuleBench } from "../rule_bench.ts";

type Given = [at: number, event: JsonObject];
/** When it is told and of which events (by their places), "absence" for one that is told by time. */
type Told = [at: number, steps: Record<string, number[]>, reason?: "absence"];

function run(recipe: JsonObject, events: readonly Given[], spec: JsonObject = {}): Told[] {
  const bench = new RuleBench({
    trigger_type: "pattern",
    trigger_spec: { topics: ["t"], recipe, time: { field: "ts", unit: "s", idle_after: "1s" }, ...spec },
  });
  for (const [ts, event] of events) bench.feed([{ ...event, ts }], ts * 1000);
  bench.end();
  return bench.effects.alerts.map(({ event_time, events, steps, reason }): Told => {
    const taken: Record<string, number[]> = {};
    for (const [i, step] of steps!.entries()) (taken[step] ??= []).push(events[i]!);
    return reason === "absence" ? [event_time / 1000, taken, reason] : [event_time / 1000, taken];
  });
}

function of(type: string): JsonObject {
  return { field: "type", value: type };
}

function typed(...events: [at: number, type: string][]): Given[] {
  return events.map(([at, type]) => [at, { type }]);
}

function values(field: string, ...events: [at: number, value: JsonValue][]): Given[] {
  return events.map(([at, value]) => [at, { [field]: value }]);
}

const LOGINS = { kind: "threshold", of: of("failed"), times: 3, within: "60s", then: of("success") };

Deno.test("threshold: three failed logins within a minute and then a success", () => {
  const told = run(
    LOGINS,
    typed([0, "failed"], [10, "failed"], [15, "other"], [20, "failed"], [30, "success"]),
  );
  assert.deepEqual(told, [[30, { of: [0, 1, 3], then: [4] }]]);
});

Deno.test("threshold: the success must come within the minute, too; later failures may make up for it", () => {
  const events = typed([0, "failed"], [10, "failed"], [20, "failed"], [60, "success"]);
  assert.deepEqual(run(LOGINS, events), []);
  const more = typed([0, "failed"], [10, "failed"], [20, "failed"], [30, "failed"], [60, "success"]);
  assert.deepEqual(run(LOGINS, more), [[60, { of: [1, 2, 3], then: [4] }]]);
});

Deno.test("threshold: many failures before a success are one alert", () => {
  const events = typed(...Array.from({ length: 8 }, (_, i): [number, string] => [i, "failed"]), [
    9,
    "success",
  ]);
  assert.equal(run(LOGINS, events).length, 1);
});

Deno.test("threshold without then: at the last of so many, and again with as many new ones", () => {
  const recipe = { kind: "threshold", of: of("failed"), times: 2, within: "60s" };
  const events = typed([0, "failed"], [5, "failed"], [6, "failed"], [7, "failed"], [8, "failed"]);
  assert.deepEqual(run(recipe, events), [[5, { of: [0, 1] }], [7, { of: [2, 3] }]]);
});

Deno.test("threshold with not: a success in between begins the count anew", () => {
  const recipe = { kind: "threshold", of: of("failed"), times: 3, within: "60s", not: of("success") };
  const interrupted = typed([0, "failed"], [1, "failed"], [2, "success"], [3, "failed"], [4, "failed"]);
  assert.deepEqual(run(recipe, interrupted), []);
  assert.deepEqual(run(recipe, [...interrupted, ...typed([5, "failed"])]), [[5, { of: [3, 4], last: [5] }]]);
  const then = { ...recipe, then: of("locked") };
  assert.deepEqual(run(then, [...interrupted, ...typed([5, "locked"])]), []);
  const after = typed([0, "failed"], [1, "failed"], [2, "failed"], [3, "success"], [4, "locked"]);
  assert.deepEqual(run(then, after), []);
  const undisturbed = typed([0, "failed"], [1, "failed"], [2, "failed"], [4, "locked"]);
  assert.deepEqual(run(then, undisturbed), [[4, { of: [0, 1, 2], then: [3] }]]);
});

Deno.test("heartbeat: lost so long after the last one, once, and again only after another one", () => {
  const recipe = { kind: "heartbeat", of: of("beat"), within: "30s" };
  const events = typed([0, "beat"], [20, "beat"], [49, "beat"], [60, "other"], [100, "beat"]);
  assert.deepEqual(run(recipe, events), [
    [79, { after: [2] }, "absence"],
    [130, { after: [4] }, "absence"],
  ]);
});

Deno.test("absence: an order that is not paid in time, by key", () => {
  const recipe = { kind: "absence", after: of("ordered"), of: of("paid"), within: "1m" };
  const events: Given[] = [
    [0, { type: "ordered", order: 1 }],
    [10, { type: "ordered", order: 2 }],
    [30, { type: "paid", order: 2 }],
  ];
  assert.deepEqual(run(recipe, events, { group_by: ["order"] }), [[60, { after: [0] }, "absence"]]);
});

Deno.test("followed_by: the first and then the other, whatever lies between but for what must not", () => {
  const recipe = { kind: "followed_by", first: of("a"), then: of("b"), within: "1m" };
  const events = typed([0, "a"], [10, "x"], [20, "b"], [30, "b"], [40, "a"], [100, "b"]);
  assert.deepEqual(run(recipe, events), [[20, { first: [0], then: [2] }]]);
  assert.deepEqual(run({ ...recipe, not: of("x") }, events), []);
});

Deno.test("followed_by: its conditions may look back at the first event", () => {
  const then = { field: "amount", op: ">", value: { ref: "first.amount" } };
  const recipe = { kind: "followed_by", first: { field: "amount", op: ">", value: 10 }, then, within: "1m" };
  const events = values("amount", [0, 20], [1, 15], [2, 21]);
  assert.deepEqual(run(recipe, events), [[2, { first: [0], then: [2] }]]);
});

const FLAPPING = { kind: "flapping", field: "state", times: 3, within: "1m" };

Deno.test("flapping: so many changes in time; events without the field and repeated values do not count", () => {
  const events: Given[] = [
    ...values("state", [0, "up"], [1, "up"], [2, "down"], [3, "down"]),
    [4, { other: 1 }],
    ...values("state", [5, "up"], [6, "up"], [7, "down"]),
  ];
  assert.deepEqual(run(FLAPPING, events), [[7, { from: [1], change_1: [2], change_2: [5], change_3: [7] }]]);
  const slow = values("state", [0, "up"], [20, "down"], [40, "up"], [61, "down"]);
  assert.deepEqual(run(FLAPPING, slow), []);
});

Deno.test("flapping among given values: others are not seen", () => {
  const recipe = { ...FLAPPING, values: ["up", "down"] };
  const events = values("state", [0, "up"], [1, "unknown"], [2, "up"], [3, "down"], [4, "up"], [
    5,
    "unknown",
  ]);
  assert.deepEqual(run(recipe, events), []);
  assert.equal(run(FLAPPING, events).length, 1);
});

Deno.test("flapping: of a long run of one value only the last event is held", () => {
  const bench = new RuleBench({
    trigger_type: "pattern",
    trigger_spec: { topics: ["t"], recipe: { ...FLAPPING, within: "1h" }, time: { field: "ts", unit: "s" } },
  });
  for (let ts = 0; ts < 200; ts++) bench.feed([{ state: "up", ts }], ts * 1000);
  assert.equal(bench.state.pattern!.partials, 1);
});

Deno.test("rising: each value above the one before, so many times in a row", () => {
  const recipe = { kind: "rising", field: "v", times: 3, within: "1m" };
  const told = run(recipe, values("v", [0, 5], [1, 6], [2, 6], [3, 7], [4, "8"], [5, 9], [6, 10]));
  assert.deepEqual(told, [[5, { value: [2, 3, 4, 5] }]]);
  const texts = values("v", [0, 1], [1, 2], [2, "high"], [3, 3], [4, 4]);
  assert.deepEqual(run(recipe, texts), [[4, { value: [0, 1, 3, 4] }]]);
});

Deno.test("falling: each value below the one before, in time", () => {
  const recipe = { kind: "falling", field: "v", times: 2, within: "10s" };
  const told = run(recipe, values("v", [0, 9], [4, 8], [10, 7], [12, 6], [13, 6], [14, 5]));
  assert.deepEqual(told, [[12, { value: [1, 2, 3] }]]);
});

Deno.test("the rule's own conditions and the recipe's hold together", () => {
  const recipe = { kind: "rising", field: "v", times: 2, within: "1m" };
  const events: Given[] = [[0, { v: 1, on: 1 }], [1, { v: 9, on: 0 }], [2, { v: 2, on: 1 }], [3, {
    v: 3,
    on: 1,
  }]];
  assert.deepEqual(run(recipe, events, { conditions: [{ field: "on", value: 1 }] }), [[3, {
    value: [0, 2, 3],
  }]]);
});

Deno.test("an edit from a recipe to the pattern that it stands for keeps its partial matches", () => {
  for (const recipe of [LOGINS, FLAPPING, { kind: "rising", field: "v", times: 2, within: "1m" }]) {
    const document = { rule_name: "r", trigger_type: "pattern", trigger_spec: { topics: ["t"], recipe } };
    const parsed = parseRule(document);
    assert(parsed.ok);
    const written = { ...document, trigger_spec: effective(parsed.rule).trigger_spec! };
    const change = planChange(new RuleBench(document).plan, new RuleBench(written).plan);
    assert.deepEqual(change, { kept: ["pattern"], reset: [] });
  }
});
