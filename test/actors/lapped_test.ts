/**
 * Claims about a worker that cannot keep pace: it leaves the ring, reads the log by itself and comes back;
 * it loses nothing, doubles nothing and holds up nobody. And about what does not fit the ring.
 */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { alertOf, FAULTY, faultyEngine, SOUND, toldOf } from "../faults/fault_bench.ts";

/** Small enough to be full at once. */
const RING = { slots: 64, arena: 64 * 1024 };
const RECORDS = 300;

function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

Deno.test("a worker that alone is slow leaves the ring and catches up, while the others keep pace", async () => {
  await using engine = await faultyEngine({ workers: 2, ring: RING });
  await engine.saveRule("slow", FAULTY);
  await engine.saveRule("brisk", SOUND);
  await engine.settle();
  await engine.post([{ n: 0, fault: "slow" }]);
  const last = alertOf(engine, "brisk", RECORDS - 1);
  for (const n of upTo(RECORDS).slice(1)) await engine.post([{ n, ...(n % 40 === 0 && { fault: "slow" }) }]);
  const ms = await last;
  const behind = await toldOf(engine, "slow");
  assert.ok(behind.length < RECORDS, `it lags: ${behind.length} of ${RECORDS} after ${ms} ms`);
  assert.deepEqual(await toldOf(engine, "brisk"), upTo(RECORDS));
  await engine.settle();
  assert.deepEqual(await toldOf(engine, "slow"), upTo(RECORDS));
  assert.deepEqual(await engine.counters("slow"), { matched: RECORDS, alerts: RECORDS });
  const state = await engine.supervisor.ruleState("slow");
  assert.deepEqual([state!.status, state!.restarts], ["running", 0]);
});

Deno.test("edits, joins and ends that a slow worker sleeps through take effect at their places", async () => {
  await using engine = await faultyEngine({ workers: 2, ring: RING });
  await engine.saveRule("slow", FAULTY);
  await engine.saveRule("brisk", SOUND);
  await engine.saveRule("third", SOUND);
  await engine.settle();
  await engine.post([{ n: 0, fault: "slow" }]);
  for (const n of [1, 2, 3]) await engine.post([{ n }]);
  for (let i = 0; i < 200; i++) await engine.post([{ n: -1 }], "other");
  const { trigger_spec } = FAULTY as { trigger_spec: JsonObject };
  await engine.saveRule("slow", {
    trigger_spec: { ...trigger_spec, conditions: [{ field: "n", op: ">", value: 5 }] },
  });
  await engine.saveRule("late", SOUND);
  for (const n of [4, 5, 6, 7]) await engine.post([{ n }]);
  for (let i = 0; i < 100; i++) await engine.post([{ n: -1 }], "other");
  await engine.settle();
  const own = async (ruleId: string) => (await toldOf(engine, ruleId)).filter((n) => n !== -1);
  assert.deepEqual(await own("slow"), [0, 1, 2, 3, 6, 7]);
  assert.deepEqual(await own("late"), [4, 5, 6, 7]);
  for (const ruleId of ["brisk", "third"]) assert.deepEqual(await own(ruleId), [0, 1, 2, 3, 4, 5, 6, 7]);
});

const LONG: JsonObject = { trigger_spec: { field: "text", op: "contains", value: "x" } };

function long(n: number, characters: number): JsonObject {
  return { n, text: `${n}`.padEnd(characters, "x") };
}

Deno.test("batches and events that do not fit the ring come in their order, once", async () => {
  await using engine = await faultyEngine({ workers: 2, ring: RING });
  await engine.saveRule("long", LONG);
  await engine.saveRule("all", SOUND);
  await engine.settle();
  // A batch may take 8 kB: the first is cut to pieces, the second holds one event that is far larger.
  await engine.post(upTo(64).map((n) => long(n, 400)));
  await engine.post([long(64, 10), long(65, 50_000), long(66, 10)]);
  await engine.post([long(67, 10)]);
  await engine.settle();
  assert.deepEqual(await toldOf(engine, "long"), upTo(68));
  assert.deepEqual(await toldOf(engine, "all"), upTo(68));
});

Deno.test("an event of several MB passes a ring of the real size", async () => {
  await using engine = await faultyEngine({ workers: 2 });
  await engine.saveRule("long", LONG);
  await engine.settle();
  await engine.post([long(0, 10), long(1, 6_000_000), long(2, 10)]);
  await engine.post([long(3, 10)]);
  await engine.settle();
  const alerts = await engine.alerts();
  assert.equal(alerts.length, 4);
  assert.deepEqual(alerts.map(({ events }) => events[0]!.event?.n ?? null), [0, null, 2, 3]);
  assert.equal(alerts[1]!.events[0]!.truncated, true);
});
