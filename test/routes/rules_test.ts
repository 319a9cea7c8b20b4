import assert from "node:assert/strict";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { cpuRule, openApi } from "./api.ts";

Deno.test("rules: a rule is answered as written, with what the server knows of it", async () => {
  await using api = await openApi();
  const doc = cpuRule({
    rule_id: "cpu/1",
    "x-team": "ops",
    trigger_spec: { field: "cpu", op: "gt", value: 1 },
  });
  assert.equal((await api.send("POST", "/rules", doc)).status, 400);
  const good: JsonObject = { ...doc, trigger_spec: { field: "cpu", op: ">", value: "1" } };
  const made = await api.send("POST", "/rules", good);
  assert.deepEqual([made.status, made.headers.get("etag"), made.headers.get("location")], [
    201,
    '"1"',
    "/api/v1/rules/cpu%2F1",
  ]);
  const read = await api.send("GET", "/rules/cpu%2F1");
  for (const [name, value] of Object.entries(good)) assert.deepEqual(read.body[name], value, name);
  assert.equal(read.body.effective.cooldown, "0s");
  assert.equal(read.body.version, 1);
  assert.equal((await api.send("POST", "/rules", good)).body.code, "rule_exists");
  assert.equal((await api.send("GET", "/rules/none")).body.code, "rule_not_found");
});

Deno.test("rules: every fault of a document is told with its pointer, and nothing is saved", async () => {
  await using api = await openApi();
  const next = api.store.log.next;
  const bad = cpuRule({
    severty: "info",
    trigger_spec: {
      conditions: [{ field: "a", op: "~~", value: 1 }, { op: ">", value: 1 }],
    },
  });
  const { status, body } = await api.send("POST", "/rules", bad);
  assert.equal(status, 400);
  const pointers = body.errors.map((e: { pointer: string }) => e.pointer);
  for (const at of ["/severty", "/trigger_spec/conditions/0/op", "/trigger_spec/conditions/1/field"]) {
    assert.ok(pointers.includes(at), `${at} in ${pointers}`);
  }
  assert.equal(api.store.log.next, next);
});

Deno.test("rules: a notify action must name channels that there are", async () => {
  await using api = await openApi();
  const rule = (channels: string[]) => cpuRule({ action_spec: { type: "notify", channels } });
  const none = await api.send("POST", "/rules", rule(["ops"]));
  assert.deepEqual([none.body.code, none.body.errors[0].pointer], [
    "unknown_channel",
    "/action_spec/channels/0",
  ]);
  const channel = { name: "Ops-Hook", type: "webhook", config: { url: "http://127.0.0.1:9/" } };
  const { channel_id } = (await api.send("POST", "/channels", channel)).body;
  for (const name of [channel_id, "ops-hook", "webhook"]) {
    assert.equal((await api.send("POST", "/rules", rule([name]))).status, 201, name);
  }
  assert.match((await api.send("POST", "/rules", rule(["ops-hok"]))).body.detail, /did you mean "Ops-Hook"/);
});

Deno.test("rules: each save is a version; If-Match keeps one save from undoing another", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule({ rule_id: "r" }));
  const two = await api.send("PATCH", "/rules/r", { severity: "info", description: "d" }, {
    "if-match": '"1"',
  });
  assert.deepEqual([two.status, two.body.version, two.body.severity], [200, 2, "info"]);
  for (const stale of ['"1"', '"7"', "W/abc"]) {
    const lost = await api.send("PUT", "/rules/r", cpuRule(), { "if-match": stale });
    assert.deepEqual([lost.status, lost.body.code], [412, "version_outdated"], stale);
  }
  const three = await api.send("PATCH", "/rules/r", { description: null }, { "if-match": "*" });
  assert.equal("description" in three.body, false);
  assert.equal((await api.send("PUT", "/rules/r", three.body)).body.version, 4);
  assert.equal((await api.send("PUT", "/rules/r", cpuRule({ rule_id: "q" }))).body.code, "rule_id_fixed");
  const { body } = await api.send("GET", "/rules/r/versions?limit=3");
  assert.deepEqual(body.items.map((v: { version: number }) => v.version), [1, 2, 3]);
  const rest = await api.send("GET", `/rules/r/versions?limit=3&cursor=${body.next_cursor}`);
  assert.deepEqual([rest.body.items.length, rest.body.next_cursor], [1, null]);
});

Deno.test("rules: an edit says what state it keeps; the generation grows only where some is reset", async () => {
  await using api = await openApi();
  const generation = async () => (await api.store.rules.get("r"))?.generation;
  await api.send("POST", "/rules", cpuRule({ rule_id: "r", cooldown: "10m" }));
  const kept = await api.send("PATCH", "/rules/r", { cooldown: "5m", severity: "info" });
  assert.deepEqual([kept.body.kept, kept.body.reset, await generation()], [["cooldown"], [], 1]);
  const reset = await api.send("PATCH", "/rules/r", { trigger_spec: { group_by: ["region"] } });
  assert.deepEqual([reset.body.kept, reset.body.reset, await generation()], [[], ["cooldown"], 2]);
});

Deno.test("rules: a rule that is switched off sees nothing, and begins anew when switched on", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule({ rule_id: "r", cooldown: "10m" }));
  const post = () => api.send("POST", "/events?topic=metrics", '{"cpu":99,"host":"a"}');
  const alerts = async () => {
    await api.settle();
    return (await api.send("GET", "/alerts")).body.items.length;
  };
  await post();
  await post();
  assert.equal(await alerts(), 1);
  const off = await api.send("POST", "/rules/r/disable");
  assert.deepEqual([off.body.is_active, off.body.version], [false, 2]);
  assert.equal((await api.send("POST", "/rules/r/disable")).body.version, 2);
  assert.equal((await api.send("GET", "/rules/r")).body.status, "stopped");
  await post();
  assert.equal(await alerts(), 1);
  const on = await api.send("POST", "/rules/r/enable");
  assert.deepEqual([on.body.is_active, on.body.reset], [true, ["cooldown"]]);
  await post();
  assert.equal(await alerts(), 2);
});

Deno.test("rules: a rule may start in the past, by offset or by time", async () => {
  await using api = await openApi();
  const posted = await api.send(
    "POST",
    "/events?topic=metrics",
    '[{"cpu":95,"host":"a"},{"cpu":96,"host":"b"}]',
  );
  const { last_offset } = posted.body;
  await api.send("POST", `/rules?start_offset=${last_offset}`, cpuRule({ rule_id: "one" }));
  await api.send("POST", "/rules?start_time=2020-01-01T00:00:00Z", cpuRule({ rule_id: "all" }));
  await api.send("POST", "/rules", cpuRule({ rule_id: "now" }));
  await api.settle();
  const fired = async (rule: string) => (await api.send("GET", `/alerts?rule_id=${rule}`)).body.items.length;
  assert.deepEqual([await fired("one"), await fired("all"), await fired("now")], [1, 2, 0]);
  assert.equal(
    (await api.send("POST", "/rules?start_offset=999999", cpuRule())).body.code,
    "start_beyond_log",
  );
  assert.equal(
    (await api.send("POST", "/rules?start_offset=1&start_time=1", cpuRule())).body.code,
    "bad_parameter",
  );
});

Deno.test("rules: a deleted rule is gone, its alerts stay, and its id can be used again", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule({ rule_id: "r" }));
  await api.send("POST", "/events?topic=metrics", '{"cpu":99}');
  await api.settle();
  assert.equal((await api.send("DELETE", "/rules/r", null, { "if-match": '"9"' })).status, 412);
  assert.equal((await api.send("DELETE", "/rules/r")).status, 204);
  assert.equal((await api.send("GET", "/rules/r")).status, 404);
  assert.equal((await api.send("DELETE", "/rules/r")).status, 404);
  assert.equal((await api.send("GET", "/alerts?rule_id=r")).body.items.length, 1);
  const again = await api.send("POST", "/rules", cpuRule({ rule_id: "r" }));
  assert.deepEqual([again.status, again.body.version], [201, 3]);
});

Deno.test("rules: lists are filtered and paged", async () => {
  await using api = await openApi();
  for (let i = 0; i < 5; i++) {
    const tags = i % 2 === 0 ? ["even"] : [];
    await api.send(
      "POST",
      "/rules",
      cpuRule({ rule_id: `r${i}`, rule_name: `Rule ${i}`, tags, is_active: i < 3 }),
    );
  }
  const ids = async (query: string) =>
    (await api.send("GET", `/rules?${query}`)).body.items.map((rule: { rule_id: string }) => rule.rule_id)
      .sort();
  assert.deepEqual(await ids("tag=even"), ["r0", "r2", "r4"]);
  assert.deepEqual(await ids("is_active=false"), ["r3", "r4"]);
  assert.deepEqual(await ids("search=rule%201"), ["r1"]);
  const one = await api.send("GET", "/rules?limit=3");
  const two = await api.send("GET", `/rules?limit=3&cursor=${one.body.next_cursor}`);
  assert.deepEqual([one.body.items.length, two.body.items.length, two.body.next_cursor], [3, 2, null]);
  for (
    const bad of [
      "limit=0",
      "limit=501",
      "limit=x",
      "cursor=abc",
      "severity=loud",
      `cursor=${btoa('["alerts",1]')}`,
    ]
  ) {
    assert.equal((await api.send("GET", `/rules?${bad}`)).status, 400, bad);
  }
});

Deno.test("rules: validate tells what a save would say, and saves nothing", async () => {
  await using api = await openApi();
  const good = await api.send("POST", "/rules/validate", cpuRule());
  assert.deepEqual([good.status, good.body.valid, good.body.errors], [200, true, []]);
  const bad = await api.send("POST", "/rules/validate", { rule_name: "x" });
  assert.deepEqual([bad.status, bad.body.valid], [200, false]);
  assert.ok(bad.body.errors.length >= 2);
  assert.deepEqual((await api.send("GET", "/rules")).body.items, []);
});

Deno.test("rules: saves of one rule at the same time happen one after another", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule({ rule_id: "r" }));
  const saves = Array.from({ length: 10 }, (_, i) => api.send("PATCH", "/rules/r", { description: `${i}` }));
  const versions = (await Promise.all(saves)).map((reply) => reply.body.version);
  assert.deepEqual(versions.sort((a, b) => a - b), [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

Deno.test("rules: bodies that are no JSON object, too deep or too large are refused", async () => {
  await using api = await openApi();
  const bad: [body: string, status: number, code: string][] = [
    ["", 400, "empty_body"],
    ["[]", 400, "invalid_type"],
    ["{", 400, "malformed_json"],
    ['{"__proto__":{}}', 400, "forbidden_member"],
    ['{"a":1e309}', 400, "not_finite"],
    [`{"a":${"[".repeat(200)}`, 413, "too_deep"],
    [`{"a":"${"x".repeat(1_048_576)}"}`, 413, "body_too_large"],
  ];
  for (const [body, status, code] of bad) {
    const reply = await api.send("POST", "/rules", body);
    assert.deepEqual([reply.status, reply.body.code], [status, code], body.slice(0, 20));
  }
  const form = await api.send("POST", "/rules", "a=1", {
    "content-type": "application/x-www-form-urlencoded",
  });
  assert.equal(form.status, 415);
});

Deno.test("rules: state tells how far a rule is; resume needs a quarantine", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule({ rule_id: "r" }));
  await api.send("POST", "/events?topic=metrics", '{"cpu":99}');
  await api.settle();
  const { body } = await api.send("GET", "/rules/r/state");
  assert.deepEqual([body.status, body.lag, body.counters.matched], ["running", 0, 1]);
  assert.equal((await api.send("GET", "/rules/none/state")).status, 404);
  assert.equal((await api.send("POST", "/rules/r/resume")).body.code, "not_quarantined");
  assert.equal(
    (await api.send("POST", "/rules/r/resume", { from: "later" })).body.errors[0].pointer,
    "/from",
  );
});

Deno.test("rules: poison is cleared so that a resumed rule applies what lies ahead, and nothing twice", async () => {
  const store = createMemoryStore();
  const keep = { ...store, [Symbol.asyncDispose]: () => Promise.resolve() };
  await using first = await openApi({ store: keep });
  await first.send("POST", "/rules", cpuRule({ rule_id: "r" }));
  await first.send("POST", "/events?topic=metrics", '{"cpu":91}');
  await first.settle();
  const { applied } = (await first.send("GET", "/rules/r/state")).body;
  await first[Symbol.asyncDispose]();
  const park = (offset: number) => store.health.park({ rule_id: "r", offset, error: "boom", at: 1 });
  await Promise.all([park(applied - 1), park(applied), park(applied + 1)]);
  await store.health.strike("r", applied);
  await store.health.quarantine({ rule_id: "r", reason: "crashes", offset: applied, at: 1 });

  await using api = await openApi({ store });
  await api.send("POST", "/events?topic=metrics", '[{"cpu":92},{"cpu":93},{"cpu":94}]');
  const cleared = await api.send("POST", "/rules/r/poison/clear");
  const { to_apply, forgotten, kept } = cleared.body;
  assert.deepEqual([cleared.status, to_apply], [200, [applied, applied + 1]]);
  // The first life took a last snapshot, so no replay meets the event before it again.
  assert.deepEqual([forgotten, kept], [[applied - 1], []]);
  assert.equal(await store.health.strike("r", applied), 1);
  assert.deepEqual((await api.send("GET", "/rules/r/state")).body.poison, []);
  await api.send("POST", "/rules/r/resume");
  await api.settle();
  const { body } = await api.send("GET", "/rules/r/state");
  assert.deepEqual([body.status, body.counters.alerts], ["running", 4]);
  assert.equal((await api.send("POST", "/rules/none/poison/clear")).status, 404);
});

Deno.test("rules: while a rule runs, a parked event that a replay could meet stays parked", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule({ rule_id: "r" }));
  await api.send("POST", "/events?topic=metrics", '{"cpu":91}');
  await api.settle();
  const { applied } = (await api.send("GET", "/rules/r/state")).body;
  await api.store.health.park({ rule_id: "r", offset: applied - 1, error: "boom", at: 1 });
  const cleared = await api.send("POST", "/rules/r/poison/clear");
  assert.deepEqual(cleared.body, { to_apply: [], forgotten: [], kept: [applied - 1] });
  await api.send("POST", "/rules/r/disable");
  const stopped = await api.send("POST", "/rules/r/poison/clear");
  assert.deepEqual(stopped.body, { to_apply: [], forgotten: [applied - 1], kept: [] });
});
