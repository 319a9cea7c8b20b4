/** Claims about RoutingStore. */
import assert from "node:assert/strict";
import type { GroupState, Member } from "../../src/model/alert_group.ts";
import type { Silence } from "../../src/model/silence.ts";
import type { RoutingTurn } from "../../src/store/routing_store.ts";
import { VersionConflictError } from "../../src/store/rule_store.ts";
import type { Store } from "../../src/store/store.ts";
import { alert, delivery, T0 } from "./fixtures.ts";
import { born } from "./alert_claims.ts";
import type { Claim } from "./store_suite.ts";

const member = (identity: string, members: Partial<Member> = {}): Member => ({
  ...{ identity, alert_id: "a1", revision: 1, rule_id: "r", labels: { host: "w1" }, starts_at: T0 },
  ...{ ends_at: null, timeout: false, once: false, updated_at: T0, ...members },
});

const group = (group_key: string, flushes = 0): GroupState => ({
  ...{ group_key, generation: "g", route_id: "{}", receiver: "ops", labels: { host: "w1" } },
  ...{ members: { m: member("m") }, opened_at: T0, next_flush_at: T0 + 30, flushes, told: {} },
});

const turn = (members: Partial<RoutingTurn>): RoutingTurn => ({
  ...{ taken: 0, groups: [], ended: [], sources: [], gone: [], deliveries: [] },
  ...{ owner: "me", leaseUntil: T0 + 1000, ...members },
});

const silence = (silence_id: string, ends_at: number): Silence => ({
  ...{ silence_id, matcher_sets: [[{ name: "a", op: "=", value: "b" }]], starts_at: T0, ends_at },
  ...{ schedule: [], created_by: "", comment: "", updated_at: T0 },
});

/** An alert that a commit leaves for the router. */
async function leave(store: Store, alertId: string, identity: string): Promise<void> {
  const routed = { member: member(identity, { alert_id: alertId }), routed: true };
  await born(store, [alert(alertId)], [], routed);
}

export function routingClaims(claim: Claim): void {
  claim("routes are saved over the version that was seen, and only over it", async (store) => {
    assert.equal(await store.routing.routing(), undefined);
    const first = { version: 1, updated_at: T0, document: { route: { receiver: "ops" } } };
    await store.routing.saveRouting(first);
    await assert.rejects(store.routing.saveRouting(first), VersionConflictError);
    assert.deepEqual(await store.routing.routing(), first);
    await store.routing.saveRouting({ version: 2, updated_at: T0, document: null });
    assert.equal((await store.routing.routing())?.document, null);
  });

  claim("silences are kept in the order of their making until they are trimmed", async (store) => {
    const [one, two] = [silence("s1", T0 + 1), silence("s2", T0 + 2)];
    await store.routing.putSilences([one, two]);
    await store.routing.putSilences([{ ...one, comment: "c" }]);
    assert.deepEqual(await store.routing.silences(), [{ ...one, comment: "c" }, two]);
    assert.equal(await store.routing.trimSilences(T0 + 2), 1);
    assert.deepEqual(await store.routing.silences(), [two]);
  });

  claim("inhibitions are put and deleted by their id", async (store) => {
    const one = { inhibition_id: "i1", source: [], target: [], equal: ["host"], comment: "" };
    await store.routing.putInhibition(one);
    assert.deepEqual(await store.routing.inhibitions(), [one]);
    assert.equal(await store.routing.deleteInhibition("i1"), true);
    assert.equal(await store.routing.deleteInhibition("i1"), false);
  });

  claim("an alert for routes lies in the inbox from its commit until a turn has taken it", async (store) => {
    await leave(store, "a1", "m1");
    await leave(store, "a2", "m2");
    await leave(store, "a2", "again");
    const rows = await store.routing.inbox(9);
    assert.deepEqual(rows.map((row) => [row.member.identity, row.routed]), [["m1", true], ["m2", true]]);
    assert.equal((await store.routing.inbox(1)).length, 1);
    await store.routing.turn(turn({ taken: rows[0]!.seq }));
    assert.deepEqual((await store.routing.inbox(9)).map((row) => row.seq), [rows[1]!.seq]);
    await store.routing.turn(turn({ taken: rows[1]!.seq }));
    await leave(store, "a3", "m3");
    assert.ok((await store.routing.inbox(9))[0]!.seq > rows[1]!.seq, "no number is given twice");
  });

  claim("a turn writes groups, sources and deliveries together", async (store) => {
    await leave(store, "a1", "m1");
    const held = { state: "suppressed" as const, reason: "silenced", suppressed_by: ["s1"] };
    const about = {
      ...{ group_key: "g1", receiver: "ops", labels: {}, flush: 1, why: "first_notification" },
      alerts: [{ alert_id: "a1", revision: 1, status: "firing" as const }],
      truncated: 0,
    };
    const sent = delivery("d1", { alert_id: "a1", group: about });
    const quiet = delivery("d2", { alert_id: "a1", next_attempt_at: null, ...held });
    const lost = delivery("d3", { alert_id: "none" });
    const written = turn({
      groups: [group("g1"), group("g2")],
      sources: [member("s1"), member("s2")],
      deliveries: [sent, quiet, lost],
    });
    assert.deepEqual((await store.routing.turn(written)).map((d) => d.delivery_id), ["d1", "d2"]);
    assert.deepEqual(await store.routing.groups(), [group("g1"), group("g2")]);
    assert.deepEqual(await store.routing.sources(), [member("s1"), member("s2")]);
    assert.deepEqual((await store.outbox.get("d1"))?.delivery, sent);
    assert.deepEqual((await store.outbox.get("d2"))?.delivery, quiet);
    assert.deepEqual(await store.outbox.counts(), { queued: 1, suppressed: 1 });
    assert.equal(await store.outbox.nextDue(), null, "what is suppressed waits for nothing, d1 is leased");
    const again = turn({ groups: [group("g1", 1)], ended: ["g2"], gone: ["s2"], deliveries: [sent] });
    assert.deepEqual(await store.routing.turn(again), [], "an id that exists is left as it is");
    assert.deepEqual(await store.routing.groups(), [group("g1", 1)]);
    assert.deepEqual(await store.routing.sources(), [member("s1")]);
  });

  claim("a delivery of a group is found by each of its alerts", async (store) => {
    await leave(store, "a1", "m1");
    await leave(store, "a2", "m2");
    const told = (alert_id: string) => ({ alert_id, revision: 1, status: "firing" as const });
    const about = {
      ...{ group_key: "g1", receiver: "ops", labels: {}, flush: 1, why: "first_notification", truncated: 0 },
      alerts: [told("a1"), told("a2"), told("none")],
    };
    const sent = delivery("d1", { alert_id: "a2", group: about, state: "delivered" });
    await store.routing.turn(turn({ deliveries: [sent, delivery("d2", { alert_id: "a2" })] }));
    const of = async (alert_id: string) => {
      const { items } = await store.outbox.list({ alert_id, limit: 9 });
      return items.map((one) => one.delivery.delivery_id);
    };
    assert.deepEqual([await of("a1"), await of("a2"), await of("other")], [["d1"], ["d2", "d1"], []]);
  });
}
