/** The cases of test/vectors/patterns on the engine, with state that is thrown away and read again in between. */
import assert from "node:assert/strict";
import { RuleBench } from "../rule_bench.ts";
import {
  byName,
  documentsOf,
  isLeftOut,
  type PatternCase,
  patternCases,
  sorted,
  specOf,
} from "./pattern_cases.ts";

for (const one of patternCases()) {
  if (!isLeftOut(one)) Deno.test(`pattern ${one.id}`, () => check(one));
}

Deno.test("patterns: at most five cases of the source are left out", () => {
  assert.ok(patternCases().filter(isLeftOut).length <= 5);
});

type Cut = "row by row" | "one batch" | "restored in between";

function check(one: PatternCase): void {
  for (const cut of ["row by row", "one batch", "restored in between"] as const) {
    const bench = run(one, cut);
    const { trace, alerts } = bench.effects;
    assert.deepEqual(trace?.errors.map(({ code }) => code), one.error === undefined ? [] : [one.error], cut);
    if (one.error !== undefined) continue;
    const label = (offset: number) => one.events[offset]!.label;
    const found = alerts.map(({ events, steps }) => inOrder(bench, events, steps!).map(label));
    assert.deepEqual(sorted(found), sorted(one.matches), cut);
    if (one.named_matches !== undefined) {
      const named = alerts.map(({ events, steps }) => byName(byStep(events.map(label), steps!)));
      assert.deepEqual(sorted(named), sorted(one.named_matches.map(byName)), cut);
    }
    if (one.timeouts !== undefined) {
      const timeouts = trace!.timeouts.map(({ events, at }) => ({ events: events.map(label), at }));
      assert.deepEqual(sorted(timeouts), sorted(one.timeouts), cut);
    }
    checkAfter(bench, one, cut);
  }
}

function run(one: PatternCase, cut: Cut): RuleBench {
  const bench = new RuleBench({
    trigger_type: "pattern",
    trigger_spec: specOf(one),
    limits: { alerts_per_minute: null },
  });
  bench.effects.trace = { timeouts: [], errors: [] };
  const documents = documentsOf(one);
  if (cut === "one batch") bench.feed(documents, 1);
  else {
    for (const document of documents) {
      bench.feed([document], 1);
      if (cut === "restored in between") bench.restore();
    }
  }
  return bench;
}

function checkAfter(bench: RuleBench, { after }: PatternCase, cut: string): void {
  if (after?.active_partials === undefined) return;
  if (after.advance_to !== undefined) bench.feed([{ ts: after.advance_to, nothing: true }], 1);
  assert.equal(bench.state.pattern!.partials, after.active_partials, cut);
}

/** The events of a match in the order of the steps. */
function inOrder({ plan }: RuleBench, events: readonly number[], steps: readonly string[]): number[] {
  return plan.pattern!.steps.flatMap((step) => events.filter((_, i) => steps[i] === step));
}

function byStep(labels: readonly string[], steps: readonly string[]): Record<string, string[]> {
  const named: Record<string, string[]> = {};
  for (const [i, step] of steps.entries()) (named[step] ??= []).push(labels[i]!);
  return named;
}
