/** Rules whose value is polled, over HTTP: what comes back is logged, seen by the rule, and shown in its state. */
import assert from "node:assert/strict";
import { receiver } from "../notify/receivers.ts";
import { VirtualClock } from "../virtual_clock.ts";
import { type Api, openApi } from "./api.ts";

const INTERVAL_MS = 60_000;

function polled(endpoint: string, more: Record<string, string | number> = {}) {
  return {
    rule_id: "load",
    rule_name: "Load",
    trigger_type: "metric",
    trigger_spec: { endpoint, value_path: "load.one", op: ">", threshold: 2, ...more },
  };
}

async function pollState(api: Api) {
  return (await api.send("GET", "/rules/load/state")).body.poll;
}

Deno.test("a metric with an endpoint is polled, logged under its own topic, and fires", async () => {
  const pollClock = new VirtualClock();
  await using endpoint = receiver((_, n) => Response.json({ load: { one: n } }));
  await using api = await openApi({ pollClock });
  assert.equal((await api.send("POST", "/rules", polled(endpoint.url))).status, 201);
  await api.send("POST", "/rules", {
    rule_id: "all",
    rule_name: "Everything else",
    trigger_type: "event",
    trigger_spec: { conditions: [] },
  });
  await api.settle();
  await pollClock.advanceUntil(() => endpoint.received.length >= 3, { stepMs: 1_000 });
  await pollClock.until(async () => (await api.send("GET", "/alerts")).body.items.length > 0);
  const alerts = (await api.send("GET", "/alerts")).body.items;
  assert.deepEqual(alerts.map((one: { rule_id: string }) => one.rule_id), ["load"]);
  assert.deepEqual(alerts[0].events[0].event, { load: { one: 3 } });
  const events = (await api.send("GET", "/events?topic=_poll.load")).body.items;
  assert.equal(events.length, 3);
  const poll = await pollState(api);
  assert.equal(poll.last_error, null);
  assert.equal(poll.last_ok_at, poll.last_at);
  assert.ok(Date.parse(poll.next_at) - Date.parse(poll.last_at) < 1.1 * INTERVAL_MS);
});

Deno.test("a poll that fails shows in the rule's state; a disabled or deleted rule is not polled", async () => {
  const pollClock = new VirtualClock();
  await using endpoint = receiver(() => new Response("no", { status: 503 }));
  await using api = await openApi({ pollClock });
  await api.send("POST", "/rules", polled(endpoint.url));
  await api.settle();
  await pollClock.advanceUntil(async () => (await pollState(api))?.failures === 1, { stepMs: 1_000 });
  assert.match((await pollState(api)).last_error, /the endpoint answered 503/);
  assert.equal((await api.send("POST", "/rules/load/disable")).status, 200);
  assert.equal(await pollState(api), null);
  const seen = endpoint.received.length;
  await pollClock.advance(10 * INTERVAL_MS);
  assert.equal(endpoint.received.length, seen);
  await api.send("POST", "/rules/load/enable");
  await api.settle();
  assert.equal((await pollState(api)).failures, 0);
});

Deno.test("of this server only definitions can be polled, and what is no URL never", async () => {
  await using api = await openApi();
  const relative = await api.send("POST", "/rules", polled("/api/v1/rules"));
  assert.equal(relative.status, 400);
  assert.deepEqual(relative.body.errors.map(({ pointer, code }: Record<string, string>) => [pointer, code]), [
    ["/trigger_spec/endpoint", "invalid_value"],
  ]);
  const odd = await api.send("POST", "/rules", polled("ftp://example.test/m"));
  assert.deepEqual(odd.body.errors.map(({ pointer, code }: Record<string, string>) => [pointer, code]), [
    ["/trigger_spec/endpoint", "invalid_value"],
  ]);
});
