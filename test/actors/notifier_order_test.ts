/** Deliveries that go in order: PagerDuty's triggers and resolves of one dedup_key, through the whole pool. */
import assert from "node:assert/strict";
import type { Alert } from "../../src/model/alert.ts";
import { alertOf } from "../channel/channel_fixture.ts";
import { receiver } from "../notify/receivers.ts";
import { PoolBench } from "./pool_bench.ts";

const firing = (alert_id: string): Alert => alertOf({ alert_id, rule_id: "r1", dedup_key: "k" });
const resolved = (alert: Alert): Alert => ({
  ...alert,
  revision: 2,
  status: "resolved",
  resolved_at: alert.fired_at,
});

/** A PagerDuty that answers as `status` says and keeps what it was told. */
function pagerduty(status: (n: number) => number) {
  const told: string[] = [];
  const server = receiver(({ body }, n) => {
    const { event_action, payload } = JSON.parse(body);
    told.push(`${event_action} ${payload.custom_details.alert_id}`);
    return new Response("{}", { status: status(n) });
  });
  return { server, told };
}

async function channelTo(bench: PoolBench, port: number) {
  const config = { integration_key: "k".repeat(32), base_url: `http://127.0.0.1:${port}` };
  return await bench.store.channels.create({
    ...await bench.channel("https://h.example.com/"),
    channel_id: "pd",
    name: "pd",
    type: "pagerduty",
    config,
  });
}

Deno.test("pool: trigger, resolve and trigger of one key arrive in this order, however many may run", async () => {
  await using bench = new PoolBench();
  const { server, told } = pagerduty(() => 202);
  await using _ = server;
  await channelTo(bench, server.port);
  const pool = bench.pool();
  const [one, two] = [firing("a1"), firing("a2")];
  const rows = [];
  for (const alert of [one, resolved(one), two]) {
    rows.push(await bench.bornInOrder({ channel_id: "pd" }, alert));
  }
  pool.offer(rows, [one, resolved(one), two]);
  for (const { delivery_id } of rows) await bench.reaches(delivery_id, "delivered");
  assert.deepEqual(told, ["trigger a1", "resolve a1", "trigger a2"]);
});

Deno.test("pool: a trigger that waits to be tried again is dropped when its resolve comes", async () => {
  await using bench = new PoolBench();
  const { server, told } = pagerduty((n) => n === 1 ? 500 : 202);
  await using _ = server;
  await channelTo(bench, server.port);
  const pool = bench.pool();
  const alert = firing("a1");
  const trigger = await bench.bornInOrder({ channel_id: "pd" }, alert);
  pool.offer([trigger], [alert]);
  await bench.reaches(trigger.delivery_id, "retry_wait");
  const resolve = await bench.bornInOrder({ channel_id: "pd" }, resolved(alert));
  pool.offer([resolve], [resolved(alert)]);
  await bench.reaches(resolve.delivery_id, "delivered");
  assert.deepEqual(told, ["trigger a1", "resolve a1"]);
  const { delivery } = await bench.delivery(trigger.delivery_id);
  assert.deepEqual([delivery.state, delivery.reason], ["cancelled", "superseded"]);
});

Deno.test("pool: an alert waits behind another one's resolve that is tried again", async () => {
  await using bench = new PoolBench();
  const { server, told } = pagerduty((n) => n === 2 ? 500 : 202);
  await using _ = server;
  await channelTo(bench, server.port);
  bench.pool();
  const [one, two] = [firing("a1"), firing("a2")];
  for (const alert of [one, resolved(one)]) await bench.bornInOrder({ channel_id: "pd" }, alert);
  const last = await bench.bornInOrder({ channel_id: "pd" }, two);
  await bench.runUntil(async () => (await bench.delivery(last.delivery_id)).delivery.state === "delivered");
  assert.deepEqual(told, ["trigger a1", "resolve a1", "resolve a1", "trigger a2"]);
});
