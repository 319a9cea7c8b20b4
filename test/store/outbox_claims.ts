/** Claims about Outbox. */
import assert from "node:assert/strict";
import type { Attempt, Delivery } from "../../src/model/delivery.ts";
import type { DeliveryQuery, RedriveFilter } from "../../src/store/outbox.ts";
import type { Store } from "../../src/store/store.ts";
import { alert, attempt, delivery, outcome, T0 } from "./fixtures.ts";
import { born } from "./alert_claims.ts";
import type { Claim } from "./store_suite.ts";

const DAY = 86_400_000;

/** Deliveries as a commit bears them: leased to "me" until T0 + 1000. */
async function bear(store: Store, deliveries: readonly Delivery[]) {
  await born(store, deliveries.map((d) => alert(d.alert_id)), deliveries);
}

/** The same, given back. */
async function queue(store: Store, deliveries: readonly Delivery[]) {
  await bear(store, deliveries);
  await store.outbox.release("me", deliveries.map((d) => d.delivery_id));
}

async function claimed(store: Store, owner: string, now: number, limit = 99) {
  const rows = await store.outbox.claim({ owner, now, leaseUntil: now + 100, limit });
  return rows.map((row) => row.delivery_id);
}

const one = async (store: Store, id: string) => (await store.outbox.get(id))!.delivery;

export function outboxClaims(claim: Claim): void {
  claim("a delivery is born leased and a second birth changes nothing", async (store) => {
    await bear(store, [delivery("d1")]);
    assert.deepEqual(await claimed(store, "you", T0 + 999), []);
    await born(store, [alert("a-d1", { revision: 2 })], [delivery("d1", { channel_id: "other" })]);
    assert.deepEqual(await store.outbox.get("d1"), {
      ...{ seq: 1, delivery: delivery("d1") },
      ...{ attempts: [], attempts_total: 0 },
    });
    assert.equal(await store.outbox.get("none"), undefined);
  });

  claim(
    "a fallback is born with the record of what failed, once, and due at once for anybody",
    async (store) => {
      await bear(store, [delivery("d1", { fallback: { to: "mail" } })]);
      assert.deepEqual((await one(store, "d1")).fallback, { to: "mail" });
      const fallback = delivery("fb1", {
        ...{ alert_id: "a-d1", channel_id: "mail", created_at: T0 + 7, next_attempt_at: T0 + 7 },
        fallback: { of: "d1", from: "Slack" },
      });
      await store.outbox.record("you", [outcome("d1", { state: "dead", births: [fallback] })]);
      assert.equal(await store.outbox.get("fb1"), undefined);
      await store.outbox.record("me", [outcome("d1", { state: "dead", births: [fallback] })]);
      assert.deepEqual(await one(store, "fb1"), fallback);
      assert.deepEqual(await claimed(store, "you", T0 + 7), ["fb1"]);
      assert.deepEqual((await store.outbox.counts()).queued, 1);
      await store.outbox.redrive({ delivery_ids: ["d1"] }, T0 + 8, T0 + DAY, 9);
      assert.deepEqual(await claimed(store, "me", T0 + 8), ["d1"]);
      await store.outbox.record("me", [
        outcome("d1", { state: "dead", births: [{ ...fallback, retries: 3 }] }),
      ]);
      assert.deepEqual(await one(store, "fb1"), fallback);
    },
  );

  claim("countsByChannel tells what was made since, and all that waits", async (store) => {
    await bear(store, [
      delivery("d1", { created_at: T0 - 5, channel_id: "c1" }),
      delivery("d2", { created_at: T0 - 5, channel_id: "c1", state: "delivered" }),
      delivery("d3", { created_at: T0, channel_id: "c1", state: "delivered" }),
      delivery("d4", { created_at: T0, channel_id: "c2", state: "dead" }),
      delivery("d5", { created_at: T0, channel_id: "c2", state: "dead" }),
    ]);
    assert.deepEqual(await store.outbox.countsByChannel(T0), [
      { channel_id: "c1", state: "delivered", count: 1 },
      { channel_id: "c1", state: "queued", count: 1 },
      { channel_id: "c2", state: "dead", count: 2 },
    ]);
  });

  claim("a lease that ran out may be claimed by anybody", async (store) => {
    await bear(store, [delivery("d1")]);
    assert.deepEqual(await claimed(store, "you", T0 + 1000), ["d1"]);
    assert.deepEqual(await claimed(store, "she", T0 + 1099), []);
    assert.deepEqual(await claimed(store, "she", T0 + 1100), ["d1"]);
  });

  claim("claim takes due rows that wait, oldest first, up to its limit", async (store) => {
    await queue(store, [
      delivery("d1", { state: "retry_wait", next_attempt_at: T0 + 30 }),
      delivery("d2", { created_at: T0 + 20 }),
      delivery("d3", { state: "deferred", next_attempt_at: T0 + 10 }),
      delivery("d4", { state: "retry_wait", next_attempt_at: T0 + 31 }),
      delivery("d5", { state: "dead" }),
    ]);
    assert.deepEqual(await claimed(store, "me", T0 + 30, 2), ["d3", "d2"]);
    assert.deepEqual(await claimed(store, "me", T0 + 30), ["d1"]);
    assert.deepEqual(await claimed(store, "me", T0 + 31), ["d4"]);
  });

  claim("a row past its life is not claimed but expires", async (store) => {
    await queue(store, [delivery("d1", { expires_at: T0 + 5 }), delivery("d2")]);
    assert.deepEqual(await claimed(store, "me", T0 + 5), ["d2"]);
    assert.equal(await store.outbox.expire(T0 + 4, 9), 0);
    assert.equal(await store.outbox.expire(T0 + 5, 9), 1);
    const expired = await one(store, "d1");
    assert.deepEqual([expired.state, expired.reason, expired.next_attempt_at], ["expired", "expired", null]);
  });

  claim("expire spares leased rows and counts up to its limit", async (store) => {
    await bear(store, [1, 2, 3].map((n) => delivery(`d${n}`, { expires_at: T0 + n })));
    assert.equal(await store.outbox.expire(T0 + 999, 9), 0);
    assert.equal(await store.outbox.expire(T0 + 1000, 2), 2);
    assert.deepEqual(await store.outbox.counts(), { expired: 2, queued: 1 });
  });

  claim("adopt voids the leases of others only", async (store) => {
    await bear(store, [delivery("d1"), delivery("d2")]);
    assert.equal(await store.outbox.adopt("me"), 0);
    assert.deepEqual(await claimed(store, "me", T0), []);
    assert.equal(await store.outbox.adopt("you"), 2);
    assert.deepEqual(await claimed(store, "you", T0), ["d1", "d2"]);
  });

  claim("renew extends the leases of their owner", async (store) => {
    await bear(store, [delivery("d1"), delivery("d2")]);
    await store.outbox.renew("me", ["d1"], T0 + 5000);
    await store.outbox.renew("you", ["d2"], T0 + 5000);
    assert.deepEqual(await claimed(store, "you", T0 + 1000), ["d2"]);
    assert.deepEqual(await claimed(store, "you", T0 + 5000), ["d2", "d1"]);
  });

  claim("release gives rows back at once, to their owner's word only", async (store) => {
    await bear(store, [delivery("d1"), delivery("d2")]);
    await store.outbox.release("you", ["d1"]);
    await store.outbox.release("me", ["d2", "none"]);
    assert.deepEqual(await claimed(store, "you", T0), ["d2"]);
  });

  claim("record keeps attempts in order and moves the row", async (store) => {
    await bear(store, [delivery("d1")]);
    const failed = attempt({ status: 503, class: "transient", error: "HTTP 503", response_body: null });
    const waits = { state: "retry_wait", retries: 1, next_attempt_at: T0 + 50 } as const;
    await store.outbox.record("me", [outcome("d1", { attempt: failed, ...waits })]);
    assert.deepEqual(await one(store, "d1"), delivery("d1", waits));
    assert.deepEqual(await claimed(store, "me", T0 + 49), []);
    assert.deepEqual(await claimed(store, "me", T0 + 50), ["d1"]);
    await store.outbox.record("me", [outcome("d1", { retries: 1 })]);
    const done = (await store.outbox.get("d1"))!;
    assert.deepEqual(done.delivery, delivery("d1", { state: "delivered", retries: 1 }));
    assert.deepEqual(done.attempts, [failed, attempt()]);
  });

  claim("an attempt of somebody who lost the lease is kept but moves nothing", async (store) => {
    await bear(store, [delivery("d1")]);
    await claimed(store, "you", T0 + 1000);
    await store.outbox.record("me", [outcome("d1"), outcome("none")]);
    const { delivery: row, attempts } = (await store.outbox.get("d1"))!;
    assert.deepEqual([row.state, attempts.length], ["queued", 1]);
    await store.outbox.record("you", [outcome("d1", { state: "dead", reason: "gone" })]);
    await store.outbox.record("you", [outcome("d1")]);
    assert.deepEqual(await one(store, "d1"), delivery("d1", { state: "dead", reason: "gone" }));
    assert.equal((await store.outbox.get("d1"))!.attempts.length, 3);
  });

  claim("cancel ends what waits for a channel", async (store) => {
    await queue(store, [delivery("d1"), delivery("d2", { channel_id: "c2" }), delivery("d3")]);
    await claimed(store, "me", T0, 1);
    await store.outbox.record("me", [outcome("d1")]);
    assert.equal(await store.outbox.cancel("c1", "channel_deleted"), 1);
    const row = await one(store, "d3");
    assert.deepEqual([row.state, row.reason], ["cancelled", "channel_deleted"]);
    assert.deepEqual(await store.outbox.counts(), { cancelled: 1, delivered: 1, queued: 1 });
  });

  claim("nextDue is when the first unleased row is due", async (store) => {
    assert.equal(await store.outbox.nextDue(), null);
    await bear(store, [delivery("d1"), delivery("d2", { state: "deferred", next_attempt_at: T0 + 70 })]);
    assert.equal(await store.outbox.nextDue(), null);
    await store.outbox.release("me", ["d2"]);
    assert.equal(await store.outbox.nextDue(), T0 + 70);
    assert.equal(await store.outbox.nextDue([delivery("d1").channel_id]), null);
    await store.outbox.release("me", ["d1"]);
    assert.equal(await store.outbox.nextDue(), T0);
  });

  claim(
    "deliveries are listed newest first, filtered and paged, with their attempts but without bodies",
    async (store) => {
      await bear(store, [
        delivery("d1", { rule_id: "x" }),
        delivery("d2", { channel_id: "c2" }),
        delivery("d3", { rule_id: "x", alert_id: "a9" }),
      ]);
      await store.outbox.record("me", [outcome("d3")]);
      const ids = async (query: Partial<DeliveryQuery>) =>
        (await store.outbox.list({ limit: 9, ...query })).items.map((item) => item.delivery.delivery_id);
      assert.deepEqual(await ids({}), ["d3", "d2", "d1"]);
      assert.deepEqual(await ids({ state: "queued" }), ["d2", "d1"]);
      assert.deepEqual(await ids({ channel_id: "c2" }), ["d2"]);
      assert.deepEqual(await ids({ alert_id: "a9" }), ["d3"]);
      assert.deepEqual(await ids({ rule_id: "x", state: "queued" }), ["d1"]);
      const page = await store.outbox.list({ limit: 2 });
      assert.deepEqual(page.items[0]!.attempts, [attempt({ response_body: null })]);
      assert.deepEqual((await store.outbox.get("d3"))!.attempts, [attempt()]);
      assert.equal(page.next, 2);
      assert.deepEqual(await ids({ before: page.next! }), ["d1"]);
      assert.equal((await store.outbox.list({ limit: 3 })).next, null);
    },
  );

  redriveClaims(claim);
  deferralClaims(claim);

  claim("counts and the oldest queued row follow every change", async (store) => {
    assert.deepEqual(await store.outbox.counts(), {});
    assert.equal(await store.outbox.oldestQueued(), null);
    await bear(store, [delivery("d1", { created_at: T0 + 1 }), delivery("d2", { created_at: T0 + 2 })]);
    assert.equal(await store.outbox.oldestQueued(), T0 + 1);
    await store.outbox.record("me", [outcome("d1")]);
    assert.equal(await store.outbox.oldestQueued(), T0 + 2);
    assert.deepEqual(await store.outbox.counts(), { delivered: 1, queued: 1 });
  });
}

function deferralClaims(claim: Claim): void {
  const attempted = async (store: Store, id: string, at: number, members: Partial<Attempt> = {}) => {
    await claimed(store, "me", T0 + DAY - 1);
    const waits = { state: "deferred", next_attempt_at: T0 } as const;
    await store.outbox.record("me", [outcome(id, { attempt: attempt({ at, ...members }), ...waits })]);
  };

  claim("of many attempts the first and the last 9 are kept, and all are counted", async (store) => {
    await queue(store, [delivery("d1"), delivery("d2")]);
    for (let n = 1; n <= 25; n++) {
      await attempted(store, "d1", n);
      const { attempts, attempts_total } = (await store.outbox.get("d1"))!;
      const last = Array.from({ length: Math.min(9, n - 1) }, (_, i) => n - Math.min(9, n - 1) + 1 + i);
      assert.deepEqual(attempts.map((one) => one.at), [1, ...last]);
      assert.equal(attempts_total, n);
    }
    assert.equal((await store.outbox.list({ limit: 9 })).items[1]!.attempts_total, 25);
    assert.equal((await store.outbox.get("d2"))!.attempts_total, 0);
  });

  claim("deferrals in a row are counted from the last attempt back", async (store) => {
    await queue(store, [delivery("d1"), delivery("d2")]);
    const classes = ["deferred", "transient", "deferred", "deferred"] as const;
    const counts = [];
    for (const one of classes) {
      await attempted(store, "d1", T0, { class: one });
      counts.push(await store.outbox.deferrals("d1"));
    }
    assert.deepEqual(counts, [1, 0, 1, 2]);
    assert.deepEqual([await store.outbox.deferrals("d2"), await store.outbox.deferrals("none")], [0, 0]);
  });

  claim("hurry makes what waits for a later time due, of one channel or one delivery", async (store) => {
    const later = (id: string, members: Partial<Delivery> = {}) =>
      delivery(id, { state: "deferred", retries: 2, next_attempt_at: T0 + 5000, ...members });
    await queue(store, [
      later("d1"),
      later("d2", { state: "retry_wait" }),
      later("d3", { channel_id: "c2" }),
      later("d4", { state: "dead", next_attempt_at: null }),
      later("d5", { channel_id: "c2" }),
    ]);
    assert.equal(await store.outbox.hurry({ channel_id: "c1" }, T0 + 7), 2);
    assert.equal(await store.outbox.hurry({ delivery_id: "d4" }, T0 + 7), 0);
    assert.deepEqual(await claimed(store, "me", T0 + 6), []);
    assert.deepEqual(await claimed(store, "me", T0 + 7), ["d1", "d2"]);
    assert.equal(await store.outbox.hurry({ delivery_id: "d3" }, T0 + 8), 1);
    assert.deepEqual(await claimed(store, "me", T0 + 8), ["d3"]);
    assert.deepEqual(await one(store, "d3"), later("d3", { channel_id: "c2", next_attempt_at: T0 + 8 }));
  });
}

function redriveClaims(claim: Claim): void {
  const ENDS = { d1: "dead", d2: "expired", d3: "cancelled", d4: "unknown", d5: "delivered" } as const;

  const ended = async (store: Store) => {
    await bear(store, Object.keys(ENDS).map((id) => delivery(id, { rule_id: id === "d2" ? "x" : "r1" })));
    await store.outbox.record(
      "me",
      Object.entries(ENDS).map(([id, state]) => outcome(id, { state, retries: 3, reason: "why" })),
    );
  };
  const redrive = (store: Store, filter: RedriveFilter, limit = 9) =>
    store.outbox.redrive(filter, T0 + 10, T0 + DAY + 10, limit);

  const movable = async (store: Store, filter: RedriveFilter) =>
    (await store.outbox.redrivable(filter)).map(({ state }) => state);

  claim("what a redrive would move is told by state and reason, the most frequent first", async (store) => {
    const ends = [["d1", "dead", "gone"], ["d2", "dead", "auth"], ["d3", "dead", "gone"]] as const;
    await bear(store, [...ends.map(([id]) => delivery(id)), delivery("d4"), delivery("d5")]);
    await store.outbox.record("me", [
      ...ends.map(([id, state, reason]) => outcome(id, { state, reason })),
      outcome("d4", { state: "expired", reason: "expired" }),
      outcome("d5", { state: "delivered" }),
    ]);
    const gone = { state: "dead", reason: "gone", count: 2 };
    assert.deepEqual(await store.outbox.redrivable({}), [
      gone,
      { state: "dead", reason: "auth", count: 1 },
      { state: "expired", reason: "expired", count: 1 },
    ]);
    assert.deepEqual(await store.outbox.redrivable({ reason: "gone" }), [gone]);
    const { items } = await store.outbox.list({ reason: "gone", limit: 9 });
    assert.deepEqual(items.map(({ delivery }) => delivery.delivery_id), ["d3", "d1"]);
    assert.deepEqual(await redrive(store, { reason: "gone" }), ["d1", "d3"]);
    assert.deepEqual(await store.outbox.redrivable({ reason: "gone" }), []);
  });

  claim("a redriven row is queued again with a new life and its attempts kept", async (store) => {
    await ended(store);
    assert.deepEqual(await redrive(store, { delivery_ids: ["d1", "d5", "none"] }), ["d1"]);
    const { delivery: row, attempts } = (await store.outbox.get("d1"))!;
    const fresh = { next_attempt_at: T0 + 10, expires_at: T0 + DAY + 10 };
    assert.deepEqual(row, delivery("d1", fresh));
    assert.equal(attempts.length, 1);
    assert.deepEqual(await claimed(store, "me", T0 + 10), ["d1"]);
  });

  claim("a redrive moves what its filter names, and never what waits or was delivered", async (store) => {
    await ended(store);
    assert.deepEqual(await movable(store, {}), ["cancelled", "dead", "expired", "unknown"]);
    assert.deepEqual(await movable(store, { state: "dead" }), ["dead"]);
    assert.deepEqual(await movable(store, { rule_id: "x", channel_id: "c1" }), ["expired"]);
    assert.deepEqual(await redrive(store, { state: "expired" }), ["d2"]);
    assert.deepEqual(await redrive(store, { channel_id: "c1" }, 2), ["d1", "d3"]);
    assert.deepEqual(await redrive(store, {}), ["d4"]);
    assert.deepEqual(await redrive(store, {}), []);
    assert.deepEqual(await store.outbox.counts(), { delivered: 1, queued: 4 });
  });

  const inOrder = (id: string, members: Partial<Delivery> = {}) =>
    delivery(id, { order_key: "k", ...members });

  claim(
    "rows of one order are born without a lease and claimed one by one, as they were made",
    async (store) => {
      const rows = [
        inOrder("d1", { created_at: T0 + 5 }),
        inOrder("d2"),
        inOrder("d3", { order_key: "other" }),
        inOrder("d4", { channel_id: "c2" }),
      ];
      await bear(store, rows);
      assert.equal(await store.outbox.nextDue(), T0);
      assert.deepEqual(await claimed(store, "me", T0 + 5), ["d3", "d4", "d1"]);
      assert.deepEqual(await claimed(store, "me", T0 + 5), []);
      assert.equal(await store.outbox.nextDue(), null);
      await store.outbox.record("me", [outcome("d1", { state: "retry_wait", next_attempt_at: T0 + 9 })]);
      assert.equal(await store.outbox.nextDue(), T0 + 9);
      assert.deepEqual(await claimed(store, "me", T0 + 8), []);
      assert.deepEqual(await claimed(store, "me", T0 + 9), ["d1"]);
      await store.outbox.record("me", [outcome("d1", { state: "dead" })]);
      assert.deepEqual(await claimed(store, "me", T0 + 9), ["d2"]);
      assert.deepEqual((await store.outbox.get("d2"))!.delivery, rows[1]);
    },
  );

  const revisionOf = (n: number) => inOrder(`d${n}`, { alert_id: "a", revision: n });
  const failed = (id: string, state: "retry_wait" | "deferred" = "retry_wait") =>
    outcome(id, { state, next_attempt_at: T0 + 50 });

  for (const state of ["retry_wait", "deferred"] as const) {
    claim(`a row in ${state} is superseded by a later revision of its alert that is born`, async (store) => {
      await bear(store, [revisionOf(1)]);
      await claimed(store, "me", T0);
      await store.outbox.record("me", [failed("d1", state)]);
      await bear(store, [revisionOf(2)]);
      const { state: now, reason, next_attempt_at } = await one(store, "d1");
      assert.deepEqual([now, reason, next_attempt_at], ["cancelled", "superseded", null]);
      assert.deepEqual(await claimed(store, "me", T0), ["d2"]);
      assert.deepEqual(await store.outbox.counts(), { cancelled: 1, queued: 1 });
    });
  }

  claim("a row that fails while a later revision of its alert waits is superseded", async (store) => {
    await bear(store, [revisionOf(1), revisionOf(2)]);
    assert.deepEqual(await claimed(store, "me", T0), ["d1"]);
    await store.outbox.record("me", [failed("d1")]);
    assert.equal((await one(store, "d1")).reason, "superseded");
    assert.deepEqual(await claimed(store, "me", T0), ["d2"]);
  });

  claim("rows that were never tried, and those of other alerts, are not superseded", async (store) => {
    await bear(store, [revisionOf(1)]);
    await bear(store, [revisionOf(2)]);
    assert.deepEqual(await claimed(store, "me", T0), ["d1"]);
    await store.outbox.record("me", [outcome("d1")]);
    assert.deepEqual(await claimed(store, "me", T0), ["d2"]);
    await store.outbox.record("me", [failed("d2")]);
    await bear(store, [inOrder("d9", { alert_id: "b", revision: 3 })]);
    assert.equal((await one(store, "d2")).state, "retry_wait");
    assert.deepEqual(await claimed(store, "me", T0), []);
    assert.deepEqual(await claimed(store, "me", T0 + 50), ["d2"]);
  });

  claim("settled recipients stay with a delivery, also when it is redriven", async (store) => {
    await bear(store, [delivery("d1")]);
    const settled = { "a@example.com": "delivered", "b@example.com": "refused" } as const;
    const retry = { state: "retry_wait", next_attempt_at: T0 } as const;
    await store.outbox.record("me", [outcome("d1", { ...retry, settled })]);
    const [row] = await store.outbox.claim({ owner: "me", now: T0, leaseUntil: T0 + 9, limit: 1 });
    assert.deepEqual(row!.settled, settled);
    await store.outbox.record("me", [outcome("d1", { state: "dead" })]);
    await redrive(store, {});
    assert.deepEqual((await one(store, "d1")).settled, settled);
  });
}
