import assert from "node:assert/strict";
import type { Attempt, Delivery } from "../../src/model/delivery.ts";
import { policyLogRow, retryRecord, retryStats } from "../../src/notify/policy_log.ts";
import { vectors } from "../vector_rows.ts";

const T0 = Date.UTC(2026, 0, 1);
const record = vectors<{ retry_record: { fields: Record<string, string>; stats: Record<string, string> } }>(
  "compat/notifications.json",
)
  .retry_record;

function delivery(members: Partial<Delivery>): Delivery {
  return {
    ...{ delivery_id: "d1", alert_id: "a1", revision: 1, rule_id: "r", channel_id: "c1", kind: "channel" },
    ...{ state: "retry_wait", retries: 1, created_at: T0, expires_at: T0 + 9e9, next_attempt_at: T0 + 1000 },
    reason: null,
    ...members,
  };
}

const attempt = (at: number): Attempt => ({
  ...{ at: T0 + at, duration_ms: 3, status: 503, class: "transient", error: "the receiver answered 503" },
  response_body: "x".repeat(2000),
});

Deno.test("retry record: the members of the reference system's, counted from 0 after the first failure", () => {
  const found = retryRecord({ delivery: delivery({ retries: 2 }), attempts: [attempt(0), attempt(900)] })!;
  assert.deepEqual(Object.keys(found).sort(), Object.keys(record.fields).sort());
  assert.deepEqual(found, {
    ...{ notification_id: "a1", channel_id: "c1", attempt: 1, last_error: "the receiver answered 503" },
    last_status_code: 503,
    next_retry_at: "2026-01-01T00:00:01.000Z",
    created_at: "2026-01-01T00:00:00.000Z",
    updated_at: "2026-01-01T00:00:00.900Z",
  });
});

Deno.test("retry record: one that was delivered or given up has none", () => {
  for (const state of ["delivered", "dead", "queued", "deferred"] as const) {
    assert.equal(retryRecord({ delivery: delivery({ state }), attempts: [attempt(0)] }), null);
  }
});

Deno.test("retry records: their statistics", () => {
  const one = (retries: number, at: number) =>
    retryRecord({ delivery: delivery({ retries }), attempts: [attempt(at), attempt(at + 5)] })!;
  const stats = retryStats([one(1, 10), one(1, 20), one(2, 0)]);
  assert.deepEqual(Object.keys(stats).sort(), Object.keys(record.stats).sort());
  assert.deepEqual(stats, {
    total_records: 3,
    by_attempt: { "0": 2, "1": 1 },
    oldest_record: "2026-01-01T00:00:00.000Z",
    newest_record: "2026-01-01T00:00:00.025Z",
  });
  assert.deepEqual(retryStats([]), {
    total_records: 0,
    by_attempt: {},
    oldest_record: null,
    newest_record: null,
  });
});

for (
  const [state, reason, status] of [
    ["delivered", null, "sent"],
    ["dead", "retries_exhausted", "fail"],
    ["retry_wait", null, "fail"],
    ["deferred", "throttled", "skipped"],
    ["suppressed", "silenced", "skipped"],
  ] as const
) {
  Deno.test(`policy log: ${state}${reason === null ? "" : ` (${reason})`} is ${status}`, () => {
    const row = policyLogRow({ delivery: delivery({ state, reason }), attempts: [attempt(0)] }, null, "p1");
    assert.deepEqual([row.status, row.notification_id, String(row.response_body).length], [
      status,
      "p1",
      1024,
    ]);
  });
}
