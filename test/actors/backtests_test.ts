/** Backtests that are given up in each of their phases, held there by what they wait for. */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { silentLogger } from "../../src/base/logging.ts";
import { Metrics } from "../../src/base/metrics.ts";
import { Problem } from "../../src/base/problem.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { type BacktestJob } from "../../actors/backtest_job.ts";
import { backtestTask } from "../../actors/backtest_task.ts";
import { Backtests, type BacktestTask } from "../../actors/backtests.ts";
import { append } from "../ingest/log_fixture.ts";
import { cpuRule } from "../routes/api.ts";

const RECORDS = 40;
const PER_RECORD = 100;

interface Stage extends AsyncDisposable {
  backtests: Backtests;
  /** Compares two versions, of which either tells alerts that the other does not. */
  task: BacktestTask;
  live: { lag: number };
  /** Called for each event of an alert that is read. */
  reading: { event: (offset: number) => Promise<JsonObject | null> };
}

function above(value: number, rule_id: string): JsonObject {
  const spec = { topics: ["metrics"], field: "cpu", op: "between", value: [value, value + 3] };
  return cpuRule({ rule_id, trigger_spec: spec });
}

async function stage(): Promise<Stage> {
  const store = createMemoryStore();
  for (let i = 0; i < RECORDS; i++) {
    const events = Array.from({ length: PER_RECORD }, (_, n) => ({ host: `h${n % 7}`, cpu: n }));
    await append(store.log, events, "metrics");
  }
  const live = { lag: 0 };
  const reading = { event: (_offset: number) => Promise.resolve<JsonObject | null>({}) };
  const backtests = new Backtests({
    ...{ log: store.log, clock: systemClock, logger: silentLogger, metrics: new Metrics(), cores: 2 },
    event: (offset) => reading.event(offset),
    lag: () => live.lag,
  });
  const version = { rule_id: "r", version: 1, generation: 1, doc: above(60, "r") };
  const lookups = { names: () => new Set<string>(), current: () => Promise.resolve([]) };
  const wish = { running: version as never, from: 0, to: store.log.next };
  const task = await backtestTask(above(62, "r"), wish, lookups as never);
  return {
    ...{ backtests, task, live, reading },
    async [Symbol.asyncDispose]() {
      await backtests[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

function begin({ backtests, task }: Stage): BacktestJob {
  return backtests.job(String(backtests.start(task).backtest_id));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn(systemClock);
}

/** Holds the first read of an event that `where` is true of. */
function hold(one: Stage, where: () => boolean): { reached: () => boolean; release: () => void } {
  const gate = Promise.withResolvers<void>();
  let reached = false;
  one.reading.event = async () => {
    if (where()) {
      reached = true;
      await gate.promise;
    }
    return {};
  };
  return { reached: () => reached, release: gate.resolve };
}

async function isCancelled({ backtests }: Stage, job: BacktestJob): Promise<void> {
  await until(() => job.ended);
  assert.deepEqual([job.state, job.result, job.error], ["cancelled", null, null]);
  assert.deepEqual(job.found, { alerts: [], total: 0 }, "what it had found is let go");
  assert.equal(backtests.cancel(job.id).state, "cancelled", "once more changes nothing");
}

Deno.test("a backtest that runs to its end compares two versions, and what it found stays", async () => {
  await using one = await stage();
  const job = begin(one);
  await until(() => job.ended);
  assert.equal(job.state, "done", job.error ?? "");
  assert.deepEqual([job.found.total, job.found.alerts.length], [4 * RECORDS, 4 * RECORDS]);
  const { same, newly_fires, fires_no_more } = job.result!.comparison as JsonObject;
  assert.deepEqual([same, newly_fires, fires_no_more], [2 * RECORDS, 2 * RECORDS, 2 * RECORDS]);
});

Deno.test("a backtest is cancelled while its Worker starts", async () => {
  await using one = await stage();
  const job = begin(one);
  await until(() => job.state === "running");
  one.backtests.cancel(job.id);
  await isCancelled(one, job);
});

Deno.test("a backtest is cancelled while it waits for live rules that never keep up", async () => {
  await using one = await stage();
  one.live.lag = 1e9;
  const job = begin(one);
  await until(() => job.state === "running");
  one.backtests.cancel(job.id);
  await isCancelled(one, job);
});

Deno.test("a backtest is cancelled while the events of its alerts are read", async () => {
  await using one = await stage();
  let job: BacktestJob | null = null;
  const held = hold(one, () => job !== null && job.found.alerts.length > 10);
  job = begin(one);
  await until(held.reached);
  assert.ok(job.found.alerts.length > 10);
  one.backtests.cancel(job.id);
  held.release();
  await isCancelled(one, job);
});

Deno.test("a backtest is cancelled while versions are compared", async () => {
  await using one = await stage();
  let job: BacktestJob | null = null;
  const held = hold(one, () => job !== null && job.found.alerts.length === 4 * RECORDS);
  job = begin(one);
  await until(held.reached);
  assert.equal(job.cursor, one.task.to, "everything was applied");
  one.backtests.cancel(job.id);
  held.release();
  await isCancelled(one, job);
});

Deno.test("who waits for the end of a backtest is told once, and who left is not", async () => {
  await using one = await stage();
  const job = begin(one);
  let told = 0;
  job.onEnd(() => told++);
  job.onEnd(() => told++)();
  one.backtests.cancel(job.id);
  await until(() => job.ended);
  one.backtests.cancel(job.id);
  assert.equal(told, 1);
});

Deno.test("a stop ends the backtest that runs and those that wait, and none begins any more", async () => {
  const one = await stage();
  const held = hold(one, () => true);
  const jobs = [begin(one), begin(one), begin(one)];
  await until(held.reached);
  const stopped = one[Symbol.asyncDispose]();
  held.release();
  await stopped;
  assert.deepEqual(jobs.map(({ state }) => state), ["cancelled", "cancelled", "cancelled"]);
  assert.throws(
    () => one.backtests.start(one.task),
    (error) => error instanceof Problem && error.status === 503,
  );
});
