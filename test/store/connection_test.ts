/** Claims about transactions, and canaries for the platform facts that they stand on. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../src/base/clock.ts";
import { StorageBusyError, StorageFullError } from "../../src/store/event_log.ts";
import { Connection, type ConnectionOptions } from "../../src/store/sqlite/connection.ts";
import { temporaryDirectory } from "./sqlite_opening.ts";

async function withConnection(
  body: (db: Connection, file: string) => Promise<void> | void,
  options: Partial<ConnectionOptions> = {},
): Promise<void> {
  await using directory = await temporaryDirectory();
  const file = `${directory.path}/a.db`;
  const db = new Connection({ file, durability: "full", clock: systemClock, onFull() {}, ...options });
  try {
    await body(db, file);
  } finally {
    db.close();
  }
}

const put = (db: Connection, name: string) => db.prepare("INSERT INTO mark VALUES (?, 1)").run(name);
const marks = (db: Connection) => db.prepare<{ n: number }>("SELECT count(*) AS n FROM mark").get()!.n;

Deno.test("each class of transaction runs under its own synchronous mode", async () => {
  await withConnection((db) => {
    for (const durability of ["full", "normal", "normal", "full", "full", "normal"] as const) {
      const inForce = db.transact(durability, () => db.synchronous());
      assert.equal(inForce, durability === "full" ? 2 : 1, durability);
    }
  });
});

Deno.test("at normal durability no transaction is full", async () => {
  await withConnection((db) => {
    assert.equal(db.transact("full", () => db.synchronous()), 1);
  }, { durability: "normal" });
});

Deno.test("canary: a prepared PRAGMA synchronous acts when it is prepared, so it must not be", () => {
  using db = new DatabaseSync(":memory:");
  const value = () => (db.prepare("PRAGMA synchronous").get() as { synchronous: number }).synchronous;
  db.exec("PRAGMA synchronous = FULL");
  db.prepare("PRAGMA synchronous = NORMAL");
  assert.equal(value(), 1);
});

Deno.test("a throw inside a transaction undoes it and is thrown on", async () => {
  await withConnection(async (db) => {
    const wish = new Error("wish");
    const body = () => {
      put(db, "a");
      throw wish;
    };
    assert.throws(() => db.transact("full", body), wish);
    await assert.rejects(db.write("normal", body), wish);
    assert.equal(marks(db), 0);
    db.transact("full", () => put(db, "a"));
    assert.equal(marks(db), 1);
  });
});

Deno.test("a constraint that fails stays what it is", async () => {
  await withConnection((db) => {
    const twice = () => [put(db, "a"), put(db, "a")];
    assert.throws(() => db.transact("full", twice), /UNIQUE/);
    assert.equal(marks(db), 0);
  });
});

Deno.test("transactions do not nest", async () => {
  await withConnection((db) => {
    assert.throws(() => db.transact("full", () => db.transact("full", () => {})), /nest/);
    db.transact("full", () => put(db, "a"));
  });
});

Deno.test("a database that another connection holds is busy, and nothing changes", async () => {
  await withConnection((db, file) => {
    using other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    assert.throws(() => db.transact("full", () => put(db, "a")), StorageBusyError);
    other.exec("ROLLBACK");
    assert.equal(marks(db), 0);
    db.transact("full", () => put(db, "a"));
  });
});

Deno.test("a full database says so once its transaction is undone", async () => {
  let told = 0;
  await withConnection((db) => {
    db.limitBytes(1);
    const fill = () => {
      for (let i = 0; i < 5000; i++) put(db, `name ${i}`);
    };
    assert.throws(() => db.transact("normal", fill), StorageFullError);
    assert.deepEqual([told, marks(db)], [1, 0]);
    db.limitBytes(null);
    db.transact("normal", fill);
    assert.equal(marks(db), 5000);
  }, { onFull: () => void told++ });
});

Deno.test("after a commit that failed for an unknown reason nothing more is written", async () => {
  await withConnection((db) => {
    const orphan = () => {
      db.prepare("INSERT INTO child VALUES (1)").run();
    };
    db.transact("full", () => db.prepare("CREATE TABLE parent (id INTEGER PRIMARY KEY)").run());
    db.transact(
      "full",
      () => db.prepare("CREATE TABLE child (id REFERENCES parent DEFERRABLE INITIALLY DEFERRED)").run(),
    );
    db.prepare("PRAGMA foreign_keys = ON").run();
    assert.throws(() => db.transact("full", orphan), /FOREIGN KEY/);
    assert.throws(() => db.transact("full", () => put(db, "a")), /FOREIGN KEY/);
    assert.equal(marks(db), 0);
  });
});
