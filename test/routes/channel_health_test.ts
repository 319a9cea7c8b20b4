/** Channels over HTTP that fail, stand in for each other, and what is shown of it. */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import { receiver } from "../notify/receivers.ts";
import { type Api, cpuRule, openApi } from "./api.ts";

const channelAt = (url: string, members: Record<string, unknown> = {}) => ({
  name: "main",
  type: "webhook",
  config: { url },
  ...members,
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!await condition()) await turn(systemClock);
}

const alertsOf = async (api: Api, ruleId: string) =>
  (await api.send("GET", `/alerts?rule_id=${ruleId}`)).body.items;

Deno.test("channels: one that dies raises an alert, its fallback tells what it could not, and both are shown", async () => {
  await using api = await openApi();
  await using gone = receiver(() => new Response("gone", { status: 410 }));
  await using standby = receiver();
  const made = await api.send("POST", "/channels", channelAt(standby.url, { name: "standby" }));
  assert.equal(made.body.health.state, "unknown");
  const policy = { retry: "patient" };
  const main = await api.send("POST", "/channels", channelAt(gone.url, { policy }));
  assert.equal(main.body.effective.retry.expires_after, "3d");
  const action_spec = { type: "notify", channels: ["main"], fallback_channel: "standby" };
  const rule = await api.send("POST", "/rules", cpuRule({ action_spec }));
  assert.equal(rule.status, 201, rule.text);
  await api.send("POST", "/events?topic=metrics", { cpu: 99, host: "a" });
  await until(() => Promise.resolve(standby.received.length === 1));
  await until(async () => (await alertsOf(api, "_channels")).length === 1);
  const [outage] = await alertsOf(api, "_channels");
  assert.deepEqual([outage.status, outage.severity, outage.labels.alertname, outage.labels.channel], [
    ...["firing", "error", "ChannelDown", "main"],
  ]);
  const { health } = (await api.send("GET", `/channels/${main.body.channel_id}`)).body;
  assert.deepEqual([health.state, health.outage_alert_id], ["down", outage.alert_id]);
  assert.match(health.error, /410/);
  const dead = (await api.send("GET", "/deliveries?state=dead")).body.items;
  const { fallback } = (await api.send("GET", `/deliveries/${dead[0].delivery_id}`)).body;
  const instead = (await api.send("GET", `/deliveries/${fallback}`)).body;
  assert.deepEqual([instead.fallback_of, instead.channel_id], [dead[0].delivery_id, made.body.channel_id]);
  await until(async () => (await api.send("GET", "/deliveries?state=delivered")).body.items.length === 1);
  const status = (await api.send("GET", "/channels/status")).body.items;
  assert.deepEqual(
    status.map((
      one: { name: string; deliveries: unknown; health: { state: string } },
    ) => [one.name, one.health.state, one.deliveries]).sort(),
    [["main", "down", { dead: 1 }], ["standby", "ok", { delivered: 1 }]],
  );
  assert.equal((await api.send("DELETE", `/channels/${main.body.channel_id}?force=true`)).status, 204);
  await until(async () => (await alertsOf(api, "_channels"))[0].status === "resolved");
});

Deno.test("channels: a fallback must be there, be another one, and is not deleted by mistake", async () => {
  await using api = await openApi();
  const url = "http://127.0.0.1:9/";
  const policy = (fallback_channel: string) => ({ policy: { fallback_channel } });
  for (const name of ["main", "nobody"]) {
    const refused = await api.send("POST", "/channels", channelAt(url, policy(name)));
    assert.deepEqual([refused.status, refused.body.code, refused.body.errors[0].pointer], [
      ...[400, "unknown_channel", "/policy/fallback_channel"],
    ]);
  }
  const standby = await api.send("POST", "/channels", channelAt(url, { name: "Standby" }));
  const main = await api.send("POST", "/channels", channelAt(url, policy("standby")));
  assert.equal(main.status, 201, main.text);
  const refused = await api.send("DELETE", `/channels/${standby.body.channel_id}`);
  assert.deepEqual([refused.status, refused.body.code], [409, "channel_in_use"]);
  assert.match(refused.body.detail, /fallback of "main"/);
  const itself = await api.send("PATCH", `/channels/${main.body.channel_id}`, policy("MAIN"));
  assert.match(itself.body.detail, /cannot stand in for itself/);
  assert.equal((await api.send("PUT", `/channels/${main.body.channel_id}`, main.body)).status, 200);
  const action_spec = { type: "notify", channels: ["main"], fallback_channel: "nobody" };
  const rule = await api.send("POST", "/rules", cpuRule({ action_spec }));
  assert.equal(rule.status, 400);
});

Deno.test("rules: the id of alerts of channels is not to be had", async () => {
  await using api = await openApi();
  const refused = await api.send("POST", "/rules", { ...cpuRule({}), rule_id: "_channels" });
  assert.deepEqual([refused.status, refused.body.errors[0].pointer, refused.body.errors[0].code], [
    ...[400, "/rule_id", "reserved"],
  ]);
});
