import assert from "node:assert/strict";
import { silentLogger } from "../../src/base/logging.ts";
import type { EventSlice } from "../../src/ingest/event_slice.ts";
import { PollSnapshots, type PollTally, SNAPSHOT_MS } from "../../actors/poll_snapshots.ts";
import { alertOf } from "../channel/channel_fixture.ts";
import { vectors } from "../vector_rows.ts";
import { VirtualClock } from "../virtual_clock.ts";

const TALLY: PollTally = {
  ...{ rule_count: 2, evaluated_count: 12, fail_count: 3, skipped_count: 1, tick_duration_ms: 84 },
  last_error: "no answer",
};

Deno.test("a snapshot tells each minute how polling went, and nothing while no rule is polled", async () => {
  const clock = new VirtualClock();
  const written: [string, EventSlice][] = [];
  let tally = { ...TALLY, rule_count: 0 };
  const snapshots = new PollSnapshots({
    poller: { tally: () => tally, polls: (ruleId) => ruleId === "polled" },
    submit: (topic, slices) => {
      written.push(...slices.map((slice): [string, EventSlice] => [topic, slice]));
      return Promise.resolve();
    },
    ...{ clock, logger: silentLogger, instance: "one" },
  });
  snapshots.start();
  await clock.advance(SNAPSHOT_MS);
  assert.equal(written.length, 0);
  tally = TALLY;
  const alerts = ["polled", "polled", "other"].map((rule_id, seq) => ({ seq, alert: alertOf({ rule_id }) }));
  snapshots.heard([...alerts, { seq: 9, alert: alertOf({ rule_id: "polled", status: "resolved" }) }]);
  await clock.advance(SNAPSHOT_MS);
  await clock.advance(SNAPSHOT_MS);
  await snapshots.stop();
  const events = written.map(([, { events }]) => events[0]!);
  assert.deepEqual(written.map(([topic]) => topic), ["_polling", "_polling"]);
  assert.deepEqual(events.map(({ matched_count }) => matched_count), [2, 0]);
  const { Snapshot } = vectors<{ types: { Snapshot: Record<string, string> } }>("compat/api.json").types;
  for (const member of Object.keys(Snapshot)) assert.ok(Object.hasOwn(events[0]!, member), member);
  assert.deepEqual([events[0]!.fail_count, events[0]!.last_error], [3, "no answer"]);
});
