import assert from "node:assert/strict";
import { createLogger } from "../../src/base/logging.ts";
import { BUCKET_MS, type ErrorEntry, type FigureStore } from "../../src/store/figure_store.ts";
import { StorageFullError } from "../../src/store/event_log.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { ERRORS_WAITING_MAX, FIGURE_NAMES_MAX, FLUSH_MS, Ledger } from "../../actors/ledger.ts";
import { StepCosts } from "../../actors/step_costs.ts";
import { costRows, COSTS_MS } from "../../actors/step_costs.ts";
import { VirtualClock } from "../virtual_clock.ts";

function bench(wrap: (store: FigureStore) => FigureStore = (store) => store) {
  const clock = new VirtualClock(10 * BUCKET_MS);
  const { figures } = createMemoryStore();
  const logger = createLogger({ level: "error", clock, write: () => {} });
  const fatal: unknown[] = [];
  const ledger = new Ledger({ figures: wrap(figures), clock, logger, onFatal: (error) => fatal.push(error) });
  const events = () => figures.byName({ kinds: ["events"], from: 0, to: Infinity, limit: 1_000 });
  return { clock, figures, ledger, fatal, events };
}

const failed: ErrorEntry = {
  ...{ at: 1, kind: "delivery_failed", rule_id: "r", message: "Connect timed out", ref: "d" },
  duration_ms: 2,
};

Deno.test("ledger: what is counted stands in the store after a moment, in its bucket", async () => {
  const { clock, figures, ledger } = bench();
  ledger.note("events", "a", 3);
  await clock.advance(FLUSH_MS);
  await clock.advance(BUCKET_MS);
  ledger.note("events", "a", 4);
  await ledger.stop();
  ledger.note("events", "a", 100);
  assert.deepEqual(await figures.byBucket({ kinds: ["events"], from: 0, to: Infinity }), [
    { kind: "events", bucket: 10 * BUCKET_MS, n: 3 },
    { kind: "events", bucket: 11 * BUCKET_MS, n: 4 },
  ]);
});

Deno.test("ledger: names beyond the bound are counted together, those known go on", async () => {
  const { ledger, events } = bench();
  for (let i = 0; i < FIGURE_NAMES_MAX + 50; i++) ledger.note("events", `t${i}`);
  await ledger.flush();
  ledger.note("events", "t0");
  ledger.note("events", "another");
  await ledger.flush();
  const [most, second, ...others] = await events();
  assert.deepEqual([most!.name, most!.n, second!.name, second!.n], ["", 51, "t0", 2]);
  assert.equal(others.length, FIGURE_NAMES_MAX - 1);
});

Deno.test("ledger: an error is counted by rule and by what it tells, and kept", async () => {
  const { figures, ledger } = bench();
  for (let i = 0; i < ERRORS_WAITING_MAX + 10; i++) ledger.error(failed);
  await ledger.flush();
  const span = { from: 0, to: Infinity, limit: 10 };
  const counted = await figures.byName({ ...span, kinds: ["delivery_failed", "error_class"] });
  assert.deepEqual(counted.map(({ name, n }) => [name, n]), [["r", 210], ["timeout", 210]]);
  assert.equal((await figures.errors({ ...span, limit: 1_000 })).length, ERRORS_WAITING_MAX);
});

Deno.test("ledger: while the disk is full figures wait, another failure is fatal", async () => {
  let fault: Error | null = new StorageFullError("full");
  const { ledger, events, fatal, clock } = bench((store) => ({
    ...store,
    add: (write) => fault === null ? store.add(write) : Promise.reject(fault),
  }));
  ledger.note("events", "a", 2);
  await ledger.flush();
  assert.deepEqual([await events(), fatal], [[], []]);
  fault = null;
  await clock.advance(FLUSH_MS);
  assert.equal((await events())[0]!.n, 2);
  fault = new Error("broken");
  ledger.note("events", "a");
  await ledger.flush();
  assert.deepEqual(fatal, [fault]);
});

Deno.test("step costs: a lap is laid to the rule whose work ended it, and told at most once a second", () => {
  let now = 0;
  const costs = new StepCosts(() => now);
  costs.begin();
  now += 2;
  costs.read(1, 100);
  now += 3;
  costs.read(2, 0);
  costs.begin();
  now += 5;
  costs.stepped(1);
  assert.deepEqual([...costRows(costs.take()!)], [
    { handle: 1, ms: 7, batches: 1, events: 100 },
    { handle: 2, ms: 3, batches: 0, events: 0 },
  ]);
  costs.read(1, 1);
  assert.equal(costs.take(), null);
  now += COSTS_MS;
  assert.equal([...costRows(costs.take()!)].length, 1);
});
