import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { BatchView } from "../../src/batch/batch.ts";
import { SharedTests } from "../../src/engine/shared_tests.ts";
import { condition, event, FIELDS } from "./arbitrary.ts";
import { holds } from "./oracle.ts";
import { ARRIVAL, planOf, Workbench } from "./workbench.ts";

Deno.test("filter: any condition over any events selects the rows that its definition selects", () => {
  fc.assert(
    fc.property(
      fc.array(condition, { minLength: 1, maxLength: 4 }),
      fc.array(event, { minLength: 1, maxLength: 40 }),
      (conditions, events) => {
        const bench = new Workbench();
        for (const where of conditions) bench.add(planOf(where, FIELDS, { index: null }));
        const found = bench.matches(events);
        conditions.forEach((where, i) => assert.deepEqual(found[i], expected(where, events)));
      },
    ),
    { numRuns: 1500 },
  );
});

Deno.test("filter: by way of the equality index the same rows are selected", () => {
  fc.assert(
    fc.property(
      fc.array(condition, { minLength: 1, maxLength: 6 }),
      fc.array(event, { minLength: 1, maxLength: 40 }),
      (conditions, events) => {
        const bench = new Workbench();
        conditions.forEach((where, i) => bench.add(planOf(where, FIELDS), i % 3));
        const found = bench.matches(events);
        conditions.forEach((where, i) => assert.deepEqual(found[i], expected(where, events)));
      },
    ),
    { numRuns: 1500 },
  );
});

Deno.test("filter: tests that rules share give each the same rows, batch after batch", () => {
  const bench = new Workbench();
  const where = { kind: "test", field: 0, op: "contains", fold_case: false } as const;
  for (let i = 0; i < 4; i++) {
    bench.add(planOf({ ...where, operand: { kind: "const", value: i < 3 ? "x" : "y" } }, ["a"]));
  }
  for (let batch = 0; batch < 4; batch++) {
    const events = Array.from({ length: 50 }, (_, i) => ({ a: (i + batch) % 3 === 0 ? `x${i}` : `y${i}` }));
    const found = bench.matches(events);
    const wanted = events.flatMap(({ a }, i) => a.startsWith("x") ? [i] : []);
    assert.deepEqual(found.slice(0, 3), [wanted, wanted, wanted]);
    assert.equal(found[3]!.length, 50 - wanted.length);
  }
});

Deno.test("read: rows before fromRow and skipped offsets are left out", () => {
  const bench = new Workbench();
  bench.add(planOf({ kind: "group", logic: "and", items: [] }, ["a"]));
  const view = new BatchView(bench.encode(Array.from({ length: 6 }, (_, a) => ({ a }))));
  const span = { first: 100, next: 106, arrival: ARRIVAL };
  const shared = new SharedTests();
  const rule = bench.rules[0]!;
  const read = (rows: number[] | null, fromRow: number, skip: number[]) =>
    rule.read(view, span, {
      rows: rows === null ? null : Uint16Array.from(rows),
      fromRow,
      skip: new Set(skip),
      shared,
    })?.offsets;
  assert.deepEqual([...read(null, 2, [103])!], [102, 104, 105]);
  assert.deepEqual([...read([0, 3, 5], 1, [105])!], [103]);
  assert.equal(read([0, 1], 2, []), undefined);
});

Deno.test("read: a batch without a column of the rule is told, never taken as missing", () => {
  const bench = new Workbench();
  bench.add(planOf({ kind: "group", logic: "and", items: [] }, ["a"]));
  const bytes = bench.encode([{ a: 1, b: 2 }]);
  const where = {
    kind: "test",
    field: 0,
    op: "not_exists",
    operand: { kind: "none" },
    fold_case: false,
  } as const;
  bench.add(planOf(where, ["b"]));
  assert.throws(() => bench.read(bytes), { name: "ColumnAbsentError" });
});

Deno.test("read: memory overwritten meanwhile makes it throw or answer, never hang", () => {
  fc.assert(
    fc.property(
      fc.array(condition, { minLength: 3, maxLength: 6 }),
      fc.array(event, { minLength: 1, maxLength: 20 }),
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 255 })), { maxLength: 40 }),
      (conditions, events, writes) => {
        const bench = new Workbench();
        for (const where of conditions) bench.add(planOf(where, FIELDS));
        const bytes = bench.encode(events);
        for (const [at, value] of writes) bytes[Math.floor(at * (bytes.length - 1))] = value;
        try {
          bench.read(bytes);
        } catch (error) {
          assert.ok(
            error instanceof RangeError || error instanceof Error && error.name === "ColumnAbsentError" ||
              error instanceof assert.AssertionError,
            String(error),
          );
        }
      },
    ),
    { numRuns: 300 },
  );
});

function expected(where: Parameters<typeof holds>[0], events: Parameters<typeof holds>[2][]): number[] {
  return events.flatMap((one, row) => holds(where, FIELDS, one) ? [row] : []);
}
