/** Queries of API definitions: what the tables of the server come to, and the end of a query that takes too long. */
import assert from "node:assert/strict";
import { randomId } from "../../src/base/ids.ts";
import { systemClock, turn } from "../../src/base/clock.ts";
import { SqlRunner } from "../../actors/sql_runner.ts";
import { cacheEnvironment } from "../sandbox/open_sandbox.ts";

const ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c";
const BOMB =
  "WITH RECURSIVE c(s) AS (SELECT zeroblob(1000000) UNION ALL SELECT s FROM c) SELECT s FROM c ORDER BY s";

/** Variables that its children have, and nobody else's. */
const MARK = { TOCSIN_TEST_MARK: randomId() };

function open(): SqlRunner {
  const lookups = { names: () => [], current: () => Promise.resolve([]) };
  const environment = { ...cacheEnvironment(), ...MARK };
  return new SqlRunner({ clock: systemClock, lookups, program: Deno.execPath(), environment });
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
