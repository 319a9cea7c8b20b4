/** The size check: what it measures, what it lets pass and what it fails. */
import assert from "node:assert/strict";
import { FILE_LINES, FUNCTION_LINES, judgeSizes, measureSizes, type Sized } from "../../tools/sizes.ts";
import { FixtureTree } from "./fixture_tree.ts";

const NONE = { files: {}, functions: {} };
const file = (lines: number): Sized => ({ kind: "file", id: "src/a.ts", lines });
const fn = (lines: number): Sized => ({ kind: "function", id: "src/a.ts#f", lines });

Deno.test("sizes: at the limit nothing fails, one line past it does", () => {
  assert.equal(judgeSizes([file(FILE_LINES.max), fn(FUNCTION_LINES.max)], NONE).faults.length, 0);
  assert.equal(judgeSizes([file(FILE_LINES.max + 1), fn(FUNCTION_LINES.max + 1)], NONE).faults.length, 2);
});

Deno.test("sizes: past the lower limit someone is asked", () => {
  assert.deepEqual(judgeSizes([file(FILE_LINES.ask), fn(FUNCTION_LINES.ask)], NONE).questions, []);
  assert.equal(judgeSizes([file(FILE_LINES.ask + 1), fn(FUNCTION_LINES.ask + 1)], NONE).questions.length, 2);
});

Deno.test("sizes: a listed reason lets one file or function pass, and only as its own kind", () => {
  const excused = { files: { "src/a.ts": "a table" }, functions: { "src/a.ts#f": "one switch" } };
  assert.deepEqual(judgeSizes([file(9000), fn(900)], excused).faults, []);
  const wrongKind = { files: { "src/a.ts#f": "one switch" }, functions: {} };
  assert.equal(judgeSizes([fn(900)], wrongKind).faults.length, 2);
});

Deno.test("sizes: an exception without a reason, or without need, fails", () => {
  assert.equal(judgeSizes([file(9000)], { files: { "src/a.ts": "" }, functions: {} }).faults.length, 2);
  assert.equal(judgeSizes([file(10)], { files: { "src/a.ts": "a table" }, functions: {} }).faults.length, 1);
});

Deno.test("sizes: files and functions of every kind are measured, functions of tests are not", async () => {
  using tree = new FixtureTree({
    "src/a.ts": [
      "export function declared() {",
      "  return 1;",
      "}",
      "export const arrow = () => ({",
      "  a: 1,",
      "});",
      "export class A {",
      "  method() {",
      "    return 2;",
      "  }",
      "  #hidden = () => 3;",
      "}",
      "",
    ].join("\n"),
    "test/a_test.ts": "export function suite() {\n}\n",
    "node_modules/b/b.ts": "export const b = 1;\n",
  });
  const measured = (await measureSizes(tree.root)).map(({ id, lines }) => `${id} ${lines}`);
  assert.deepEqual(measured.sort(), [
    "src/a.ts 12",
    "src/a.ts##hidden 1",
    "src/a.ts#arrow 3",
    "src/a.ts#declared 3",
    "src/a.ts#method 3",
    "test/a_test.ts 2",
  ]);
});
