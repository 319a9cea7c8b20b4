/** Claims about the file behind the SQLite store: what it keeps, who may open it, how it is bounded. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../src/base/clock.ts";
import { createLogger } from "../../src/base/logging.ts";
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
  outcome,
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

/** What undoes a migration. */
const WITHOUT_SECRETS = "DROP TABLE secret; ";
const WITHOUT_FIGURES = WITHOUT_SECRETS + "DROP TABLE figure; DROP TABLE error_log; ";
const WITHOUT_EXECUTIONS = WITHOUT_FIGURES +
  "DROP TABLE api_definition; DROP TABLE action_template; DROP TABLE exec_log; " +
  "ALTER TABLE delivery DROP COLUMN result; ALTER TABLE delivery DROP COLUMN texts;";
const WITHOUT_FALLBACK = WITHOUT_EXECUTIONS +
  "ALTER TABLE delivery DROP COLUMN fallback; ALTER TABLE delivery DROP COLUMN action;";
const WITHOUT_TEMPLATES = `${WITHOUT_FALLBACK} DROP TABLE template;`;
const WITHOUT_LOOKUPS = "DROP TABLE lookup_version; DROP TABLE lookup_chunk;";
const WITHOUT_ORDER =
  "DROP TRIGGER delivery_ordered; DROP TRIGGER delivery_failed; DROP INDEX delivery_order; " +
  "ALTER TABLE delivery DROP COLUMN settled; ALTER TABLE delivery DROP COLUMN order_key;";
const WITHOUT_ROUTING = [
  "DROP TRIGGER delivery_group_gone;",
  ...["suppressed_by", "group_doc"].map((column) => `ALTER TABLE delivery DROP COLUMN ${column};`),
  ...["routing", "silence", "inhibition", "route_inbox", "route_group", "route_source", "delivery_member"]
    .map((table) => `DROP TABLE ${table};`),
].join(" ");
const WITHOUT_REVISIONS =
  "DROP TABLE alert_revision; DROP INDEX alert_birth; ALTER TABLE delivery DROP COLUMN revision;";

function schemaOf(path: string): number {
  using db = new DatabaseSync(`${path}/tocsin.db`);
  return (db.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
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
  const own = schemaOf(path);
  byHand(path, "PRAGMA user_version = 99");
  await assert.rejects(openAt(path), /schema 99/);
  byHand(path, `PRAGMA user_version = ${own}`);
  assert.equal(await inTurn(path, ({ log }) => Promise.resolve(log.next)), 1);
});

Deno.test("a database of the schema before lookup tables is brought up to date", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await inTurn(path, ({ log }) => log.append([events()]));
  byHand(
    path,
    `${WITHOUT_TEMPLATES} ${WITHOUT_ROUTING} ${WITHOUT_ORDER} ${WITHOUT_REVISIONS} ${WITHOUT_LOOKUPS} PRAGMA user_version = 1`,
  );
  assert.deepEqual(await inTurn(path, ({ lookups }) => lookups.list()), []);
  assert.equal(await inTurn(path, ({ log }) => Promise.resolve(log.next)), 1);
});

Deno.test("deliveries of a file of the schema before revisions are of the first one", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await inTurn(path, (store) => born(store, [alert("a1")], [delivery("d1", { alert_id: "a1" })]));
  byHand(
    path,
    `${WITHOUT_TEMPLATES} ${WITHOUT_ROUTING} ${WITHOUT_ORDER} ${WITHOUT_REVISIONS} PRAGMA user_version = 2`,
  );
  await inTurn(path, async ({ outbox, effects }) => {
    assert.equal((await outbox.get("d1"))!.delivery.revision, 1);
    assert.equal((await effects.alertRevision("a1", 1))!.alert_id, "a1");
  });
});

Deno.test("deliveries of a file of the schema before order are sent in no order", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await inTurn(path, (store) => born(store, [alert("a1")], [delivery("d1", { alert_id: "a1" })]));
  byHand(path, `${WITHOUT_TEMPLATES} ${WITHOUT_ROUTING} ${WITHOUT_ORDER} PRAGMA user_version = 3`);
  await inTurn(path, async ({ outbox }) => {
    assert.deepEqual((await outbox.get("d1"))!.delivery, delivery("d1", { alert_id: "a1" }));
  });
});

Deno.test("deliveries of a file of the schema before routes belong to no group", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await inTurn(path, (store) => born(store, [alert("a1")], [delivery("d1", { alert_id: "a1" })]));
  byHand(path, `${WITHOUT_TEMPLATES} ${WITHOUT_ROUTING} PRAGMA user_version = 4`);
  await inTurn(path, async ({ outbox, routing }) => {
    assert.equal((await outbox.get("d1"))!.delivery.group, undefined);
    assert.deepEqual(await routing.groups(), []);
  });
});

Deno.test("a database of the schema before templates is brought up to date", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await inTurn(path, ({ log }) => log.append([events()]));
  byHand(path, `${WITHOUT_TEMPLATES} PRAGMA user_version = 5`);
  assert.deepEqual(await inTurn(path, ({ templates }) => templates.list()), []);
  assert.equal(await inTurn(path, ({ log }) => Promise.resolve(log.next)), 1);
});

Deno.test("deliveries of a file of the schema before fallbacks stand in for none", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await inTurn(path, (store) => born(store, [alert("a1")], [delivery("d1", { alert_id: "a1" })]));
  byHand(path, `${WITHOUT_FALLBACK} PRAGMA user_version = 6`);
  await inTurn(path, async ({ outbox }) => {
    assert.equal((await outbox.get("d1"))!.delivery.fallback, undefined);
  });
});

Deno.test("a database of the schema before executions is brought up to date", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await inTurn(path, (store) => born(store, [alert("a1")], [delivery("d1", { alert_id: "a1" })]));
  byHand(path, `${WITHOUT_EXECUTIONS} PRAGMA user_version = 7`);
  await inTurn(path, async ({ outbox, execs }) => {
    assert.equal((await outbox.get("d1"))!.delivery.texts, undefined);
    assert.deepEqual(await execs.list({ limit: 1 }), { items: [], next: null });
  });
});

Deno.test("a database of the schema before secrets is brought up to date", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await inTurn(path, ({ log }) => log.append([events()]));
  byHand(path, `${WITHOUT_SECRETS} PRAGMA user_version = 9`);
  assert.deepEqual(await inTurn(path, ({ secrets }) => secrets.list()), []);
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
  const reply = { key: "k", request: "r", status: 201, body: "x".repeat(400_000), created_at: 1 };
  for (const write of [() => store.log.append([events({ size: 400_000 })]), () => store.keepReply(reply)]) {
    await assert.rejects(write(), StorageFullError);
    assert.equal(await stat(), null);
    await store.checkpoint();
    assert.equal(await stat(), null, "not in the round of the failure");
  }
  await store.checkpoint();
  assert.equal((await stat())!.size, ballastBytes);
});

Deno.test("while the ballast is not whole events are refused, and all else is written", async () => {
  await using store = await openTemporary({ ballastBytes: 1024 * 1024 });
  await store.log.append([events({ topic: "t", count: 2 })]);
  assert.equal((await store.sizes()).ballast_whole, true);
  store.limitBytes(1);
  await assert.rejects(store.log.append([events({ size: 400_000 })]), StorageFullError);
  store.limitBytes(null);
  await assert.rejects(store.log.append([events()]), StorageFullError, "there is room, but not for events");
  assert.equal((await store.sizes()).ballast_whole, false);
  const [offset] = await store.log.append([document("tick")]);
  assert.equal(offset, 2, "a refusal takes no offset");
  await store.effects.incarnate(["r1"]);
  assert.equal((await born(store, [alert("a1")], [delivery("d1", { alert_id: "a1" })])).length, 1);
  await store.outbox.record("me", [outcome("d1")]);
  assert.equal(await store.log.trim(EVERYTHING), 2);
  await store.checkpoint();
  await assert.rejects(store.log.append([events()]), StorageFullError, "not in the round of the failure");
  await store.checkpoint();
  assert.deepEqual(await store.log.append([events()]), [3]);
});

Deno.test("sizes are those of the files", async () => {
  await using directory = await temporaryDirectory();
  await using store = await openAt(directory.path);
  await store.log.append([events({ size: 10_000 })]);
  await store.checkpoint();
  const { log_bytes, file_bytes, wal_bytes } = await store.sizes();
  const size = async (name: string) => (await Deno.stat(`${directory.path}/${name}`)).size;
  assert.ok(log_bytes > 10_000 && log_bytes < file_bytes, `${log_bytes} of ${file_bytes}`);
  assert.deepEqual([file_bytes, wal_bytes], [await size("tocsin.db"), await size("tocsin.db-wal")]);
});

Deno.test("each gap of the log is told at every start", async () => {
  await using directory = await temporaryDirectory();
  const { path } = directory;
  await inTurn(path, ({ log }) => log.append([events({ count: 4 }), events({ count: 3 })]));
  byHand(path, "DELETE FROM log WHERE first = 4");
  for (const _ of [1, 2]) {
    const lines: string[] = [];
    const logger = createLogger({ level: "warn", clock: systemClock, write: (line) => lines.push(line) });
    await using _store = await openAt(path, { logger });
    const told = lines.map((line) => JSON.parse(line)).map(({ level, from, to }) => [level, from, to]);
    assert.deepEqual(told, [["warn", 4, 7]]);
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
