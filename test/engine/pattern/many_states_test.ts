/** Patterns that have a key in very many states at once. */
import assert from "node:assert/strict";
import { RuleBench } from "../rule_bench.ts";

const TIMES = 400;
const EVENTS = 1_300;

Deno.test("a threshold of hundreds of events: each key is in a state per event, and is told in its turn", () => {
  const recipe = { kind: "threshold", of: { field: "k", value: "a" }, times: TIMES, within: "1h" };
  const bench = new RuleBench({
    trigger_type: "pattern",
    trigger_spec: { topics: ["t"], group_by: ["key"], recipe, time: { field: "ts", unit: "s" } },
  });
  for (let ts = 0; ts < EVENTS; ts++) {
    bench.feed(["x", "y"].map((key) => ({ k: "a", key, ts })), ts * 1000);
    if (ts % 500 === 499) bench.restore();
  }
  const told = bench.effects.alerts.map(({ key, event_time, event_count }) => [
    ...key,
    event_time / 1000,
    event_count,
  ]);
  const wanted = [1, 2, 3].flatMap((n) => ["x", "y"].map((key) => [key, n * TIMES - 1, TIMES]));
  assert.deepEqual(told, wanted);
});

Deno.test("what is remembered, and what waits, counts with all its length: lists and objects, too", () => {
  const steps = [
    { name: "a", field: "k", value: "a" },
    { name: "b", field: "payload", op: "!=", value: { ref: "a.payload" } },
  ];
  const spec = { topics: ["t"], pattern: { steps } };
  const payload = { list: Array.from({ length: 1_000 }, (_, i) => `item ${i}`) };
  for (const watermark_delay of ["0s", "1h"]) {
    const time = { field: "ts", unit: "s", watermark_delay };
    const bench = new RuleBench({ trigger_type: "pattern", trigger_spec: { ...spec, time } });
    bench.feed([{ k: "a", ts: 1, payload }], 1_000);
    assert.ok(bench.state.pattern!.bytes > JSON.stringify(payload).length, watermark_delay);
    bench.feed([{ ts: 2, payload: 1 }], 2_000);
    bench.end();
    assert.equal(bench.effects.alerts.length, 1);
    assert.equal(bench.state.pattern!.bytes, 0);
  }
});
