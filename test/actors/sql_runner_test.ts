/** Queries of API definitions: what the tables of the server come to, and the end of a query that takes too long. */
import assert from "node:assert/strict";
import process from "node:process";
import { systemClock } from "../../src/base/clock.ts";
import { SqlRunner } from "../../actors/sql_runner.ts";
import { cacheEnvironment } from "../sandbox/open_sandbox.ts";

const ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c";
const BOMB =
  "WITH RECURSIVE c(s) AS (SELECT zeroblob(1000000) UNION ALL SELECT s FROM c) SELECT s FROM c ORDER BY s";

function open(): SqlRunner {
  const lookups = { names: () => [], current: () => Promise.resolve([]) };
  return new SqlRunner({
    ...{ clock: systemClock, lookups, program: Deno.execPath(), environment: cacheEnvironment() },
  });
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

Deno.test("sql: a query without end is ended for good, and costs this process nothing", async () => {
  await using runner = open();
  const from = cpuSeconds();
  const result = await runner.run(ENDLESS, { params: {}, limit: 10 });
  assert.equal(result.ok || result.kind, "timeout");
  assert.ok(cpuSeconds() - from < 1.5, "SQLite must not run in this process");
  const next = await runner.run("SELECT 1 AS one", { params: {}, limit: 10 });
  assert.deepEqual(next.ok && next.rows, [{ one: 1 }]);
});

Deno.test("sql: a query that takes ever more memory ends, and the next one is answered", async () => {
  await using runner = open();
  const result = await runner.run(BOMB, { params: {}, limit: 10 });
  assert.equal(result.ok, false);
  assert.ok((await runner.run("SELECT 1", { params: {}, limit: 1 })).ok);
});
