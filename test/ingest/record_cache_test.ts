/** Claims about the newest records in memory. */
import assert from "node:assert/strict";
import { RECORD_CACHE_BYTES_MAX, RecordCache } from "../../src/ingest/record_cache.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { document } from "../store/fixtures.ts";
import { append } from "./log_fixture.ts";

/** A log that counts how often it is read. */
function countedLog() {
  const { log } = createMemoryStore();
  const { read } = log;
  const counted = { log, reads: 0 };
  log.read = (...given) => {
    counted.reads++;
    return read(...given);
  };
  return counted;
}

Deno.test("record cache: events of the newest records are found without the log", async () => {
  const counted = countedLog();
  const cache = new RecordCache(counted.log);
  for (let n = 0; n < 100; n++) cache.add((await append(counted.log, [{ n }, { n: n + 0.5 }])).record);
  for (const offset of [0, 1, 77, 198, 199]) assert.deepEqual(await cache.event(offset), { n: offset / 2 });
  assert.equal(counted.reads, 0);
});

Deno.test("record cache: older ones are read from the log, each record once in a run", async () => {
  const counted = countedLog();
  const cache = new RecordCache(counted.log);
  await append(counted.log, [{ n: 0 }, { n: 1 }]);
  cache.add((await append(counted.log, [{ n: 2 }])).record);
  for (const n of [0, 1, 2]) assert.deepEqual(await cache.event(n), { n });
  assert.equal(counted.reads, 1);
});

Deno.test("record cache: what is no event, or is not there any more, is null", async () => {
  const { log } = createMemoryStore();
  const cache = new RecordCache(log);
  await log.append([document("tick")]);
  assert.equal(await cache.event(0), null);
  assert.equal(await cache.event(10), null);
});

Deno.test("record cache: it holds so many bytes, and finds what it still holds and what it dropped", async () => {
  const counted = countedLog();
  const cache = new RecordCache(counted.log);
  const text = "x".repeat(RECORD_CACHE_BYTES_MAX / 8);
  for (let n = 0; n < 20; n++) cache.add((await append(counted.log, [{ n, text }])).record);
  assert.equal((await cache.event(19))!.n, 19);
  assert.equal((await cache.event(14))!.n, 14);
  assert.equal(counted.reads, 0);
  assert.equal((await cache.event(3))!.n, 3);
  assert.equal(counted.reads, 1);
});

Deno.test("record cache: tens of thousands of small records stay cheap to add and to find", async () => {
  const counted = countedLog();
  const cache = new RecordCache(counted.log);
  const { record } = await append(counted.log, [{ n: 1 }]);
  const count = 200_000;
  for (let first = 0; first < count; first++) cache.add({ ...record, first });
  assert.deepEqual(await cache.event(count - 1), { n: 1 });
  assert.deepEqual(await cache.event(count - 10_000), { n: 1 });
  assert.equal(counted.reads, 0);
});
