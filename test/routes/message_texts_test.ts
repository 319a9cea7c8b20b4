/** The words of alerts over HTTP: filters in messages, and channels whose body a template makes. */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import { receiver } from "../notify/receivers.ts";
import { cpuRule, openApi } from "./api.ts";

const BODY = {
  name: "ticket",
  channel_type: "webhook",
  body: '{"summary": "{{ alert_title }} on {{ key.host }}", "cpu": "{{ cpu }}"}',
};

Deno.test("a message with a filter shows what the filter makes of it wherever the alert is shown", async () => {
  await using api = await openApi();
  await using hook = receiver();
  await api.send("POST", "/channels", { name: "ops", type: "webhook", config: { url: hook.url } });
  const rule = cpuRule({
    trigger_spec: {
      conditions: [{ field: "env", op: "==", value: "prod" }],
      group_by: ["host"],
      window_config: { type: "sliding", size: "5m", slide: "1m" },
      aggregations: [{ as: "avg_cpu", type: "avg", field: "cpu" }, { as: "n", type: "count" }],
      having: { conditions: [{ field: "avg_cpu", op: ">", value: 80 }, { field: "n", op: ">=", value: 3 }] },
    },
    cooldown: "10m",
    action_spec: {
      ...{ type: "notify", channels: ["ops"], template: "slack_default" },
      message: "cpu {{ values.avg_cpu|round(1) }} on {{ key.host }}",
    },
  });
  const made = await api.send("POST", "/rules", rule);
  assert.equal(made.status, 201, made.text);
  const at = Date.UTC(2026, 0, 1);
  const event = (s: number, cpu: number) => ({ env: "prod", host: "a", cpu, timestamp: at + 1000 * s });
  const events = [event(1, 91.11), event(2, 92.22), event(3, 90), { env: "test", timestamp: at + 120_000 }];
  for (const one of events) await api.send("POST", "/events", one);
  while (hook.received.length === 0) await turn(systemClock);
  const { data } = JSON.parse(hook.received[0]!.body);
  assert.equal(data.message, "cpu 91.1 on a");
  const [alert] = (await api.send("GET", "/alerts")).body.items;
  assert.equal(alert.message, "cpu 91.1 on a");
  const simulated = await api.send("POST", "/rules/simulate", { rule, events: events.slice(0, 3) });
  assert.equal(simulated.body.alerts[0].message, "cpu 91.1 on a");
});

Deno.test("a webhook channel whose format is a template is sent what it makes, tests included", async () => {
  await using api = await openApi();
  await using hook = receiver();
  const config = { url: hook.url, format: "template", template: "ticket" };
  const early = await api.send("POST", "/channels", { name: "desk", type: "webhook", config });
  assert.deepEqual([early.status, early.body.code, early.body.errors[0].pointer], [
    ...[400, "unknown_template", "/config/template"],
  ]);
  assert.equal((await api.send("POST", "/templates", BODY)).status, 201);
  const made = await api.send("POST", "/channels", { name: "desk", type: "webhook", config });
  assert.equal(made.status, 201, made.text);
  const test = await api.send("POST", `/channels/${made.body.channel_id}/test`);
  assert.equal(test.body.ok, true, test.text);
  assert.equal(JSON.parse(hook.received[0]!.body).summary, "Test from Tocsin on ");
  await api.send("POST", "/rules", cpuRule({ action_spec: { type: "notify", channels: ["desk"] } }));
  await api.send("POST", "/events?topic=metrics", { cpu: 97.25, host: 'a"b' });
  while (hook.received.length < 2) await turn(systemClock);
  assert.deepEqual(JSON.parse(hook.received[1]!.body), { summary: 'High CPU on a"b', cpu: 97.25 });
  const refused = await api.send("DELETE", "/templates/ticket");
  assert.deepEqual([refused.status, refused.body.code], [409, "template_in_use"]);
  assert.equal((await api.send("DELETE", "/templates/ticket?force=true")).status, 204);
  await api.send("POST", "/events?topic=metrics", { cpu: 98, host: "c" });
  const dead = async () => (await api.send("GET", "/deliveries?state=dead")).body.items;
  while ((await dead()).length === 0) await turn(systemClock);
  assert.equal((await dead())[0].reason, "template_failed");
});

for (
  const [config, pointer] of [
    [{ format: "template" }, "/config/template"],
    [{ format: "flat", template: "webhook_default" }, "/config/template"],
    [{ format: "template", template: "slack_default" }, "/config/template"],
  ] as const
) {
  Deno.test(`a webhook channel of ${JSON.stringify(config)} is refused`, async () => {
    await using api = await openApi();
    const refused = await api.send("POST", "/channels", {
      ...{ name: "desk", type: "webhook", config: { url: "http://127.0.0.1:9/", ...config } },
    });
    assert.deepEqual([refused.status, refused.body.errors[0].pointer], [400, pointer]);
  });
}
