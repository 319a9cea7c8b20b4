/** /policies over the whole server but the clock of snapshots: what polling tells, and where that goes. */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import { polledEvent } from "../../src/ingest/polled_event.ts";
import { policyDedupKey } from "../../src/model/notification_policy.ts";
import { receiver } from "../notify/receivers.ts";
import { vectors } from "../vector_rows.ts";
import { type Api, openApi } from "./api.ts";

const POLICY = {
  name: "Polls fail",
  channel: "webhook",
  trigger: { type: "snapshot_threshold", field: "fail_count", op: ">=", value: 1, severity: "error" },
};

interface Recorded {
  notification_record: {
    dedup_key: { example: { notification_id: string; trigger: Record<string, unknown>; dedup_key: string } };
    policy: Record<"cooldown_seconds" | "max_per_hour", { default: number }>;
  };
}

const record = vectors<Recorded>("compat/notifications.json").notification_record;

async function snapshot(api: Api, figures: Record<string, number>): Promise<void> {
  const slice = polledEvent(JSON.stringify({ tick_at: "2026-01-01T00:00:00.000Z", ...figures }))!;
  await api.submit("_polling", [slice]);
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!await condition()) await turn(systemClock);
}

Deno.test("policies: the dedup key is that of the reference system", () => {
  const { notification_id, trigger, dedup_key } = record.dedup_key.example;
  assert.equal(policyDedupKey(notification_id, trigger as never), dedup_key);
  assert.equal(
    policyDedupKey("n", { ...trigger, value: 2.5 } as never),
    "n:snapshot_threshold:fail_count:>=:2.5",
  );
});

Deno.test("policies: a snapshot that meets the threshold is told once within the cooldown, and the log says so", async () => {
  await using api = await openApi();
  await using hook = receiver();
  const made = await api.send("POST", "/policies", {
    ...{
      ...POLICY,
      policy_id: "p1",
      webhook_url: `${hook.url}/token-of-the-hook`,
      headers: { "x-key": "hidden" },
    },
  });
  assert.equal(made.status, 201, made.text);
  assert.deepEqual(made.body.policy, {
    cooldown_seconds: record.policy.cooldown_seconds.default,
    max_per_hour: record.policy.max_per_hour.default,
  });
  assert.equal(made.body.dedup_key, "p1:snapshot_threshold:fail_count:>=:1.0");
  assert.doesNotMatch(made.text, /hidden|token-of-the-hook/);
  await snapshot(api, { fail_count: 0 });
  await snapshot(api, { fail_count: 3 });
  await snapshot(api, { fail_count: 4 });
  await until(() => hook.received.length === 1);
  await api.settle();
  const body = JSON.parse(hook.received[0]!.body);
  assert.deepEqual([body.title, body.severity], ["Polls fail", "error"]);
  assert.match(body.body, /^3 fail_count in the minute up to 2026-01-01T00:00:00.000Z \(>= 1\)$/);
  assert.equal(hook.received[0]!.headers.get("x-key"), "hidden");
  const logs = async () => (await api.send("GET", "/policies/p1/logs")).body.items;
  await until(async () => (await logs())[0].status === "sent");
  const [row, ...others] = await logs();
  assert.deepEqual([others.length, row.reason, row.response_status, row.dedup_key], [
    ...[0, "webhook sent", 200, made.body.dedup_key],
  ]);
  assert.equal(row.payload.snapshots[0].fail_count, 3);
  assert.equal(hook.received.length, 1);
});

Deno.test("policies: zero means no cooldown and no limit; an edit keeps its webhook, a deletion takes all", async () => {
  await using api = await openApi();
  await using hook = receiver();
  const policy = { cooldown_seconds: 0, max_per_hour: 0 };
  const draft = { ...POLICY, policy_id: "p1", webhook_url: hook.url, policy };
  await api.send("POST", "/policies", draft);
  for (const fail_count of [1, 2, 3]) await snapshot(api, { fail_count });
  await until(() => hook.received.length === 3);
  const raised = await api.send("PATCH", "/policies/p1", { trigger: { value: 10 } });
  assert.deepEqual(
    [raised.status, raised.body.trigger.value, raised.body.policy],
    [200, 10, policy],
    raised.text,
  );
  await snapshot(api, { fail_count: 9 });
  await snapshot(api, { fail_count: 10 });
  await until(() => hook.received.length === 4);
  assert.match(JSON.parse(hook.received[3]!.body).body, /^10 /);
  assert.equal((await api.send("GET", "/policies")).body.items.length, 1);
  await api.send("PATCH", "/policies/p1", { is_active: false });
  assert.equal((await api.send("GET", "/policies?active_only=true")).body.items.length, 0);
  assert.equal((await api.send("DELETE", "/policies/p1")).status, 204);
  assert.equal((await api.send("GET", "/policies/p1")).status, 404);
  assert.deepEqual((await api.send("GET", "/channels")).body.items, []);
  assert.deepEqual((await api.send("GET", "/rules")).body.items, []);
});

Deno.test("policies: several may share channels by name; faults are told by pointer and leave nothing behind", async () => {
  await using api = await openApi();
  await using hook = receiver();
  const bad: [Record<string, unknown>, string][] = [
    [{}, "/webhook_url"],
    [{ webhook_url: hook.url, channels: ["ops"] }, "/webhook_url"],
    [{ channels: ["nobody"] }, "/action_spec/channels/0"],
    [{ webhook_url: "http://10.0.0.1/" }, "/config/url"],
    [{ webhook_url: hook.url, trigger: { ...POLICY.trigger, field: "failures" } }, "/trigger/field"],
    [{ webhook_url: hook.url, trigger: { ...POLICY.trigger, valu: 1 } }, "/trigger/valu"],
    [{ webhook_url: hook.url, policy: { cooldown_seconds: -1 } }, "/policy/cooldown_seconds"],
  ];
  for (const [members, pointer] of bad) {
    const refused = await api.send("POST", "/policies", { ...POLICY, ...members });
    assert.deepEqual([refused.status, refused.body.errors?.[0]?.pointer], [400, pointer], refused.text);
  }
  assert.deepEqual((await api.send("GET", "/channels")).body.items, []);
  await api.send("POST", "/channels", { name: "ops", type: "webhook", config: { url: hook.url } });
  for (const name of ["a", "b"]) {
    const made = await api.send("POST", "/policies", { ...POLICY, name, channel: null, channels: ["ops"] });
    assert.equal(made.status, 201, made.text);
  }
  await snapshot(api, { fail_count: 1 });
  await until(() => hook.received.length === 2);
});
