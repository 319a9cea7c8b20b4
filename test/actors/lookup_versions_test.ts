/** Every rule sees each version of a lookup table exactly from its place in the log on, whatever happens. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import type { Store } from "../../src/store/store.ts";
import type { Fleet } from "../../actors/fleet.ts";
import { InlineFleet } from "../../actors/inline_fleet.ts";
import { createFaultStore } from "../store/fault_store.ts";
import { RuleEngine, sliceOf, workerFleet } from "./rule_engine.ts";
import { saveTable } from "./saved_table.ts";

const FLEETS: Record<string, () => Fleet> = {
  inline: () => new InlineFleet(),
  workers: () => workerFleet(),
};

function rule(table = "hosts", rest: JsonObject = {}): JsonObject {
  const owner = { type: "lookup", name: "owner", table, key: "host", fields: ["team"], default: "none" };
  return { trigger_spec: { conditions: [], enrichments: [owner] }, ...rest };
}

/** The team that each event's alert tells. */
async function teams(store: Store, ruleId = "r"): Promise<unknown[]> {
  const alerts = (await store.effects.alertsAfter(0, 1_000)).map(({ alert }) => alert);
  return alerts.filter((alert) => alert.rule_id === ruleId).map(({ values }) =>
    (values.owner as { team: unknown }).team
  );
}

for (const [name, fleet] of Object.entries(FLEETS)) {
  Deno.test(`${name}: a version counts from its record on, live`, async () => {
    const store = createMemoryStore();
    await using engine = await RuleEngine.start({ store, fleet: fleet() });
    await engine.saveRule("r", rule());
    await engine.settle();
    for (const team of [null, "red", "blue", null]) {
      if (team !== null) await saveTable(store, "hosts", { a: { team } });
      await engine.post([{ host: "a" }, { host: "b" }]);
    }
    await saveTable(store, "hosts", null);
    await engine.post([{ host: "a" }]);
    await engine.settle();
    const both = ["none", "none", "red", "none", "blue", "none", "blue", "none"];
    assert.deepEqual(await teams(store), [...both, "none"]);
  });

  Deno.test(`${name}: a rule that starts in the past sees the versions of then`, async () => {
    const store = createMemoryStore();
    await using engine = await RuleEngine.start({ store, fleet: fleet() });
    for (const team of ["red", "blue", "green"]) {
      await saveTable(store, "hosts", { a: { team } });
      await engine.post([{ host: "a" }]);
    }
    await engine.saveRule("r", rule(), { start: 2 });
    await engine.saveRule("all", rule(), { start: 0 });
    await engine.settle();
    assert.deepEqual(await teams(store, "all"), ["red", "blue", "green"]);
    assert.deepEqual(await teams(store), ["blue", "green"]);
  });

  Deno.test(`${name}: an edit that reads another table has it from its record on`, async () => {
    const store = createMemoryStore();
    await using engine = await RuleEngine.start({ store, fleet: fleet() });
    await saveTable(store, "hosts", { a: { team: "red" } });
    await saveTable(store, "others", { a: { team: "other" } });
    await engine.saveRule("r", rule());
    await engine.post([{ host: "a" }]);
    await engine.saveRule("r", rule("others"));
    await engine.post([{ host: "a" }]);
    await saveTable(store, "others", { a: { team: "newer" } });
    await engine.post([{ host: "a" }]);
    await engine.settle();
    assert.deepEqual(await teams(store), ["red", "other", "newer"]);
  });

  Deno.test(`${name}: a start of the process goes on with the tables of the snapshot's place`, async () => {
    const store = createMemoryStore();
    {
      await using engine = await RuleEngine.start({ store, fleet: fleet() });
      await saveTable(store, "hosts", { a: { team: "red" } });
      await engine.saveRule("r", rule());
      await engine.post([{ host: "a" }]);
      await engine.settle();
      await engine.checkpoint();
    }
    const post = async () => {
      const { body, lines } = sliceOf([{ host: "a" }]);
      await store.log.append([{ kind: "events", topic: "default", count: 1, arrival: 0, body, lines }]);
    };
    await post();
    await saveTable(store, "hosts", { a: { team: "blue" } });
    await post();
    await saveTable(store, "hosts", { a: { team: "green" } });
    await using engine = await RuleEngine.start({ store, fleet: fleet() });
    await engine.post([{ host: "a" }]);
    await engine.settle();
    assert.deepEqual(await teams(store), ["red", "red", "blue", "green"]);
  });
}

Deno.test("a table that only trimmed versions could tell of is that of the oldest one held", async () => {
  const store = createMemoryStore();
  await using engine = await RuleEngine.start({ store });
  for (const team of ["red", "blue", "green"]) {
    await saveTable(store, "hosts", { a: { team } });
    await engine.post([{ host: "a" }]);
  }
  await store.lookups.trim(store.log.next, 1);
  await engine.saveRule("r", rule(), { start: 0 });
  await engine.settle();
  assert.deepEqual(await teams(store), ["blue", "blue", "green"]);
});

/** A course of writes; what the engine does with them may be cut off before any call of its store. */
async function course(store: Store, faultAt: number | null): Promise<number> {
  const fault = createFaultStore(store, { kind: "crash", at: faultAt });
  let engine = await RuleEngine.start({ store: fault.store }).catch(() => null);
  const settled = async () => {
    if (engine === null || fault.failed()) engine = await RuleEngine.start({ store });
    engine.supervisor.ruleSaved();
    await Promise.race([engine.settle(), engine.failed]).catch(() => {});
    if (engine.errors.length === 0 && !(fault.failed() && engine.store === fault.store)) return;
    engine = await RuleEngine.start({ store });
    await engine.settle();
  };
  const writer = new RuleEngine({ store });
  const post = async (...hosts: string[]) => {
    const { body, lines } = sliceOf(hosts.map((host) => ({ host })));
    const record = {
      kind: "events",
      topic: "default",
      count: hosts.length,
      arrival: 0,
      body,
      lines,
    } as const;
    await store.log.append([record]);
  };
  await writer.saveRule("r", rule("hosts", { cooldown: "0s" }));
  for (const team of ["red", "blue", "green"]) {
    await post("a", "b");
    await saveTable(store, "hosts", { a: { team } });
    await post("b", "a");
    await settled();
    await engine?.checkpoint().catch(() => {});
  }
  await settled();
  await engine?.stop(0).catch(() => {});
  return fault.calls();
}

Deno.test("a kill before any call of the store: the replay sees the same versions", async () => {
  const calm = createMemoryStore();
  const calls = await course(calm, null);
  const expected = await teams(calm);
  assert.deepEqual(expected.length, 12);
  for (let at = 1; at <= calls; at += 3) {
    const store = createMemoryStore();
    await course(store, at);
    assert.deepEqual(await teams(store), expected, `killed before call ${at} of ${calls}`);
  }
});
