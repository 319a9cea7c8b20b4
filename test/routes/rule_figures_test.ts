/** What a rule holds and has lost, in its state and on /metrics. */
import assert from "node:assert/strict";
import { openApi } from "./api.ts";

Deno.test("a rule's figures stand in its state and, by rule_id, on /metrics", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", {
    rule_id: "slow",
    rule_name: "Slow",
    trigger_type: "event",
    trigger_spec: { topics: ["m"], field: "ms", op: ">", value: 100, group_by: ["host"] },
    for: "10m",
    limits: { keys: 2 },
  });
  await api.settle();
  const event = (host: string, second: number) => ({
    host,
    ms: 200,
    timestamp: `2026-01-01T00:00:0${second}Z`,
  });
  const events = ["a", "b", "c"].map((host, i) => event(host, i));
  await api.send("POST", "/events?topic=m", JSON.stringify(events));
  await api.settle();
  const state = (await api.send("GET", "/rules/slow/state")).body;
  assert.deepEqual([state.keys, state.pending, state.open_windows], [2, 2, 0]);
  assert.equal(state.watermark, "2026-01-01T00:00:02.000Z");
  assert.ok(state.watermark_lag_seconds > 0 && state.state_bytes > 0);
  assert.equal(state.counters.keys_evicted, 1);
  assert.equal(state.poll, null);
  const text = await (await api.app.fetch(new Request("http://localhost/metrics"))).text();
  for (
    const line of [
      'tocsin_rule_keys{rule_id="slow"} 2',
      'tocsin_rule_pending{rule_id="slow"} 2',
      'tocsin_rule_open_windows{rule_id="slow"} 0',
      `tocsin_rule_state_bytes{rule_id="slow"} ${state.state_bytes}`,
      'tocsin_rule_losses{rule_id="slow",counter="keys_evicted"} 1',
      'tocsin_rule_losses{rule_id="slow",counter="late"} 0',
      "tocsin_rules_not_shown 0",
    ]
  ) assert.ok(text.includes(line), line);
  assert.match(text, /tocsin_rule_watermark_lag_seconds\{rule_id="slow"\} \d/);
});
