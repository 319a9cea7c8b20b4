/** Queries of API definitions: what the tables of the server come to, and the end of a query that takes too long. */
import assert from "node:assert/strict";
import { randomId } from "../../src/base/ids.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { LookupImageBuilder } from "../../src/batch/lookup_image.ts";
import type { LookupVersion } from "../../src/store/lookup_store.ts";
import { systemClock, turn } from "../../src/base/clock.ts";
import { SqlRunner } from "../../actors/sql_runner.ts";
import { cacheEnvironment } from "../sandbox/open_sandbox.ts";

const ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c";
const BOMB =
  "WITH RECURSIVE c(s) AS (SELECT zeroblob(1000000) UNION ALL SELECT s FROM c) SELECT s FROM c ORDER BY s";

/** Variables that its children have, and nobody else's. */
const MARK = { TOCSIN_TEST_MARK: randomId() };

interface Table {
  key?: string;
  rows: JsonObject[];
}

function open(tables: Readonly<Record<string, Table>> = {}): SqlRunner {
  const lookups = {
    names: () => Object.keys(tables),
    current: (names: readonly string[]) =>
      Promise.resolve(names.map((name) => ({ name, image: imageOf(tables[name]!) }))),
    list: () =>
      Promise.resolve(
        Object.entries(tables).map(([name, { key = "id" }]) => ({ name, key }) as unknown as LookupVersion),
      ),
  };
  const environment = { ...cacheEnvironment(), ...MARK };
  return new SqlRunner({ clock: systemClock, lookups, program: Deno.execPath(), environment });
}

function imageOf({ rows }: Table): SharedArrayBuffer {
  const builder = new LookupImageBuilder();
  rows.forEach((row, i) => builder.add(String(i), row));
  const bytes = builder.finish();
  const shared = new SharedArrayBuffer(bytes.byteLength);
  new Uint8Array(shared).set(bytes);
  return shared;
}

/** Rows, or why there are none. */
async function asked(runner: SqlRunner, sql: string, params: JsonObject = {}): Promise<unknown> {
  const result = await runner.run(sql, { params, limit: 10 });
  return result.ok ? result.rows : result.error;
}

/** Processes that a runner of this file started and that are still there. */
async function children(): Promise<number> {
  const script = `grep -l "${MARK.TOCSIN_TEST_MARK}" /proc/[0-9]*/environ 2>/dev/null; true`;
  const { stdout } = await new Deno.Command("/bin/sh", { args: ["-c", script] }).output();
  return new TextDecoder().decode(stdout).trim().split("\n").filter((line) => line !== "").length;
}

Deno.test("sql: a query without end is ended for good, with the process that it ran in", async () => {
  await using runner = open();
  const running = runner.run(ENDLESS, { params: {}, limit: 10 });
  while (await children() === 0) await turn(systemClock);
  const result = await running;
  assert.equal(result.ok || result.kind, "timeout");
  assert.equal(await children(), 0, "SQLite must not go on");
  const next = await runner.run("SELECT 1 AS one", { params: {}, limit: 10 });
  assert.deepEqual(next.ok && next.rows, [{ one: 1 }]);
});

Deno.test("sql: a query that takes ever more memory ends, and the next one is answered", async () => {
  await using runner = open();
  const result = await runner.run(BOMB, { params: {}, limit: 10 });
  assert.equal(result.ok, false);
  assert.ok((await runner.run("SELECT 1", { params: {}, limit: 1 })).ok);
});

Deno.test("sql: whole numbers are integers, in parameters and in cells; others are not", async () => {
  await using runner = open({ hosts: { rows: [{ id: 1, load: 0.5 }, { id: 9007199254740993, load: 2 }] } });
  assert.deepEqual(await asked(runner, "select 'host-' || :n as a, :n / 2 as b, typeof(:n) as c", { n: 1 }), [
    { a: "host-1", b: 0, c: "integer" },
  ]);
  assert.deepEqual(
    await asked(runner, "select typeof(:x) as x, json_extract(:l, '$[' || :n || ']') as one", {
      ...{ x: 1.5, l: [4, 5], n: 1 },
    }),
    [{ x: "real", one: 5 }],
  );
  assert.deepEqual(await asked(runner, "select 'host-' || id as a, typeof(load) as b from hosts limit 1"), [
    { a: "host-1", b: "real" },
  ]);
  assert.deepEqual(await asked(runner, "select 9007199254740991 as a, 9007199254740993 as b, 1.0 as c"), [
    { a: 9007199254740991, b: "9007199254740993", c: 1 },
  ]);
});

Deno.test("sql: members that differ only in case are one column, of every row", async () => {
  await using runner = open({
    hosts: { rows: [{ A: 1 }, { a: 2 }, { a: 3, A: 4 }, { id: 5 }] },
  });
  assert.deepEqual(await asked(runner, "select A from hosts"), [{ A: 1 }, { A: 2 }, { A: 4 }, { A: null }]);
});

Deno.test("sql: of tables whose names differ only in case the one is read that the query spells", async () => {
  await using runner = open({ hosts: { rows: [{ id: 1 }] }, Hosts: { rows: [{ id: 2 }] } });
  assert.deepEqual(await asked(runner, "select id from hosts"), [{ id: 1 }]);
  assert.deepEqual(await asked(runner, "select id from Hosts"), [{ id: 2 }]);
  assert.deepEqual(await asked(runner, "select id from HOSTS"), [{ id: 1 }]);
  assert.deepEqual(await asked(runner, "select id from 'Hosts'"), [{ id: 2 }]);
  assert.deepEqual(await asked(runner, "select 'Hosts' as t, id from hosts -- Hosts"), [{
    t: "Hosts",
    id: 1,
  }]);
});

Deno.test("sql: a table is found by any name, also without rows", async () => {
  await using runner = open({ 'we ird"t': { rows: [{ id: 1 }] }, e0: { key: "code", rows: [] } });
  assert.deepEqual(await asked(runner, 'select id from "we ird""t"'), [{ id: 1 }]);
  assert.deepEqual(await asked(runner, 'select id from [we ird"t]'), [{ id: 1 }]);
  assert.deepEqual(await asked(runner, "select code from e0"), []);
});

Deno.test("sql: a query may end in a semicolon and a comment", async () => {
  await using runner = open();
  assert.deepEqual(await asked(runner, "select 1 as a; -- done"), [{ a: 1 }]);
  assert.deepEqual(await asked(runner, "select ';--' as a /* one */ ; /* two"), [{ a: ";--" }]);
});
