/** The rules of our lint plugin, each with code that it reports and code that it lets pass. */
import assert from "node:assert/strict";
import plugin from "../../tools/lint_plugin.ts";

function reports(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, path, source).map((found) => found.id);
}

const TIME = ["tocsin/time-and-chance"];

Deno.test("lint: the clock and the timers belong to src/base", () => {
  for (
    const source of [
      "new Date()",
      "Date.now()",
      "globalThis.Date.now()",
      "performance.now()",
      "setTimeout(() => {}, 1)",
      "globalThis.setInterval(() => {}, 1)",
      "const clock = { now: Date.now };",
      "use(setImmediate)",
    ]
  ) {
    assert.deepEqual(reports("src/engine/x.ts", source).filter((id) => id === TIME[0]), TIME, source);
    assert.deepEqual(reports("src/base/clock.ts", source), [], source);
  }
});

Deno.test("lint: chance belongs to src/base", () => {
  assert.deepEqual(reports("actors/x.ts", "Math.random()"), TIME);
  assert.deepEqual(reports("test/x_test.ts", "crypto.randomUUID()"), TIME);
  assert.deepEqual(reports("actors/x.ts", "Math.max(1, 2)"), []);
});

Deno.test("lint: a type, a member or a method of that name is no clock", () => {
  for (
    const source of [
      "let at: Date | undefined;",
      "interface A { Date: string }",
      "const a = { Date: 1 };",
      "headers.Date",
      "class A { setTimeout() {} }",
      'import { performance as p } from "./x.ts";',
    ]
  ) assert.deepEqual(reports("src/store/x.ts", source), [], source);
});

Deno.test("lint: Date.UTC reads no clock; Date.parse belongs to tests, since it knows local time", () => {
  assert.deepEqual(reports("src/engine/x.ts", "globalThis.Date.UTC(2026, 0, 1)"), []);
  assert.deepEqual(reports("test/x_test.ts", "Date.parse(text)"), []);
  assert.deepEqual(reports("src/store/x.ts", "Date.parse(text)"), TIME);
});

Deno.test("lint: only composition roots and programs read the environment", () => {
  const source = 'Deno.env.get("PORT")';
  assert.deepEqual(reports("routes/x.ts", source), ["tocsin/environment"]);
  assert.deepEqual(reports("routes/x.ts", "process.env.PORT"), ["tocsin/environment"]);
  for (const path of ["main.ts", "tools/x.ts", "bench/x.ts"]) assert.deepEqual(reports(path, source), []);
});

Deno.test("lint: the server logs through a Logger, never to the console", () => {
  assert.deepEqual(reports("main.ts", 'console.log("up")'), ["tocsin/console"]);
  assert.deepEqual(reports("src/base/logging.ts", 'console.error("line")'), []);
  assert.deepEqual(reports("src/base/metrics.ts", 'console.error("line")'), ["tocsin/console"]);
});

Deno.test("lint: the engine neither waits nor reaches outside", () => {
  for (
    const source of [
      "export async function f() {}",
      "export const f = async () => {};",
      'fetch("http://a.test")',
      'Deno.readTextFileSync("a")',
      'import { readFileSync } from "node:fs";',
    ]
  ) {
    assert.deepEqual(reports("src/engine/x.ts", source), ["tocsin/pure-engine"], source);
    assert.ok(!reports("src/store/x.ts", source).includes("tocsin/pure-engine"), source);
  }
});

Deno.test("lint: a test that is switched off says why", () => {
  const skipped = ["tocsin/reasoned-skip"];
  const path = "test/x_test.ts";
  assert.deepEqual(reports(path, 'Deno.test.ignore("a", () => {});'), skipped);
  assert.deepEqual(reports(path, 'Deno.test({ name: "a", ignore: true, fn() {} });'), skipped);
  assert.deepEqual(reports(path, "const o = { sanitizeOps: false };"), skipped);
  assert.deepEqual(reports(path, "// needs a second disk\nconst o = { ignore: true };"), []);
  assert.deepEqual(reports(path, "const o = { ignore: true }; // needs a second disk"), []);
});

Deno.test("lint: no reason excuses a test that hides the others", () => {
  const source = '// just now\nDeno.test.only("a", () => {});';
  assert.deepEqual(reports("test/x_test.ts", source), ["tocsin/reasoned-skip"]);
});
