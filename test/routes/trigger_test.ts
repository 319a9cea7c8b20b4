/** Running a rule by hand, over HTTP with real receivers. */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import { receiver } from "../notify/receivers.ts";
import { type Api, cpuRule, openApi } from "./api.ts";

async function saved(api: Api, hook: string, members: Record<string, unknown> = {}): Promise<string> {
  await api.send("POST", "/channels", { name: "ops", type: "webhook", config: { url: hook } });
  const action_spec = {
    actions: [
      { type: "notify", channels: ["ops"], message: "cpu {{ event.cpu }}" },
      { endpoint: `${hook}/repair`, method: "POST", body: { host: "{{ key.host }}" } },
    ],
  };
  const made = await api.send("POST", "/rules", cpuRule({ action_spec, ...members } as never));
  assert.equal(made.status, 201, made.text);
  return `/rules/${made.body.rule_id}/trigger`;
}

Deno.test("trigger: what the payload meets is carried out at once, and stands in alerts and deliveries", async () => {
  await using api = await openApi();
  await using hook = receiver();
  const path = await saved(api, hook.url, { is_active: false });
  const { status, body } = await api.send("POST", path, { payload: { cpu: 99, host: "a" } });
  assert.deepEqual([status, body.status, body.condition_met, body.error_message], [
    200,
    "success",
    true,
    null,
  ]);
  assert.deepEqual(body.deliveries.map(({ kind, state }: Record<string, string>) => [kind, state]), [
    ["channel", "delivered"],
    ["action", "delivered"],
  ]);
  assert.equal(hook.received.length, 2, "it was carried out before the answer");
  const { data } = JSON.parse(hook.received[0]!.body);
  assert.deepEqual([data.reason, data.message, data.key], ["manual", "cpu 99", { host: "a" }]);
  assert.deepEqual(JSON.parse(hook.received[1]!.body), { host: "a" });
  const alert = (await api.send("GET", `/alerts/${body.alert_id}`)).body;
  assert.deepEqual([alert.reason, alert.rule_version, alert.events[0].event], ["manual", 1, {
    cpu: 99,
    host: "a",
  }]);
  const rows = (await api.send("GET", `/deliveries?alert_id=${body.alert_id}`)).body.items;
  assert.deepEqual(rows.map(({ attempts_total }: { attempts_total: number }) => attempts_total), [1, 1]);
});

Deno.test("trigger: a payload that does not meet the rule is a dry run, and writes nothing", async () => {
  await using api = await openApi();
  await using hook = receiver();
  const path = await saved(api, hook.url);
  const { body } = await api.send("POST", path, { payload: { cpu: 1, host: "a" } });
  assert.deepEqual([body.status, body.condition_met, body.alert_id, body.deliveries], [
    "dry_run",
    false,
    null,
    [],
  ]);
  assert.deepEqual((await api.send("GET", "/alerts")).body.items, []);
  assert.equal((await api.send("POST", "/rules/nobody/trigger", {})).status, 404);
  assert.equal((await api.send("POST", path, { payload: 5 })).body.errors[0].pointer, "/payload");
});

Deno.test("trigger: one attempt each, and what failed is dead and can be redriven", async () => {
  await using api = await openApi();
  await using hook = receiver((_, n) => new Response("?", { status: n <= 2 ? 503 : 200 }));
  const path = await saved(api, hook.url);
  const { body } = await api.send("POST", path, { payload: { cpu: 99, host: "a" } });
  assert.deepEqual([body.status, body.deliveries.map(({ state }: { state: string }) => state)], ["fail", [
    "dead",
    "dead",
  ]]);
  assert.match(body.error_message, /503/);
  assert.equal(hook.received.length, 2);
  const preview = await api.send("POST", "/deliveries/redrive", { reason: "one_attempt" });
  assert.equal(preview.body.redriven, 2);
  while (hook.received.length < 4) await turn(systemClock);
});

Deno.test("trigger: a rule runs once at a time; another run meanwhile is skipped", async () => {
  await using api = await openApi();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await using hook = receiver(async () => {
    await released;
    return new Response("ok");
  });
  const path = await saved(api, hook.url);
  const first = api.send("POST", path, { payload: { cpu: 99, host: "a" } });
  while (hook.received.length === 0) await turn(systemClock);
  const second = await api.send("POST", path, { payload: { cpu: 99, host: "a" } });
  assert.deepEqual([second.body.status, second.body.error_message], ["skipped", "rule already running"]);
  release();
  assert.equal((await first).body.status, "success");
  assert.equal((await api.send("POST", path, { payload: { cpu: 99, host: "a" } })).body.status, "success");
});

Deno.test("trigger: a silence keeps it quiet, and the answer says what was held back", async () => {
  await using api = await openApi();
  await using hook = receiver();
  const path = await saved(api, hook.url);
  await api.send("POST", "/silences", {
    ...{ matchers: ['host="a"'], comment: "x", created_by: "t", ends_at: "2999-01-01T00:00:00Z" },
  });
  const { body } = await api.send("POST", path, { payload: { cpu: 99, host: "a" } });
  assert.equal(hook.received.length, 0);
  assert.deepEqual([body.status, body.deliveries.map(({ state }: { state: string }) => state)], [
    ...["success", ["suppressed", "suppressed"]],
  ]);
});
