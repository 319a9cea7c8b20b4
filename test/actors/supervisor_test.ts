import assert from "node:assert/strict";
import { InlineFleet } from "../../actors/inline_fleet.ts";
import type { Fleet } from "../../actors/fleet.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { RuleEngine, workerFleet } from "./rule_engine.ts";

const FLEETS: Record<string, () => Fleet> = {
  inline: () => new InlineFleet(),
  workers: () => workerFleet(),
};

for (const [name, fleet] of Object.entries(FLEETS)) {
  Deno.test(`${name}: events of a live rule become alerts and counters`, async () => {
    await using engine = await RuleEngine.start({ store: createMemoryStore(), fleet: fleet() });
    await engine.saveRule("hot", { trigger_spec: { field: "cpu", op: ">", value: 80 } });
    await engine.settle();
    await engine.post([{ cpu: 90 }, { cpu: 10 }, { cpu: 95 }]);
    await engine.settle();
    const alerts = await engine.alerts();
    assert.deepEqual(alerts.map((alert) => alert.events[0]?.event), [{ cpu: 90 }, { cpu: 95 }]);
    assert.deepEqual(await engine.counters("hot"), { matched: 2, alerts: 2 });
  });

  Deno.test(`${name}: a rule sees only events behind its own record`, async () => {
    await using engine = await RuleEngine.start({ store: createMemoryStore(), fleet: fleet() });
    await engine.post([{ n: 1 }]);
    await engine.saveRule("all", { trigger_spec: { conditions: [] } });
    await engine.post([{ n: 2 }]);
    await engine.settle();
    assert.deepEqual((await engine.alerts()).map((alert) => alert.events[0]?.event), [{ n: 2 }]);
  });

  Deno.test(`${name}: a rule that starts in the past reads the log, each event once`, async () => {
    await using engine = await RuleEngine.start({ store: createMemoryStore(), fleet: fleet() });
    const { first_offset } = await engine.post([{ n: 1 }, { n: 2 }]);
    await engine.saveRule("past", { trigger_spec: { conditions: [] } }, { start: first_offset });
    await engine.post([{ n: 3 }]);
    await engine.settle();
    assert.deepEqual((await engine.alerts()).map((alert) => alert.events[0]?.event), [
      { n: 1 },
      { n: 2 },
      { n: 3 },
    ]);
  });

  Deno.test(`${name}: an edit counts from its own place in the log on`, async () => {
    await using engine = await RuleEngine.start({ store: createMemoryStore(), fleet: fleet() });
    await engine.saveRule("edit", { trigger_spec: { field: "n", op: ">", value: 5 } });
    await engine.post([{ n: 6 }, { n: 2 }]);
    await engine.saveRule("edit", { trigger_spec: { field: "n", op: "<", value: 5 } });
    await engine.post([{ n: 7 }, { n: 1 }]);
    await engine.settle();
    const seen = (await engine.alerts()).map((alert) => [alert.events[0]?.event, alert.rule_version]);
    assert.deepEqual(seen, [[{ n: 6 }, 1], [{ n: 1 }, 2]]);
  });

  Deno.test(`${name}: what was applied is not applied again after a restart`, async () => {
    const store = createMemoryStore();
    {
      await using engine = await RuleEngine.start({ store, fleet: fleet() });
      await engine.saveRule("once", { trigger_spec: { conditions: [] }, cooldown: "1h" });
      await engine.post([{ n: 1 }]);
      await engine.settle();
    }
    await using engine = await RuleEngine.start({ store, fleet: fleet() });
    await engine.post([{ n: 2 }]);
    await engine.settle();
    assert.equal((await engine.alerts()).length, 1);
    assert.deepEqual(await engine.counters("once"), { matched: 2, alerts: 1, in_cooldown: 1 });
  });

  Deno.test(`${name}: a disabled rule stops at once, and starts anew when it is enabled`, async () => {
    await using engine = await RuleEngine.start({ store: createMemoryStore(), fleet: fleet() });
    await engine.saveRule("switch", { trigger_spec: { conditions: [] } });
    await engine.post([{ n: 1 }]);
    await engine.settle();
    await engine.saveRule("switch", { trigger_spec: { conditions: [] } }, { change: "disabled" });
    await engine.supervisor.stopRule("switch");
    await engine.post([{ n: 2 }]);
    await engine.saveRule("switch", { trigger_spec: { conditions: [] } }, {
      change: "enabled",
      generation: 2,
    });
    await engine.post([{ n: 3 }]);
    await engine.settle();
    assert.deepEqual((await engine.alerts()).map((alert) => alert.events[0]?.event), [{ n: 1 }, { n: 3 }]);
  });
}
