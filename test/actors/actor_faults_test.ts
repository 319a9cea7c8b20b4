/** Claims about actors that throw: which one is discarded, what is told of it, and that the others go on. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import type { Probe } from "../../actors/actor_set.ts";
import { alertOffsets, ARRIVAL, type BenchRule, rulesOf, SetBench } from "./set_bench.ts";

const ALL: JsonObject = { trigger_spec: { conditions: [] } };
const BY_FAULT: JsonObject = { trigger_spec: { conditions: [], group_by: ["fault"] } };
const MINUTE = 60_000;

/** Throws where a rule grouped by "fault" meets an event that says "throw". */
const throwing: Probe = (_plan, gathered) => {
  if (gathered?.keys.some((key) => key[0] === "throw")) throw new Error("on purpose");
};

function twoRules(): { bench: SetBench; bad: BenchRule; good: BenchRule } {
  const bench = new SetBench(throwing);
  const bad = bench.join(BY_FAULT);
  const good = bench.join(ALL);
  bench.frames();
  return { bench, bad, good };
}

Deno.test("fault in step: the rule is gone, what it did since its last frame with it, the other goes on", () => {
  const { bench, bad, good } = twoRules();
  bench.feed([{ n: 0 }]);
  bench.feed([{ n: 1 }, { fault: "throw" }]);
  bench.feed([{ n: 3 }]);
  const crash = bench.crashes();
  assert.deepEqual(crash, [{
    ...{ handle: bad.handle, incarnation: 1, error: "Error: on purpose", phase: "step" },
    ...{ first: 1, next: 3, offset: -1 },
  }]);
  const frames = bench.frames();
  assert.deepEqual(rulesOf(frames, bad), []);
  assert.deepEqual(alertOffsets(frames, good), [0, 1, 2, 3]);
  assert.equal(frames.at(-1)!.upto, 4);
});

Deno.test("fault in step under suspicion: rows before it are applied one by one and the event is named", () => {
  const bench = new SetBench(throwing);
  const bad = bench.join(BY_FAULT, { suspectBelow: 1 });
  bench.feed([{ n: 0 }, { n: 1 }, { fault: "throw" }, { n: 3 }]);
  const [crash] = bench.crashes();
  assert.deepEqual([crash!.phase, crash!.first, crash!.offset], ["step", 0, 2]);
  const steps = bench.crumbs.filter(({ handle, phase }) => handle === bad.handle && phase === "step");
  assert.deepEqual(steps.map(({ offset }) => offset), [0, 1, 2]);
});

Deno.test("under suspicion a rule that does not throw tells the same as without, also by the index", () => {
  const docs: JsonObject[] = [ALL, { trigger_spec: { field: "host", op: "==", value: "a" } }];
  for (const doc of docs) {
    const told = [0, 10].map((suspectBelow) => {
      const bench = new SetBench(throwing);
      const rule = bench.join(doc, { suspectBelow, poison: [3] });
      bench.frames();
      bench.feed([{ host: "a" }, { host: "b" }, { host: "a" }, { host: "a" }, { host: "a", n: 1 }]);
      return rulesOf(bench.frames(), rule);
    });
    assert.deepEqual(told[0], told[1]);
    assert.ok(told[0]!.length > 0);
  }
});

Deno.test("fault in read: only that rule is discarded", () => {
  const { bench, good } = twoRules();
  // A rule that reads a column which batches do not have.
  const blind = bench.load({ trigger_spec: { field: "other", op: ">", value: 1 } });
  bench.take({ kind: "join", handles: [blind.handle], at: 0, cursor: 0 });
  bench.encoder.remove(blind.handle);
  bench.frames();
  bench.feed([{ n: 0 }, { n: 1 }]);
  const [crash] = bench.crashes();
  assert.deepEqual([crash!.handle, crash!.phase, crash!.first], [blind.handle, "read", 0]);
  assert.deepEqual(alertOffsets(bench.frames(), good), [0, 1]);
});

Deno.test("fault in a timer: only that rule is discarded, and it is nobody's event", () => {
  const bench = new SetBench((plan, gathered) => {
    if (gathered === null && plan.cooldown_ms > 0) throw new Error("late");
  });
  const capped = bench.join({ ...ALL, cooldown: "1ms", limits: { alerts_per_minute: 1 } });
  const good = bench.join({ ...ALL, limits: { alerts_per_minute: 1 } });
  bench.feed([{ timestamp: 1_700_000_000 }, { timestamp: 1_700_000_001 }]);
  bench.frames();
  bench.tick(ARRIVAL + MINUTE);
  const [crash, ...more] = bench.crashes();
  assert.deepEqual([crash!.handle, crash!.phase, crash!.offset, more.length], [
    capped.handle,
    "timer",
    -1,
    0,
  ]);
  assert.equal(rulesOf(bench.frames(), good)[0]!.alerts.length, 1);
});

Deno.test("fault in restore: the crash is told and nothing is loaded", () => {
  const { bench, good } = twoRules();
  const broken = bench.load(BY_FAULT, { chunks: new Map([[256, new Uint8Array(3)]]) });
  const [crash] = bench.crashes();
  assert.deepEqual([crash!.handle, crash!.phase], [broken.handle, "restore"]);
  bench.feed([{ n: 0 }]);
  assert.deepEqual(alertOffsets(bench.frames(), good), [0]);
});

Deno.test("fault during a checkpoint: the rule's part is left out, the others' are whole", () => {
  const cool: JsonObject = { trigger_spec: { conditions: [], group_by: ["fault"] }, cooldown: "1h" };
  const bench = new SetBench(throwing);
  const bad = bench.join(cool);
  const good = bench.join({ ...cool, trigger_spec: { conditions: [], group_by: ["host"] } });
  bench.feed([{ host: "a" }, { host: "b" }]);
  bench.frames();
  bench.take({ kind: "checkpoint", id: 7 });
  bench.set.workOnCheckpoint(() => true);
  bench.feed([{ fault: "throw", host: "c" }]);
  while (bench.set.workOnCheckpoint(() => false));
  const [done] = bench.all("checkpointed");
  assert.deepEqual([done!.checkpoint, done!.offset, done!.floor], [7, 2, 2]);
  const whole = done!.manifests.map(({ handle }) => handle);
  assert.deepEqual(whole, [good.handle]);
  assert.deepEqual(bench.crashes().map(({ handle }) => handle), [bad.handle]);
});
