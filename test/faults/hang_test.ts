/**
 * Claims about rules that never come back, or that exhaust their worker's memory, on real Workers with the
 * real limits: how soon other rules' alerts come, and that the event is parked in the end (with a shorter
 * limit, since four times the real one would take long).
 */
import assert from "node:assert/strict";
import { systemClock } from "../../src/base/clock.ts";
import { alertOf, FAULTY, faultyEngine, SOUND, toldOf } from "./fault_bench.ts";

const OTHER_WORKER_MS_MAX = 2000;
const SAME_WORKER_MS_MAX = 10_000;

for (const fault of ["hang", "memory"]) {
  Deno.test(`${fault}: alerts of other Workers' rules are not late, those of the same Worker soon come`, async () => {
    await using engine = await faultyEngine({ workers: 2 });
    for (const ruleId of ["bad", "other", "same"]) {
      await engine.saveRule(ruleId, ruleId === "bad" ? FAULTY : SOUND);
    }
    await engine.settle();
    const slots = await Promise.all(
      ["bad", "other", "same"].map(async (ruleId) => (await engine.supervisor.ruleState(ruleId))!.worker),
    );
    assert.equal(slots[0], slots[2]);
    assert.notEqual(slots[0], slots[1]);
    // Enough records before it that a replay is more than one message.
    for (let n = 0; n < 30; n++) await engine.post([{ n }]);
    await engine.post([{ n: 100, fault }]);
    const [other, same] = [alertOf(engine, "other", 101), alertOf(engine, "same", 101)];
    await engine.post([{ n: 101 }]);
    const [otherMs, sameMs] = await Promise.all([other, same]);
    assert.ok(otherMs < OTHER_WORKER_MS_MAX, `another Worker's alert after ${otherMs} ms`);
    assert.ok(sameMs < SAME_WORKER_MS_MAX, `the same Worker's alert after ${sameMs} ms`);
    // While the rule hangs again, alone, everybody else goes on as ever.
    const next = [alertOf(engine, "other", 102), alertOf(engine, "same", 102)];
    await engine.post([{ n: 102 }]);
    for (const ms of await Promise.all(next)) assert.ok(ms < OTHER_WORKER_MS_MAX, `after ${ms} ms`);
  });

  Deno.test(`${fault}: the event is parked for that rule alone and the rule goes on behind it`, async () => {
    await using engine = await faultyEngine({ workers: 1, hangMs: 1000, heapMb: 64 });
    await engine.saveRule("bad", FAULTY);
    await engine.saveRule("good", SOUND);
    await engine.post([{ n: 0 }, { n: 1, fault }, { n: 2 }]);
    await engine.post([{ n: 3 }]);
    await engine.settle();
    assert.deepEqual(await toldOf(engine, "bad"), [0, 2, 3]);
    assert.deepEqual(await toldOf(engine, "good"), [0, 1, 2, 3]);
    assert.deepEqual(await engine.counters("bad"), { matched: 3, alerts: 3 });
    assert.deepEqual(await engine.counters("good"), { matched: 4, alerts: 4 });
    const state = await engine.supervisor.ruleState("bad");
    assert.equal(state!.status, "running");
    assert.equal(state!.poison.length, 1);
    assert.deepEqual((await engine.supervisor.ruleState("good"))!.poison, []);
    assert.match(await engine.metrics.render(), /^tocsin_rule_workers_lost_total [3-9]$/m);
  });
}

Deno.test("a hanging rule does not hold up the stop of the server", async () => {
  const engine = await faultyEngine({ workers: 1 });
  await engine.saveRule("bad", FAULTY);
  await engine.settle();
  await engine.post([{ n: 0, fault: "hang" }]);
  const begun = systemClock.monotonic();
  await engine.supervisor.stop(500);
  assert.ok(systemClock.monotonic() - begun < 2500);
});

Deno.test("an event of megabytes reaches many Workers soon, and none of them is taken for stuck", async () => {
  await using engine = await faultyEngine({ workers: 12, hangMs: 1000 });
  const doc = { trigger_spec: { field: "a", op: "ends_with", value: "z" } };
  for (let i = 0; i < 12; i++) await engine.saveRule(`r${i}`, doc);
  await engine.settle();
  const start = systemClock.monotonic();
  await engine.post([{ a: "x".repeat(2_000_000) + "z" }]);
  await engine.settle();
  const ms = systemClock.monotonic() - start;
  // Twelve Workers decode it in turns on however few cores there are.
  assert.ok(ms < SAME_WORKER_MS_MAX, `applied after ${ms} ms`);
  assert.equal((await engine.alerts()).length, 12);
  assert.doesNotMatch(await engine.metrics.render(), /^tocsin_rule_workers_lost_total [1-9]/m);
});
