/** Claims about SnapshotStore. */
import assert from "node:assert/strict";
import type { Manifest } from "../../src/store/snapshot_store.ts";
import type { Store } from "../../src/store/store.ts";
import { frame } from "./fixtures.ts";
import { commit } from "./progress_claims.ts";
import type { Claim } from "./store_suite.ts";

const at = (offset: number) => ({ offset, effects: 0 });

/** Parts are [partition, snapshot that holds its chunk]. */
function manifest(snapshot: number, offset: number, parts: readonly [number, number][]): Manifest {
  const partitions = parts.map(([partition, snapshot]) => ({ partition, snapshot }));
  return { rule_id: "r1", snapshot, offset, generation: 1, rule_version: 1, format: 1, partitions };
}

function stage(store: Store, snapshot: number, partitions: readonly number[]) {
  return store.snapshots.stage(
    partitions.map((partition) => ({
      rule_id: "r1",
      snapshot,
      partition,
      bytes: bytes(snapshot, partition),
    })),
  );
}

const bytes = (snapshot: number, partition: number) => new Uint8Array([snapshot, partition]);

async function running(store: Store, applied: number) {
  await store.effects.incarnate(["r1"]);
  await commit(store, [frame(0, applied)]);
}

export function snapshotClaims(claim: Claim): void {
  claim("chunks count for nothing until a manifest publishes them", async (store) => {
    await running(store, 10);
    await stage(store, 1, [0, 1]);
    assert.equal(await store.snapshots.load("r1"), undefined);
    assert.equal(await store.snapshots.offset("r1"), undefined);
    const published = manifest(1, 10, [[0, 1], [1, 1]]);
    assert.deepEqual(await store.snapshots.publish([published], null), ["published"]);
    const chunks = new Map([[0, bytes(1, 0)], [1, bytes(1, 1)]]);
    assert.deepEqual(await store.snapshots.load("r1"), { ...published, chunks });
    assert.equal(await store.snapshots.offset("r1"), 10);
    assert.deepEqual(await store.snapshots.allOffsets(), new Map([["r1", 10]]));
  });

  claim("a manifest beyond what is applied is refused and can come again", async (store) => {
    await running(store, 9);
    await stage(store, 1, [0]);
    const early = manifest(1, 10, [[0, 1]]);
    assert.deepEqual(await store.snapshots.publish([early], null), ["early"]);
    assert.equal(await store.snapshots.load("r1"), undefined);
    await commit(store, [frame(9, 10)]);
    assert.deepEqual(await store.snapshots.publish([early], null), ["published"]);
  });

  claim("a manifest of a rule that never ran is refused", async (store) => {
    await stage(store, 1, [0]);
    assert.deepEqual(await store.snapshots.publish([manifest(1, 0, [[0, 1]])], null), ["early"]);
  });

  claim("a partition that did not change keeps pointing at its earlier chunk", async (store) => {
    await running(store, 30);
    await stage(store, 1, [0, 1, 2]);
    await store.snapshots.publish([manifest(1, 10, [[0, 1], [1, 1], [2, 1]])], null);
    await stage(store, 2, [1]);
    await store.snapshots.publish([manifest(2, 20, [[0, 1], [1, 2], [2, 1]])], null);
    await stage(store, 3, [2]);
    await store.snapshots.publish([manifest(3, 30, [[0, 1], [1, 2], [2, 3]])], null);
    const loaded = (await store.snapshots.load("r1"))!;
    assert.deepEqual(loaded.chunks, new Map([[0, bytes(1, 0)], [1, bytes(2, 1)], [2, bytes(3, 2)]]));
    assert.equal(loaded.offset, 30);
  });

  claim("a chunk that no manifest names any more is deleted", async (store) => {
    await running(store, 30);
    await stage(store, 1, [0, 1]);
    await store.snapshots.publish([manifest(1, 10, [[0, 1], [1, 1]])], null);
    await stage(store, 2, [0]);
    await store.snapshots.publish([manifest(2, 20, [[0, 2], [1, 1]])], null);
    await assert.rejects(store.snapshots.publish([manifest(3, 30, [[0, 1], [1, 1]])], null), /staged/);
    assert.equal((await store.snapshots.load("r1"))!.snapshot, 2);
  });

  claim("chunks staged for a later snapshot outlive a publication", async (store) => {
    await running(store, 20);
    await stage(store, 1, [0]);
    await stage(store, 2, [0]);
    await store.snapshots.publish([manifest(1, 10, [[0, 1]])], null);
    assert.deepEqual(await store.snapshots.publish([manifest(2, 20, [[0, 2]])], null), ["published"]);
  });

  claim("a chunk staged twice is the later one", async (store) => {
    await running(store, 5);
    await stage(store, 1, [0]);
    await store.snapshots.stage([{ rule_id: "r1", snapshot: 1, partition: 0, bytes: new Uint8Array([9]) }]);
    await store.snapshots.publish([manifest(1, 5, [[0, 1]])], null);
    assert.deepEqual((await store.snapshots.load("r1"))!.chunks.get(0), new Uint8Array([9]));
  });

  claim("the floor of a slot moves rules that did not change", async (store) => {
    await store.effects.incarnate(["r1", "r2", "r3"]);
    await store.effects.place(["r1", "r2"].map((rule_id) => ({ rule_id, slot: 0, applied: at(10) })));
    await stage(store, 1, [0]);
    await commit(store, [], [{ slot: 0, applied: 40 }]);
    await store.snapshots.publish([manifest(1, 10, [[0, 1]])], { slot: 0, offset: 40 });
    assert.deepEqual(await store.snapshots.allOffsets(), new Map([["r1", 40], ["r2", 40]]));
    assert.equal(await store.snapshots.offset("r3"), undefined);
    assert.equal((await store.snapshots.load("r1"))!.offset, 10);
  });

  claim("a floor never claims more than is applied", async (store) => {
    await store.effects.incarnate(["r1"]);
    await store.effects.place([{ rule_id: "r1", slot: 0, applied: at(10) }]);
    await store.snapshots.publish([], { slot: 0, offset: 40 });
    assert.equal(await store.snapshots.offset("r1"), 10);
  });

  claim("a refused manifest holds its slot's floor back", async (store) => {
    await running(store, 9);
    await store.effects.place([{ rule_id: "r1", slot: 0, applied: at(9) }]);
    await stage(store, 1, [0]);
    await store.snapshots.publish([manifest(1, 10, [[0, 1]])], { slot: 0, offset: 9 });
    assert.equal(await store.snapshots.offset("r1"), undefined);
  });

  claim("a floor written before a rule joined says nothing about its snapshot", async (store) => {
    await running(store, 90);
    await stage(store, 1, [0]);
    await store.snapshots.publish([manifest(1, 10, [[0, 1]])], { slot: 0, offset: 80 });
    await store.effects.place([{ rule_id: "r1", slot: 0, applied: at(90) }]);
    assert.equal(await store.snapshots.offset("r1"), 10);
    await store.snapshots.publish([], { slot: 0, offset: 85 });
    assert.equal(await store.snapshots.offset("r1"), 85);
  });

  claim("a rule keeps what the floor said about its snapshot when it leaves", async (store) => {
    await running(store, 90);
    await store.effects.place([{ rule_id: "r1", slot: 0, applied: at(90) }]);
    await store.snapshots.publish([], { slot: 0, offset: 85 });
    await store.effects.place([{ rule_id: "r1", slot: null, applied: at(90) }]);
    assert.equal(await store.snapshots.offset("r1"), 85);
  });

  claim("a removed snapshot leaves nothing to begin from", async (store) => {
    await running(store, 90);
    await store.effects.place([{ rule_id: "r1", slot: 0, applied: at(90) }]);
    await stage(store, 1, [0]);
    await store.snapshots.publish([manifest(1, 10, [[0, 1]])], { slot: 0, offset: 85 });
    await store.snapshots.remove("r1");
    assert.equal(await store.snapshots.load("r1"), undefined);
    assert.equal(await store.snapshots.offset("r1"), undefined);
    await stage(store, 1, [0]);
    assert.deepEqual(await store.snapshots.publish([manifest(1, 90, [[0, 1]])], null), ["published"]);
  });
}
