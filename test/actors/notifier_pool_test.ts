/** The notifier pool against a real store and real receivers, under virtual time. */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import { MASK } from "../../src/channel/mod.ts";
import type { Delivery } from "../../src/model/delivery.ts";
import { LEASE_MS } from "../../src/store/outbox.ts";
import { rawReceiver, readRequest, type Received, receiver } from "../notify/receivers.ts";
import { PoolBench } from "./pool_bench.ts";

const failing = (status: number, headers: Record<string, string> = {}) => () =>
  new Response("no", { status, headers });
const ids = (received: readonly Received[]) => new Set(received.map((one) => one.id));

Deno.test("pool: a delivery born here is sent at once, without a claim, and recorded", async () => {
  await using bench = new PoolBench();
  await using server = receiver(() => new Response("thanks", { status: 202 }));
  const claimed: unknown[] = [];
  const { outbox } = bench.store;
  const watched = {
    ...outbox,
    claim: (options: Parameters<typeof outbox.claim>[0]) => (claimed.push(options), outbox.claim(options)),
  };
  const pool = bench.pool({ outbox: watched });
  await bench.clock.until(() => claimed.length === 1);
  const { deliveries, alerts } = await bench.born(await bench.channel(server.url));
  pool.offer(deliveries, alerts);
  const id = deliveries[0]!.delivery_id;
  await bench.reaches(id, "delivered");
  const { attempts } = await bench.delivery(id);
  assert.equal(claimed.length, 1);
  assert.equal(attempts.length, 1);
  assert.deepEqual([attempts[0]!.class, attempts[0]!.status, attempts[0]!.error], ["delivered", 202, null]);
  assert.equal(attempts[0]!.response_body, "thanks");
  assert.equal(server.received[0]!.id, id);
  assert.equal(JSON.parse(server.received[0]!.body).data.alert_id, alerts[0]!.alert_id);
});

Deno.test("pool: what fails is tried again after about 1, 2 and 4 s with the same id, then dead", async () => {
  await using bench = new PoolBench();
  const times: number[] = [];
  await using server = receiver(() => (times.push(bench.clock.now()), new Response("no", { status: 500 })));
  const pool = bench.pool();
  const { deliveries, alerts } = await bench.born(await bench.channel(server.url));
  const id = deliveries[0]!.delivery_id;
  pool.offer(deliveries, alerts);
  await bench.runUntil(async () => (await bench.delivery(id)).delivery.state === "dead");
  const { delivery, attempts } = await bench.delivery(id);
  assert.deepEqual([delivery.state, delivery.reason], ["dead", "retries_exhausted"]);
  assert.equal(attempts.length, 4);
  assert.deepEqual([...ids(server.received)], [id]);
  const waits = times.slice(1).map((at, i) => (at - times[i]!) / 1000);
  [1, 2, 4].forEach((wait, i) => assert.ok(waits[i]! >= wait * 0.9 && waits[i]! <= wait * 1.1, `${waits}`));
});

Deno.test("pool: Retry-After defers without using up a retry and closes the whole channel until then", async () => {
  await using bench = new PoolBench();
  await using server = receiver((_, n) =>
    n === 1 ? failing(429, { "retry-after": "120" })() : new Response("ok")
  );
  const pool = bench.pool();
  const channel = await bench.channel(server.url);
  const first = await bench.born(channel);
  pool.offer(first.deliveries, first.alerts);
  const id = first.deliveries[0]!.delivery_id;
  await bench.reaches(id, "deferred");
  assert.equal((await bench.delivery(id)).delivery.retries, 0);
  const second = await bench.born(channel);
  pool.offer(second.deliveries, second.alerts);
  const before = bench.clock.now();
  await bench.runUntil(() => server.received.length > 1, 140_000);
  const waited = bench.clock.now() - before;
  assert.ok(waited >= 120_000 && waited <= 132_000, `${waited}`);
  await bench.reaches(id, "delivered");
  await bench.reaches(second.deliveries[0]!.delivery_id, "delivered");
});

Deno.test("pool: a receiver that defers without asking for long is attempted ever more rarely", async () => {
  await using bench = new PoolBench();
  const times: number[] = [];
  const answer = failing(429, { "retry-after": "0" });
  await using server = receiver(() => (times.push(bench.clock.now()), answer()));
  const pool = bench.pool();
  const { deliveries, alerts } = await bench.born(await bench.channel(server.url));
  pool.offer(deliveries, alerts);
  await bench.runUntil(() => times.length === 13, 3_000_000);
  const waits = times.slice(1).map((at, i) => (at - times[i]!) / 1000);
  [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300].forEach((wait, i) =>
    assert.ok(waits[i]! >= wait && waits[i]! <= wait * 1.1, `${waits}`)
  );
  const { attempts, attempts_total } = await bench.delivery(deliveries[0]!.delivery_id);
  assert.deepEqual([attempts.length, attempts_total], [10, 13]);
});

Deno.test("pool: each attempt sends the alert as of its own revision, also after a restart", async () => {
  await using bench = new PoolBench();
  await using server = receiver((_, n) => n < 3 ? failing(503)() : new Response("ok"));
  const { deliveries, alerts } = await bench.born(await bench.channel(server.url));
  const id = deliveries[0]!.delivery_id;
  const pool = bench.pool();
  pool.offer(deliveries, alerts);
  await bench.reaches(id, "retry_wait");
  await bench.resolved(alerts[0]!);
  await bench.runUntil(() => server.received.length === 2);
  await pool.stop();
  await bench.store.outbox.adopt("next");
  bench.pool({ owner: "next" });
  await bench.runUntil(() => server.received.length === 3);
  await bench.reaches(id, "delivered");
  const sent = server.received.map(({ body }) => JSON.parse(body));
  for (const { type, data } of sent) assert.deepEqual([type, data.revision], ["alert.firing", 1]);
});

Deno.test("pool: an opened channel sends at once what its provider had put off", async () => {
  await using bench = new PoolBench();
  await using server = receiver((_, n) =>
    n === 1 ? failing(429, { "retry-after": "3600" })() : new Response("ok")
  );
  const pool = bench.pool();
  const channel = await bench.channel(server.url);
  const first = await bench.born(channel);
  pool.offer(first.deliveries, first.alerts);
  const id = first.deliveries[0]!.delivery_id;
  await bench.reaches(id, "deferred");
  const second = await bench.born(channel);
  pool.offer(second.deliveries, second.alerts);
  const from = bench.clock.now();
  await bench.store.outbox.hurry({ channel_id: channel.channel_id }, from);
  pool.openChannel(channel.channel_id);
  await bench.reaches(id, "delivered");
  await bench.reaches(second.deliveries[0]!.delivery_id, "delivered");
  assert.equal(bench.clock.now(), from);
});

Deno.test("pool: a row that is claimed again while its release still returns is held and sent", async () => {
  await using bench = new PoolBench();
  await using server = receiver();
  const { outbox, channels } = bench.store;
  const channel = await bench.channel(server.url, {}, { enabled: false });
  const claimed = Promise.withResolvers<void>();
  const slow: typeof outbox = {
    ...outbox,
    async claim(options) {
      const rows = await outbox.claim(options);
      if (rows.length > 0) claimed.resolve();
      return rows;
    },
    async release(owner, ids) {
      await outbox.release(owner, ids);
      await channels.update({ ...channel, enabled: true, version: channel.version + 1 });
      pool.nudge();
      await claimed.promise;
      await turn(systemClock);
    },
  };
  const pool = bench.pool({ outbox: slow });
  const { deliveries, alerts } = await bench.born(channel);
  pool.offer(deliveries, alerts);
  await bench.reaches(deliveries[0]!.delivery_id, "delivered");
  assert.equal(server.received.length, 1);
});

Deno.test("pool: a deferral without end expires with the delivery's life", async () => {
  await using bench = new PoolBench();
  await using server = receiver(failing(429));
  const pool = bench.pool();
  const { deliveries, alerts } = await bench.born(await bench.channel(server.url), 1, { lifeMs: 100_000 });
  pool.offer(deliveries, alerts);
  const id = deliveries[0]!.delivery_id;
  await bench.runUntil(async () => (await bench.delivery(id)).delivery.state === "expired");
  assert.equal(server.received.length, 4);
});

const ends: [string, () => Response, string][] = [
  ["410 is gone for good", failing(410), "gone"],
  ["a redirect is not followed", failing(302, { location: "http://169.254.169.254/" }), "redirect_refused"],
  ["400 condemns the message", failing(400), "client_error"],
];
for (const [what, answer, reason] of ends) {
  Deno.test(`pool: ${what}: dead after one attempt`, async () => {
    await using bench = new PoolBench();
    await using server = receiver(answer);
    const pool = bench.pool();
    const { deliveries, alerts } = await bench.born(await bench.channel(server.url));
    pool.offer(deliveries, alerts);
    await bench.reaches(deliveries[0]!.delivery_id, "dead");
    const { delivery, attempts } = await bench.delivery(deliveries[0]!.delivery_id);
    assert.equal(delivery.reason, reason);
    assert.equal(attempts.length, 1);
  });
}

Deno.test("pool: a missing or refused channel is dead with its reason and nothing is sent", async () => {
  await using bench = new PoolBench();
  await using server = receiver();
  const pool = bench.pool();
  const cases = [
    [{ channel_id: "nowhere" }, "channel_missing"],
    [await bench.channel("http://10.0.0.1/"), "address_refused"],
    [await bench.channel(server.url, {}, { type: "pigeon" }), "unknown_channel_type"],
    [await bench.channel(server.url, { surplus: 1 }), "config_invalid"],
  ] as const;
  for (const [channel, reason] of cases) {
    const { deliveries, alerts } = await bench.born(channel);
    pool.offer(deliveries, alerts);
    await bench.reaches(deliveries[0]!.delivery_id, "dead");
    const { delivery, attempts } = await bench.delivery(deliveries[0]!.delivery_id);
    assert.equal(delivery.reason, reason);
    assert.match(attempts[0]!.error!, /^Cannot /);
  }
  assert.equal(server.received.length, 0);
});

Deno.test("pool: deliveries of a disabled channel wait without attempts, and go out once it is enabled", async () => {
  await using bench = new PoolBench();
  await using server = receiver();
  const pool = bench.pool();
  const channel = await bench.channel(server.url, {}, { enabled: false });
  const other = await bench.channel(server.url);
  const { deliveries, alerts } = await bench.born(channel, 3);
  pool.offer(deliveries, alerts);
  const { deliveries: others, alerts: otherAlerts } = await bench.born(other);
  pool.offer(others, otherAlerts);
  await bench.reaches(others[0]!.delivery_id, "delivered");
  const until = bench.clock.now() + 3_600_000;
  await bench.runUntil(() => bench.clock.now() >= until, 4_000_000);
  for (const { delivery_id } of deliveries) {
    const { delivery, attempts } = await bench.delivery(delivery_id);
    assert.deepEqual([delivery.state, delivery.retries, attempts], ["queued", 0, []]);
  }
  assert.equal(server.received.length, 1);
  await bench.store.channels.update({ ...channel, enabled: true, version: channel.version + 1 });
  pool.nudge();
  for (const { delivery_id } of deliveries) await bench.reaches(delivery_id, "delivered");
});

Deno.test("pool: a delivery whose channel stays disabled expires at the end of its life", async () => {
  await using bench = new PoolBench();
  const pool = bench.pool();
  const channel = await bench.channel("http://127.0.0.1:9/", {}, { enabled: false });
  const { deliveries, alerts } = await bench.born(channel, 1, { lifeMs: 60_000 });
  pool.offer(deliveries, alerts);
  const id = deliveries[0]!.delivery_id;
  await bench.runUntil(async () => (await bench.delivery(id)).delivery.state !== "queued");
  const { delivery, attempts } = await bench.delivery(id);
  assert.deepEqual([delivery.state, attempts], ["expired", []]);
});

Deno.test("pool: a redriven dead letter goes out again under its old id", async () => {
  await using bench = new PoolBench();
  await using server = receiver((_, n) => new Response("", { status: n === 1 ? 404 : 200 }));
  const pool = bench.pool();
  const { deliveries, alerts } = await bench.born(await bench.channel(server.url));
  const id = deliveries[0]!.delivery_id;
  pool.offer(deliveries, alerts);
  await bench.reaches(id, "dead");
  const now = bench.clock.now();
  assert.deepEqual(await bench.store.outbox.redrive({ delivery_ids: [id] }, now, now + 1e6, 10), [id]);
  pool.nudge();
  await bench.reaches(id, "delivered");
  assert.deepEqual(server.received.map((one) => one.id), [id, id]);
});

Deno.test("pool: what a dead process held is claimed by another when its lease has run out", async () => {
  await using bench = new PoolBench();
  await using server = receiver();
  const { deliveries } = await bench.born(await bench.channel(server.url), 5, { owner: "dead process" });
  bench.pool();
  await bench.clock.advance(LEASE_MS - 1000);
  assert.equal(server.received.length, 0);
  await bench.clock.advance(10_000);
  for (const { delivery_id } of deliveries) await bench.reaches(delivery_id, "delivered");
  assert.equal(server.received.length, 5);
});

Deno.test("pool: leases are renewed while an attempt takes long, so nobody else sends it", async () => {
  await using bench = new PoolBench();
  const gate = Promise.withResolvers<void>();
  await using server = receiver(async () => (await gate.promise, new Response("ok")));
  const slow = { send: bench.http.send };
  const mine = bench.pool({ http: { send: (request) => slow.send(request) } });
  bench.pool({ owner: "other" });
  const { deliveries, alerts } = await bench.born(await bench.channel(server.url));
  // A client without a deadline of its own: the clock must not end the attempt.
  slow.send = async () => {
    await gate.promise;
    return { kind: "answer", status: 200, headers: {}, body: "", body_end: "complete" };
  };
  mine.offer(deliveries, alerts);
  await bench.clock.advance(4 * LEASE_MS);
  assert.equal(server.received.length, 0);
  gate.resolve();
  await bench.reaches(deliveries[0]!.delivery_id, "delivered");
  assert.equal((await bench.delivery(deliveries[0]!.delivery_id)).attempts.length, 1);
});

Deno.test("pool: a stop gives back what waits, lets attempts end and records them", async () => {
  await using bench = new PoolBench();
  const gate = Promise.withResolvers<void>();
  await using server = receiver(async () => (await gate.promise, new Response("ok")));
  const pool = bench.pool({ perChannel: 2 });
  const { deliveries, alerts } = await bench.born(await bench.channel(server.url), 6);
  pool.offer(deliveries, alerts);
  await bench.clock.until(() => server.received.length === 2);
  const stopped = pool.stop();
  assert.equal(pool.stop(), stopped);
  gate.resolve();
  await stopped;
  assert.deepEqual(await bench.store.outbox.counts(), { delivered: 2, queued: 4 });
  const { now, other } = { now: bench.clock.now(), other: "next start" };
  const claim = { owner: other, now, leaseUntil: now + LEASE_MS, limit: 10 };
  assert.equal((await bench.store.outbox.claim(claim)).length, 4);
});

Deno.test("pool: an attempt that outlasts the drain is cut off, recorded as unknown and sent again", async () => {
  await using bench = new PoolBench();
  const read = Promise.withResolvers<void>();
  await using hanging = rawReceiver(async (connection) => {
    await readRequest(connection);
    read.resolve();
  });
  const pool = bench.pool();
  const { deliveries, alerts } = await bench.born(await bench.channel(hanging.url));
  pool.offer(deliveries, alerts);
  await read.promise;
  const stopped = pool.stop({ drainMs: 2000 });
  await bench.clock.advance(2000);
  await stopped;
  const { delivery, attempts } = await bench.delivery(deliveries[0]!.delivery_id);
  assert.deepEqual([delivery.state, delivery.retries, attempts[0]!.class], ["retry_wait", 0, "unknown"]);
  const now = bench.clock.now();
  const claim = { owner: "next start", now, leaseUntil: now + LEASE_MS, limit: 10 };
  assert.equal((await bench.store.outbox.claim(claim))[0]?.delivery_id, delivery.delivery_id);
});

Deno.test("pool: a channel that hangs does not hold up another", async () => {
  await using bench = new PoolBench();
  await using hanging = rawReceiver(async (connection) => void await readRequest(connection));
  await using well = receiver();
  const pool = bench.pool({ heldMax: 200 });
  const flood = await bench.born(await bench.channel(hanging.url), 1000);
  pool.offer(flood.deliveries, flood.alerts);
  const few = await bench.born(await bench.channel(well.url), 20);
  pool.offer(few.deliveries, few.alerts);
  for (const { delivery_id } of few.deliveries) await bench.reaches(delivery_id, "delivered");
  const later = await bench.born(await bench.channel(well.url), 5, { owner: "dead process" });
  await bench.store.outbox.adopt("me");
  pool.nudge();
  for (const { delivery_id } of later.deliveries) await bench.reaches(delivery_id, "delivered");
});

Deno.test("pool: more than it may hold waits in the outbox and is delivered all the same", async () => {
  await using bench = new PoolBench();
  await using server = receiver();
  const pool = bench.pool({ heldMax: 50 });
  const channel = await bench.channel(server.url);
  for (let i = 0; i < 5; i++) {
    const { deliveries, alerts } = await bench.born(channel, 100);
    pool.offer(deliveries, alerts);
  }
  const all = async () => (await bench.store.outbox.counts()).delivered === 500;
  await bench.runUntil(all);
  assert.equal(ids(server.received).size, 500);
  assert.equal(server.received.length, 500);
});

Deno.test("pool: 1,000 deliveries of which a tenth meets a 500 all end, each under one id", async () => {
  await using bench = new PoolBench();
  await using server = receiver((_, n) => new Response("", { status: n % 10 === 0 ? 500 : 200 }));
  const pool = bench.pool();
  const { deliveries, alerts } = await bench.born(await bench.channel(server.url), 1000);
  pool.offer(deliveries, alerts);
  const ended = async () => {
    const { delivered = 0, dead = 0 } = await bench.store.outbox.counts();
    return delivered + dead === 1000;
  };
  await bench.runUntil(ended);
  const { delivered = 0 } = await bench.store.outbox.counts();
  assert.ok(delivered >= 990, `${delivered}`);
  assert.deepEqual(ids(server.received), new Set(deliveries.map((one: Delivery) => one.delivery_id)));
  assert.equal(server.received.length, 1000 + Math.floor(server.received.length / 10) - (1000 - delivered));
});

Deno.test("pool: outcomes that the store refuses are kept and written later, not sent again", async () => {
  await using bench = new PoolBench();
  await using server = receiver();
  const { outbox } = bench.store;
  let refusals = 2;
  const flaky: typeof outbox = {
    ...outbox,
    record: (owner, outcomes) =>
      refusals-- > 0 ? Promise.reject(new Error("disk full")) : outbox.record(owner, outcomes),
  };
  const pool = bench.pool({ outbox: flaky });
  const { deliveries, alerts } = await bench.born(await bench.channel(server.url), 3);
  pool.offer(deliveries, alerts);
  const all = async () => (await outbox.counts()).delivered === 3;
  await bench.runUntil(all);
  assert.equal(server.received.length, 3);
});

Deno.test("pool: a test message is sent once, says so, and shows the provider's answer without secrets", async () => {
  await using bench = new PoolBench();
  await using server = receiver((one) =>
    new Response(`echo ${one.headers.get("authorization")}`, { status: 503 })
  );
  const pool = bench.pool();
  const channel = await bench.channel(server.url, { headers: { authorization: "Bearer abcdef" } });
  const attempt = await pool.testChannel(channel);
  assert.deepEqual([attempt.status, attempt.class], [503, "transient"]);
  assert.equal(attempt.response_body, `echo ${MASK}`);
  assert.equal(JSON.parse(server.received[0]!.body).type, "test");
  assert.equal(server.received.length, 1);
});

Deno.test("pool: metrics tell attempts by class, what is held and what waits", async () => {
  await using bench = new PoolBench();
  await using server = receiver((_, n) => new Response("", { status: n === 1 ? 200 : 404 }));
  const pool = bench.pool();
  const { deliveries, alerts } = await bench.born(await bench.channel(server.url), 2);
  pool.offer(deliveries, alerts);
  await bench.clock.until(async () => (await bench.store.outbox.counts()).queued === undefined);
  await bench.clock.advance(15_000);
  const page = await bench.metrics.render();
  assert.match(page, /^tocsin_deliveries_total\{channel_type="webhook",class="delivered"\} 1$/m);
  assert.match(page, /^tocsin_deliveries_total\{channel_type="webhook",class="permanent"\} 1$/m);
  assert.match(page, /^tocsin_delivery_attempt_seconds_count\{channel_type="webhook"\} 2$/m);
  assert.match(page, /^tocsin_deliveries_in_flight 0$/m);
  assert.match(page, /^tocsin_outbox_deliveries\{state="dead"\} 1$/m);
  assert.match(page, /^tocsin_outbox_oldest_queued_seconds 0$/m);
});
