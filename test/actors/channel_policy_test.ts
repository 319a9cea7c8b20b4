/** Limits, circuits, fallbacks and outages of channels: the pool with real receivers, under virtual time. */
import assert from "node:assert/strict";
import { silentLogger } from "../../src/base/logging.ts";
import type { Channel } from "../../src/model/channel.ts";
import { CHANNELS_RULE_ID } from "../../src/model/rule.ts";
import { fallbackId } from "../../src/notify/fallback_delivery.ts";
import type { StoredAlert } from "../../src/store/effect_store.ts";
import { ChannelWatch } from "../../actors/channel_watch.ts";
import { receiver } from "../notify/receivers.ts";
import { PoolBench } from "./pool_bench.ts";

const failing = () => new Response("no", { status: 500 });

async function watchOf(bench: PoolBench): Promise<{ watch: ChannelWatch; told: StoredAlert[] }> {
  const told: StoredAlert[] = [];
  let channels: readonly Channel[] = await bench.store.channels.list();
  const watch = new ChannelWatch({
    effects: bench.store.effects,
    channels: () => channels,
    noteOf: () => undefined,
    onAlerts: (alerts) => void told.push(...alerts),
    clock: bench.clock,
    logger: silentLogger,
  });
  await watch.start();
  channels = [];
  return { watch, told };
}

Deno.test("a rate limit lets a queue through one by one at an even pace; others are not held up", async () => {
  await using bench = new PoolBench();
  const times: number[] = [];
  await using slow = receiver(() => (times.push(bench.clock.now()), new Response("ok")));
  await using other = receiver();
  const pool = bench.pool({ heldMax: 200 });
  const limited = await bench.channel(slow.url, {}, { policy: { rate_limit: { per_second: 10, burst: 5 } } });
  const { deliveries, alerts } = await bench.born(limited, 300);
  pool.offer(deliveries, alerts);
  const free = await bench.born(await bench.channel(other.url), 20);
  pool.offer(free.deliveries, free.alerts);
  await bench.runUntil(() => other.received.length === 20, 1000);
  assert.ok(times.length < 20, `${times.length} of the limited ones went meanwhile`);
  await bench.runUntil(() => times.length === 300, 60_000);
  const spans = times.slice(15).map((at, i) => at - times[i]!);
  assert.ok(Math.min(...spans) >= 1000 - 1, `16 within ${Math.min(...spans)} ms`);
  assert.ok(times.at(-1)! - times[0]! < 36_000, `${times.at(-1)! - times[0]!} ms for 300`);
  for (const { delivery_id } of deliveries) {
    await bench.reaches(delivery_id, "delivered");
    assert.equal((await bench.delivery(delivery_id)).attempts_total, 1);
  }
});

Deno.test("an open circuit holds a channel back without using up retries, and one probe shows that it works", async () => {
  await using bench = new PoolBench();
  let broken = true;
  const times: number[] = [];
  await using server = receiver(() => {
    times.push(bench.clock.now());
    return broken ? failing() : new Response("ok");
  });
  const pool = bench.pool({ perChannel: 1 });
  const channel = await bench.channel(server.url);
  const { deliveries, alerts } = await bench.born(channel, 40);
  pool.offer(deliveries, alerts);
  await bench.runUntil(() => pool.circuit(channel.channel_id).state === "open");
  assert.equal(times.length, 5);
  const opened = bench.clock.now();
  await bench.runUntil(() => times.length === 6, 70_000);
  assert.ok(times[5]! - opened >= 60_000 && times[5]! - opened <= 66_001, `${times[5]! - opened}`);
  broken = false;
  await bench.runUntil(async () => (await bench.store.outbox.counts()).delivered === 40, 200_000);
  assert.equal(pool.circuit(channel.channel_id).state, "closed");
  for (const { delivery_id } of deliveries) {
    assert.ok((await bench.delivery(delivery_id)).delivery.retries <= 3);
  }
});

Deno.test("a delivery that dies is born again for the fallback channel, marked, and only once", async () => {
  await using bench = new PoolBench();
  await using broken = receiver(() => new Response("gone", { status: 410 }));
  await using standby = receiver();
  const pool = bench.pool();
  const fallback = await bench.channel(standby.url, {}, { name: "Standby" });
  const policy = { fallback_channel: "standby" };
  const channel = await bench.channel(broken.url, {}, { name: "Main", policy });
  const { deliveries: [delivery], alerts } = await bench.born(channel);
  pool.offer([delivery!], alerts);
  const id = fallbackId(delivery!.delivery_id);
  await bench.runUntil(() => standby.received.length === 1);
  await bench.reaches(id, "delivered");
  const { delivery: born } = await bench.delivery(id);
  assert.deepEqual([born.channel_id, born.fallback, born.kind], [
    fallback.channel_id,
    { of: delivery!.delivery_id, from: "Main" },
    "channel",
  ]);
  const { data } = JSON.parse(standby.received[0]!.body);
  assert.deepEqual([data.alert_id, data.message], [
    alerts[0]!.alert_id,
    `[fallback for "Main"] ${alerts[0]!.message}`,
  ]);
  await bench.store.outbox.redrive({}, bench.clock.now(), bench.clock.now() + 9_999_999, 9);
  pool.nudge();
  await bench.runUntil(() => broken.received.length === 2);
  await bench.reaches(delivery!.delivery_id, "dead");
  assert.equal(standby.received.length, 1);
});

Deno.test("a fallback that fails as well has none of its own, and none stands in for itself", async () => {
  await using bench = new PoolBench();
  await using broken = receiver(() => new Response("gone", { status: 410 }));
  const pool = bench.pool();
  const second = await bench.channel(broken.url, {}, { name: "B", policy: { fallback_channel: "A" } });
  const first = await bench.channel(broken.url, {}, { name: "A", policy: { fallback_channel: "B" } });
  const { deliveries: [delivery], alerts } = await bench.born(first);
  pool.offer([delivery!], alerts);
  await bench.runUntil(() => broken.received.length === 2);
  await bench.reaches(fallbackId(delivery!.delivery_id), "dead");
  assert.equal(await bench.store.outbox.get(fallbackId(fallbackId(delivery!.delivery_id))), undefined);
  assert.equal(
    (await bench.delivery(fallbackId(delivery!.delivery_id))).delivery.channel_id,
    second.channel_id,
  );
});

Deno.test("with somebody to stand in, an open circuit is not waited for", async () => {
  await using bench = new PoolBench();
  await using broken = receiver(failing);
  await using standby = receiver();
  const pool = bench.pool({ perChannel: 1 });
  await bench.channel(standby.url, {}, { name: "Standby" });
  const policy = { fallback_channel: "Standby", circuit_breaker: { failure_threshold: 2 } };
  const channel = await bench.channel(broken.url, {}, { name: "Main", policy });
  const { deliveries, alerts } = await bench.born(channel, 10);
  pool.offer(deliveries, alerts);
  await bench.runUntil(() => standby.received.length >= 8, 100);
  assert.equal(broken.received.length, 2);
  await bench.runUntil(() => standby.received.length === 10, 30_000);
  const reasons = await bench.store.outbox.redrivable({});
  assert.deepEqual(reasons, [{ state: "dead", reason: "circuit_open", count: 10 }]);
});

Deno.test("a channel that refuses everything raises one alert, over a restart, until it delivers again", async () => {
  await using bench = new PoolBench();
  let gone = true;
  await using server = receiver(() => gone ? new Response("gone", { status: 410 }) : new Response("ok"));
  const channel = await bench.channel(server.url, {}, { name: "Main" });
  const first = await watchOf(bench);
  const pool = bench.pool({ watch: first.watch });
  const one = await bench.born(channel, 3);
  pool.offer(one.deliveries, one.alerts);
  await bench.runUntil(() => server.received.length === 3);
  await bench.clock.settle();
  await first.watch.settled();
  assert.deepEqual(first.told.map(({ alert }) => [alert.rule_id, alert.status, alert.labels.channel]), [
    [CHANNELS_RULE_ID, "firing", "Main"],
  ]);
  assert.equal(first.watch.healthOf(channel.channel_id, pool.circuit(channel.channel_id)).state, "down");
  await pool.stop();

  const second = await watchOf(bench);
  const next = bench.pool({ watch: second.watch, owner: "next" });
  const two = await bench.born(channel, 1, { owner: "next" });
  next.offer(two.deliveries, two.alerts);
  await bench.runUntil(() => server.received.length === 4);
  gone = false;
  const three = await bench.born(channel, 1, { owner: "next" });
  next.offer(three.deliveries, three.alerts);
  await bench.reaches(three.deliveries[0]!.delivery_id, "delivered");
  await second.watch.settled();
  assert.deepEqual(second.told.map(({ alert }) => [alert.alert_id, alert.status, alert.revision]), [
    [first.told[0]!.alert.alert_id, "resolved", 2],
  ]);
});

Deno.test("a channel that refuses one thing and takes the next is not down", async () => {
  await using bench = new PoolBench();
  await using server = receiver((_, n) =>
    n % 3 === 0 ? new Response("?", { status: 404 }) : new Response("ok")
  );
  const channel = await bench.channel(server.url);
  const { watch, told } = await watchOf(bench);
  const pool = bench.pool({ watch, perChannel: 1 });
  const { deliveries, alerts } = await bench.born(channel, 30);
  pool.offer(deliveries, alerts);
  await bench.runUntil(() => server.received.length === 30);
  await watch.settled();
  assert.deepEqual(told, []);
});

Deno.test("a circuit that stays open for five minutes is an outage; a channel that was deleted has none", async () => {
  await using bench = new PoolBench();
  await using server = receiver(failing);
  const channel = await bench.channel(server.url, {}, { policy: { retry: "patient" } });
  const { watch, told } = await watchOf(bench);
  const pool = bench.pool({ watch });
  const { deliveries, alerts } = await bench.born(channel, 5);
  pool.offer(deliveries, alerts);
  const start = bench.clock.now();
  await bench.runUntil(async () => {
    await watch.settled();
    return told.length === 1;
  }, 600_000);
  const after = bench.clock.now() - start;
  assert.ok(after >= 300_000 && after < 400_000, `${after}`);
  assert.equal(told[0]!.alert.metadata.cause, "failing");
  watch.forget(channel.channel_id);
  await watch.settled();
  assert.deepEqual(told.map(({ alert }) => alert.status), ["firing", "resolved"]);
});
