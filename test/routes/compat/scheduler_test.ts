import assert from "node:assert/strict";
import { polledEvent } from "../../../src/ingest/polled_event.ts";
import { receiver } from "../../notify/receivers.ts";
import { VirtualClock } from "../../virtual_clock.ts";
import { openApi } from "../api.ts";

Deno.test("scheduler: snapshots from the newest, and the latest in the status", async () => {
  await using api = await openApi();
  const none = (await api.send("GET", "/cep/scheduler/metric-polling/snapshots/latest")).body.data;
  assert.equal(none.snapshot, null);
  for (const fail_count of [1, 2, 3]) {
    const snapshot = {
      tick_at: `2026-01-01T00:0${fail_count}:00Z`,
      timestamp: "x",
      fail_count,
      rule_count: 7,
    };
    await api.submit("_polling", [polledEvent(JSON.stringify(snapshot))!]);
  }
  const list = async (query: string) =>
    (await api.send("GET", `/cep/scheduler/metric-polling/snapshots${query}`)).body.data.snapshots
      .map(({ fail_count }: { fail_count: number }) => fail_count);
  assert.deepEqual([await list(""), await list("?limit=2&since_minutes=5")], [[3, 2, 1], [3, 2]]);
  const { status } = (await api.send("GET", "/cep/scheduler/status")).body.data;
  assert.deepEqual([status.metric_poll_last_tick_fail_count, status.metric_poll_last_tick_rule_count], [
    3,
    7,
  ]);
  assert.deepEqual([status.is_leader, status.leader_stale, status.leader_instance_id], [
    true,
    false,
    status.instance_id,
  ]);
  const { instances } = (await api.send("GET", "/cep/scheduler/instances")).body.data;
  assert.deepEqual(instances.map((one: { instance_id: string }) => one.instance_id), [status.instance_id]);
});

Deno.test("scheduler: what polled rules matched lately, and which fail", async () => {
  const pollClock = new VirtualClock();
  await using api = await openApi({ pollClock });
  await using peer = receiver(({ body }) =>
    body === '{"fail":true}' ? new Response("no", { status: 500 }) : Response.json({ cpu: 95 })
  );
  for (const [rule_id, fail] of [["good", false], ["bad", true]] as const) {
    const value = { value_path: "cpu", op: ">", threshold: 90, interval: "1s" };
    const trigger_spec = { endpoint: peer.url, method: "POST", params: { fail }, ...value };
    await api.send("POST", "/cep/rules", {
      rule_id,
      rule_name: rule_id,
      trigger_type: "metric",
      trigger_spec,
    });
  }
  const ask = async () => (await api.send("GET", "/cep/scheduler/metric-polling")).body.data.telemetry;
  await api.settle();
  await pollClock.advanceUntil(async () => {
    const { recent_matches, recent_failures } = await ask();
    return recent_matches.length > 0 && recent_failures.length > 0;
  });
  const { recent_matches: [match], recent_failures } = await ask();
  assert.deepEqual([match.rule_id, match.op, match.threshold], ["good", ">", 90]);
  assert.deepEqual(recent_failures.map(({ rule_id }: { rule_id: string }) => rule_id), ["bad"]);
  assert.match(recent_failures[0].error, /500/);
});
