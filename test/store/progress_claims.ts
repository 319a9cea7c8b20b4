/** Claims about EffectStore: frames, incarnations, floors, places. */
import assert from "node:assert/strict";
import type { EffectFrame, WorkerFloor } from "../../src/store/effect_store.ts";
import type { Store } from "../../src/store/store.ts";
import { alert, frame } from "./fixtures.ts";
import type { Claim } from "./store_suite.ts";

/** Commits frames and floors, leased to nobody who matters. */
export function commit(store: Store, frames: readonly EffectFrame[], floors: readonly WorkerFloor[] = []) {
  return store.effects.commit({ frames, floors, owner: "me", leaseUntil: 0 });
}

const at = (offset: number, effects = 0) => ({ offset, effects });

export async function applied(store: Store, ruleId = "r1") {
  return (await store.effects.progress(ruleId))?.applied;
}

export function progressClaims(claim: Claim): void {
  claim("a rule that never ran has no progress", async ({ effects }) => {
    assert.equal(await effects.progress("r1"), undefined);
    assert.deepEqual(await effects.allProgress(), []);
  });

  claim("incarnations count from 1, each rule for itself", async ({ effects }) => {
    assert.deepEqual(await effects.incarnate(["r1", "r2"]), [1, 1]);
    assert.deepEqual(await effects.incarnate(["r1"]), [2]);
    const fresh = { rule_id: "r2", incarnation: 1, applied: at(0), slot: null, counters: {} };
    assert.deepEqual(await effects.progress("r2"), fresh);
    assert.deepEqual((await effects.allProgress()).map((p) => p.rule_id), ["r1", "r2"]);
  });

  claim("a frame moves applied and adds to the counters", async (store) => {
    await store.effects.incarnate(["r1"]);
    const frames = [
      frame(0, 5, { counters: { matched: 2 } }),
      frame(5, 9, { counters: { matched: 1, late: 4 } }),
    ];
    assert.deepEqual((await commit(store, frames)).frames, ["written", "written"]);
    const progress = (await store.effects.progress("r1"))!;
    assert.deepEqual([progress.applied, progress.counters], [at(9), { matched: 3, late: 4 }]);
  });

  claim("a frame of another incarnation is stale and writes nothing", async (store) => {
    await store.effects.incarnate(["r1"]);
    await store.effects.incarnate(["r1"]);
    const old = frame(0, 5, { counters: { n: 1 }, alerts: [{ alert: alert("a1"), deliveries: [] }] });
    assert.deepEqual(await commit(store, [old]), { frames: ["stale"], alerts: [] });
    assert.deepEqual(await commit(store, [frame(0, 5, { rule_id: "none" })]), {
      frames: ["stale"],
      alerts: [],
    });
    const progress = (await store.effects.progress("r1"))!;
    assert.deepEqual([progress.applied, progress.counters], [at(0), {}]);
    assert.equal(await store.effects.alert("a1"), undefined);
  });

  claim("a frame that begins before applied is stale, whatever stands beside it", async (store) => {
    await store.effects.incarnate(["r1", "r2"]);
    await commit(store, [frame(0, 5)]);
    const answer = await commit(store, [
      frame(4, 8),
      frame(0, 3, { rule_id: "r2" }),
      frame(5, 6),
      frame(5, 7),
    ]);
    assert.deepEqual(answer.frames, ["stale", "written", "written", "stale"]);
    assert.deepEqual(await applied(store), at(6));
  });

  claim("effects within a record are a position of their own", async (store) => {
    await store.effects.incarnate(["r1"]);
    await commit(store, [frame(0, 0, { to: at(4, 100) })]);
    assert.deepEqual((await commit(store, [frame(4, 5)])).frames, ["stale"]);
    assert.deepEqual((await commit(store, [frame(0, 0, { from: at(4, 100), to: at(5) })])).frames, [
      "written",
    ]);
    assert.deepEqual(await applied(store), at(5));
  });

  claim("a floor applies the rules bound to its slot", async (store) => {
    await store.effects.incarnate(["r1", "r2", "r3"]);
    await store.effects.place([
      { rule_id: "r1", slot: 0, applied: at(2) },
      { rule_id: "r2", slot: 1, applied: at(2) },
    ]);
    await commit(store, [], [{ slot: 0, applied: 9 }]);
    assert.deepEqual(await applied(store, "r1"), at(9));
    assert.deepEqual(await applied(store, "r2"), at(2));
    assert.deepEqual(await applied(store, "r3"), at(0));
    assert.deepEqual((await commit(store, [frame(5, 12)])).frames, ["stale"]);
    assert.deepEqual((await commit(store, [frame(9, 12)])).frames, ["written"]);
    assert.deepEqual(await applied(store, "r1"), at(12));
  });

  claim("a floor that came with a frame does not make it stale, and never goes back", async (store) => {
    await store.effects.incarnate(["r1"]);
    await store.effects.place([{ rule_id: "r1", slot: 0, applied: at(0) }]);
    assert.deepEqual((await commit(store, [frame(0, 4)], [{ slot: 0, applied: 8 }])).frames, ["written"]);
    await commit(store, [], [{ slot: 0, applied: 6 }]);
    assert.deepEqual(await applied(store), at(8));
  });

  claim("a rule keeps what its floor gave it when it leaves the slot", async (store) => {
    await store.effects.incarnate(["r1"]);
    await store.effects.place([{ rule_id: "r1", slot: 0, applied: at(0) }]);
    await commit(store, [], [{ slot: 0, applied: 7 }]);
    await store.effects.place([{ rule_id: "r1", slot: null, applied: at(3) }]);
    await commit(store, [], [{ slot: 0, applied: 9 }]);
    const progress = (await store.effects.progress("r1"))!;
    assert.deepEqual([progress.applied, progress.slot], [at(7), null]);
  });

  claim("a floor written before a rule joined says nothing about it", async (store) => {
    await store.effects.incarnate(["r1"]);
    await commit(store, [], [{ slot: 0, applied: 50 }]);
    await store.effects.place([{ rule_id: "r1", slot: 0, applied: at(20) }]);
    assert.deepEqual(await applied(store), at(20));
    assert.deepEqual((await commit(store, [frame(20, 30)])).frames, ["written"]);
    await commit(store, [], [{ slot: 0, applied: 51 }]);
    assert.deepEqual(await applied(store), at(51));
  });

  claim("forgetting a rule takes its progress, counters and snapshots, not its alerts", async (store) => {
    await store.effects.incarnate(["r1", "r2"]);
    await commit(store, [frame(0, 5, { alerts: [{ alert: alert("a1"), deliveries: [] }] })]);
    await store.snapshots.stage([{ rule_id: "r1", snapshot: 1, partition: 0, bytes: new Uint8Array([1]) }]);
    const manifest = { rule_id: "r1", snapshot: 1, offset: 5, generation: 1, rule_version: 1, format: 1 };
    await store.snapshots.publish([{ ...manifest, partitions: [{ partition: 0, snapshot: 1 }] }], null);
    await store.effects.forget("r1");
    assert.equal(await store.effects.progress("r1"), undefined);
    assert.equal(await store.snapshots.load("r1"), undefined);
    assert.equal((await store.effects.alert("a1"))!.alert.alert_id, "a1");
    assert.deepEqual((await store.effects.allProgress()).map((p) => p.rule_id), ["r2"]);
  });
}
