import assert from "node:assert/strict";
import { StorageBusyError, StorageFullError } from "../../src/store/event_log.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { cpuRule, openApi } from "./api.ts";

const KEY = { "idempotency-key": "k-1" };

Deno.test("a repeated request gets the first answer again and changes nothing", async () => {
  await using api = await openApi();
  const first = await api.send("POST", "/events", '{"a":1}', KEY);
  const next = api.store.log.next;
  const again = await api.send("POST", "/events", '{"a":1}', KEY);
  assert.deepEqual([again.status, again.text], [first.status, first.text]);
  assert.equal(again.headers.get("idempotency-replayed"), "true");
  assert.equal(first.headers.get("idempotency-replayed"), null);
  assert.equal(api.store.log.next, next);
});

Deno.test("requests with one key at the same time are carried out once", async () => {
  await using api = await openApi();
  const replies = await Promise.all(
    Array.from({ length: 8 }, () => api.send("POST", "/events", '{"a":1}', KEY)),
  );
  assert.equal(new Set(replies.map((reply) => reply.text)).size, 1);
  assert.equal(replies.filter((reply) => reply.headers.has("idempotency-replayed")).length, 7);
  assert.equal((await api.send("GET", "/topics/default")).body.events, 1);
});

Deno.test("another body, query or type with the same key is refused", async () => {
  await using api = await openApi();
  await api.send("POST", "/events", '{"a":1}', KEY);
  const others = [
    await api.send("POST", "/events", '{"a":2}', KEY),
    await api.send("POST", "/events?topic=x", '{"a":1}', KEY),
    await api.send("POST", "/events", '{"a":1}', { ...KEY, "content-type": "application/x-ndjson" }),
  ];
  for (const { status, body } of others) {
    assert.deepEqual([status, body.code], [422, "idempotency_key_reused"]);
  }
});

Deno.test("a refused request does not use up its key", async () => {
  await using api = await openApi();
  assert.equal((await api.send("POST", "/events", "oops", KEY)).status, 400);
  assert.equal((await api.send("POST", "/events", '{"a":1}', KEY)).status, 202);
});

Deno.test("keys hold for every POST, each path by itself", async () => {
  await using api = await openApi();
  const rule = await api.send("POST", "/rules", cpuRule(), KEY);
  assert.equal(rule.status, 201);
  const again = await api.send("POST", "/rules", cpuRule(), KEY);
  assert.deepEqual([again.status, again.body.rule_id], [201, rule.body.rule_id]);
  assert.equal((await api.send("GET", "/rules")).body.items.length, 1);
  const channel = { name: "c", type: "webhook", config: { url: "http://127.0.0.1:9/" } };
  const made = await api.send("POST", "/channels", channel, KEY);
  assert.equal((await api.send("POST", "/channels", channel, KEY)).text, made.text);
  assert.equal((await api.send("POST", "/events", "{}", KEY)).status, 202);
});

Deno.test("a key that is no visible text is refused", async () => {
  await using api = await openApi();
  for (const key of ["", "a b", "x".repeat(256)]) {
    assert.equal(
      (await api.send("POST", "/events", "{}", { "idempotency-key": key })).body.code,
      "bad_idempotency_key",
    );
  }
});

Deno.test("a repeated answer carries the ETag and the Location of the first", async () => {
  await using api = await openApi();
  const channel = { name: "c", type: "webhook", config: { url: "http://127.0.0.1:9/" } };
  const requests: [path: string, body: Parameters<typeof api.send>[2], location: RegExp | null][] = [
    ["/rules", cpuRule({ rule_id: "a b" }), /^\/api\/v1\/rules\/a%20b$/],
    ["/rules/a%20b/disable", null, null],
    ["/channels", channel, /^\/api\/v1\/channels\/[^/]+$/],
    ["/events", '{"rule_id":"x","version":1}', null],
  ];
  for (const [path, body, location] of requests) {
    const headersOf = async () => {
      const { headers } = await api.send("POST", path, body, KEY);
      return [headers.get("etag"), headers.get("location"), headers.get("idempotency-replayed")];
    };
    const [etag, first] = await headersOf();
    if (location === null) assert.equal(first, null, path);
    else assert.match(first ?? "", location);
    assert.equal(etag === null, path === "/events", path);
    assert.deepEqual(await headersOf(), [etag, first, "true"], path);
  }
});

Deno.test("a full or busy store is told alike, whatever was to be stored", async () => {
  for (const error of [new StorageFullError("full"), new StorageBusyError("busy")]) {
    const store = createMemoryStore();
    await using api = await openApi({ store });
    store.log.append = () => Promise.reject(error);
    store.channels.create = () => Promise.reject(error);
    const channel = { name: "c", type: "webhook", config: { url: "http://127.0.0.1:9/" } };
    const event = await api.send("POST", "/events", "{}");
    const saved = await api.send("POST", "/channels", channel);
    assert.equal(event.status, error instanceof StorageFullError ? 507 : 503);
    assert.equal(saved.text, event.text);
    assert.equal(saved.headers.get("retry-after"), event.headers.get("retry-after"));
  }
});
