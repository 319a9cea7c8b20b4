/** Simulations in a Worker: the same answers as on this thread, and none that holds up the server. */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { Problem } from "../../src/base/problem.ts";
import { readDraft } from "../../actors/rule_document.ts";
import { simulate } from "../../actors/simulation.ts";
import type { SimulationTask } from "../../actors/simulation_worker.ts";
import { SIMULATION_MS_MAX, SIMULATIONS_MAX, Simulator } from "../../actors/simulator.ts";
import { VirtualClock } from "../virtual_clock.ts";

function simulated(conditions: JsonObject[], events: JsonObject[]): SimulationTask {
  const trigger_spec = { topics: ["t"], conditions, logic: "OR", group_by: ["host"] };
  const action_spec = { type: "notify", channels: ["none"], message: "cpu {{ cpu }} on {{ key.host }}" };
  const document = { rule_name: "r", trigger_type: "event", trigger_spec, action_spec, cooldown: "1m" };
  return { document, rule_id: "r", events, received_at: null, advance_to: "end" };
}

const LIGHT = simulated(
  [{ field: "cpu", op: ">", value: 90 }, { field: "host", op: "matches", value: "^b" }],
  [{ cpu: 95, host: "a", timestamp: 1 }, { cpu: 1, host: "b", timestamp: 2 }, {
    cpu: 99,
    host: "a",
    timestamp: 3,
  }],
);

/** Seconds of work: each condition reads and prints the list anew. */
const HEAVY = simulated(
  Array.from({ length: 1_000 }, (_, i) => ({ field: "list", op: "contains", value: `x${i}` })),
  [{ list: { in: Array.from({ length: 150_000 }, () => "ab") } }],
);

function codeOf(error: unknown): string {
  return error instanceof Problem ? `${error.status} ${error.code}` : String(error);
}

Deno.test("simulation: event time goes on with records in which nothing concerns the rule", async () => {
  const document = {
    rule_name: "r",
    trigger_type: "event",
    trigger_spec: {
      topics: ["t"],
      field: "k",
      op: "==",
      value: "x",
      window: { type: "tumbling", size: "10s" },
    },
  };
  const events = [1_800_000_000, 1_800_000_005, 1_800_000_010].map((timestamp, i) => ({
    timestamp,
    k: i === 0 ? "x" : "y",
  }));
  const given = { rule: readDraft(document), rule_id: "r", events, received_at: null, advance_to: null };
  const { alerts, final } = await simulate(given, systemClock);
  assert.deepEqual(alerts.map(({ event_time }) => event_time), [final.watermark]);
});

Deno.test("simulator: gives what the same simulation gives on this thread", async () => {
  await using simulator = new Simulator(systemClock);
  assert.deepEqual(
    await simulator.simulate(LIGHT),
    await simulate({ ...LIGHT, rule: readDraft(LIGHT.document) }, systemClock),
  );
});

Deno.test("simulator: a heavy simulation holds nobody up, is refused at its time, and the next one runs", async () => {
  const clock = new VirtualClock();
  await using simulator = new Simulator(clock);
  const heavy = simulator.simulate(HEAVY).then(() => "done", codeOf);
  const next = simulator.simulate(LIGHT);
  // Its time counts from where its Worker is there and has taken it.
  while (clock.nextAt() !== clock.now() + SIMULATION_MS_MAX) await turn(systemClock);
  await clock.advance(SIMULATION_MS_MAX);
  assert.equal(await heavy, "413 simulation_too_heavy");
  assert.equal((await next).would_execute, true);
});

Deno.test("simulator: takes so many at a time, and none once it is closed", async () => {
  const simulator = new Simulator(new VirtualClock());
  const all = Array.from({ length: SIMULATIONS_MAX + 1 }, () => simulator.simulate(HEAVY).catch(codeOf));
  assert.equal(await all.at(-1), "503 overloaded");
  await turn(systemClock);
  await simulator[Symbol.asyncDispose]();
  const ends = new Set(await Promise.all(all.slice(0, -1)));
  assert.deepEqual([...ends], ["503 stopping"]);
  assert.equal(await simulator.simulate(LIGHT).catch(codeOf), "503 stopping");
});
