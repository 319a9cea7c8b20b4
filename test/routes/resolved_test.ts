/** Alerts that are resolved go to channels that ask for it. */
import assert from "node:assert/strict";
import { type Received, receiver } from "../notify/receivers.ts";
import { VirtualClock } from "../virtual_clock.ts";
import { openApi } from "./api.ts";

const RULE = {
  rule_id: "hot",
  rule_name: "Hot",
  trigger_type: "event",
  trigger_spec: { topics: ["m"], field: "cpu", op: ">", value: 90, group_by: ["host"] },
  keep_firing_for: "1s",
  action_spec: { type: "notify", channels: ["told", "quiet"] },
};

const at = (s: number, cpu: number) => ({ host: "a", cpu, timestamp: `2026-01-01T00:00:0${s}Z` });
const types = (received: readonly Received[]) => received.map(({ body }) => JSON.parse(body).type).sort();

Deno.test("a resolved alert is sent where send_resolved is true, each revision as it was", async () => {
  await using told = receiver();
  await using quiet = receiver();
  await using api = await openApi();
  for (const [name, { url }, send_resolved] of [["told", told, true], ["quiet", quiet, false]] as const) {
    const channel = { channel_id: name, name, type: "webhook", config: { url }, policy: { send_resolved } };
    assert.equal((await api.send("POST", "/channels", channel)).status, 201);
  }
  assert.equal((await api.send("POST", "/rules", RULE)).status, 201);
  await api.settle();
  await api.send("POST", "/events?topic=m", JSON.stringify([at(0, 95), at(1, 10), at(4, 10)]));
  await api.settle();
  const states = async () => (await api.send("GET", "/deliveries?state=delivered")).body.items;
  await new VirtualClock().until(async () => (await states()).length === 3);
  assert.deepEqual(types(told.received), ["alert.firing", "alert.resolved"]);
  assert.deepEqual(types(quiet.received), ["alert.firing"]);
  const sent = told.received.map(({ body }) => JSON.parse(body).data);
  for (const { status, revision, resolved_at } of sent) {
    assert.deepEqual([revision, resolved_at === null], status === "firing" ? [1, true] : [2, false]);
  }
  assert.equal(sent[0].alert_id, sent[1].alert_id);
  const revisions = (await states()).map((one: { revision: number }) => one.revision).sort();
  assert.deepEqual(revisions, [1, 1, 2]);
});

Deno.test("a policy has send_resolved, false unless said; other members are refused", async () => {
  await using api = await openApi();
  const channel = (name: string, policy: Record<string, string | number | boolean> | null) => ({
    ...{ channel_id: name, name, type: "webhook", config: { url: "https://example.com/in" } },
    policy,
  });
  const made = await api.send("POST", "/channels", channel("a", null));
  assert.deepEqual(made.body.policy, { send_resolved: false });
  const own = await api.send("POST", "/channels", channel("b", { send_resolved: true, "x-team": "ops" }));
  assert.deepEqual(own.body.policy, { send_resolved: true, "x-team": "ops" });
  const patched = await api.send("PATCH", "/channels/b", { policy: { send_resolved: false } });
  assert.deepEqual(patched.body.policy, { send_resolved: false, "x-team": "ops" });
  const faults = async (policy: Record<string, string | number | boolean>) =>
    (await api.send("POST", "/channels", channel("c", policy))).body.errors;
  const [unknown] = await faults({ send_resolve: true });
  assert.deepEqual([unknown.pointer, unknown.code], ["/policy/send_resolve", "unknown_member"]);
  assert.match(unknown.message, /did you mean "send_resolved"/);
  const [later] = await faults({ cooldown_seconds: 300 });
  assert.deepEqual([later.pointer, later.code], ["/policy/cooldown_seconds", "not_supported_yet"]);
});
