import assert from "node:assert/strict";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { TopicBound } from "../../src/ingest/topic_bound.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { append } from "./log_fixture.ts";

Deno.test("topics: the bound knows what the log held before, and sees what retention took, at most every 10 s", async () => {
  const { log } = createMemoryStore();
  let now = 0;
  let reads = 0;
  const clock: Clock = { ...systemClock, monotonic: () => now };
  const topics = () => {
    reads++;
    return log.topics();
  };
  for (const topic of ["a", "b"]) await append(log, [{ n: 1 }], topic);
  const bound = new TopicBound({ topics }, clock, 2);
  assert.equal((await bound.take("c"))?.code, "too_many_topics");
  assert.equal(await bound.take("b"), null);
  await log.trim({ keepFrom: log.next, arrivedBefore: Infinity, bytesMax: 0, slice: 1 });
  now = 9_999;
  assert.equal((await bound.take("c"))?.status, 429);
  assert.equal(reads, 1);
  now = 10_000;
  assert.equal(await bound.take("c"), null);
  assert.deepEqual([bound.has("a"), bound.has("b"), bound.has("c")], [false, true, true]);
});
