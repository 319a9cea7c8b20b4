/** /routes, /silences and /inhibitions, and the way of an alert through them to a receiver. */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { type Received, receiver } from "../notify/receivers.ts";
import { type Api, cpuRule, openApi, type Reply } from "./api.ts";

const codes = (reply: Reply) =>
  reply.body.errors.map(({ pointer, code }: JsonObject) => `${pointer} ${code}`);

/** A receiver whose messages are waited for one by one. */
function inbox() {
  const waiting: PromiseWithResolvers<Received>[] = [];
  const came: Received[] = [];
  const hook = receiver((one) => {
    const next = waiting.shift();
    if (next === undefined) came.push(one);
    else next.resolve(one);
    return new Response("ok");
  });
  const next = (): Promise<Received> => {
    const known = came.shift();
    if (known !== undefined) return Promise.resolve(known);
    const later = Promise.withResolvers<Received>();
    waiting.push(later);
    return later.promise;
  };
  return { url: hook.url, next, [Symbol.asyncDispose]: () => hook[Symbol.asyncDispose]() };
}

async function channel(api: Api, name: string, config: JsonObject): Promise<void> {
  const policy = { send_resolved: true };
  assert.equal((await api.send("POST", "/channels", { name, type: "webhook", config, policy })).status, 201);
}

const event = (host: string, cpu = 99) => ({ host, cpu });

async function events(api: Api, ...bodies: JsonObject[]): Promise<void> {
  assert.equal((await api.send("POST", "/events?topic=metrics", JSON.stringify(bodies))).status, 202);
  await api.settle();
}

Deno.test("routes: from none to a tree, over the version that was seen", async () => {
  await using api = await openApi();
  const none = await api.send("GET", "/routes");
  assert.deepEqual([none.status, none.body.route, none.headers.get("etag")], [200, null, '"0"']);
  await channel(api, "ops", { url: "http://127.0.0.1:9/" });
  const tree = {
    route: { receiver: "ops", group_by: ["alertname"], routes: [{ matchers: ["severity=~critical|error"] }] },
  };
  const first = await api.send("PUT", "/routes", tree, { "if-match": '"0"' });
  assert.deepEqual([first.status, first.body.route, first.headers.get("etag")], [200, tree.route, '"1"']);
  assert.equal((await api.send("PUT", "/routes", tree, { "if-match": '"0"' })).status, 412);
  assert.equal((await api.send("PUT", "/routes", first.body)).status, 200, "what GET shows may come back");
  const { channel_id } = (await api.send("GET", "/channels")).body.items[0];
  assert.equal((await api.send("DELETE", `/channels/${channel_id}`)).status, 409, "the tree needs it");
  assert.equal((await api.send("DELETE", "/routes")).status, 204);
  assert.equal((await api.send("GET", "/routes")).body.route, null);
});

Deno.test("routes: faults are told with pointers and codes, and change nothing", async () => {
  await using api = await openApi();
  await channel(api, "ops", { url: "http://127.0.0.1:9/" });
  const put = async (body: JsonObject) => codes(await api.send("PUT", "/routes", body));
  assert.deepEqual(await put({}), ["/route no_route"]);
  assert.deepEqual(await put({ route: { receiver: "nobody" } }), ["/route/receiver undefined_receiver"]);
  const deep = { receiver: "ops", routes: [{ matchers: ["a=~(("], group_wait: "soon", colour: "red" }] };
  assert.deepEqual((await put({ route: deep })).toSorted(), [
    "/route/routes/0/colour unknown_member",
    "/route/routes/0/group_wait invalid_duration",
    "/route/routes/0/matchers/0 bad_matcher",
  ]);
  const unknown = { route: { receiver: "r" }, receivers: [{ name: "r", channels: ["gone"] }] };
  assert.deepEqual(await put(unknown), ["/receivers/0/channels/0 unknown_channel"]);
  const nights = {
    name: "nights",
    time_intervals: [{ times: [{ start_time: "22:00", end_time: "06:00" }] }],
  };
  assert.deepEqual(await put({ route: { receiver: "ops" }, time_intervals: [nights] }), [
    "/time_intervals/0/time_intervals/0/times/0 time_order",
  ]);
  assert.equal((await api.send("GET", "/routes")).body.version, 0);
});

Deno.test("routes: a test says which receivers labels reach and what keeps them quiet", async () => {
  await using api = await openApi();
  for (const name of ["ops", "pager", "db"]) await channel(api, name, { url: "http://127.0.0.1:9/" });
  await api.send("PUT", "/routes", {
    route: {
      ...{ receiver: "ops", group_by: ["service"] },
      routes: [
        { matchers: 'severity="critical"', receiver: "pager", continue: true },
        { matchers: ['team="db"'], receiver: "db", active_time_intervals: ["never"] },
      ],
    },
    time_intervals: [{ name: "never", time_intervals: [{ years: ["1999"] }] }],
  });
  await api.send("POST", "/silences", { matchers: ['service="web"'], duration: "1h" });
  const test = async (labels: JsonObject) => (await api.send("POST", "/routes/test", { labels })).body;
  assert.deepEqual((await test({ a: "b" })).receivers, ["ops"]);
  const found = await test({ severity: "critical", team: "db", service: "web" });
  assert.deepEqual(found.receivers, ["pager", "db"]);
  assert.deepEqual(found.routes[0].group_labels, { service: "web" });
  assert.deepEqual(found.routes[1].muted_by_time, ["never"]);
  assert.equal(found.silenced_by.length, 1);
});

Deno.test("routes: alerts of a rule that names no channel arrive as one message of their group", async () => {
  await using hook = inbox();
  await using api = await openApi();
  await channel(api, "ops", { url: hook.url, format: "alertmanager_v4" });
  await api.send("PUT", "/routes", { route: { receiver: "ops", group_by: ["alertname"], group_wait: "0s" } });
  await api.send(
    "POST",
    "/rules",
    cpuRule({ action_spec: { type: "notify", via: "routes", message: "hot" } }),
  );
  await events(api, event("a"), event("b"), event("cool", 1));
  const { body } = await hook.next();
  const message = JSON.parse(body);
  assert.deepEqual(message.groupLabels, { alertname: "High CPU" });
  assert.deepEqual(message.alerts.map((one: JsonObject) => (one.labels as JsonObject).host), ["a", "b"]);
  assert.equal(message.alerts[0].annotations.description, "hot");
  assert.equal(message.commonLabels.host, undefined);
  const { body: deliveries } = await api.send("GET", "/deliveries");
  assert.equal(deliveries.items.length, 1);
  assert.deepEqual(deliveries.items[0].group.why, "first_notification");
  const { alert_id } = deliveries.items[0];
  const groups = (await api.send("GET", `/routes/groups?alert_id=${alert_id}`)).body.items;
  assert.deepEqual([groups.length, groups[0].alerts.length, groups[0].told.length], [1, 2, 1]);
});

Deno.test("routes: groups that are open are listed in pages", async () => {
  await using hook = inbox();
  await using api = await openApi();
  await channel(api, "ops", { url: hook.url });
  await api.send("PUT", "/routes", { route: { receiver: "ops", group_by: ["host"], group_wait: "1h" } });
  await api.send("POST", "/rules", cpuRule());
  await events(api, event("a"), event("b"), event("c"));
  const list = async (query: string) => (await api.send("GET", `/routes/groups?${query}`)).body;
  while ((await list("")).items.length < 3) await turn(systemClock);
  const first = await list("limit=2");
  const second = await list(`limit=2&cursor=${first.next_cursor}`);
  const hosts = [...first.items, ...second.items].map((group: JsonObject) =>
    (group.labels as JsonObject).host
  );
  assert.deepEqual([hosts, second.next_cursor], [["a", "b", "c"], null]);
});

Deno.test("routes: a standard webhook tells several alerts as a list and one as ever", async () => {
  await using hook = inbox();
  await using api = await openApi();
  await channel(api, "ops", { url: hook.url });
  await api.send("PUT", "/routes", { route: { receiver: "ops", group_by: ["kind"], group_wait: "0s" } });
  await api.send("POST", "/rules", cpuRule({ labels: { kind: "many" } }));
  await events(api, event("a"), event("b"));
  const many = JSON.parse((await hook.next()).body);
  assert.deepEqual([many.type, many.data.alerts.length, many.data.labels], ["alert_group.firing", 2, {
    kind: "many",
  }]);
  assert.equal(many.data.title, "[2 firing] High CPU");
  const rule = cpuRule({ rule_name: "One", labels: { kind: "one" } });
  (rule.trigger_spec as JsonObject).topics = ["single"];
  await api.send("POST", "/rules", rule);
  assert.equal((await api.send("POST", "/events?topic=single", event("a"))).status, 202);
  const one = JSON.parse((await hook.next()).body);
  assert.deepEqual([one.type, one.data.rule_name], ["alert.firing", "One"]);
});

Deno.test("silences: an alert that goes to its channel directly is held back for good, and says by whom", async () => {
  await using hook = inbox();
  await using api = await openApi();
  await channel(api, "ops", { url: hook.url });
  await api.send("POST", "/rules", cpuRule({ action_spec: { type: "notify", channels: ["ops"] } }));
  const made = await api.send("POST", "/silences", {
    matchers: ['host=~"a.*"'],
    duration: "1h",
    comment: "works",
  });
  assert.deepEqual([made.status, made.body.state], [201, "active"]);
  await events(api, event("a1"), event("b1"));
  assert.equal(JSON.parse((await hook.next()).body).data.key.host, "b1");
  const { items } = (await api.send("GET", "/deliveries?state=suppressed")).body;
  const { reason, suppressed_by, attempts, next_attempt_at } = items[0];
  assert.deepEqual([items.length, reason, suppressed_by, attempts, next_attempt_at], [
    ...[1, "silenced", [made.body.silence_id], [], null],
  ]);
  assert.equal((await api.send("POST", `/deliveries/${items[0].delivery_id}/redrive`)).status, 409);
  assert.equal((await api.send("DELETE", `/silences/${made.body.silence_id}`)).status, 204);
  assert.equal((await api.send("GET", `/silences/${made.body.silence_id}`)).body.state, "expired");
  await events(api, event("a2"));
  assert.equal(JSON.parse((await hook.next()).body).data.key.host, "a2");
  assert.equal((await api.send("GET", "/deliveries?state=suppressed")).body.items.length, 1);
});

Deno.test("silences: a preview names the firing alerts that one would cover, and makes none", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule());
  await events(api, event("a1"), event("b1"), event("a2"));
  const { body } = await api.send("POST", "/silences/preview", { matchers: ["host=~a.*"] });
  assert.deepEqual([body.matched, body.examined], [2, 3]);
  assert.deepEqual(body.alerts.map((one: JsonObject) => (one.labels as JsonObject).host), ["a2", "a1"]);
  assert.deepEqual((await api.send("GET", "/silences")).body.items, []);
});

Deno.test("silences: faults are told with pointers; unknown ids are 404", async () => {
  await using api = await openApi();
  const post = async (body: JsonObject) => codes(await api.send("POST", "/silences", body));
  const matchers = ["a=b"];
  assert.deepEqual(await post({ matchers }), ["/ends_at no_end"]);
  assert.deepEqual(await post({ duration: "1h" }), ["/matchers no_matchers"]);
  assert.deepEqual(await post({ matchers: ["a=~.*"], duration: "1h" }), ["/matchers all_match_empty"]);
  assert.deepEqual(await post({ matcher_sets: [matchers, []], duration: "1h" }), [
    "/matcher_sets/1 empty_matcher_set",
  ]);
  assert.deepEqual(
    await post({ matchers, ends_at: "2001-01-01T00:00:00Z", starts_at: "2000-01-01T00:00:00Z" }),
    [
      "/ends_at end_in_past",
    ],
  );
  assert.deepEqual(await post({ matchers, ends_at: "soon" }), ["/ends_at invalid_time"]);
  assert.deepEqual(await post({ matchers, duration: "1h", schedule: [{ location: "Mars/Base" }] }), [
    "/schedule/0/location bad_location",
  ]);
  for (
    const [method, path] of [["GET", "/silences/x"], ["PUT", "/silences/x"], ["POST", "/silences/x/expire"]]
  ) {
    assert.equal((await api.send(method!, path!, method === "GET" ? undefined : {})).status, 404);
  }
});

Deno.test("silences: a change of matchers ends one and begins another, a longer end does not", async () => {
  await using api = await openApi();
  const { body: made } = await api.send("POST", "/silences", { matchers: ["a=b"], duration: "1h" });
  const path = `/silences/${made.silence_id}`;
  const longer = (await api.send("PUT", path, { ...made, ends_at: "2999-01-01T00:00:00Z" })).body;
  assert.deepEqual([longer.silence_id, longer.replaced], [made.silence_id, null]);
  const other = (await api.send("PUT", path, { matchers: ["a=c"], duration: "1h" })).body;
  assert.equal(other.replaced, made.silence_id);
  const states = (await api.send("GET", "/silences")).body.items.map((one: JsonObject) => one.state);
  assert.deepEqual(states, ["active", "expired"]);
  const schedule = [{ weekdays: ["saturday", "sunday"], location: "Asia/Seoul" }];
  const weekly = await api.send("POST", "/silences", { matchers: ["a=b"], duration: "1h", schedule });
  assert.deepEqual(weekly.body.schedule, schedule);
});

Deno.test("inhibitions: a source keeps its targets quiet; the target's delivery names the inhibition", async () => {
  await using hook = inbox();
  await using api = await openApi();
  await channel(api, "ops", { url: hook.url });
  const made = await api.send("POST", "/inhibitions", {
    ...{ source_matchers: ['kind="down"'], target_matchers: ['kind="slow"'], equal: ["host"] },
  });
  assert.deepEqual([made.status, made.body.source_matchers], [201, ['kind="down"']]);
  const action_spec = { type: "notify", channels: ["ops"] };
  await api.send("POST", "/rules", cpuRule({ labels: { kind: "slow" }, action_spec }));
  const down = cpuRule({ rule_name: "Down", labels: { kind: "down" }, action_spec });
  (down.trigger_spec as JsonObject).topics = ["downs"];
  await api.send("POST", "/rules", down);
  assert.equal((await api.send("POST", "/events?topic=downs", event("a"))).status, 202);
  assert.equal(JSON.parse((await hook.next()).body).data.rule_name, "Down");
  await events(api, event("a"), event("b"));
  assert.equal(JSON.parse((await hook.next()).body).data.key.host, "b");
  const { items } = (await api.send("GET", "/deliveries?state=suppressed")).body;
  assert.deepEqual([items.length, items[0].reason, items[0].suppressed_by], [
    ...[1, "inhibited", [made.body.inhibition_id]],
  ]);
  for (const missing of ["source_matchers", "target_matchers"]) {
    const one = {
      source_matchers: ['severity="critical"'],
      target_matchers: ['severity="info"'],
      [missing]: [],
    };
    const refused = await api.send("POST", "/inhibitions", one);
    assert.deepEqual([refused.status, refused.body.errors[0].pointer], [400, `/${missing}`]);
  }
  assert.equal((await api.send("DELETE", `/inhibitions/${made.body.inhibition_id}`)).status, 204);
  assert.equal((await api.send("DELETE", `/inhibitions/${made.body.inhibition_id}`)).status, 404);
});

Deno.test("rules: via routes and channels exclude each other; one of them a notify action needs", async () => {
  await using api = await openApi();
  const save = async (action_spec: JsonObject) =>
    codes(await api.send("POST", "/rules", cpuRule({ action_spec })));
  assert.deepEqual(await save({ type: "notify", via: "routes", channels: ["ops"] }), [
    "/action_spec/via conflict",
  ]);
  assert.deepEqual(await save({ type: "notify" }), ["/action_spec/channels required"]);
});

Deno.test("channels: past max_per_hour deliveries wait, and say so", async () => {
  await using hook = inbox();
  await using api = await openApi();
  const policy = { max_per_hour: 1 };
  await api.send("POST", "/channels", { name: "ops", type: "webhook", config: { url: hook.url }, policy });
  await api.send("POST", "/rules", cpuRule({ action_spec: { type: "notify", channels: ["ops"] } }));
  await events(api, event("a"));
  await hook.next();
  await events(api, event("b"));
  const deferred = async () => (await api.send("GET", "/deliveries?state=deferred")).body.items;
  while ((await deferred()).length === 0) await turn(systemClock);
  const [waiting] = await deferred();
  assert.equal(waiting.reason, "throttled");
  assert.ok(Date.parse(waiting.next_attempt_at) > systemClock.now() + 3_500_000);
  const bad = {
    name: "x",
    type: "webhook",
    config: { url: hook.url },
    policy: { quiet_hours: [{ years: ["x"] }] },
  };
  assert.deepEqual(codes(await api.send("POST", "/channels", bad)), [
    "/policy/quiet_hours/0/years/0 bad_year",
  ]);
});
