/**
 * Figures of the aggregates alone, one thread: ns per event added to one of 64 rows, ns per reading of all
 * values, µs per push, shift and reading of a fold over 1,000 rows. Run it by itself on a quiet machine:
 * `deno run bench/aggregate_bench.ts`.
 */
import { systemClock } from "../src/base/clock.ts";
import { KIND } from "../src/batch/batch.ts";
import { Aggregates } from "../src/engine/aggregate/aggregates.ts";
import { SlidingFold } from "../src/engine/aggregate/sliding_fold.ts";
import type { Gathered } from "../src/engine/gathered.ts";
import type { AggregatePlan, AggregateType } from "../src/engine/plan.ts";

const EVENTS = 4096;
const ROWS = 64;
const FOLD_ROWS = 1000;
const TRIES = 500;

const events: Gathered = {
  count: EVENTS,
  offsets: new Float64Array(EVENTS).map((_, i) => i),
  times: new Float64Array(EVENTS).map((_, i) => i),
  time_flags: new Uint8Array(EVENTS),
  keys: [],
  columns: [{
    numbers: new Float64Array(EVENTS).map((_, i) => ((i * 7919) % 1000) / 10),
    kinds: new Uint8Array(EVENTS).fill(KIND.number),
    texts: null,
  }],
  before: null,
  outcomes: null,
};

function plan(type: AggregateType): AggregatePlan {
  return { as: type, type, field: type === "count" ? null : 0, p: type.startsWith("perc") ? 0.9 : null };
}

/** ns of one of the `count` things that `work` does: the quickest of many tries. */
function quickest(count: number, work: () => void): number {
  let best = Infinity;
  for (let i = 0; i < TRIES; i++) {
    const from = systemClock.monotonic();
    work();
    best = Math.min(best, systemClock.monotonic() - from);
  }
  return best / count * 1e6;
}

function report(types: readonly AggregateType[]): void {
  const aggregates = new Aggregates(types.map(plan));
  const rows = Array.from({ length: ROWS }, () => aggregates.alloc());
  const bytes = aggregates.bytes / ROWS;
  const add = quickest(EVENTS, () => {
    for (let i = 0; i < EVENTS; i++) aggregates.add(rows[i % ROWS]!, events, i);
  });
  const read = quickest(ROWS, () => {
    for (const row of rows) aggregates.values(row, 1000);
  });
  const figures = [
    `add ${add.toFixed(1)} ns`,
    `values ${read.toFixed(0)} ns`,
    `${bytes} bytes of cells a row`,
  ];
  print(`${types.join(" + ")}: ${figures.join(", ")}, fold ${(foldRound(types) / 1000).toFixed(2)} µs`);
}

function foldRound(types: readonly AggregateType[]): number {
  const aggregates = new Aggregates(types.map(plan));
  const fold = new SlidingFold(aggregates);
  return quickest(FOLD_ROWS, () => {
    for (let i = 0; i < FOLD_ROWS; i++) {
      const row = aggregates.alloc();
      aggregates.add(row, events, i);
      fold.push(row);
      if (fold.length > FOLD_ROWS) aggregates.free(fold.shift());
      fold.values(1000);
    }
  });
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

const ALONE: readonly AggregateType[] = [
  "count",
  "sum",
  "avg",
  "min",
  "last",
  "stddev_samp",
  "percentile_cont",
  "distinct",
];
for (const type of ALONE) report([type]);
report(["count", "avg"]);
report(["count", "sum", "avg", "min", "max"]);
