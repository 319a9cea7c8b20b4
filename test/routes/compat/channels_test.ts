import assert from "node:assert/strict";
import { systemClock, turn } from "../../../src/base/clock.ts";
import { receiver } from "../../notify/receivers.ts";
import { cpuRule, openApi } from "../api.ts";

Deno.test("channel types: display names, and which fields are required", async () => {
  await using api = await openApi();
  const { channel_types } = (await api.send("GET", "/cep/channels/types")).body.data;
  assert.deepEqual(Object.keys(channel_types).toSorted(), [
    ...["discord", "email", "pagerduty", "slack", "sms", "webhook"],
  ]);
  assert.deepEqual([channel_types.slack.display_name, channel_types.slack.required_fields], ["Slack", [
    "webhook_url",
  ]]);
  assert.ok(channel_types.sms.required_fields.includes("account_sid"));
});

Deno.test("channel test: the three ways to ask; a failed message is 200 with success false", async () => {
  await using api = await openApi();
  let status = 200;
  await using peer = receiver(() => new Response("x", { status }));
  const url = `http://127.0.0.1:${peer.port}/hook`;
  const ask = (query: string, body: object) => api.send("POST", `/cep/channels/test${query}`, { ...body });
  for (
    const reply of [
      await ask("?channel_type=Webhook", { url }),
      await ask("", { channel_type: "webhook", config: { url } }),
      await ask("", { channel: "webhook", config: { url }, test_message: "hi" }),
    ]
  ) assert.deepEqual([reply.status, reply.body.data.success], [200, true], reply.text);
  status = 500;
  const failed = await ask("?channel_type=webhook", { url });
  assert.deepEqual([failed.status, failed.body.data.success], [200, false]);
  assert.match(failed.body.data.message, /500/);
});

Deno.test("channel test: what cannot be tried is told in the reference system's words", async () => {
  await using api = await openApi();
  const ask = async (query: string, body: object) => {
    const { status, body: told } = await api.send("POST", `/cep/channels/test${query}`, { ...body });
    return `${status} ${told.detail}`;
  };
  assert.match(await ask("?channel_type=webhook", {}), /^400 Config is required/);
  assert.match(await ask("?channel_type=fax", { url: "x" }), /^400 Unknown channel type "fax"/);
  assert.match(
    await ask("?channel_type=slack", { webhook_url: "http://x" }),
    /^400 Invalid channel configuration: /,
  );
  assert.match(
    await ask("?channel_type=webhook", { url: "http://10.0.0.1/" }),
    /^400 Invalid channel configuration: /,
  );
});

Deno.test("channel status: only failures count as failed, and the newest ten are shown", async () => {
  await using api = await openApi();
  const refused = new Set(["b"]);
  await using peer = receiver(({ body }) => {
    const host = JSON.parse(body).data.key.host;
    return new Response("x", { status: refused.has(host) ? 400 : 200 });
  });
  const config = { url: `http://127.0.0.1:${peer.port}/hook` };
  await api.send("POST", "/channels", { channel_id: "ops", name: "ops", type: "webhook", config });
  await api.send("POST", "/channels", {
    channel_id: "off",
    name: "off",
    type: "webhook",
    config,
    enabled: false,
  });
  const action_spec = { type: "notify", channels: ["ops"] };
  await api.send("POST", "/rules", cpuRule({ rule_id: "r", action_spec }));
  for (const host of ["a", "b", "c"]) await api.send("POST", "/events?topic=metrics", { cpu: 99, host });
  await api.settle();
  const ended = async () => {
    const { items } = (await api.send("GET", "/deliveries")).body;
    return items.filter(({ state }: { state: string }) => state === "delivered" || state === "dead").length;
  };
  while (await ended() < 3) await turn(systemClock);
  const { channels, period_hours } = (await api.send("GET", "/cep/channels/status")).body.data;
  const [webhook] = channels.filter(({ type }: { type: string }) => type === "webhook");
  const { active, inactive, total_sent, total_failed, failure_rate, recent_logs, last_sent_at } = webhook;
  assert.deepEqual([period_hours, active, inactive, total_sent, total_failed], [24, 1, 1, 2, 1]);
  assert.ok(Math.abs(failure_rate - 1 / 3) < 1e-9);
  assert.equal(typeof last_sent_at, "string");
  assert.deepEqual(recent_logs.map(({ status }: { status: string }) => status).toSorted(), [
    "fail",
    "sent",
    "sent",
  ]);
});
