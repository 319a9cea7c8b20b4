/** Commands to anomaly rules count exactly at their place in the log: live, catching up and in a replay. */
import assert from "node:assert/strict";
import type { RuleCommand } from "../../src/engine/command.ts";
import { commandRecord } from "../../src/ingest/command_record.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import type { Fleet } from "../../actors/fleet.ts";
import { InlineFleet } from "../../actors/inline_fleet.ts";
import { RuleEngine, workerFleet } from "./rule_engine.ts";

const FLEETS: Record<string, () => Fleet> = {
  inline: () => new InlineFleet(),
  workers: () => workerFleet(),
};

const RULE = {
  trigger_type: "anomaly",
  trigger_spec: { value_path: "v", group_by: ["host"], anomaly_config: { threshold: 3 } },
};

async function tell(engine: RuleEngine, command: RuleCommand, generation = 1): Promise<void> {
  const { log } = engine.store;
  await log.append([commandRecord({ rule_id: "odd", generation, command }, log.lastArrival)]);
  engine.supervisor.ruleSaved();
}

const values = (host: string, ...list: number[]) => list.map((v) => ({ host, v }));
const UPLOAD: RuleCommand = {
  kind: "baseline_replace",
  key: { host: "a" },
  values: [100, 101, 99, 100, 102],
};
const RESET: RuleCommand = { kind: "baseline_reset", key: { host: "a" } };

/** Values that are anomalies or not by what was told in between: 100 is one before the upload, 2 after it. */
async function course(engine: RuleEngine): Promise<void> {
  await engine.post([...values("a", 1, 2, 1, 2, 1), ...values("b", 1, 2, 1, 2)]);
  await engine.post(values("a", 100));
  await tell(engine, UPLOAD);
  await engine.post([...values("a", 100, 2), ...values("b", 90)]);
  await tell(engine, RESET);
  await engine.post(values("a", 5000));
}

async function anomalies(engine: RuleEngine): Promise<unknown[]> {
  await engine.settle();
  return (await engine.alerts()).map((alert) => [alert.key.host, alert.values.value]);
}

const EXPECTED = [["a", 100], ["a", 2], ["b", 90]];

for (const [name, fleet] of Object.entries(FLEETS)) {
  Deno.test(`${name}: an upload and a reset count from their places on`, async () => {
    await using engine = await RuleEngine.start({ store: createMemoryStore(), fleet: fleet() });
    await engine.saveRule("odd", RULE);
    await course(engine);
    assert.deepEqual(await anomalies(engine), EXPECTED);
    assert.deepEqual(await engine.supervisor.baseline("odd", { host: "a" }), {
      ...{ count: 1, min: 5000, max: 5000, mean: 5000 },
      ...{ keys: 2, keys_counted: 1, source: "state" },
    });
  });

  Deno.test(`${name}: a replay meets commands at the same places`, async () => {
    const store = createMemoryStore();
    {
      await using engine = await RuleEngine.start({ store, fleet: fleet() });
      await engine.saveRule("odd", RULE);
      await engine.post(values("a", 1, 2, 1));
      await engine.settle();
      await engine.checkpoint();
      await course(engine);
      await engine.settle();
    }
    await using engine = await RuleEngine.start({ store, fleet: fleet() });
    assert.deepEqual(await anomalies(engine), EXPECTED);
    await engine.post(values("a", 7));
    await engine.settle();
    const held = await engine.supervisor.baseline("odd", { host: "a" });
    assert.deepEqual([held?.count, held?.max], [2, 5000]);
  });

  Deno.test(`${name}: a rule that starts in the past meets only commands to its own state`, async () => {
    await using engine = await RuleEngine.start({ store: createMemoryStore(), fleet: fleet() });
    const { first_offset } = await engine.post([{ n: 1 }]);
    await engine.saveRule("odd", RULE);
    await tell(engine, UPLOAD);
    await engine.switchRule("odd", "deleted");
    await engine.saveRule("odd", RULE, { change: "created", generation: 2, start: first_offset });
    await engine.settle();
    assert.equal((await engine.supervisor.baseline("odd", { host: "a" }))?.count, 0);
    await tell(engine, UPLOAD, 2);
    await engine.settle();
    assert.equal((await engine.supervisor.baseline("odd", { host: "a" }))?.count, 5);
  });
}

Deno.test("without a key a reset is for all keys, and an upload for all that are held", async () => {
  await using engine = await RuleEngine.start({ store: createMemoryStore() });
  await engine.saveRule("odd", RULE);
  await engine.post([...values("a", 1, 2), ...values("b", 3)]);
  await tell(engine, { kind: "baseline_replace", key: null, values: [5, 6, 7] });
  await engine.settle();
  const uploaded = await engine.supervisor.baseline("odd", null);
  assert.deepEqual([uploaded?.keys, uploaded?.count, uploaded?.mean], [2, 6, 6]);
  await tell(engine, { kind: "baseline_reset", key: null });
  await engine.settle();
  assert.equal((await engine.supervisor.baseline("odd", null))?.count, 0);
});
