/** Windows that an event from the far future opened: due by arrival, where event time does not come. */
import assert from "node:assert/strict";
import { RuleBench } from "./rule_bench.ts";

const T0 = Date.UTC(2026, 0, 1);
const FAR = T0 + 600_000;

Deno.test("windows of the far future fire when arrival reaches their end, also after a restore and an edit", () => {
  const document = (name: string) => ({
    rule_name: name,
    trigger_spec: {
      topics: ["t"],
      group_by: ["k"],
      time: { field: "t", unit: "ms", idle_after: "1h" },
      window_config: { type: "session", gap: "10s" },
    },
  });
  for (const happens of ["nothing", "restore", "edit", "both"]) {
    const bench = new RuleBench(document("first"));
    bench.feed([{ t: FAR, k: "a" }, { t: T0, k: "b" }], T0);
    if (happens === "restore" || happens === "both") bench.restore();
    if (happens === "edit" || happens === "both") {
      bench.become(document("second"), { rule_id: "r", version: 2, generation: 1 });
      bench.restore();
    }
    bench.feed([], FAR + 9_999);
    assert.equal(bench.effects.alerts.length, 0, happens);
    bench.feed([], FAR + 10_000);
    assert.deepEqual(bench.effects.alerts.map(({ key, window }) => [key[0], window!.start]), [["a", FAR]]);
    bench.feed([], FAR + 1_000_000);
    assert.equal(bench.effects.alerts.length, 1);
  }
});

Deno.test("windows of the far future fire when event time reaches them, if that is sooner", () => {
  for (const size of [{ type: "sliding", size: "10s" }, { type: "tumbling", size: "10s" }]) {
    const spec = { topics: ["t"], group_by: ["k"], time: { field: "t", unit: "ms" }, window_config: size };
    const bench = new RuleBench({ trigger_spec: spec });
    bench.feed([{ t: FAR, k: "a" }], T0);
    bench.feed([{ t: FAR + 20_000, k: "b" }], FAR - 200_000);
    const fired = bench.effects.alerts.flatMap(({ events }) => events);
    assert.ok(fired.includes(0), size.type);
  }
});
