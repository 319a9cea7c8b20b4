/**
 * The process is killed before each call that it makes of its store, one run per call; what the store holds
 * is all that a new process has. Alerts, their ids, their order and all counters are those of a run that
 * nothing disturbed.
 */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import type { Fleet } from "../../actors/fleet.ts";
import { InlineFleet } from "../../actors/inline_fleet.ts";
import { Course, type CourseStep, T0 } from "./course.ts";
import { naivelyTold, type Told, toldBy } from "./naive_engine.ts";
import { workerFleet } from "./rule_engine.ts";

const RULES = ["cool", "capped", "past"];

function doc(trigger_spec: JsonObject, rest: JsonObject): JsonObject {
  return { rule_name: "rule", trigger_type: "event", trigger_spec, ...rest };
}

function post(...ns: number[]): CourseStep {
  const event = (n: number) => ({ n, host: n % 2 === 0 ? "even" : "odd", timestamp: T0 / 1000 + n });
  return { do: "post", requests: [ns.map(event)], topic: "default" };
}

const STEPS: readonly CourseStep[] = [
  {
    do: "create",
    rule: "cool",
    doc: doc({ conditions: [], group_by: ["host"] }, { cooldown: "10s" }),
    back: 0,
  },
  {
    do: "create",
    rule: "capped",
    doc: doc({ conditions: [] }, { limits: { alerts_per_minute: 3 } }),
    back: 0,
  },
  post(1, 2, 3, 4, 5),
  { do: "settle" },
  { do: "checkpoint" },
  post(6, 14, 15),
  {
    do: "edit",
    rule: "cool",
    doc: doc({ field: "n", op: ">", value: 3, group_by: ["host"] }, { cooldown: "20s" }),
  },
  post(16, 40, 41),
  { do: "wait", ms: 61_000 },
  { do: "tick" },
  { do: "create", rule: "past", doc: doc({ field: "n", op: ">", value: 4 }, {}), back: 1 },
  post(60, 61, 90),
  { do: "switch", rule: "capped" },
  post(100),
  { do: "switch", rule: "capped" },
  { do: "edit", rule: "cool", doc: doc({ conditions: [], group_by: ["n"] }, { cooldown: "20s" }) },
  { do: "checkpoint" },
  post(100, 101, 101),
];

async function run(fleet: () => Fleet, crashAt: number | null): Promise<{ told: Told[]; calls: number }> {
  const store = createMemoryStore();
  const course = new Course({ store, fleet, workers: 2, crashAt });
  await course.play(STEPS);
  for (const ruleId of RULES) {
    assert.deepEqual(
      await toldBy(store, ruleId),
      await naivelyTold(store, ruleId),
      `${ruleId} at ${crashAt}`,
    );
  }
  return { told: await Promise.all(RULES.map((ruleId) => toldBy(store, ruleId))), calls: course.calls };
}

async function killedEvery(step: number, fleet: () => Fleet): Promise<number> {
  const { told, calls } = await run(fleet, null);
  assert.ok(told.every(({ alerts }) => alerts.length > 2), "every rule has something to tell");
  for (let at = 1; at <= calls; at += step) {
    const disturbed = await run(fleet, at);
    assert.deepEqual(disturbed.told, told, `killed before call ${at} of ${calls}`);
  }
  return calls;
}

Deno.test("killed before any call of the store, inline: the alerts are those of an undisturbed run", async () => {
  assert.ok(await killedEvery(1, () => new InlineFleet()) >= 80);
});

Deno.test("killed before some calls of the store, on workers: the same", async () => {
  await killedEvery(Number(Deno.env.get("TOCSIN_TEST_KILL_STEP") ?? 29), () => workerFleet());
});
