import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import { receiver } from "../notify/receivers.ts";
import { type Api, cpuRule, openApi } from "./api.ts";

const channelAt = (url: string) => ({ name: "hook", type: "webhook", config: { url } });

Deno.test("channels: secrets are written and never shown, and a masked config keeps them", async () => {
  await using api = await openApi();
  const config = {
    url: "http://127.0.0.1:9/in/token-in-the-path-1?k=query-value",
    secret: "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0",
    headers: { "x-key": "hidden-value" },
  };
  const made = await api.send("POST", "/channels", { name: "hook", type: "webhook", config });
  assert.equal(made.status, 201, made.text);
  const path = `/channels/${made.body.channel_id}`;
  for (const { text } of [made, await api.send("GET", path), await api.send("GET", "/channels")]) {
    assert.doesNotMatch(text, /hidden-value|c2VjcmV0|token-in-the-path|query-value/);
  }
  const renamed = await api.send("PATCH", path, { name: "other" }, { "if-match": '"1"' });
  assert.deepEqual([renamed.status, renamed.body.name, renamed.headers.get("etag")], [200, "other", '"2"']);
  assert.equal((await api.send("PUT", path, renamed.body)).status, 200);
  const kept = (await api.store.channels.get(made.body.channel_id))?.config;
  assert.deepEqual([kept?.url, kept?.secret, kept?.headers], [config.url, config.secret, config.headers]);
  const moved = await api.send("PATCH", path, { config: { url: "http://127.0.0.1:10/" } });
  assert.deepEqual([moved.status, moved.body.code], [400, "secret_required"]);
  assert.deepEqual(
    moved.body.errors.map((fault: { pointer: string }) => fault.pointer).sort(),
    ["/config/headers/x-key", "/config/secret"],
  );
  assert.equal((await api.send("PUT", path, renamed.body, { "if-match": '"1"' })).status, 412);
});

Deno.test("channels: the list comes in pages, and a channel that goes takes no other with it", async () => {
  await using api = await openApi();
  const names = ["a", "b", "c", "d", "e"];
  for (const name of names) {
    await api.send("POST", "/channels", { ...channelAt("http://127.0.0.1:9/"), name, channel_id: name });
  }
  const ids = (body: { items: { channel_id: string }[] }) => body.items.map((channel) => channel.channel_id);
  const one = await api.send("GET", "/channels?limit=2");
  await api.send("DELETE", `/channels/${ids(one.body)[1]}`);
  const two = await api.send("GET", `/channels?limit=2&cursor=${one.body.next_cursor}`);
  const three = await api.send("GET", `/channels?limit=2&cursor=${two.body.next_cursor}`);
  assert.deepEqual([...ids(one.body), ...ids(two.body), ...ids(three.body)].sort(), names);
  assert.equal(three.body.next_cursor, null);
  assert.deepEqual((await api.send("GET", "/channels?cursor=x")).body.code, "bad_cursor");
});

Deno.test("channels: names are unique, faults are told by pointer", async () => {
  await using api = await openApi();
  await api.send("POST", "/channels", channelAt("http://127.0.0.1:9/"));
  const twice = await api.send("POST", "/channels", { ...channelAt("http://127.0.0.1:9/"), name: "HOOK" });
  assert.deepEqual([twice.status, twice.body.code], [409, "name_taken"]);
  const bad: [members: Record<string, unknown>, pointer: string][] = [
    [{ nme: "x" }, "/nme"],
    [{ type: "pigeon" }, "/type"],
    [{ config: { urll: "http://127.0.0.1:9/" } }, "/config/urll"],
    [{ config: { url: "http://10.0.0.1/" } }, "/config/url"],
    [{ config: [] }, "/config"],
  ];
  for (const [members, pointer] of bad) {
    const { status, body } = await api.send(
      "POST",
      "/channels",
      JSON.stringify({ ...channelAt("http://127.0.0.1:9/"), name: "n", ...members }),
    );
    assert.equal(status, 400, pointer);
    assert.ok(body.errors.some((e: { pointer: string }) => e.pointer === pointer), JSON.stringify(body));
  }
  assert.equal((await api.send("GET", "/channels/none")).body.code, "channel_not_found");
});

Deno.test("channels: types carry the schema that forms are made of", async () => {
  await using api = await openApi();
  const { body } = await api.send("GET", "/channels/types");
  const webhook = body.items.find((type: { type: string }) => type.type === "webhook");
  assert.equal(webhook.schema.type, "object");
  assert.ok(webhook.schema.properties.url.description.length > 0);
});

Deno.test("channels: a test tells what the receiver said, saved or not", async () => {
  await using hook = receiver((_, n) => new Response("hello", { status: n === 1 ? 200 : 500 }));
  await using api = await openApi();
  const unsaved = await api.send("POST", "/channels/test", { type: "webhook", config: { url: hook.url } });
  assert.deepEqual([unsaved.body.ok, unsaved.body.status, unsaved.body.response_body], [true, 200, "hello"]);
  const { channel_id } = (await api.send("POST", "/channels", channelAt(hook.url))).body;
  const saved = await api.send("POST", `/channels/${channel_id}/test`);
  assert.deepEqual([saved.body.ok, saved.body.status], [false, 500]);
  const { last_test } = (await api.send("GET", `/channels/${channel_id}`)).body;
  assert.deepEqual([last_test.ok, last_test.status], [false, 500]);
});

Deno.test("deliveries: an alert's way to its receiver can be followed, and dead ones sent again", async () => {
  const answered = Promise.withResolvers<void>();
  await using hook = receiver((_, n) => {
    if (n === 2) answered.resolve();
    return new Response(null, { status: n === 1 ? 400 : 200 });
  });
  await using api = await openApi();
  await api.send("POST", "/channels", channelAt(hook.url));
  await api.send("POST", "/rules", cpuRule({ action_spec: { type: "notify", channels: ["hook"] } }));
  await api.send("POST", "/events?topic=metrics", '{"cpu":99,"host":"a"}');
  await api.settle();
  const find = async (state: string) => (await api.send("GET", `/deliveries?state=${state}`)).body.items;
  while ((await find("dead")).length === 0) await turn(systemClock);
  const [dead] = await find("dead");
  assert.deepEqual([dead.attempts.length, dead.attempts[0].status], [1, 400]);
  const dry = await api.send("POST", "/deliveries/redrive", { state: "dead", dry_run: true });
  assert.deepEqual([dry.body.redriven, dry.body.remaining], [0, 1]);
  assert.deepEqual(dry.body.reasons, [{ state: "dead", reason: "client_error", count: 1 }]);
  assert.equal((await api.send("GET", "/deliveries?reason=client_error")).body.items.length, 1);
  assert.equal((await api.send("GET", "/deliveries?reason=auth")).body.items.length, 0);
  const other = await api.send("POST", "/deliveries/redrive", { reason: "auth" });
  assert.deepEqual([other.body.redriven, other.body.remaining, other.body.reasons], [0, 0, []]);
  const again = await api.send("POST", `/deliveries/${dead.delivery_id}/redrive`);
  assert.equal(again.status, 200, again.text);
  await answered.promise;
  assert.equal(hook.received[0]?.id, hook.received[1]?.id);
  while ((await find("delivered")).length === 0) await turn(systemClock);
  const twice = await api.send("POST", `/deliveries/${dead.delivery_id}/redrive`);
  assert.deepEqual([twice.status, twice.body.code], [409, "not_redrivable"]);
  assert.equal((await api.send("GET", "/deliveries/none")).status, 404);
  assert.equal((await api.send("POST", "/deliveries/redrive", { stat: "dead" })).body.code, "unknown_member");
});

const repairs: [string, (api: Api, id: string, url: string) => Promise<void>][] = [
  ["a changed config", async (api, id, url) => {
    await api.send("PATCH", `/channels/${id}`, { config: { url: `${url}/repaired` } });
  }],
  ["being enabled again", async (api, id) => {
    await api.send("PATCH", `/channels/${id}`, { enabled: false });
    await api.send("PATCH", `/channels/${id}`, { enabled: true });
  }],
  ["the redrive of a delivery", async (api) => {
    const [{ delivery_id }] = (await api.send("GET", "/deliveries")).body.items;
    assert.equal((await api.send("POST", `/deliveries/${delivery_id}/redrive`)).status, 200);
  }],
];
for (const [what, repair] of repairs) {
  Deno.test(`channels: what a receiver put off for an hour goes out after ${what}`, async () => {
    await using hook = receiver((_, n) =>
      n === 1
        ? new Response("slow down", { status: 429, headers: { "retry-after": "3600" } })
        : new Response("thanks")
    );
    await using api = await openApi();
    const { channel_id } = (await api.send("POST", "/channels", channelAt(hook.url))).body;
    await api.send("POST", "/rules", cpuRule({ action_spec: { type: "notify", channels: ["hook"] } }));
    await api.send("POST", "/events?topic=metrics", '{"cpu":99,"host":"a"}');
    await api.settle();
    const find = async (state: string) => (await api.send("GET", `/deliveries?state=${state}`)).body.items;
    while ((await find("deferred")).length === 0) await turn(systemClock);
    await api.send("PATCH", `/channels/${channel_id}`, { name: "hook" });
    assert.equal(hook.received.length, 1);
    await repair(api, channel_id, hook.url);
    while ((await find("delivered")).length === 0) await turn(systemClock);
    const [{ delivery_id, attempts, attempts_total }] = await find("delivered");
    assert.equal(attempts_total, 2);
    assert.deepEqual(attempts.map((one: object) => "response_body" in one), [false, false]);
    const { body } = await api.send("GET", `/deliveries/${delivery_id}`);
    const bodies = body.attempts.map((one: { response_body: string }) => one.response_body);
    assert.deepEqual(bodies, ["slow down", "thanks"]);
  });
}

Deno.test("channels: one that an active rule names is not deleted by mistake", async () => {
  await using api = await openApi();
  for (const id of ["c1", "c2"]) {
    await api.send("POST", "/channels", {
      ...channelAt("http://127.0.0.1:9/"),
      channel_id: id,
      name: `Ops ${id}`,
    });
  }
  const notify = (name: string) => ({ action_spec: { type: "notify", channels: [name] } });
  await api.send("POST", "/rules", cpuRule({ rule_id: "by-id", ...notify("c1") }));
  await api.send("POST", "/rules", cpuRule({ rule_id: "by-name", ...notify("OPS C1") }));
  await api.send("POST", "/rules", cpuRule({ rule_id: "by-type", ...notify("webhook") }));
  await api.send("POST", "/rules", cpuRule({ rule_id: "off", is_active: false, ...notify("c1") }));
  assert.equal((await api.send("DELETE", "/channels/c2")).status, 204);
  const refused = await api.send("DELETE", "/channels/c1");
  assert.deepEqual([refused.status, refused.body.code], [409, "channel_in_use"]);
  assert.deepEqual(refused.body.errors.map(({ message }: { message: string }) => message), [
    'rule "by-id" names it',
    'rule "by-name" names it',
  ]);
  assert.equal((await api.send("GET", "/channels/c1")).status, 200);
  assert.equal((await api.send("DELETE", "/channels/c1?force=true")).status, 204);

  await api.send("POST", "/events?topic=metrics", '{"cpu":99}');
  await api.send("POST", "/events?topic=metrics", '{"cpu":99}');
  await api.settle();
  const told = api.logged.map((line) => JSON.parse(line)).filter(({ message }) =>
    message.includes("channels")
  );
  const rules = told.map(({ rule_id, version, channels }) => [rule_id, version, channels]).sort();
  assert.deepEqual(rules, [["by-id", 1, ["c1"]], ["by-name", 1, ["OPS C1"]], ["by-type", 1, ["webhook"]]]);
  const metrics = await (await api.app.fetch(new Request("http://localhost/metrics"))).text();
  assert.match(metrics, /^tocsin_alerts_without_channel_total 6$/m);
  assert.equal((await api.send("GET", "/alerts")).body.items.length, 6);
});
