/** Claims about alerts in EffectStore. */
import assert from "node:assert/strict";
import { instant } from "../../src/base/event_time.ts";
import type { AlertQuery } from "../../src/store/effect_store.ts";
import type { RoutedAlert } from "../../src/model/alert_group.ts";
import type { Alert } from "../../src/model/alert.ts";
import type { Delivery } from "../../src/model/delivery.ts";
import type { Store } from "../../src/store/store.ts";
import { alert, delivery, frame, outcome, T0 } from "./fixtures.ts";
import type { Claim } from "./store_suite.ts";

/** Writes alerts as one frame of a rule made for them. */
export async function born(
  store: Store,
  alerts: readonly Alert[],
  deliveries: readonly Delivery[] = [],
  routed?: RoutedAlert,
) {
  const rule_id = "r1";
  const [incarnation] = await store.effects.incarnate([rule_id]);
  const from = (await store.effects.progress(rule_id))!.applied;
  const to = { offset: from.offset + 1, effects: 0 };
  const writes = alerts.map((alert) => ({
    alert,
    deliveries: deliveries.filter((d) => d.alert_id === alert.alert_id),
    ...(routed && { routed }),
  }));
  const frames = [frame(0, 0, { rule_id, incarnation: incarnation!, from, to, alerts: writes })];
  return (await store.effects.commit({ frames, floors: [], owner: "me", leaseUntil: T0 + 1000 })).alerts;
}

export function alertClaims(claim: Claim): void {
  claim("new alerts are answered in order with growing numbers", async (store) => {
    assert.equal(await store.effects.lastAlertSeq(), 0);
    const one = await born(store, [alert("a1"), alert("a2")]);
    const two = await born(store, [alert("a3")]);
    assert.deepEqual([...one, ...two].map((s) => [s.seq, s.alert.alert_id]), [[1, "a1"], [2, "a2"], [
      3,
      "a3",
    ]]);
    assert.equal(await store.effects.lastAlertSeq(), 3);
    assert.deepEqual(await store.effects.alert("a2"), { seq: 2, alert: alert("a2") });
    assert.equal(await store.effects.alert("none"), undefined);
  });

  claim(
    "an alert that no rule made is told once a revision, with its deliveries, and moves no rule",
    async (store) => {
      const one = { alert: alert("a1"), deliveries: [delivery("d1", { alert_id: "a1" })] };
      const told = (alerts: readonly { alert: Alert; deliveries: Delivery[] }[]) =>
        store.effects.tell({ alerts, owner: "me", leaseUntil: T0 + 1000 });
      assert.deepEqual((await told([one])).map(({ seq, alert }) => [seq, alert.revision]), [[1, 1]]);
      assert.deepEqual(await told([one]), []);
      assert.equal((await store.outbox.get("d1"))!.delivery.alert_id, "a1");
      const over = { alert: alert("a1", { revision: 2, status: "resolved" }), deliveries: [] };
      assert.deepEqual((await told([over])).map(({ seq, alert }) => [seq, alert.status]), [[2, "resolved"]]);
      assert.deepEqual(await store.effects.allProgress(), []);
    },
  );

  claim("an alert that is known is left as it is and not answered", async (store) => {
    await born(store, [alert("a1", { title: "first" })]);
    assert.deepEqual(
      await born(store, [alert("a1", { title: "again" }), alert("a2")]).then((s) => s.length),
      1,
    );
    assert.equal((await store.effects.alert("a1"))!.alert.title, "first");
    assert.equal(await store.effects.lastAlertSeq(), 2);
  });

  claim("a correction replaces the alert and goes to the end of the stream", async (store) => {
    await born(store, [alert("a1"), alert("a2")]);
    const corrected = alert("a1", { revision: 2, status: "resolved", resolved_at: instant(T0) });
    assert.deepEqual(await born(store, [corrected]), [{ seq: 3, alert: corrected }]);
    assert.deepEqual((await store.effects.alertsAfter(0, 9)).map((s) => s.alert.alert_id), ["a2", "a1"]);
    assert.deepEqual(await born(store, [alert("a1")]), []);
    assert.equal((await store.effects.alert("a1"))!.alert.status, "resolved");
  });

  claim("the stream goes on after a number, oldest first", async (store) => {
    await born(store, ["a1", "a2", "a3"].map((id) => alert(id)));
    assert.deepEqual((await store.effects.alertsAfter(1, 9)).map((s) => s.seq), [2, 3]);
    assert.deepEqual((await store.effects.alertsAfter(0, 2)).map((s) => s.seq), [1, 2]);
    assert.deepEqual(await store.effects.alertsAfter(3, 9), []);
  });

  claim("alerts are found by rule, severity, status, ack and time", async (store) => {
    await born(store, [
      alert("a1", { rule_id: "x", severity: "info", firedAt: T0 + 1 }),
      alert("a2", { rule_id: "y", severity: "critical", firedAt: T0 + 2 }),
      alert("a3", { rule_id: "x", severity: "critical", status: "resolved", firedAt: T0 + 3 }),
    ]);
    await store.effects.ack("a2", null, T0);
    const ids = async (query: Partial<AlertQuery>) =>
      (await store.effects.alerts({ limit: 9, ...query })).items.map((s) => s.alert.alert_id);
    assert.deepEqual(await ids({}), ["a3", "a2", "a1"]);
    assert.deepEqual(await ids({ rule_id: "x" }), ["a3", "a1"]);
    assert.deepEqual(await ids({ severity: "critical" }), ["a3", "a2"]);
    assert.deepEqual(await ids({ status: "firing" }), ["a2", "a1"]);
    assert.deepEqual(await ids({ acked: true }), ["a2"]);
    assert.deepEqual(await ids({ acked: false }), ["a3", "a1"]);
    assert.deepEqual(await ids({ from_time: T0 + 2 }), ["a3", "a2"]);
    assert.deepEqual(await ids({ from_time: T0 + 1, to_time: T0 + 3 }), ["a2", "a1"]);
    assert.deepEqual(await ids({ rule_id: "x", acked: false, severity: "info" }), ["a1"]);
  });

  claim("alerts page newest first", async (store) => {
    await born(store, ["a1", "a2", "a3"].map((id) => alert(id)));
    const one = await store.effects.alerts({ limit: 2 });
    assert.deepEqual([one.items.map((s) => s.seq), one.next], [[3, 2], 2]);
    const two = await store.effects.alerts({ limit: 2, before: one.next! });
    assert.deepEqual([two.items.map((s) => s.seq), two.next], [[1], null]);
    assert.equal((await store.effects.alerts({ limit: 3 })).next, null);
  });

  claim("an ack bears the deliveries that tell of it, each once and without a lease", async (store) => {
    await born(store, [alert("a1")], [delivery("d1", { alert_id: "a1" })]);
    const telling = delivery("d2", { alert_id: "a1", kind: "ack", order_key: "k" });
    for (const by of ["ann", "bob"]) await store.effects.ack("a1", by, T0, [telling]);
    assert.deepEqual((await store.outbox.get("d2"))!, {
      ...{ seq: 2, delivery: telling },
      ...{ attempts: [], attempts_total: 0 },
    });
    const claimed = await store.outbox.claim({ owner: "me", now: T0, leaseUntil: T0 + 9, limit: 9 });
    assert.deepEqual(claimed, [telling]);
    assert.deepEqual((await store.outbox.list({ alert_id: "a1", limit: 9 })).items.length, 2);
    assert.equal(
      await store.effects.ack("none", null, T0, [delivery("d3", { alert_id: "none" })]),
      undefined,
    );
    assert.equal(await store.outbox.get("d3"), undefined);
    await born(store, [alert("a2")], [delivery("d4", { alert_id: "a2" })]);
    assert.equal((await store.outbox.get("d4"))!.seq, 3);
  });

  claim("the first ack counts, and outlives corrections", async (store) => {
    await born(store, [alert("a1")]);
    const acked = { ack: true, ack_at: instant(T0 + 7), ack_by: "ann" };
    assert.deepEqual((await store.effects.ack("a1", "ann", T0 + 7))!.alert, { ...alert("a1"), ...acked });
    await store.effects.ack("a1", "bob", T0 + 9);
    await born(store, [alert("a1", { revision: 2, title: "corrected" })]);
    const { alert: kept } = (await store.effects.alert("a1"))!;
    assert.deepEqual(kept, { ...alert("a1", { revision: 2, title: "corrected" }), ...acked });
    assert.equal(await store.effects.ack("none", null, T0), undefined);
  });

  claim("the summary counts what is not acked, by severity", async (store) => {
    assert.deepEqual(await store.effects.alertSummary(), { unacked_count: 0, by_severity: {} });
    await born(store, [alert("a1"), alert("a2"), alert("a3", { severity: "info" })]);
    await store.effects.ack("a1", null, T0);
    await store.effects.ack("a1", null, T0);
    assert.deepEqual(await store.effects.alertSummary(), {
      unacked_count: 2,
      by_severity: { error: 1, info: 1 },
    });
    await born(store, [alert("a2", { revision: 2, severity: "critical" }), alert("a2")]);
    await store.effects.trimAlerts(T0 + 1, 1);
    assert.deepEqual(await store.effects.alertSummary(), {
      unacked_count: 2,
      by_severity: { critical: 1, info: 1 },
    });
  });

  claim("trimming deletes old alerts in slices, with their deliveries and attempts", async (store) => {
    const alerts = [1, 2, 3, 9].map((n) => alert(`a${n}`, { firedAt: T0 + n }));
    await born(store, alerts, alerts.map((a) => delivery("d-" + a.alert_id, { alert_id: a.alert_id })));
    await store.outbox.record("me", alerts.map((a) => outcome("d-" + a.alert_id)));
    assert.equal(await store.effects.trimAlerts(T0 + 9, 2), 2);
    assert.equal(await store.outbox.get("d-a1"), undefined);
    assert.equal((await store.outbox.get("d-a3"))!.attempts.length, 1);
    assert.equal(await store.effects.trimAlerts(T0 + 9, 2), 1);
    assert.equal(await store.effects.trimAlerts(T0 + 9, 2), 0);
    assert.deepEqual(await store.outbox.counts(), { delivered: 1 });
  });

  claim("trimming spares an alert whose delivery still waits", async (store) => {
    const waits = delivery("d1", { alert_id: "a1" });
    await born(store, [alert("a1"), alert("a2")], [waits]);
    assert.equal(await store.effects.trimAlerts(T0 + 1, 9), 1);
    assert.notEqual(await store.effects.alert("a1"), undefined);
    await store.outbox.record("me", [outcome("d1", { state: "dead" })]);
    assert.equal(await store.effects.trimAlerts(T0 + 1, 9), 1);
  });

  claim("an older revision is kept while a delivery of it has not arrived", async (store) => {
    const revision = (n: number) => alert("a1", { revision: n, title: `as of ${n}` });
    const sending = (n: number) => delivery(`d${n}`, { alert_id: "a1", revision: n });
    await born(store, [revision(1)], [sending(1)]);
    await born(store, [revision(2)], [sending(2)]);
    await store.effects.ack("a1", "kim", T0);
    const title = async (n: number) => (await store.effects.alertRevision("a1", n))?.title;
    assert.deepEqual([await title(1), await title(2), await title(3)], ["as of 1", "as of 2", undefined]);
    assert.equal((await store.effects.alertRevision("a1", 1))!.ack_by, "kim");
    assert.equal((await store.outbox.get("d1"))!.delivery.revision, 1);
    await store.outbox.record("me", [outcome("d1"), outcome("d2", { state: "dead" })]);
    await born(store, [revision(3)]);
    assert.deepEqual([await title(1), await title(2), await title(3)], [undefined, "as of 2", "as of 3"]);
  });

  claim("two revisions in one commit are both kept, and both go with the alert", async (store) => {
    const [incarnation] = await store.effects.incarnate(["r1"]);
    const writes = [1, 2].map((revision) => ({
      alert: alert("a1", { revision }),
      deliveries: [delivery(`d${revision}`, { alert_id: "a1", revision })],
    }));
    const frames = [frame(0, 1, { incarnation: incarnation!, alerts: writes })];
    await store.effects.commit({ frames, floors: [], owner: "me", leaseUntil: T0 + 1000 });
    assert.equal((await store.effects.alertRevision("a1", 1))?.revision, 1);
    await store.outbox.record("me", [outcome("d1", { state: "dead" }), outcome("d2")]);
    assert.equal((await store.effects.alertRevision("a1", 1))?.revision, 1);
    assert.equal(await store.effects.trimAlerts(T0 + 1, 9), 1);
    assert.equal(await store.effects.alertRevision("a1", 1), undefined);
  });

  claim("what a caller does to an alert does not reach the store", async (store) => {
    const given = alert("a1");
    await born(store, [given]);
    given.values.n = 2;
    (await store.effects.alert("a1"))!.alert.values.n = 3;
    assert.deepEqual((await store.effects.alert("a1"))!.alert.values, { n: 1 });
  });
}
