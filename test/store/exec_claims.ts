/** Claims about the log of executions. */
import assert from "node:assert/strict";
import type { Exec } from "../../src/model/exec.ts";
import { T0 } from "./fixtures.ts";
import type { Claim } from "./store_suite.ts";

function exec(exec_id: string, members: Partial<Exec> = {}): Exec {
  return {
    ...{ exec_id, kind: "rule", subject: "r", at: T0, duration_ms: 2.5, status: "success" },
    ...{ executed_by: "alert", error: null, references: { alert_id: "a1" } },
    ...members,
  };
}

export function execClaims(claim: Claim): void {
  claim("an execution is read as it was written, once per id", async ({ execs }) => {
    await execs.append([
      exec("e1"),
      exec("e1", { status: "fail" }),
      exec("e2", { error: "no", status: "fail" }),
    ]);
    const { seq: _, ...found } = (await execs.get("e1"))!;
    assert.deepEqual(found, exec("e1"));
    assert.equal(await execs.get("e3"), undefined);
    assert.deepEqual((await execs.list({ limit: 9 })).items.map(({ exec_id }) => exec_id), ["e2", "e1"]);
  });

  claim("executions are listed newest first, by what is asked, in pages", async ({ execs }) => {
    await execs.append([
      exec("e1", { at: T0 }),
      exec("e2", { at: T0 + 1, status: "fail", error: "Connection 100% refused" }),
      exec("e3", { at: T0 + 2, kind: "api", subject: "s" }),
      exec("e4", { at: T0 + 3, references: { endpoint: "http://h/a_b" } }),
    ]);
    const ids = async (query: object) =>
      (await execs.list({ limit: 9, ...query })).items.map(({ exec_id }) => exec_id);
    assert.deepEqual(await ids({ kind: "rule" }), ["e4", "e2", "e1"]);
    assert.deepEqual(await ids({ subject: "s" }), ["e3"]);
    assert.deepEqual(await ids({ status: "fail" }), ["e2"]);
    assert.deepEqual(await ids({ from: T0 + 1, to: T0 + 3 }), ["e3", "e2"]);
    assert.deepEqual(await ids({ text: "100% REFUSED" }), ["e2"]);
    assert.deepEqual(await ids({ text: "a_b" }), ["e4"]);
    assert.deepEqual(await ids({ text: "aXb" }), []);
    const first = await execs.list({ limit: 2 });
    assert.deepEqual(await ids({ before: first.next! }), ["e2", "e1"]);
    assert.equal((await execs.list({ limit: 2, before: first.next! })).next, null);
  });

  claim("figures of executions are sums by subject, failures are counted by spans", async ({ execs }) => {
    await execs.append([
      exec("e1", { at: T0, status: "fail" }),
      exec("e2", { at: T0 + 999 }),
      exec("e3", { at: T0 + 1000, subject: "s", status: "fail" }),
      exec("e4", { at: T0 + 5000, subject: "s", status: "fail" }),
      exec("e5", { at: T0, kind: "api", status: "fail" }),
    ]);
    const span = { kind: "rule", from: T0, to: T0 + 5000 } as const;
    assert.deepEqual(await execs.figures(span), [
      { subject: "r", executions: 2, errors: 1, duration_ms: 5 },
      { subject: "s", executions: 1, errors: 1, duration_ms: 2.5 },
    ]);
    assert.deepEqual([...await execs.failures({ ...span, bucketMs: 1000 })], [[0, 1], [1, 1]]);
  });

  claim("old executions go first, then those beyond the number of rows", async ({ execs }) => {
    await execs.append([1, 2, 3, 4, 5].map((n) => exec(`e${n}`, { at: T0 + n })));
    assert.equal(await execs.trim({ before: T0 + 2, rowsMax: 100, slice: 10 }), 1);
    assert.equal(await execs.trim({ before: 0, rowsMax: 2, slice: 1 }), 1);
    assert.equal(await execs.trim({ before: 0, rowsMax: 2, slice: 10 }), 1);
    assert.deepEqual((await execs.list({ limit: 9 })).items.map(({ exec_id }) => exec_id), ["e5", "e4"]);
  });

  claim("what is too long for the log of executions is cut, and says so", async ({ execs }) => {
    const references = { short: "a", long: "x".repeat(20_000) };
    await execs.append([exec("e1", { references, error: "e".repeat(9_000), status: "fail" })]);
    const found = (await execs.get("e1"))!;
    assert.deepEqual(found.references, { short: "a", long: { truncated: true } });
    assert.equal(found.error!.length, 2_000);
  });
}
