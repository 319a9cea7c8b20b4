/** Actions of rules over HTTP, with real receivers. */
import assert from "node:assert/strict";
import { instant } from "../../src/base/event_time.ts";
import { systemClock, turn } from "../../src/base/clock.ts";
import { receiver } from "../notify/receivers.ts";
import { type Api, cpuRule, openApi } from "./api.ts";

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!await condition()) await turn(systemClock);
}

async function save(api: Api, action_spec: Record<string, unknown>): Promise<void> {
  const made = await api.send("POST", "/rules", cpuRule({ action_spec: action_spec as never }));
  assert.equal(made.status, 201, made.text);
}

const deliveries = async (api: Api) => (await api.send("GET", "/deliveries")).body.items;

Deno.test("actions: a webhook sends what the alert gives, with its types and under one key", async () => {
  await using api = await openApi();
  await using hook = receiver((_, n) => new Response("?", { status: n === 1 ? 503 : 200 }));
  await save(api, {
    endpoint: `${hook.url}/{{ key.host }}?severity={{ severity|upper }}`,
    method: "post",
    headers: { "X-Rule": "{{ rule_name }}" },
    body: {
      cpu: "{{ event.cpu }}",
      text: "cpu {{ event.cpu|round(1) }}",
      event: "{{ event }}",
      gone: "{{ gone }}",
    },
    retry: { initial_delay: "1ms" },
  });
  await api.send("POST", "/events?topic=metrics", { cpu: 97.25, host: "a b" });
  await until(() => hook.received.length === 2);
  const [first, second] = hook.received;
  assert.deepEqual(JSON.parse(first!.body), {
    ...{ cpu: 97.25, text: "cpu 97.2", event: { cpu: 97.25, host: "a b" }, gone: null },
  });
  assert.equal(first!.headers.get("x-rule"), "High CPU");
  assert.equal(first!.headers.get("idempotency-key"), second!.headers.get("idempotency-key"));
  await until(async () => (await deliveries(api))[0].state === "delivered");
  const [row] = await deliveries(api);
  assert.deepEqual([row.kind, row.attempts.length, row.delivery_id], [
    ...["action", 2, first!.headers.get("idempotency-key")],
  ]);
});

Deno.test("actions: several go out in their order, beside one notify; a repair waits for what comes before it", async () => {
  await using api = await openApi();
  const order: string[] = [];
  let failures = 2;
  await using hook = receiver(({ body }) => {
    const { step } = JSON.parse(body);
    order.push(step ?? "notify");
    return new Response("", { status: step === "ticket" && failures-- > 0 ? 500 : 200 });
  });
  await api.send("POST", "/channels", { name: "ops", type: "webhook", config: { url: hook.url } });
  const step = (step: string) => ({
    endpoint: hook.url,
    method: "POST",
    body: { step },
    retry: { initial_delay: "1ms" },
  });
  await save(api, { actions: [{ type: "notify", channels: ["ops"] }, step("ticket"), step("repair")] });
  await api.send("POST", "/events?topic=metrics", { cpu: 99, host: "a" });
  await until(() => order.includes("repair"));
  assert.deepEqual(order.filter((one) => one !== "notify"), ["ticket", "ticket", "ticket", "repair"]);
  await until(async () =>
    (await deliveries(api)).every(({ state }: { state: string }) => state === "delivered")
  );
  assert.equal((await deliveries(api)).length, 3);
});

Deno.test("actions: a silence keeps them quiet, and says so; a receiver inside is refused", async () => {
  await using api = await openApi();
  await using hook = receiver();
  await save(api, { endpoint: hook.url, method: "POST" });
  await api.send("POST", "/silences", {
    ...{
      matchers: ['host="a"'],
      ends_at: instant(systemClock.now() + 60_000),
      comment: "x",
      created_by: "t",
    },
  });
  await api.send("POST", "/events?topic=metrics", { cpu: 99, host: "a" });
  await api.send("POST", "/events?topic=metrics", { cpu: 99, host: "b" });
  await until(() => hook.received.length === 1);
  await api.settle();
  const states = (await deliveries(api)).map(({ state, reason }: Record<string, string>) => [state, reason]);
  assert.ok(
    states.some(([state, reason]: string[]) => state === "suppressed" && reason === "silenced"),
    `${states}`,
  );
  await api.send(
    "POST",
    "/rules",
    cpuRule({
      rule_name: "inside",
      trigger_spec: { topics: ["inside"], field: "cpu", op: ">", value: 1 },
      action_spec: { endpoint: "http://169.254.169.254/latest/meta-data", method: "GET" },
    }),
  );
  await api.send("POST", "/events?topic=inside", { cpu: 9 });
  await until(async () => (await deliveries(api))[0].state === "dead");
  assert.equal((await deliveries(api))[0].reason, "address_refused");
  assert.deepEqual((await api.send("GET", "/alerts?rule_id=_channels")).body.items, []);
});

Deno.test("actions: a slow endpoint of one rule holds up no other rule's", async () => {
  await using api = await openApi();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await using slow = receiver(async () => {
    await released;
    return new Response("ok");
  });
  await using quick = receiver();
  await save(api, { endpoint: slow.url, method: "POST" });
  await save(api, { endpoint: quick.url, method: "POST" });
  for (let i = 0; i < 40; i++) await api.send("POST", "/events?topic=metrics", { cpu: 99, host: `h${i}` });
  await until(() => quick.received.length === 40);
  assert.ok(slow.received.length < 40);
  release();
  await until(() => slow.received.length === 40);
});

Deno.test("an endpoint's values are parts of its path and query, and choose nothing else", async () => {
  await using api = await openApi();
  const asked: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, ({ url }) => {
    asked.push(url.slice(new URL(url).origin.length));
    return new Response("ok");
  });
  const origin = `http://127.0.0.1:${server.addr.port}`;
  const endpoint = `${origin}/hosts/{{ key.host }}/restart?h={{ key.host | urlencode }}`;
  const made = await api.send("POST", "/rules", cpuRule({ action_spec: { endpoint, method: "POST" } }));
  assert.equal(made.status, 201, made.text);
  const hosts = ["a/b", "a?b#c", "a\r\nx: y", "..", ".", "%2e%2e", "né"];
  const events = hosts.map((host) => ({ cpu: 99, host }));
  await api.send("POST", "/events?topic=metrics", JSON.stringify(events), {
    "content-type": "application/json",
  });
  const states = async () =>
    (await api.send("GET", "/deliveries")).body.items.map(({ state }: { state: string }) => state);
  const ended = async () => (await states()).filter((state: string) => /dead|delivered/.test(state));
  while ((await ended()).length < hosts.length) await turn(systemClock);
  assert.deepEqual((await states()).toSorted().slice(0, 2), ["dead", "dead"]);
  const parts = ["a%2Fb", "a%3Fb%23c", "a%0D%0Ax%3A%20y", "%252e%252e", "n%C3%A9"];
  // The filter is Jinja2's, which leaves a slash as it is.
  const wanted = parts.map((part) => `/hosts/${part}/restart?h=${part.replace("%2F", "/")}`);
  assert.deepEqual(asked.toSorted(), wanted.toSorted());
  await server.shutdown();
});
