/** Claims about the router: every record once, in order, whatever its way from the log to the feed. */
import assert from "node:assert/strict";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { QUEUE_BYTES_MAX } from "../../src/ingest/router.ts";
import type { EventLog } from "../../src/store/event_log.ts";
import { document } from "../store/fixtures.ts";
import { append, KeepingFeed, routerOf, SLOT } from "./log_fixture.ts";

function numbers(count: number, from = 0): { n: number }[] {
  return Array.from({ length: count }, (_, i) => ({ n: from + i }));
}

Deno.test("router: what is offered is handed out in order, without the log", async () => {
  const { log } = createMemoryStore();
  const bench = routerOf(log);
  bench.router.start(0);
  const offered = [await append(log, numbers(2)), await append(log, numbers(3))];
  const idle = bench.idle();
  bench.router.offer(offered);
  await idle;
  assert.deepEqual(bench.feed.told, [[0, 2, 2], [2, 5, 3]]);
  assert.equal(bench.router.cursor, 5);
  await bench.router.stop();
  assert.deepEqual(bench.errors, []);
});

Deno.test("router: what was logged and not offered is read from the log, and offered later is not repeated", async () => {
  const { log } = createMemoryStore();
  const bench = routerOf(log);
  const records = [
    await append(log, numbers(2)),
    await append(log, numbers(3)),
    await append(log, numbers(1)),
  ];
  const idle = bench.idle();
  bench.router.start(0);
  await idle;
  const again = bench.idle();
  bench.router.offer([records[2]!, records[0]!, records[1]!, await append(log, numbers(4))]);
  await again;
  assert.deepEqual(bench.feed.told, [[0, 2, 2], [2, 5, 3], [5, 6, 1], [6, 10, 4]]);
  await bench.router.stop();
});

Deno.test("router: a start within a record hands out the rest of it", async () => {
  const { log } = createMemoryStore();
  await append(log, numbers(5));
  const bench = routerOf(log);
  const idle = bench.idle();
  bench.router.start(3);
  await idle;
  assert.deepEqual(bench.feed.told, [[3, 5, 2]]);
  await bench.router.stop();
});

Deno.test("router: records that no rule reads are marks, and rule records are told before they are passed", async () => {
  const { log } = createMemoryStore();
  const bench = routerOf(log);
  await log.append([document("tick"), document("rule")]);
  await append(log, numbers(1), "_internal");
  const idle = bench.idle();
  bench.router.start(0);
  await idle;
  assert.deepEqual(bench.feed.slots.map(({ kind, internal }) => [kind, internal]), [
    [SLOT.mark, 0],
    [SLOT.mark, 0],
    [SLOT.mark, 1],
  ]);
  assert.deepEqual(bench.ruleRecords, [1]);
  await bench.router.stop();
});

Deno.test("router: a batch that is too large is cut in halves, and one event that is goes by itself", async () => {
  const { log } = createMemoryStore();
  const bench = routerOf(log, new KeepingFeed(600));
  await append(log, numbers(64));
  await append(log, [{ n: "x".repeat(2000) } as never, { n: 1 } as never]);
  const idle = bench.idle();
  bench.router.start(0);
  await idle;
  const { slots } = bench.feed;
  assert.ok(slots.length > 3);
  assert.deepEqual(slots.map(({ first }) => first), [0, ...slots.slice(0, -1).map(({ next }) => next)]);
  assert.ok(slots.every(({ first, next, rows }) => next - first === rows));
  assert.deepEqual(slots.filter(({ large }) => large).map(({ first, next }) => [first, next]), [[64, 65]]);
  await bench.router.stop();
});

Deno.test("router: offsets that were never given are passed", async () => {
  const { log } = createMemoryStore();
  await append(log, numbers(2));
  const gapped: EventLog = Object.create(log, {
    next: { get: () => log.next + 10 },
    read: {
      value: async (from: number, limit: { records: number; bytes: number }) =>
        (await log.read(Math.max(0, from - 10), limit)).map((record) => ({
          ...record,
          first: record.first + 10,
        })),
    },
  });
  const bench = routerOf(gapped);
  const idle = bench.idle();
  bench.router.start(4);
  await idle;
  assert.deepEqual(bench.feed.told, [[4, 10, 0], [10, 12, 2]]);
  await bench.router.stop();
});

Deno.test("router: past its memory it forgets what was offered and reads the log again", async () => {
  const { log } = createMemoryStore();
  const bench = routerOf(log);
  const { promise, resolve } = Promise.withResolvers<void>();
  bench.feed.held = promise;
  bench.router.start(0);
  const text = "x".repeat(4_000_000);
  const count = Math.ceil(QUEUE_BYTES_MAX / text.length) + 3;
  for (let n = 0; n < count; n++) bench.router.offer([await append(log, [{ n, text }])]);
  const idle = bench.idle();
  resolve();
  await idle;
  assert.deepEqual(bench.feed.told, numbers(count).map(({ n }) => [n, n + 1, 1]));
  await bench.router.stop();
});

Deno.test("router: tasks run between two records, and at its end those that still wait", async () => {
  const { log } = createMemoryStore();
  const bench = routerOf(log);
  const offered = [await append(log, numbers(2)), await append(log, numbers(3))];
  const seen: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  bench.feed.held = promise;
  bench.router.start(0);
  bench.router.offer(offered);
  bench.router.atBoundary(() => void seen.push(bench.router.cursor));
  resolve();
  await bench.idle();
  assert.equal(seen.length, 1);
  assert.ok([0, 2, 5].includes(seen[0]!));
  bench.router.atBoundary(async () => {
    await Promise.resolve();
    seen.push(-1);
  });
  await bench.router.stop();
  assert.equal(seen[1], -1);
});

Deno.test("router: an error of the feed is told once and ends it", async () => {
  const { log } = createMemoryStore();
  const bench = routerOf(log);
  bench.feed.held = Promise.reject(new Error("broken"));
  bench.feed.held.catch(() => {});
  await append(log, numbers(1));
  bench.router.start(0);
  await bench.failed;
  await bench.router.stop();
  assert.deepEqual(bench.errors.map(String), ["Error: broken"]);
});
