/** Claims about rules that throw, on real Workers: what is parked, what is quarantined, what goes on. */
import assert from "node:assert/strict";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import type { RuleEngine } from "../actors/rule_engine.ts";
import { FAULTY, faultyEngine, mortalEngine, SOUND, toldOf } from "./fault_bench.ts";

/** Two rules of one Worker, one of which can fail. */
async function start(store = createMemoryStore()): Promise<RuleEngine> {
  const engine = await faultyEngine({ workers: 1, store });
  await engine.saveRule("bad", FAULTY);
  await engine.saveRule("good", SOUND);
  await engine.settle();
  return engine;
}

Deno.test("a rule that throws at one event: it alone is parked, after three strikes, and all else is counted once", async () => {
  await using engine = await start();
  await engine.post([{ n: 0 }]);
  const { first_offset } = await engine.post([{ n: 1 }, { n: 2, fault: "throw" }, { n: 3 }]);
  await engine.post([{ n: 4 }]);
  await engine.settle();
  assert.deepEqual(await toldOf(engine, "bad"), [0, 1, 3, 4]);
  assert.deepEqual(await toldOf(engine, "good"), [0, 1, 2, 3, 4]);
  assert.deepEqual(await engine.counters("bad"), { matched: 4, alerts: 4 });
  assert.deepEqual(await engine.counters("good"), { matched: 5, alerts: 5 });
  const state = await engine.supervisor.ruleState("bad");
  assert.equal(state!.status, "running");
  assert.deepEqual(state!.poison.map(({ offset, error }) => ({ offset, error })), [
    { offset: first_offset + 1, error: "Error: thrown on purpose" },
  ]);
  assert.deepEqual((await engine.supervisor.ruleState("good"))!.poison, []);
  assert.equal((await engine.supervisor.ruleState("good"))!.restarts, 0);
  const page = await engine.metrics.render();
  // Once to find the event, and once for each strike; the Worker lives on.
  assert.match(page, /^tocsin_rule_restarts_total 4$/m);
  assert.match(page, /^tocsin_rule_workers_lost_total 0$/m);
  assert.match(page, /^tocsin_rule_counts_total\{counter="matched"\} 9$/m);
});

Deno.test("parked events are left out after a restart of the process too", async () => {
  await using engine = await start();
  await engine.post([{ n: 1, fault: "throw" }, { n: 2 }]);
  await engine.settle();
  const { store } = engine;
  await engine.stop();
  await using again = await faultyEngine({ workers: 1, store });
  await again.post([{ n: 3 }]);
  await again.settle();
  assert.deepEqual(await toldOf(again, "bad"), [2, 3]);
  assert.equal((await again.supervisor.ruleState("bad"))!.restarts, 0);
});

const EVENTS = Array.from({ length: 8 }, (_, n) => ({ n, fault: "throw" }));
const MENDED = { trigger_spec: { conditions: [], group_by: ["host"] } };

/** A rule that throws at every event, until it is quarantined; events go on to come. */
async function quarantined(): Promise<{ engine: RuleEngine; parked: number[]; offset: number }> {
  const engine = await start();
  await engine.post(EVENTS);
  await engine.settle();
  await engine.post([{ n: 8, fault: "throw" }, { n: 9 }]);
  await engine.settle();
  const state = await engine.supervisor.ruleState("bad");
  assert.equal(state!.status, "quarantined");
  assert.match(state!.quarantine!.reason, /thrown on purpose.*step/);
  assert.deepEqual(await toldOf(engine, "good"), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(await toldOf(engine, "bad"), []);
  const first =
    (await engine.store.log.browse({ from_offset: 0, limit: { records: 1, bytes: 1 } }))[0]!.first;
  const parked = state!.poison.map(({ offset }) => offset - first);
  return { engine, parked, offset: state!.quarantine!.offset - first };
}

Deno.test("a rule that throws at every event is quarantined; mended and resumed, it applies what it missed", async () => {
  const { engine: started, parked, offset } = await quarantined();
  await using engine = started;
  await engine.saveRule("bad", MENDED, { generation: 2 });
  await engine.settle();
  assert.deepEqual(await toldOf(engine, "bad"), [], "an edit alone ends no quarantine");
  await engine.supervisor.resume("bad", "quarantine");
  await engine.post([{ n: 10 }]);
  await engine.settle();
  assert.ok(parked.length >= 3 && parked.length < 8, `parked ${parked}`);
  const missed = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].filter((n) => n >= offset && !parked.includes(n));
  assert.deepEqual(await toldOf(engine, "bad"), [...missed, 10]);
  assert.equal((await engine.supervisor.ruleState("bad"))!.status, "running");
});

for (const generation of [1, 2]) {
  Deno.test(`a rule resumed "now" skips what it missed, also after a kill (generation ${generation})`, async () => {
    const { engine: started } = await quarantined();
    const { store } = started;
    await started.saveRule("bad", MENDED, { generation });
    await started.settle();
    await started.stop();
    const { engine, kill } = await mortalEngine(store);
    await engine.supervisor.resume("bad", "now");
    await engine.post([{ n: 10 }]);
    await engine.settle();
    assert.deepEqual(await toldOf(engine, "bad"), [10]);
    await kill();
    await using again = await faultyEngine({ workers: 1, store });
    await again.post([{ n: 11 }]);
    await again.settle();
    assert.deepEqual(await toldOf(again, "bad"), [10, 11]);
    assert.equal((await again.supervisor.ruleState("bad"))!.restarts, 0);
  });

  Deno.test(`a rule resumed where it stopped goes on so after a kill (generation ${generation})`, async () => {
    const { engine: started, parked, offset } = await quarantined();
    const { store } = started;
    await started.saveRule("bad", MENDED, { generation });
    await started.stop();
    const { engine, kill } = await mortalEngine(store);
    await engine.supervisor.resume("bad", "quarantine");
    await kill();
    await using again = await faultyEngine({ workers: 1, store });
    await again.settle();
    const missed = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].filter((n) => n >= offset && !parked.includes(n));
    assert.deepEqual(await toldOf(again, "bad"), missed);
    assert.equal((await again.supervisor.ruleState("bad"))!.restarts, 0);
  });
}

Deno.test("quarantine outlives the process", async () => {
  const { engine: started } = await quarantined();
  await using engine = started;
  const { store } = engine;
  await engine.stop();
  await using again = await faultyEngine({ workers: 1, store });
  await again.post([{ n: 20 }]);
  await again.settle();
  assert.equal((await again.supervisor.ruleState("bad"))!.status, "quarantined");
  assert.deepEqual(await toldOf(again, "bad"), []);
  assert.equal(again.supervisor.status().quarantined, 1);
  await again.supervisor.stopRule("bad");
  assert.equal(again.supervisor.status().quarantined, 0);
});
