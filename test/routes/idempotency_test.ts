import assert from "node:assert/strict";
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
