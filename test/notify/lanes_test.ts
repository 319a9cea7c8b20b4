/** Fairness of the notifier's lanes. */
import assert from "node:assert/strict";
import type { Delivery } from "../../src/model/delivery.ts";
import { type Job, Lanes } from "../../src/notify/lanes.ts";

let made = 0;
function job(channel_id: string): Job {
  const delivery: Delivery = {
    delivery_id: `d${made++}`,
    alert_id: "a",
    rule_id: "r",
    channel_id,
    revision: 1,
    kind: "channel",
    state: "sending",
    retries: 0,
    created_at: 0,
    expires_at: 1e15,
    next_attempt_at: null,
    reason: null,
  };
  return { delivery, alert: null };
}

function fill(lanes: Lanes, channel: string, n: number): void {
  for (let i = 0; i < n; i++) lanes.add(job(channel));
}

function takeAll(lanes: Lanes, now = 0): string[] {
  const taken: string[] = [];
  for (let one = lanes.take(now); one !== undefined; one = lanes.take(now)) {
    taken.push(one.delivery.channel_id);
  }
  return taken;
}

const limits = { concurrency: 64, perChannel: 16, heldMax: 1000 };

Deno.test("lanes: channels take turns", () => {
  const lanes = new Lanes(limits);
  fill(lanes, "a", 3);
  fill(lanes, "b", 2);
  fill(lanes, "c", 1);
  assert.equal(takeAll(lanes).join(""), "abcaba");
});

Deno.test("lanes: one channel gets its share of the slots and no more", () => {
  const lanes = new Lanes(limits);
  fill(lanes, "slow", 500);
  assert.equal(takeAll(lanes).length, 16);
  fill(lanes, "quick", 1);
  assert.deepEqual(takeAll(lanes), ["quick"]);
});

Deno.test("lanes: seven hung channels leave a slot for an eighth", () => {
  const lanes = new Lanes(limits);
  for (let i = 0; i < 7; i++) {
    fill(lanes, `hung${i}`, 100);
    takeAll(lanes);
  }
  fill(lanes, "well", 1);
  assert.deepEqual(takeAll(lanes), ["well"]);
});

Deno.test("lanes: a channel may hold as much as it leaves to the others", () => {
  const lanes = new Lanes(limits);
  let held = 0;
  while (lanes.admits("flood", 0)) {
    lanes.add(job("flood"));
    held++;
  }
  assert.equal(held, 500);
  assert.ok(lanes.admits("other", 0));
  assert.deepEqual(lanes.full(0), ["flood"]);
});

Deno.test("lanes: a gated channel starts and holds nothing until its gate opens", () => {
  const lanes = new Lanes(limits);
  fill(lanes, "a", 5);
  const first = lanes.take(0)!;
  const returned = lanes.gate("a", 1000);
  assert.equal(returned.length, 4);
  lanes.done(first.delivery.channel_id);
  assert.equal(lanes.admits("a", 999), false);
  assert.deepEqual(lanes.full(999), ["a"]);
  assert.equal(lanes.nextOpening(999), 1000);
  assert.deepEqual(lanes.full(1000), []);
  assert.ok(lanes.admits("a", 1000));
  assert.equal(lanes.nextOpening(1000), Infinity);
});

Deno.test("lanes: order within a channel is kept over thousands of jobs", () => {
  const lanes = new Lanes({ concurrency: 1, perChannel: 1, heldMax: 10_000 });
  const jobs = Array.from({ length: 3000 }, () => job("a"));
  jobs.forEach((one) => lanes.add(one));
  const seen: string[] = [];
  for (let one = lanes.take(0); one !== undefined; one = lanes.take(0)) {
    seen.push(one.delivery.delivery_id);
    lanes.done("a");
  }
  assert.deepEqual(seen, jobs.map((one) => one.delivery.delivery_id));
  assert.equal(lanes.held, 0);
});
