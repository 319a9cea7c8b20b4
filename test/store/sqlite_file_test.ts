/** Claims about the file behind the SQLite store: what it keeps, who may open it, how it is bounded. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { StorageFullError } from "../../src/store/event_log.ts";
import { DataDirectoryInUseError } from "../../src/store/sqlite/mod.ts";
import type { Store } from "../../src/store/store.ts";
import { born } from "./alert_claims.ts";
import {
  alert,
  channel,
  delivery,
  document,
  events,
  frame,
  NO_LIMIT,
  pendingReply,
  ruleDraft,
} from "./fixtures.ts";
import { commit } from "./progress_claims.ts";
import { openAt, openTemporary, temporaryDirectory } from "./sqlite_opening.ts";

const EVERYTHING = { keepFrom: 1e9, arrivedBefore: 1e15, bytesMax: 0, slice: 1000 };

/** Runs SQL on the closed database in `path`, as an operator with a shell would. */
function byHand(path: string, sql: string): void {
  using db = new DatabaseSync(`${path}/tocsin.db`);
  db.exec(sql);
}

async function inTurn<T>(path: string, body: (store: Store) => Promise<T>): Promise<T> {
  await using store = await openAt(path);
  return await body(store);
}

Deno.test("everything that was written is there after a reopen", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  const written = await inTurn(path, async (store) => {
    await store.log.append([events({ topic: "t", count: 3 })], [pendingReply("k")]);
    await store.rules.save(ruleDraft("r1"), document("rule"));
    await born(store, [alert("a1")], [delivery("d1", { alert_id: "a1" })]);
    await store.snapshots.stage([{ rule_id: "r1", snapshot: 1, partition: 0, bytes: new Uint8Array([1]) }]);
    const manifest = { rule_id: "r1", snapshot: 1, offset: 1, generation: 1, rule_version: 1, format: 1 };
    await store.snapshots.publish([{ ...manifest, partitions: [{ partition: 0, snapshot: 1 }] }], null);
    await store.channels.create(channel("c1"));
    await store.health.strike("r1", 2);
    return await everything(store);
  });
  assert.deepEqual(await inTurn(path, everything), written);
  assert.equal(await inTurn(path, (store) => store.health.strike("r1", 2)), 2);
});

async function everything({ log, rules, effects, snapshots, outbox, channels }: Store): Promise<unknown> {
  return [
    [log.next, log.first, log.lastArrival, await log.bytes(), await log.topics(), await log.gaps()],
    [await log.read(0, NO_LIMIT), await log.reply("k", 0), await rules.versions("r1")],
    [await effects.allProgress(), await effects.alertsAfter(0, 9), await effects.lastAlertSeq()],
    [await snapshots.load("r1"), await outbox.get("d1"), await outbox.counts(), await channels.list()],
  ];
}

Deno.test("an offset is not given again after the whole log was trimmed and reopened", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await inTurn(path, async ({ log }) => {
    await log.append([events({ count: 7 })]);
    await log.trim(EVERYTHING);
  });
  await inTurn(path, async ({ log }) => {
    assert.deepEqual([log.first, log.next, await log.gaps()], [7, 7, []]);
    assert.deepEqual(await log.append([events()]), [7]);
  });
});

Deno.test("an offset is not given again when the last rows of the log are gone, and the jump is a gap", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await inTurn(path, ({ log }) => log.append([events({ count: 4 }), events({ count: 3 })]));
  byHand(path, "DELETE FROM log WHERE first = 4");
  await inTurn(path, async ({ log }) => {
    assert.equal(log.next, 7);
    assert.deepEqual(await log.gaps(), [{ from: 4, to: 7, reason: "log_lost" }]);
  });
  await inTurn(path, async ({ log }) => {
    assert.deepEqual(await log.append([events()]), [7]);
    assert.deepEqual((await log.gaps()).length, 1);
    assert.deepEqual((await log.read(4, NO_LIMIT)).map((record) => record.first), [7]);
  });
  assert.equal(await inTurn(path, async ({ log }) => (await log.gaps()).length), 1);
});

Deno.test("the next offset is beyond all that any table names", async () => {
  const names: [string, (store: Store) => Promise<unknown>, number][] = [
    ["applied", (store) => commit(store, [frame(0, 40)]), 40],
    [
      "applied within a record",
      (store) => commit(store, [frame(0, 0, { to: { offset: 40, effects: 2 } })]),
      41,
    ],
    ["floor", (store) => commit(store, [], [{ slot: 0, applied: 41 }]), 41],
    ["evidence", (store) => born(store, [alert("a1", { events: [{ offset: 42, event: null }] })]), 43],
    ["poison", (store) => store.health.park({ rule_id: "r1", offset: 43, error: "", at: 1 }), 44],
    ["quarantine", (store) => store.health.quarantine({ rule_id: "r1", offset: 44, reason: "", at: 1 }), 44],
    ["forgotten rule", async (store) => {
      await commit(store, [frame(0, 45)]);
      await store.effects.forget("r1");
    }, 45],
  ];
  for (const [name, write, next] of names) {
    await using directory = await temporaryDirectory();
    await inTurn(directory.path, async (store) => {
      await store.effects.incarnate(["r1"]);
      await store.log.append([events({ count: 2 })]);
      await write(store);
    });
    byHand(directory.path, "DELETE FROM log; DELETE FROM topic");
    assert.equal(await inTurn(directory.path, ({ log }) => Promise.resolve(log.next)), next, name);
  }
});

Deno.test("numbers of alerts and deliveries are not given again after a trim", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await inTurn(path, async (store) => {
    await born(store, [alert("a1"), alert("a2")], [delivery("d1", { alert_id: "a1", state: "dead" })]);
    await store.effects.trimAlerts(1e15, 9);
  });
  await inTurn(path, async (store) => {
    assert.deepEqual((await born(store, [alert("a3")], [delivery("d2", { alert_id: "a3" })]))[0]!.seq, 3);
    assert.equal((await store.outbox.get("d2"))!.seq, 2);
  });
});

Deno.test("a second process is refused by name, and may have the directory once it is free", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  const other = new URL("./open_store.ts", import.meta.url).pathname;
  const run = async () => {
    const permissions = ["--allow-read", "--allow-write", "--allow-sys", "--allow-env"];
    const command = new Deno.Command(Deno.execPath(), { args: ["run", ...permissions, other, path] });
    return new TextDecoder().decode((await command.output()).stdout).trim();
  };
  await inTurn(path, async () => {
    assert.equal(
      await run(),
      `DataDirectoryInUseError: Cannot open the store: data directory "${path}" is in use by another process`,
    );
    await assert.rejects(openAt(path), DataDirectoryInUseError);
  });
  assert.equal(await run(), "opened");
});

Deno.test("a database of a newer program is refused and left alone", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await inTurn(path, ({ log }) => log.append([events()]));
  byHand(path, "PRAGMA user_version = 99");
  await assert.rejects(openAt(path), /schema 99/);
  byHand(path, "PRAGMA user_version = 1");
  assert.equal(await inTurn(path, ({ log }) => Promise.resolve(log.next)), 1);
});

Deno.test("the files can be read by their owner only", async () => {
  await using directory = await temporaryDirectory();
  await inTurn(directory.path, async ({ log }) => {
    await log.append([events()]);
    for await (const { name } of Deno.readDir(directory.path)) {
      assert.equal((await Deno.stat(`${directory.path}/${name}`)).mode! & 0o077, 0, name);
    }
  });
});

Deno.test("a checkpoint empties the write-ahead log even while the store is written to", async () => {
  await using directory = await temporaryDirectory();
  await using store = await openAt(directory.path);
  const wal = async () => (await Deno.stat(`${directory.path}/tocsin.db-wal`)).size;
  await store.log.append([events({ size: 1_000_000 })]);
  await Promise.all([store.checkpoint(), store.log.append([events()])]);
  const before = await wal();
  for (let i = 0; i < 50; i++) await store.log.append([events()]);
  assert.equal(await wal(), before, "the log begins anew instead of growing");
  assert.equal((await store.log.read(0, NO_LIMIT)).length, 52);
});

Deno.test("at its bound the store is full: nothing changes, cleaning works, and then writing", async () => {
  await using store = await openTemporary();
  const { log } = store;
  await log.append([events({ size: 100_000 })]);
  store.limitBytes(1);
  const failing = log.append([events(), events({ size: 400_000 })], [pendingReply("k")]);
  await assert.rejects(failing, StorageFullError);
  assert.deepEqual([log.next, await log.reply("k", 0)], [1, undefined]);
  await assert.rejects(
    store.rules.save(ruleDraft("r1", { doc: { pad: "x".repeat(400_000) } }), document("rule")),
    StorageFullError,
  );
  assert.equal(await store.rules.get("r1"), undefined);
  assert.equal(await log.trim(EVERYTHING), 1);
  assert.deepEqual(await log.append([events({ size: 50_000 })]), [1]);
  store.limitBytes(null);
  assert.deepEqual(await log.append([events({ size: 400_000 })]), [2]);
});

Deno.test("a full disk costs the ballast, and maintenance makes it again once writes succeed", async () => {
  await using directory = await temporaryDirectory();
  const ballastBytes = 3 * 1024 * 1024 + 5;
  await using store = await openAt(directory.path, { ballastBytes });
  const stat = () => Deno.stat(`${directory.path}/tocsin.ballast`).then((s) => s, () => null);
  assert.equal((await stat())!.size, ballastBytes);
  assert((await stat())!.blocks! * 512 >= ballastBytes, "its space is really taken");
  store.limitBytes(1);
  for (const _ of [1, 2]) {
    await assert.rejects(store.log.append([events({ size: 400_000 })]), StorageFullError);
    assert.equal(await stat(), null);
    await store.checkpoint();
    assert.equal(await stat(), null, "not in the round of the failure");
  }
  for (let round = 1; round <= 8; round++) {
    await store.checkpoint();
    assert.equal((await stat())!.size, Math.min(ballastBytes, round * Math.ceil(ballastBytes / 8)));
  }
});

Deno.test("the median of durable commits is known after the first", async () => {
  await using store = await openTemporary();
  assert.equal(store.syncP50(), null);
  await commit(store, []);
  assert.equal(store.syncP50(), null);
  await store.log.append([events()]);
  assert(store.syncP50()! > 0);
});
