import assert from "node:assert/strict";
import { Housekeeper } from "../../actors/housekeeper.ts";
import { systemClock } from "../../src/base/clock.ts";
import { silentLogger } from "../../src/base/logging.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { RuleEngine } from "./rule_engine.ts";

function housekeeper(engine: RuleEngine, retention: { ms: number; bytes: number }): Housekeeper {
  return new Housekeeper({
    store: engine.store,
    supervisor: engine.supervisor,
    clock: systemClock,
    logger: silentLogger,
    retentionMs: retention.ms,
    retentionBytes: retention.bytes,
    onFatal: (error) => engine.errors.push(error),
  });
}

const EVERYTHING_IS_OLD = { ms: -1000, bytes: Infinity };
const EVERYTHING_IS_TOO_MUCH = { ms: 86_400_000, bytes: 0 };

for (const [name, retention] of Object.entries({ EVERYTHING_IS_OLD, EVERYTHING_IS_TOO_MUCH })) {
  Deno.test(`retention (${name}) keeps what a running rule has not snapshotted`, async () => {
    await using engine = await RuleEngine.start({ store: createMemoryStore() });
    await engine.saveRule("kept", { trigger_spec: { conditions: [] }, cooldown: "1h" });
    const { first_offset } = await engine.post([{ n: 1 }, { n: 2 }]);
    await engine.settle();
    await housekeeper(engine, retention).trim();
    assert.ok(engine.store.log.first <= first_offset, `the log starts at ${engine.store.log.first}`);
  });

  Deno.test(`retention (${name}) deletes what lies behind every snapshot, and a restart loses nothing`, async () => {
    const store = createMemoryStore();
    {
      await using engine = await RuleEngine.start({ store });
      await engine.saveRule("kept", { trigger_spec: { conditions: [] }, cooldown: "1h" });
      const { last_offset } = await engine.post([{ n: 1 }, { n: 2 }]);
      await engine.settle();
      await Promise.all(engine.supervisor.hosts().map((host) => engine.supervisor.checkpoints.request(host)));
      await housekeeper(engine, retention).trim();
      assert.equal(store.log.first, last_offset + 1);
    }
    await using engine = await RuleEngine.start({ store });
    await engine.post([{ n: 3 }]);
    await engine.settle();
    assert.deepEqual(await engine.counters("kept"), { matched: 3, alerts: 1, in_cooldown: 2 });
  });
}

Deno.test("retention leaves the log of a young, small store alone", async () => {
  await using engine = await RuleEngine.start({ store: createMemoryStore() });
  const { first_offset } = await engine.post([{ n: 1 }]);
  await housekeeper(engine, { ms: 86_400_000, bytes: 1e9 }).trim();
  assert.equal(engine.store.log.first, first_offset);
});
