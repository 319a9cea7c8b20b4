/** Claims about group commit: what one transaction holds, what each request is told, and how it fails. */
import assert from "node:assert/strict";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import { Problem } from "../../src/base/problem.ts";
import { Appender, LAG_EVENTS_MAX } from "../../src/ingest/appender.ts";
import { SLICE_EVENTS_MAX } from "../../src/ingest/event_slice.ts";
import type { ReplyDraft } from "../../src/ingest/intake.ts";
import { type ParsedRecord, parseRecord } from "../../src/ingest/parsed_record.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { type EventLog, StorageBusyError, StorageFullError } from "../../src/store/event_log.ts";
import { sliceOf } from "../actors/rule_engine.ts";
import { document, NO_LIMIT } from "../store/fixtures.ts";

interface Bench {
  appender: Appender;
  log: EventLog;
  appended: ParsedRecord[];
  commits: number[];
  fatal: unknown[];
}

function bench(options: { now?: () => number; lag?: number; fail?: () => Error | null } = {}): Bench {
  const { log: inner } = createMemoryStore();
  const commits: number[] = [];
  const log: EventLog = Object.create(inner, {
    append: {
      value: (...given: Parameters<EventLog["append"]>) => {
        const error = options.fail?.() ?? null;
        if (error !== null) return Promise.reject(error);
        commits.push(given[0].length);
        return inner.append(...given);
      },
    },
  });
  const appended: ParsedRecord[] = [];
  const fatal: unknown[] = [];
  const clock: Clock = { ...systemClock, ...(options.now !== undefined && { now: options.now }) };
  const appender = new Appender({
    ...{ log, clock, lag: () => options.lag ?? 0, room: () => Promise.resolve() },
    onAppended: (records) => void appended.push(...records),
    onFatal: (error) => void fatal.push(error),
  });
  return { appender, log, appended, commits, fatal };
}

function events(count: number, from = 0) {
  return sliceOf(Array.from({ length: count }, (_, i) => ({ n: from + i })));
}

const TELL: ReplyDraft = {
  ...{ key: "k", request: "sha", status: 202 },
  body: (receipt) => JSON.stringify(receipt),
};

Deno.test("appender: requests that wait together share one commit, those of one topic one record", async () => {
  const { appender, log, commits, appended } = bench();
  const receipts = await Promise.all([
    appender.submit("a", [events(2)]),
    appender.submit("b", [events(1)]),
    appender.submit("a", [events(3, 2)]),
  ]);
  assert.deepEqual(commits, [2]);
  assert.deepEqual(
    receipts.map(({ accepted, first_offset, last_offset }) => [accepted, first_offset, last_offset]),
    [
      [2, 0, 1],
      [1, 5, 5],
      [3, 2, 4],
    ],
  );
  const logged = (await log.read(0, NO_LIMIT)).map(parseRecord);
  assert.deepEqual(logged.map((one) => one.events.map(({ n }) => n)), [[0, 1, 2, 3, 4], [0]]);
  assert.deepEqual(appended.map(({ events }) => events), logged.map(({ events }) => events));
  assert.deepEqual(appended.map(({ record }) => record), logged.map(({ record }) => record));
});

Deno.test("appender: a record never holds more than its bound, and a request may lie in several", async () => {
  const { appender, log } = bench();
  const many = SLICE_EVENTS_MAX - 10;
  const [first, second] = await Promise.all([
    appender.submit("a", [events(many), events(20)]),
    appender.submit("a", [events(5)]),
  ]);
  const counts = (await log.read(0, NO_LIMIT)).map(({ count }) => count);
  assert.deepEqual(counts, [many, 25]);
  assert.deepEqual([first.accepted, first.first_offset, first.last_offset], [many + 20, 0, many + 19]);
  assert.deepEqual([second.first_offset, second.last_offset], [many + 20, many + 24]);
});

Deno.test("appender: what is offered to the router has the arrival that the log has, also when time runs back", async () => {
  const times = [5000, 3000, 7000];
  const { appender, log, appended } = bench({ now: () => times.shift() ?? 9000 });
  await appender.submit("a", [events(1)]);
  await appender.submit("a", [events(1)]);
  await Promise.all([appender.submit("a", [events(1)]), log.append([document("tick", 8000)])]);
  const logged = (await log.read(0, NO_LIMIT)).filter(({ kind }) => kind === "events");
  assert.deepEqual(
    appended.map(({ record }) => [record.first, record.arrival]),
    logged.map((record) => [
      record.first,
      record.arrival,
    ]),
  );
});

Deno.test("appender: another's later record right behind does not change the arrival that is offered", async () => {
  const { log } = createMemoryStore();
  const appended: ParsedRecord[] = [];
  const behind: EventLog = Object.create(log, {
    append: {
      value: async (...given: Parameters<EventLog["append"]>) => {
        const firsts = await log.append(...given);
        await log.append([document("rule", 2000)]);
        return firsts;
      },
    },
  });
  const appender = new Appender({
    ...{
      log: behind,
      clock: { ...systemClock, now: () => 1000 },
      lag: () => 0,
      room: () => Promise.resolve(),
    },
    onAppended: (records) => void appended.push(...records),
    onFatal: (error) => {
      throw error;
    },
  });
  await appender.submit("a", [events(1)]);
  assert.equal(appended[0]!.record.arrival, 1000);
});

Deno.test("appender: the reply of an idempotent request is kept with its offsets", async () => {
  const { appender, log } = bench();
  await appender.submit("a", [events(3)]);
  const receipt = await appender.submit("a", [events(2)], TELL);
  const reply = await log.reply("k", 0);
  assert.deepEqual(JSON.parse(reply!.body), receipt);
  assert.deepEqual([receipt.first_offset, receipt.last_offset], [3, 4]);
});

Deno.test("appender: a full disk is 507 and a busy one 503, for all who waited, and then it goes on", async () => {
  const errors = [new StorageFullError("full"), new StorageBusyError("busy")];
  const { appender, fatal, log } = bench({ fail: () => errors.shift() ?? null });
  for (const status of [507, 503]) {
    const waiting = [appender.submit("a", [events(1)]), appender.submit("b", [events(1)])];
    for (const outcome of await Promise.allSettled(waiting)) {
      assert.ok(outcome.status === "rejected" && outcome.reason instanceof Problem);
      assert.equal(outcome.reason.status, status);
      assert.ok(Number(outcome.reason.headers["Retry-After"]) > 0);
    }
  }
  assert.equal((await appender.submit("a", [events(1)])).first_offset, 0);
  assert.deepEqual(fatal, []);
  assert.equal(log.next, 1);
});

Deno.test("appender: any other failure is nobody's answer: it is fatal", async () => {
  const { appender, fatal } = bench({ fail: () => new Error("I/O") });
  await assert.rejects(appender.submit("a", [events(1)]), /I\/O/);
  assert.deepEqual(fatal.map(String), ["Error: I/O"]);
});

Deno.test("appender: rules that lag too far make it answer 429", () => {
  const { appender } = bench({ lag: LAG_EVENTS_MAX + 1 });
  assert.throws(() => appender.admit(), (error) => error instanceof Problem && error.status === 429);
});

Deno.test("appender: close answers those who wait and refuses those who come", async () => {
  const { appender, log } = bench();
  const waiting = appender.submit("a", [events(2)]);
  const closed = appender.close();
  assert.throws(
    () => appender.submit("a", [events(1)]),
    (error) => error instanceof Problem && error.status === 503,
  );
  await closed;
  assert.equal((await waiting).accepted, 2);
  assert.equal(log.next, 2);
});
