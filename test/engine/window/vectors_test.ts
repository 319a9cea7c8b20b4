/** The cases of test/vectors/windows, read as data. What is left out is named with its reason. */
import assert from "node:assert/strict";
import type { AggregateType, WindowPlan, WindowShape } from "../../../src/engine/plan.ts";
import { vectors } from "../../vector_rows.ts";
import { type Fired, type Given, WindowBench } from "./window_bench.ts";

interface VectorWindow {
  type: "tumbling" | "hopping" | "sliding" | "session" | "count";
  size_ms: number;
  slide_ms?: number;
  offset_ms?: number;
  gap_ms: number;
  size: number;
  slide?: number;
  allowed_lateness_ms?: number;
}

interface Expected {
  key: string;
  start?: number;
  end?: number;
  after?: number;
  to?: number;
  value: unknown;
  at_step: number;
}

interface Step {
  event?: Given;
  watermark?: number;
  snapshot_restore?: true;
  end_of_input?: true;
}

interface Case {
  id: string;
  window: VectorWindow;
  aggregate?: string;
  steps?: Step[];
  expect?: unknown;
  late?: Given[];
  requires?: string[];
  ts?: number;
  timestamps?: number[];
  error?: string;
  merge?: [number, number][];
  a?: [number, number];
  b?: [number, number];
  expect_merge?: boolean;
}

/** Features that the design does not promise. */
const LEFT_OUT = ["discarding", "count_trigger", "processing_time", "dynamic_gap"];
/** A session of no length does not exist here: each event spans at least its gap. */
const NO_LENGTH = "EventTimeSessionWindowsTest.testMergeSinglePointWindow";

function planOf(window: VectorWindow): WindowPlan {
  return {
    ...shapeOf(window),
    lateness_ms: window.allowed_lateness_ms ?? 0,
    emit: "close",
    emit_empty: false,
    events_max: null,
  };
}

function shapeOf(window: VectorWindow): WindowShape {
  const { type, size_ms, offset_ms = 0, gap_ms, size } = window;
  switch (type) {
    case "tumbling":
      return { type: "hopping", size_ms, slide_ms: size_ms, offset_ms };
    case "hopping":
      return { type, size_ms, slide_ms: window.slide_ms!, offset_ms };
    case "sliding":
      return { type, size_ms };
    case "session":
      return { type, gap_ms, duration_ms_max: null };
    case "count":
      return { type, size, slide: window.slide ?? size };
  }
}

function valueOf(bench: WindowBench, aggregate: string, fired: Fired): unknown {
  const values = fired.events.map((event) => bench.given[event]!.value);
  if (aggregate === "collect") return values;
  if (aggregate !== "count_by_value") return fired.value;
  const counts: Record<string, number> = {};
  for (const value of values) counts[String(value)] = (counts[String(value)] ?? 0) + 1;
  return counts;
}

function sorted(list: readonly unknown[]): string[] {
  return list.map((item) => JSON.stringify(item)).sort();
}

function asSet(aggregate: string, value: unknown): unknown {
  return aggregate === "collect" ? sorted(value as unknown[]) : value;
}

function runScript({ window, aggregate = "count", steps = [], expect, late = [] }: Case): void {
  const known: AggregateType = ["sum", "min", "max"].includes(aggregate)
    ? aggregate as AggregateType
    : "count";
  const bench = new WindowBench(planOf(window), { type: known, p: null });
  const perEvent = window.type === "sliding";
  const told: unknown[] = [];
  steps.forEach((step, at_step) => {
    bench.fired = [];
    if (step.event !== undefined) {
      bench.add(step.event);
      if (perEvent) bench.advance(step.event.ts);
    }
    // The vectors' watermark w says that all up to w has come, ours that nothing earlier will.
    if (step.watermark !== undefined) bench.advance(step.watermark + 1);
    if (step.snapshot_restore) bench.restore();
    if (step.end_of_input) bench.advance(Infinity);
    for (const fired of bench.fired) told.push(toldAs(window, aggregate, { bench, fired, at_step }));
  });
  const wanted = (expect as Expected[]).map(({ key, start, end, after, to, value, at_step }) => ({
    key,
    ...(perEvent ? { start: after, end: to } : window.type === "count" ? {} : { start, end }),
    value: asSet(aggregate, value),
    at_step,
  }));
  assert.deepEqual(sorted(told), sorted(wanted));
  assert.deepEqual(
    sorted(bench.late.map(({ key, ts }) => ({ key, ts }))),
    sorted(late.map(({ key, ts }) => ({ key, ts }))),
  );
}

function toldAs(
  window: VectorWindow,
  aggregate: string,
  { bench, fired, at_step }: { bench: WindowBench; fired: Fired; at_step: number },
): unknown {
  const value = asSet(aggregate, valueOf(bench, aggregate, fired));
  const place = window.type === "count" ? {} : fired.window;
  return { key: fired.key, ...place, value, at_step };
}

/** All windows of one event. */
function assigned(window: VectorWindow, ts: number): [number, number][] {
  const bench = new WindowBench(planOf(window), { type: "count", p: null });
  bench.add({ key: "k", ts, value: 1 });
  bench.advance(Infinity);
  return bench.fired.map((fired) => [fired.window!.start, fired.window!.end]);
}

/** The sessions that spans of time make; with a gap of 1 ms a span is one event each ms. */
function sessions(spans: readonly [number, number][]): [number, number][] {
  const plan: WindowPlan = planOf({ type: "session", gap_ms: 1, size_ms: 0, size: 0 });
  const bench = new WindowBench(plan, { type: "count", p: null });
  for (const [from, to] of spans) for (let ts = from; ts < to; ts++) bench.add({ key: "k", ts, value: 1 });
  bench.advance(Infinity);
  return bench.fired.map((fired) => [fired.window!.start, fired.window!.end]);
}

interface MergeStep {
  add?: [number, number];
  retire?: [number, number];
  open: [number, number][];
}

function runMergeSteps(steps: readonly MergeStep[]): void {
  const added: [number, number][] = [];
  let retired: string[] = [];
  for (const { add, retire, open } of steps) {
    if (add !== undefined) added.push(add);
    if (retire !== undefined) retired = [...retired, ...sorted([retire])];
    const left = sorted(sessions(added)).filter((span) => !retired.includes(span));
    assert.deepEqual(left, sorted(open));
  }
}

function runCase(vector: Case): void {
  const { window, ts, timestamps, merge, a, b, expect, steps } = vector;
  if (merge !== undefined) assert.deepEqual(sorted(sessions(merge)), sorted(expect as unknown[]));
  else if (a !== undefined) assert.equal(sessions([a, b!]).length === 1, vector.expect_merge);
  else if (ts !== undefined) assert.deepEqual(sorted(assigned(window, ts)), sorted(expect as unknown[]));
  else if (timestamps !== undefined) {
    const bench = new WindowBench(planOf(window), { type: "count", p: null });
    for (const ts of timestamps) bench.add({ key: "k", ts, value: 1 });
    bench.advance(Infinity);
    const open = bench.fired.map((fired) => [fired.window!.start, fired.window!.end]);
    assert.deepEqual(sorted(open), sorted(expect as unknown[]));
  } else if (window === undefined) runMergeSteps(steps as unknown as MergeStep[]);
  else runScript(vector);
}

const FILES = [
  "flink-assigners",
  "flink-session-merge",
  "flink-window-operator",
  "bytewax-sliding",
  "bytewax-session",
  "bytewax-operators",
  "ekuiper-count",
  "own-edges",
];

for (const file of FILES) {
  for (const vector of vectors<{ cases: Case[] }>(`windows/${file}.json`).cases) {
    // Windows that make no sense are refused when the rule is read: test/model/window_test.ts.
    if (vector.error !== undefined || vector.id === NO_LENGTH) continue;
    if (vector.requires?.some((feature) => LEFT_OUT.includes(feature))) continue;
    Deno.test(`${file}: ${vector.id}`, () => runCase(vector));
  }
}
