/** The cases of test/vectors/patterns as simulations: matches by step, timeouts and errors as indexes of events. */
import assert from "node:assert/strict";
import { instant } from "../../src/base/event_time.ts";
import { readDraft } from "../../actors/rule_document.ts";
import { simulate, type SimulationResult } from "../../actors/simulation.ts";
import {
  byName,
  documentsOf,
  isLeftOut,
  type PatternCase,
  patternCases,
  sorted,
  specOf,
} from "../engine/pattern/pattern_cases.ts";
import { VirtualClock } from "../virtual_clock.ts";

function simulated(one: PatternCase): Promise<SimulationResult> {
  const document = { rule_name: "r", trigger_type: "pattern", trigger_spec: specOf(one) };
  const rule = readDraft({ ...document, limits: { alerts_per_minute: null } });
  const given = { rule, rule_id: "r", events: documentsOf(one), received_at: null, advance_to: null };
  return simulate(given, new VirtualClock());
}

Deno.test("simulated patterns: all cases of the source give its matches, timeouts and errors", async () => {
  for (const one of patternCases().filter((one) => !isLeftOut(one))) {
    const { alerts, timeouts, error } = await simulated(one);
    assert.equal(error?.code, one.error, one.id);
    if (one.error !== undefined) continue;
    const label = (i: number) => one.events[i]!.label;
    const labelled = (match: Record<string, number[]>) =>
      Object.fromEntries(Object.entries(match).map(([step, events]) => [step, events.map(label)]));
    if (one.named_matches !== undefined) {
      const named = alerts.map(({ match }) => byName(labelled(match!)));
      assert.deepEqual(sorted(named), sorted(one.named_matches.map(byName)), one.id);
    }
    if (one.timeouts === undefined) continue;
    const wanted = one.timeouts.map(({ events, at }) => ({ events, at: instant(at) }));
    assert.deepEqual(
      sorted(timeouts.map(({ events, at }) => ({ events: events.map(label), at }))),
      sorted(wanted),
      one.id,
    );
  }
});
