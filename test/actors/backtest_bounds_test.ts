/** What is beyond the bounds of a backtest's result is counted, and said. */
import assert from "node:assert/strict";
import { compileRule } from "../../src/engine/compile.ts";
import type { AlertEffect } from "../../src/engine/effects.ts";
import { BacktestCounts, HOURS_COUNTED_MAX, KEYS_COUNTED_MAX } from "../../actors/backtest_counts.ts";
import { ALERTS_APART_MAX, BacktestDifference } from "../../actors/backtest_difference.ts";
import { readDraft } from "../../actors/rule_document.ts";
import { cpuRule } from "../routes/api.ts";

const HOUR_MS = 3_600_000;
const version = { rule_id: "r", version: 1, generation: 1 };
const byHost = compileRule(readDraft(cpuRule()), version);
const byZone = compileRule(
  readDraft(cpuRule({ trigger_spec: { field: "cpu", op: ">", value: 90, group_by: ["zone"] } })),
  version,
);

function alert(offset: number, members: Partial<AlertEffect> = {}): AlertEffect {
  return {
    ...{ cause: { kind: "event", offset }, ordinal: 0, reason: "match", status: "firing", revision: 1 },
    ...{ key: ["h"], event_time: 0, fired_at: 0, resolved_at: null, window: null, events: [offset] },
    ...{ event_count: 1, steps: null, values: {} },
    ...members,
  } as AlertEffect;
}

const some = (n: number, from = 0) => Array.from({ length: n }, (_, i) => alert(from + i));

Deno.test("a comparison is complete however many alerts both versions tell, in whatever order they come", () => {
  const difference = new BacktestDifference([byHost, byHost]);
  for (let from = 0; from < 3 * ALERTS_APART_MAX; from += ALERTS_APART_MAX) {
    difference.add(0, some(ALERTS_APART_MAX, from));
    difference.add(1, some(ALERTS_APART_MAX, from).reverse());
  }
  difference.add(1, [alert(-1), alert(-2, { revision: 2 }), alert(-3, { status: "resolved" })]);
  assert.deepEqual(
    [difference.same, difference.apart(0).count, difference.apart(1).count, difference.isComplete],
    [3 * ALERTS_APART_MAX, 0, 1, true],
  );
});

Deno.test("a comparison of versions that differ too much says that it is not complete", () => {
  const difference = new BacktestDifference([byHost, byHost]);
  difference.add(0, some(ALERTS_APART_MAX));
  assert.equal(difference.isComplete, true);
  difference.add(0, [alert(ALERTS_APART_MAX)]);
  assert.deepEqual([difference.isComplete, difference.apart(0).count], [false, ALERTS_APART_MAX]);
  assert.deepEqual(difference.apart(0).first(2), some(2));
});

Deno.test("the same value of another field is another key", () => {
  const difference = new BacktestDifference([byHost, byZone]);
  difference.add(0, [alert(1)]);
  difference.add(1, [alert(1)]);
  assert.deepEqual([difference.same, difference.apart(0).count, difference.apart(1).count], [0, 1, 1]);
});

Deno.test("alerts of keys and hours beyond the bounds are counted", () => {
  const counts = new BacktestCounts(byHost);
  const keys = Array.from({ length: KEYS_COUNTED_MAX + 3 }, (_, i) => alert(i, { key: [`h${i}`] }));
  const hours = Array.from(
    { length: HOURS_COUNTED_MAX + 1 },
    (_, i) => alert(i, { event_time: i * HOUR_MS }),
  );
  const news = { counters: { matched: 2 }, late: 1 };
  counts.add({ ...news, alerts: keys });
  counts.add({ ...news, alerts: hours.map((one) => ({ ...one, key: ["h0"] })) });
  const shown = counts.shown() as Record<string, unknown[]>;
  assert.equal(counts.total, keys.length + hours.length);
  assert.deepEqual([shown.by_key!.length, shown.keys_left_out], [KEYS_COUNTED_MAX, 3]);
  assert.deepEqual([shown.by_hour!.length, shown.hours_left_out], [HOURS_COUNTED_MAX, 1]);
  assert.deepEqual(shown.by_key![0], { key: { host: "h0" }, count: 1 + hours.length });
  assert.deepEqual([shown.counters, shown.late_events], [{ matched: 4 }, 2]);
});
