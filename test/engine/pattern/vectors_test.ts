/** The cases of test/vectors/patterns, read as data. What is left out is named with its reason. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../../src/base/json.ts";
import { vectors } from "../../vector_rows.ts";
import { RuleBench } from "../rule_bench.ts";

interface Case {
  id: string;
  pattern: JsonObject;
  events: { label: string; ts: number; fields: JsonObject }[];
  matches: string[][];
  named_matches?: Record<string, string[]>[];
  timeouts?: { events: string[]; at: number }[];
  error?: string;
  after?: { active_partials?: number; retained_events?: number; advance_to?: number };
  requires?: string[];
}

const FILES = [
  "AfterMatchSkipITCase",
  "GreedyITCase",
  "GroupITCase",
  "IterativeConditionsITCase",
  "NFAITCase",
  "NotPatternITCase",
  "SameElementITCase",
  "TimesOrMoreITCase",
  "TimesRangeITCase",
  "UntilConditionITCase",
];

/** Events go by their times here: those that are fed in another order are late. */
const LEFT_OUT = ["unordered_feed"];

type Cut = "row by row" | "one batch" | "restored in between";

for (const file of FILES) {
  const { cases } = vectors<{ cases: Case[] }>(`patterns/${file}.json`);
  for (const one of cases) {
    const left = one.requires?.some((feature) => LEFT_OUT.includes(feature)) ?? false;
    Deno.test({ name: `pattern ${one.id}`, ignore: left, fn: () => check(one) });
  }
}

function check(one: Case): void {
  for (const cut of ["row by row", "one batch", "restored in between"] as const) {
    const bench = run(one, cut);
    const { trace, alerts } = bench.effects;
    assert.deepEqual(trace?.errors.map(({ code }) => code), one.error === undefined ? [] : [one.error], cut);
    if (one.error !== undefined) continue;
    const label = (offset: number) => one.events[offset]!.label;
    const found = alerts.map(({ events, steps }) => inOrder(bench, events, steps!).map(label));
    assert.deepEqual(sorted(found), sorted(one.matches), cut);
    if (one.named_matches !== undefined) {
      const named = alerts.map(({ events, steps }) => byStep(events.map(label), steps!));
      assert.deepEqual(sorted(named), sorted(one.named_matches.map(ordered)), cut);
    }
    if (one.timeouts !== undefined) {
      const timeouts = trace!.timeouts.map(({ events, at }) => ({ events: events.map(label), at }));
      assert.deepEqual(sorted(timeouts), sorted(one.timeouts), cut);
    }
    checkAfter(bench, one, cut);
  }
}

function run({ pattern, events }: Case, cut: Cut): RuleBench {
  const bench = new RuleBench({
    trigger_type: "pattern",
    trigger_spec: { topics: ["t"], pattern, time: { field: "ts", unit: "ms", idle_after: "1h" } },
    limits: { alerts_per_minute: null },
  });
  bench.effects.trace = { timeouts: [], errors: [] };
  const documents = events.map(({ ts, fields }) => ({ ...fields, ts }));
  if (cut === "one batch") bench.feed(documents, 1);
  else {
    for (const document of documents) {
      bench.feed([document], 1);
      if (cut === "restored in between") bench.restore();
    }
  }
  return bench;
}

function checkAfter(bench: RuleBench, { after }: Case, cut: string): void {
  if (after?.active_partials === undefined) return;
  if (after.advance_to !== undefined) {
    bench.feed([{ ts: after.advance_to, nothing: true }], 1);
  }
  assert.equal(bench.state.pattern!.partials, after.active_partials, cut);
}

/** The events of a match in the order of the steps. */
function inOrder({ plan }: RuleBench, events: readonly number[], steps: readonly string[]): number[] {
  return plan.pattern!.steps.flatMap((step) => events.filter((_, i) => steps[i] === step));
}

function byStep(labels: readonly string[], steps: readonly string[]): unknown {
  const named: Record<string, string[]> = {};
  for (const [i, step] of steps.entries()) (named[step] ??= []).push(labels[i]!);
  return ordered(named);
}

function ordered(named: Record<string, string[]>): unknown {
  return Object.entries(named).sort(([a], [b]) => a < b ? -1 : 1);
}

function sorted(items: readonly unknown[]): string[] {
  return items.map((item) => JSON.stringify(item)).sort();
}
