import assert from "node:assert/strict";
import type { JsonValue } from "../../src/base/json.ts";
import { mergePatch } from "../../src/base/merge_patch.ts";

Deno.test("merge patch: the cases of RFC 7396, appendix A", () => {
  const cases: [target: JsonValue, patch: JsonValue, result: JsonValue][] = [
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [["a", "b"], ["c", "d"], ["c", "d"]],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [target, patch, result] of cases) assert.deepEqual(mergePatch(target, patch), result);
});

Deno.test("merge patch: leaves its arguments as they were, and knows no inherited member", () => {
  const target = { a: { b: 1 } };
  assert.deepEqual(mergePatch(target, { a: { b: 2 }, constructor: { x: 1 } }), {
    a: { b: 2 },
    constructor: { x: 1 },
  });
  assert.deepEqual(target, { a: { b: 1 } });
});
