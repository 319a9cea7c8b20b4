/**
 * Power loss, simulated: the database as it is on the disk, beside a write-ahead log that ends anywhere
 * (a power loss keeps at least what a full commit has waited for, and any length beyond it). Whatever the
 * cut, the store must open to a prefix of what was written, in the order of INVARIANTS 2: snapshot <= applied
 * <= head of the log.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import type { Store } from "../../src/store/store.ts";
import { born } from "./alert_claims.ts";
import { alert, delivery, document, events, frame, NO_LIMIT, ruleDraft } from "./fixtures.ts";
import { openAt, temporaryDirectory } from "./sqlite_opening.ts";

type Step = { do: "append"; count: number } | {
  do: "apply" | "floor" | "snapshot" | "alert" | "save" | "place";
};

/** What had been answered when the write-ahead log had this many bytes. */
interface Answered {
  walBytes: number;
  next: number;
  ruleVersions: number;
}

const RULE = "r1";
const SLOT = 0;

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("append" as const), count: fc.integer({ min: 1, max: 40 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom("apply", "floor", "snapshot", "alert", "save", "place") }),
  },
);

Deno.test("wherever a power loss cuts the write-ahead log, a consistent prefix is left", async () => {
  const steps = fc.array(step, { minLength: 3, maxLength: 25 });
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 });
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 8 }), steps, cuts, loseSurvive), {
    numRuns: 25,
  });
});

async function loseSurvive(before: Step[], after: Step[], cuts: number[]): Promise<void> {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  const wal = `${path}/tocsin.db-wal`;
  {
    await using store = await openAt(path);
    await store.effects.incarnate([RULE]);
    for (const step of before) await take(store, step);
  }
  await using store = await openAt(path);
  const answered: Answered[] = [await answeredBy(store, 0)];
  for (const step of after) {
    await take(store, step);
    answered.push(await answeredBy(store, (await Deno.stat(wal)).size));
  }
  const file = { db: await Deno.readFile(`${path}/tocsin.db`), wal: await Deno.readFile(wal) };
  for (const cut of cuts) {
    const walBytes = Math.floor(cut * file.wal.length);
    const promised = answered.findLast((one) => one.walBytes <= walBytes)!;
    await survive({ db: file.db, wal: file.wal.subarray(0, walBytes) }, promised);
  }
}

async function survive(file: { db: Uint8Array; wal: Uint8Array }, promised: Answered): Promise<void> {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await Deno.writeFile(`${path}/tocsin.db`, file.db);
  await Deno.writeFile(`${path}/tocsin.db-wal`, file.wal);
  {
    await using store = await openAt(path);
    await assertPrefix(store, promised);
    const { next } = store.log;
    assert.deepEqual(await store.log.append([events()]), [next]);
  }
  using db = new DatabaseSync(`${path}/tocsin.db`);
  assert.equal(db.prepare("PRAGMA integrity_check").get()!.integrity_check, "ok");
}

async function assertPrefix(store: Store, promised: Answered): Promise<void> {
  assert(store.log.next >= promised.next, "what was answered is there");
  assert((await store.rules.versions(RULE)).length >= promised.ruleVersions, "saved rules are there");
  let end = 0;
  for (const record of await store.log.read(0, NO_LIMIT)) {
    assert.equal(record.first, end, "the log has no hole");
    end += record.count;
  }
  assert.deepEqual([store.log.next, await store.log.gaps()], [end, []]);
  const applied = (await store.effects.progress(RULE))!.applied.offset;
  const snapshot = await store.snapshots.offset(RULE) ?? 0;
  assert(snapshot <= applied && applied <= end, `${snapshot} <= ${applied} <= ${end}`);
  const loaded = await store.snapshots.load(RULE);
  assert(loaded === undefined || loaded.chunks.size === 1, "a published snapshot has its chunks");
  for (const { alert } of await store.effects.alertsAfter(0, 1000)) {
    assert.equal((await store.outbox.list({ alert_id: alert.alert_id, limit: 9 })).items.length, 1);
  }
}

async function answeredBy(store: Store, walBytes: number): Promise<Answered> {
  return { walBytes, next: store.log.next, ruleVersions: (await store.rules.versions(RULE)).length };
}

async function take(store: Store, step: Step): Promise<void> {
  const { offset } = (await store.effects.progress(RULE))!.applied;
  const { next } = store.log;
  switch (step.do) {
    case "append":
      await store.log.append([events({ count: step.count, size: 50 })]);
      return;
    case "apply": {
      const { incarnation } = (await store.effects.progress(RULE))!;
      const frames = [frame(offset, next, { incarnation })];
      await store.effects.commit({ frames, floors: [], owner: "me", leaseUntil: 0 });
      return;
    }
    case "floor":
      await store.effects.commit({
        frames: [],
        floors: [{ slot: SLOT, applied: next }],
        owner: "me",
        leaseUntil: 0,
      });
      return;
    case "snapshot":
      await snapshot(store, offset);
      return;
    case "alert": {
      if (offset === next) return;
      const id = `a${offset}`;
      await born(store, [alert(id)], [delivery("d-" + id, { alert_id: id })]);
      return;
    }
    case "save": {
      const version = (await store.rules.versions(RULE)).length + 1;
      const change = version === 1 ? "created" : "updated";
      await store.rules.save(ruleDraft(RULE, { version, change }), document("rule"));
      return;
    }
    case "place":
      await store.effects.place([{ rule_id: RULE, slot: SLOT, applied: { offset, effects: 0 } }]);
  }
}

async function snapshot(store: Store, offset: number): Promise<void> {
  const number = ((await store.snapshots.load(RULE))?.snapshot ?? 0) + 1;
  const bytes = new Uint8Array(3000).fill(number);
  await store.snapshots.stage([{ rule_id: RULE, snapshot: number, partition: 0, bytes }]);
  const partitions = [{ partition: 0, snapshot: number }];
  const manifest = {
    rule_id: RULE,
    snapshot: number,
    offset,
    generation: 1,
    rule_version: 1,
    format: 1,
    partitions,
  };
  await store.snapshots.publish([manifest], { slot: SLOT, offset });
}
