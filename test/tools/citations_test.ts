/** The check of citations. */
import assert from "node:assert/strict";
import { checkCitations, citations } from "../../tools/citations.ts";
import { FixtureTree } from "./fixture_tree.ts";

Deno.test("citations: one number, several, and one on the next line of a comment are found", () => {
  const text =
    "/**\n * As SEMANTICS 3 and 16 say (INVARIANTS 11, 12), and SEMANTICS\n * 2 to 6.\n */\n// SEMANTICS alone";
  assert.deepEqual(citations(text), [
    { line: 2, word: "SEMANTICS", numbers: [3, 16] },
    { line: 2, word: "INVARIANTS", numbers: [11, 12] },
    { line: 2, word: "SEMANTICS", numbers: [2, 6] },
  ]);
});

Deno.test("citations: a number without a heading, and a page that is not there, are told with their place", () => {
  using tree = new FixtureTree({
    "docs/semantics.md": "### 1. Events\n\n1. a list is no heading\n\n### 3. Numbers\n",
    "docs/invariants.md": "### 1. Cuts\n\nTest: `test/a_test.ts`, `test/gone_test.ts`.\n",
    "test/a_test.ts": "// INVARIANTS 1",
    "src/a.ts": "// fine (SEMANTICS 1 and 3)\n// broken (SEMANTICS 2)\n// gone (DESIGN 4)\n",
  });
  assert.deepEqual(checkCitations(tree.root), [
    "src/a.ts:2: SEMANTICS 2 is not a heading of docs/semantics.md",
    "src/a.ts:3: DESIGN 4 is not a heading of any page",
    "docs/invariants.md: test/gone_test.ts does not exist",
  ]);
});

Deno.test("citations: those of this repository lead somewhere", () => {
  assert.deepEqual(checkCitations(new URL("../..", import.meta.url).pathname.replace(/\/$/, "")), []);
});
