/** Claims about ten thousand rules: how soon they run, what an idle one weighs, and what it costs to wait. */
import assert from "node:assert/strict";
import process from "node:process";
import { sleep, systemClock } from "../../src/base/clock.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import type { Store } from "../../src/store/store.ts";
import { encodeRuleRecord } from "../../src/ingest/rule_record.ts";
import { RuleEngine, workerFleet } from "../actors/rule_engine.ts";

const RULES = 10_000;
const WORKERS = 4;
const START_MS_MAX = 30_000;
/** What it holds is 10 kB; here the garbage of a start and the rule in the store count as well. */
const RULE_BYTES_MAX = 40_000;
const IDLE_CPU_MAX = 0.1;

async function save(store: Store, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    const rule_id = `rule-${i}`;
    const body = encodeRuleRecord({ rule_id, version: 1, change: "created" });
    const doc = {
      rule_name: rule_id,
      trigger_type: "event",
      trigger_spec: {
        conditions: [{ field: "host", op: "==", value: `host-${i}` }, { field: "cpu", op: ">", value: 80 }],
        group_by: ["host"],
      },
      cooldown: "5m",
    };
    const row = { rule_id, version: 1, generation: 1, change: "created" as const, active: true, doc };
    const lines = Uint32Array.of(0, body.byteLength + 1);
    await store.rules.save({ ...row, created_at: 0, updated_at: 0 }, {
      ...{ kind: "rule", topic: "", count: 1, arrival: 0, body, lines },
    });
  }
}

async function running(store: Store): Promise<RuleEngine> {
  const engine = await RuleEngine.start({ store, workers: WORKERS, fleet: workerFleet() });
  await engine.settle();
  return engine;
}

/** Memory of the process while so many rules idle. */
async function memoryOf(rules: number): Promise<number> {
  const store = createMemoryStore();
  await save(store, 0, rules);
  const engine = await running(store);
  const { rss } = Deno.memoryUsage();
  await engine[Symbol.asyncDispose]();
  return rss;
}

Deno.test("ten thousand rules start in time, answer one event, and weigh little", async () => {
  // The first engine pays for what all of them share.
  await memoryOf(100);
  const few = await memoryOf(100);
  const store = createMemoryStore();
  await save(store, 0, RULES);
  const begun = systemClock.monotonic();
  await using engine = await running(store);
  const started = systemClock.monotonic() - begun;
  const each = (Deno.memoryUsage().rss - few) / RULES;
  console.log(`started in ${Math.round(started)} ms, ${Math.round(each)} bytes a rule`);
  assert.ok(started < START_MS_MAX, `started in ${started} ms`);
  assert.ok(each < RULE_BYTES_MAX, `${each} bytes a rule`);
  await engine.post([{ host: "host-77", cpu: 90 }, { host: "host-78", cpu: 10 }, {
    host: "host-79",
    cpu: 99,
  }]);
  await engine.settle();
  assert.deepEqual((await engine.alerts()).map(({ rule_id }) => rule_id).sort(), ["rule-77", "rule-79"]);
});

Deno.test("ten thousand idle rules use next to no processor time", async () => {
  const store = createMemoryStore();
  await save(store, 0, RULES);
  await using _engine = await running(store);
  const before = process.cpuUsage();
  const seconds = 3;
  await sleep(systemClock, seconds * 1000);
  const { user, system } = process.cpuUsage(before);
  const share = (user + system) / (seconds * 1e6);
  console.log(`${(share * 100).toFixed(1)} % of a core`);
  assert.ok(share < IDLE_CPU_MAX, `${share} of a core`);
});
