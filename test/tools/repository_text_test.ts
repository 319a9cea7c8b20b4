/** The text check; what it looks for is put together here, so that this file passes it. */
import assert from "node:assert/strict";
import { checkRepositoryText, forbiddenText } from "../../tools/repository_text.ts";
import { FixtureTree } from "./fixture_tree.ts";

const host = (tail: string) => `registry${tail}`;
const path = (...parts: string[]) => `/${parts.join("/")}`;

Deno.test("text: a registry host is found with its place", () => {
  assert.deepEqual(forbiddenText("a.json", `{\n"resolved": "${host(".example.org")}/a"\n}`), [
    "a.json:2: the host of a package registry",
  ]);
  assert.deepEqual(forbiddenText("a.ts", "const found = registry.get(type);"), []);
});

Deno.test("text: a lock file holds no address at all", () => {
  assert.equal(forbiddenText("deno.lock", '"https://example.org/a.ts": "hash"').length, 1);
  assert.deepEqual(forbiddenText("README.md", "see https://example.org/"), []);
});

Deno.test("text: paths of somebody's machine are found, addresses and relative paths are not", () => {
  for (
    const written of [path("home", "ann", "x.ts"), `"${path("work", "main")}"`, path("Users", "ann", "b")]
  ) {
    assert.equal(forbiddenText("a.md", written).length, 1, written);
  }
  for (const written of ["https://a.test/work/main", "./work/main", "a/root/b", "/api/v1/rules/home/x"]) {
    assert.deepEqual(forbiddenText("a.md", written), [], written);
  }
});

Deno.test("text: left-over markers are found as words", () => {
  assert.equal(forbiddenText("a.ts", `// ${"TO"}${"DO"}: later`).length, 1);
  assert.deepEqual(forbiddenText("a.ts", "const toDo = 1;"), []);
});

Deno.test("text: every kind of text file of a tree is read", () => {
  const bad = host(".example.org");
  using tree = new FixtureTree({ "Dockerfile": bad, ".ci/run": bad, "docs/a.md": bad, "data/x.json": bad });
  assert.deepEqual(checkRepositoryText(tree.root).map((fault) => fault.split(":")[0]), [
    ".ci/run",
    "Dockerfile",
    "docs/a.md",
  ]);
});
