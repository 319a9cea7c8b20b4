/**
 * The process is killed before calls that it makes of its store while rules wait for time, one run per call: alerts
 * and counters are those of the log that is left, which tells when the process started again. And what a start of
 * the process means: the time before it is no evidence that nothing came (SEMANTICS 9).
 */
import assert from "node:assert/strict";
import type { Clock } from "../../src/base/clock.ts";
import { systemClock } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import type { Store } from "../../src/store/store.ts";
import { InlineFleet } from "../../actors/inline_fleet.ts";
import { Course, type CourseStep, T0 } from "./course.ts";
import { accountOf, foldedAccount, readLog } from "./log_fold.ts";
import { RuleEngine } from "./rule_engine.ts";

const RULES = ["held", "windowed", "sessions", "unusual"];

function create(rule: string, trigger_type: string, spec: JsonObject, rest: JsonObject = {}): CourseStep {
  const trigger_spec = { group_by: ["host"], ...spec };
  return { do: "create", rule, doc: { rule_name: rule, trigger_type, trigger_spec, ...rest }, back: 0 };
}

function post(...events: [second: number, v: number][]): CourseStep {
  const event = ([second, v]: [number, number]) => ({
    ...{ host: second % 2 === 0 ? "even" : "odd", v, timestamp: T0 / 1000 + second },
  });
  return { do: "post", requests: [events.map(event)], topic: "default" };
}

const HAVING = { having: { conditions: [{ field: "sum", op: ">", value: 9 }] } };
const SUM = { aggregations: [{ as: "sum", type: "sum", field: "v" }], ...HAVING };

const STEPS: readonly CourseStep[] = [
  create("held", "event", { field: "v", op: ">", value: 4 }, { for: "10s", keep_firing_for: "5s" }),
  create("windowed", "metric", {
    ...{ window_config: { type: "sliding", size: "20s", slide: "10s", allowed_lateness: "60s" }, ...SUM },
  }),
  create("sessions", "metric", { window_config: { type: "session", gap: "5s" }, ...SUM }, { for: "0s" }),
  create("unusual", "anomaly", { value_path: "v", baseline_values: [1, 2, 1, 2, 1, 2] }, { for: "5s" }),
  post([1, 5], [2, 6], [3, 9], [4, 6]),
  { do: "settle" },
  { do: "checkpoint" },
  post([11, 9], [12, 1], [9, 8]),
  { do: "wait", ms: 12_000 },
  { do: "tick" },
  post([31, 9], [33, 9], [32, 40]),
  { do: "wait", ms: 30_000 },
  { do: "tick" },
  { do: "checkpoint" },
  post([71, 1], [72, 1], [90, 2]),
];

async function run(crashAt: number | null): Promise<number> {
  const store = createMemoryStore();
  const course = new Course({ store, fleet: (probe) => new InlineFleet(probe), workers: 2, crashAt });
  await course.play(STEPS);
  for (const ruleId of RULES) {
    const account = await accountOf(store, ruleId);
    assert.ok(account.alerts.length > 0, `${ruleId} has something to tell`);
    const folded = await foldedAccount(store, ruleId, { restored: false });
    assert.deepEqual(account, folded, `${ruleId}, killed before call ${crashAt}`);
  }
  return course.calls;
}

Deno.test("timed rules, killed before calls of the store: the alerts are those of the log", async () => {
  const calls = await run(null);
  const step = Number(Deno.env.get("TOCSIN_TEST_KILL_STEP") ?? 5);
  for (let at = 1; at <= calls; at += step) await run(at);
});

Deno.test("a pending alert is decided by ticks after a restart, and the time in between counts for nothing", async () => {
  const store = createMemoryStore();
  const at = { now: T0 };
  const doc = { trigger_spec: { field: "v", op: ">", value: 4 }, for: "30s" };
  {
    await using engine = await startedAt(store, at);
    await engine.saveRule("held", doc);
    await engine.post([{ v: 9, timestamp: T0 / 1000 }]);
    await engine.settle();
  }
  at.now += 3_600_000;
  await using engine = await startedAt(store, at);
  const firing = async (ms: number) => {
    at.now += ms;
    await engine.tick();
    await engine.settle();
    return (await engine.alerts()).map(({ status, event_time }) => [status, Date.parse(event_time) - T0]);
  };
  assert.deepEqual(await firing(0), []);
  assert.deepEqual(await firing(29_999), []);
  assert.deepEqual(await firing(1), [["firing", 30_000]]);
});

Deno.test("a start is in the log for a rule that goes by time only once it comes to its newest version", async () => {
  const store = createMemoryStore();
  const at = { now: T0 };
  {
    await using engine = await startedAt(store, at);
    await engine.saveRule("later", { trigger_spec: { conditions: [] } });
    await engine.settle();
  }
  // Saved, and the process ended before anybody followed.
  const saved = new RuleEngine({ store, clock: clockOf(at) });
  await saved.saveRule("later", { trigger_spec: { conditions: [] }, for: "1m" });
  await using _engine = await startedAt(store, at);
  assert.deepEqual((await readLog(store)).map(({ record }) => record.kind), ["rule", "rule", "start"]);
});

function startedAt(store: Store, at: { now: number }): Promise<RuleEngine> {
  return RuleEngine.start({ store, clock: clockOf(at) });
}

function clockOf(at: { now: number }): Clock {
  return { ...systemClock, now: () => at.now };
}
