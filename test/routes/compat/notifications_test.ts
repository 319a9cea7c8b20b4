import assert from "node:assert/strict";
import { systemClock, turn } from "../../../src/base/clock.ts";
import { polledEvent } from "../../../src/ingest/polled_event.ts";
import { receiver } from "../../notify/receivers.ts";
import { openApi } from "../api.ts";

const trigger = { type: "snapshot_threshold", field: "fail_count", op: ">=", value: 1 };

Deno.test("notifications: an update changes the given members only, and keeps the address that it hides", async () => {
  await using api = await openApi();
  await using hook = receiver();
  const webhook_url = `${hook.url}/secret-of-the-hook`;
  const made = await api.send("POST", "/cep/notifications", {
    name: "n",
    channel: "webhook",
    webhook_url,
    trigger,
  });
  assert.equal(made.status, 200, made.text);
  assert(!made.text.includes("secret-of-the-hook"));
  const { notification_id, policy, is_active } = made.body.data.notification;
  assert.deepEqual([policy, is_active], [{ cooldown_seconds: 300, max_per_hour: 20 }, true]);
  const path = `/cep/notifications/${notification_id}`;
  const { notification } = (await api.send("PUT", path, { policy: { cooldown_seconds: 0 } })).body.data;
  assert.deepEqual([notification.policy.cooldown_seconds, notification.trigger.value], [0, 1]);
  await api.submit("_polling", [polledEvent('{"tick_at":"2026-01-01T00:00:00Z","fail_count":3}')!]);
  await api.settle();
  while (hook.received.length === 0) await turn(systemClock);
  // It went where the hidden address says.
  const logs = async () => (await api.send("GET", `${path}/logs`)).body.data.logs;
  while ((await logs())[0]?.status !== "sent") await turn(systemClock);
  const [row] = await logs();
  assert.deepEqual([row.notification_id, row.response_status, row.dedup_key], [
    ...[notification_id, 200, `${notification_id}:snapshot_threshold:fail_count:>=:1.0`],
  ]);
});

Deno.test("notifications: their alerts are events that name them, and they are no rules of the list", async () => {
  await using api = await openApi();
  await using hook = receiver();
  const body = { name: "n", channel: "webhook", webhook_url: hook.url, trigger };
  const { notification_id } = (await api.send("POST", "/cep/notifications", body)).body.data.notification;
  await api.submit("_polling", [polledEvent('{"tick_at":"2026-01-01T00:00:00Z","fail_count":3}')!]);
  await api.settle();
  const [event] = (await api.send("GET", "/cep/events")).body.data.events;
  assert.deepEqual([event.notification_id, event.rule_name], [notification_id, "n"]);
  assert.deepEqual((await api.send("GET", "/cep/rules")).body.data.rules, []);
});

Deno.test("notifications: active ones unless all are asked for; what is wrong is told", async () => {
  await using api = await openApi();
  const body = { name: "n", channel: "webhook", webhook_url: "https://example.test/h", trigger };
  await api.send("POST", "/cep/notifications", { ...body, is_active: false });
  const list = async (query: string) =>
    (await api.send("GET", `/cep/notifications${query}`)).body.data.notifications;
  assert.deepEqual([(await list("")).length, (await list("?active_only=false")).length], [0, 1]);
  const slack = await api.send("POST", "/cep/notifications", { ...body, channel: "slack" });
  assert.deepEqual([slack.status, slack.body.detail[0].loc], [422, ["body", "channel"]]);
  const odd = await api.send("POST", "/cep/notifications", {
    ...body,
    trigger: { field: "colour", value: 1 },
  });
  assert.deepEqual([odd.status, odd.body.errors[0].pointer], [400, "/trigger/field"]);
  const none = await api.send("GET", "/cep/notifications/none");
  assert.deepEqual([none.status, none.body.detail], [404, "Notification not found"]);
  const { data } = (await api.send("GET", "/cep/notifications/retry-stats")).body;
  assert.deepEqual([data.total_records, data.by_attempt], [0, {}]);
});
