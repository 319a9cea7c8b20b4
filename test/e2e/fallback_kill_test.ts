/** Fallbacks and actions over a kill: each of them reaches its receiver, under one id. */
import assert from "node:assert/strict";
import { receiver } from "../notify/receivers.ts";
import { startServer } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

const EVENTS = 120;
const BEFORE_KILL = 20;

interface Item {
  kind: string;
  state: string;
  reason: string | null;
}

Deno.test("fallbacks and actions outlive a kill -9 between the death of a delivery and its fallback", async () => {
  using data = temporaryDirectory();
  await using broken = receiver(() => new Response("no", { status: 410 }));
  await using standby = receiver();
  const keys = new Map<string, Set<string>>();
  await using repair = receiver(({ headers, body }) => {
    const { n } = JSON.parse(body);
    keys.set(n, (keys.get(n) ?? new Set()).add(headers.get("idempotency-key")!));
    return new Response("ok");
  });
  const env = { TOCSIN_EGRESS_ALLOW: "127.0.0.1/32" };
  {
    await using server = await startServer({ data: data.path, env });
    const channel = (name: string, url: string, policy: object = {}) =>
      server.call("POST", "/api/v1/channels", { name, type: "webhook", config: { url }, policy });
    await channel("standby", standby.url);
    await channel("main", broken.url, { fallback_channel: "standby" });
    await server.call("POST", "/api/v1/rules", {
      rule_name: "all",
      trigger_type: "event",
      trigger_spec: { topics: ["t"], field: "n", op: ">=", value: 0 },
      limits: { alerts_per_minute: null },
      action_spec: {
        actions: [
          { type: "notify", channels: ["main"] },
          { endpoint: repair.url, method: "POST", body: { n: "{{ event.n }}" } },
        ],
      },
    });
    for (let n = 0; n < EVENTS; n++) await server.call("POST", "/api/v1/events?topic=t", { n });
    await server.until("under way", () => Promise.resolve(standby.received.length >= BEFORE_KILL));
    await server.kill();
  }
  await using server = await startServer({ data: data.path, env });
  const items = async () =>
    (await server.call<{ items: Item[] }>("GET", "/api/v1/deliveries?limit=500")).items;
  const isOver = ({ state }: Item) => state === "delivered" || state === "dead";
  await server.until("over", async () => {
    const all = await items();
    return all.length === 3 * EVENTS && all.every(isOver);
  });
  const told = (one: { body: string }) => JSON.parse(one.body).data.events[0].event.n as number;
  const ids = new Map<number, Set<string>>();
  for (const one of standby.received) ids.set(told(one), (ids.get(told(one)) ?? new Set()).add(one.id));
  assert.equal(ids.size, EVENTS);
  assert.ok([...ids.values()].every(({ size }) => size === 1), "a fallback has one id");
  assert.equal(keys.size, EVENTS);
  assert.ok([...keys.values()].every(({ size }) => size === 1), "an action has one key");
  const dead = (await items()).filter(({ state }) => state === "dead");
  assert.equal(dead.length, EVENTS);
  const { items: outages } = await server.call<{ items: { status: string }[] }>(
    "GET",
    "/api/v1/alerts?rule_id=_channels",
  );
  assert.deepEqual(outages.map(({ status }) => status), ["firing"], "one outage, over the restart");
});
