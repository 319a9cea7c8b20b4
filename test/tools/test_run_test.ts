/** The test program's own parts: which runs it starts, how it counts them, how it closes. */
import assert from "node:assert/strict";
import { judgeRun, phasesOf } from "../../tools/test.ts";
import { findMissing } from "../../tools/test_requirements.ts";
import { closingLine, readTally } from "../../tools/test_tally.ts";

const exists = (path: string) =>
  ["src", "actors", "test", "test/faults", "test/e2e", "test/engine"].includes(path);

const JUNIT = `<testsuites name="deno test" tests="4" failures="1">
  <testsuite name="./a_test.ts" tests="4" failures="1">
    <testcase name="fine" classname="./a_test.ts" time="0.000" line="1" col="6">
    </testcase>
    <testcase name="a &gt; b &amp; &quot;c&quot;" classname="./a_test.ts" time="0.000" line="2" col="6">
      <skipped/>
    </testcase>
    <testcase name="broken" classname="./a_test.ts" time="0.000" line="3" col="6">
      <failure message="no">AssertionError: &lt;skipped/&gt;</failure>
    </testcase>
    <testcase name="fine too" classname="./a_test.ts" time="0.000" line="4" col="6">
    </testcase>
  </testsuite>
</testsuites>`;

Deno.test("test run: without arguments the rooms run in parallel and the end-to-end tests alone", () => {
  const phases = phasesOf([], exists).map(({ args }) => args.join(" "));
  assert.deepEqual(phases, [
    "--doc src actors",
    "--parallel --ignore=test/faults,test/e2e,test/soak test",
    "test/faults",
    "test/e2e",
  ]);
});

Deno.test("test run: a filter goes to every phase, a path chooses alone", () => {
  assert.ok(phasesOf(["--filter", "session"], exists).every(({ args }) => args.includes("--filter")));
  const chosen = phasesOf(["--", "test/engine", "--fail-fast"], exists).map(({ args }) => args);
  assert.deepEqual(chosen, [["--fail-fast", "test/engine"]]);
});

Deno.test("test run: passed, failed and skipped are read from the report, with names as written", () => {
  assert.deepEqual(readTally(JUNIT), { passed: 2, failed: 1, skipped: ['a > b & "c"'] });
});

Deno.test("test run: a skip is a failure only where skips fail", () => {
  const tally = { passed: 5, failed: 0, skipped: ["needs a disk"] };
  assert.equal(closingLine(judgeRun([tally], { skipsFail: false })), "5 passed, 0 failed");
  assert.equal(closingLine(judgeRun([tally], { skipsFail: true })), "5 passed, 1 failed");
});

Deno.test("test run: a run of no test at all has failed", () => {
  assert.equal(closingLine(judgeRun([], { skipsFail: false })), "0 passed, 1 failed");
});

Deno.test("test run: what a probe refuses is missing, what it accepts is not", async () => {
  const requirement = (name: string, code: string) => ({
    name,
    probe: [Deno.execPath(), "eval", code],
    apt: "none",
    why: "to see the probe at work",
  });
  const missing = await findMissing([
    requirement("there", "Deno.exit(0)"),
    requirement("gone", "Deno.exit(1)"),
  ]);
  assert.deepEqual(missing.map(({ name }) => name), ["gone"]);
});
