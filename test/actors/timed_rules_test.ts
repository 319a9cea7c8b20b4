/**
 * Rules that wait for time, through the actors: windows, held alerts, anomalies. Whatever happens to an engine
 * on its way (kills, restarts of the process and of actors, checkpoints, moves, edits, any cut into batches),
 * its alerts and counters are those of its log folded one event after the other.
 */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { InlineFleet } from "../../actors/inline_fleet.ts";
import { Course, type CourseOptions } from "./course.ts";
import { accountOf, foldedAccount, quietBeforeStart, readLog } from "./log_fold.ts";
import { workerFleet } from "./rule_engine.ts";
import { IDLE_MS_MIN, RULES, type TimedCourse, timedCourse } from "./timed_course.ts";

const RUNS = Number(Deno.env.get("TOCSIN_TEST_RUNS") ?? 40);
/** A course that never ends is a failure, too, ms. */
const COURSE_MS_MAX = 60_000;

async function holdsFor({ steps, crashAt }: TimedCourse, fleet: CourseOptions["fleet"]): Promise<void> {
  const store = createMemoryStore();
  await new Course({ store, fleet, workers: 2, crashAt }).play(steps);
  const quiet = quietBeforeStart(await readLog(store), IDLE_MS_MIN);
  for (const ruleId of RULES) {
    const account = await accountOf(store, ruleId);
    const plain = await foldedAccount(store, ruleId, { restored: false });
    const restored = await foldedAccount(store, ruleId, { restored: true });
    assert.deepEqual(account, isDeepStrictEqual(account, plain) ? plain : restored, `rule ${ruleId}`);
    if (!quiet) assert.deepEqual(plain, restored, `rule ${ruleId}, through snapshots`);
  }
}

Deno.test("timed rules, inline: alerts and counters are those of the log, one event after the other", async () => {
  const property = fc.asyncProperty(
    timedCourse,
    (played) => holdsFor(played, (probe) => new InlineFleet(probe)),
  );
  await fc.assert(property, { numRuns: RUNS, timeout: COURSE_MS_MAX });
});

Deno.test("timed rules, workers: the same through the ring", async () => {
  const property = fc.asyncProperty(timedCourse, (played) => holdsFor(played, () => workerFleet()));
  await fc.assert(property, { numRuns: Math.ceil(RUNS / 20), timeout: COURSE_MS_MAX });
});
