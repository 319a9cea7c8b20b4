/** What an anomaly rule compares with, over HTTP (test/vectors/compat/anomaly.json, status_endpoint). */
import assert from "node:assert/strict";
import { openApi } from "./api.ts";

const RULE = {
  rule_id: "odd",
  rule_name: "Odd",
  trigger_type: "anomaly",
  trigger_spec: { topics: ["m"], value_path: "v", baseline_values: [1, 2, 4] },
};

Deno.test("anomaly-status: seed first, then what the rule holds, rounded to 4 digits", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", RULE);
  await api.settle();
  const fresh = (await api.send("GET", "/rules/odd/anomaly-status")).body;
  assert.deepEqual(fresh, {
    rule_id: "odd",
    trigger_type: "anomaly",
    anomaly_enabled: true,
    method: "zscore",
    config: { threshold: 3, multiplier: 1.5, alpha: 0.3 },
    baseline_window: 100,
    key: null,
    keys: 0,
    keys_counted: 0,
    baseline_count: 3,
    baseline_source: "trigger_spec",
    baseline_summary: { min: 1, max: 4, mean: 2.3333 },
  });
  await api.send("POST", "/events?topic=m", { v: 3 });
  await api.settle();
  const held = (await api.send("GET", "/rules/anomaly-status/odd")).body;
  assert.deepEqual([held.baseline_count, held.baseline_source, held.keys], [4, "state", 1]);
});

Deno.test("upload and reset are answered with their place in the log, once for a repeated request", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", RULE);
  const upload = await api.send("PUT", "/rules/odd/baseline", { values: [10, "20", 30] });
  assert.equal(upload.status, 202);
  await api.settle();
  const uploaded = (await api.send("GET", "/rules/odd/anomaly-status")).body;
  assert.deepEqual(uploaded.baseline_summary, { min: 10, max: 30, mean: 20 });
  const key = { "idempotency-key": "k1" };
  const reset = await api.send("POST", "/rules/odd/anomaly-reset", null, key);
  assert.equal(reset.status, 202);
  const again = await api.send("POST", "/rules/odd/anomaly-reset", null, key);
  assert.deepEqual(again.body, reset.body);
  assert.ok(reset.body.offset > upload.body.offset);
  await api.settle();
  const anew = (await api.send("GET", "/rules/odd/anomaly-status")).body;
  assert.deepEqual([anew.baseline_count, anew.baseline_source], [3, "trigger_spec"]);
});

Deno.test("a grouped rule is asked and told by key", async () => {
  await using api = await openApi();
  const trigger_spec = { topics: ["m"], value_path: "v", group_by: ["host"] };
  await api.send("POST", "/rules", { ...RULE, trigger_spec });
  await api.send("POST", "/events?topic=m", '[{"host":"a","v":1},{"host":"b","v":5},{"host":"b","v":7}]');
  await api.send("POST", "/rules/odd/anomaly-reset", { key: { host: "a" } });
  await api.settle();
  const path = "/rules/odd/anomaly-status";
  const all = (await api.send("GET", path)).body;
  assert.deepEqual([all.keys, all.baseline_count, all.baseline_summary?.mean], [2, 2, 6]);
  const b = (await api.send("GET", `${path}?key=${encodeURIComponent('{"host":"b"}')}`)).body;
  assert.deepEqual([b.key, b.baseline_count], [{ host: "b" }, 2]);
  assert.equal((await api.send("GET", `${path}?key=b`)).status, 400);
});

Deno.test("what cannot be told to a rule is refused, and nothing is logged", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", RULE);
  const event = { rule_name: "e", rule_id: "e", trigger_type: "event", trigger_spec: { conditions: [] } };
  await api.send("POST", "/rules", event);
  const before = api.store.log.next;
  const code = async (method: string, path: string, body: Parameters<typeof api.send>[2] = null) => {
    const reply = await api.send(method, path, body);
    return [reply.status, reply.body.code];
  };
  assert.deepEqual(await code("POST", "/rules/e/anomaly-reset"), [400, "no_baseline"]);
  assert.deepEqual(await code("POST", "/rules/none/anomaly-reset"), [404, "rule_not_found"]);
  assert.deepEqual(await code("PUT", "/rules/odd/baseline", { values: ["x"] }), [400, "invalid_type"]);
  assert.deepEqual(await code("PUT", "/rules/odd/baseline", { valeus: [1] }).then(([status]) => status), 400);
  const other = { values: [1], key: { host: "a" } };
  assert.deepEqual(await code("PUT", "/rules/odd/baseline", other), [400, "invalid_key"]);
  assert.equal(api.store.log.next, before);
  await api.send("POST", "/rules/odd/disable");
  assert.deepEqual(await code("POST", "/rules/odd/anomaly-reset"), [409, "rule_disabled"]);
  const status = (await api.send("GET", "/rules/odd/anomaly-status")).body;
  assert.deepEqual([status.baseline_count, status.keys], [3, 0]);
  const none = (await api.send("GET", "/rules/e/anomaly-status")).body;
  assert.deepEqual(Object.keys(none), ["rule_id", "trigger_type", "anomaly_enabled", "message"]);
});
