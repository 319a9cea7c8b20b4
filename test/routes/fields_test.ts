import assert from "node:assert/strict";
import { SAMPLED_EVENTS_MAX } from "../../actors/field_learner.ts";
import { openApi } from "./api.ts";

Deno.test("fields: a topic's are learnt from its newest events", async () => {
  await using api = await openApi();
  const events = Array.from(
    { length: 20 },
    (_, i) => ({ cpu: i, host: i % 4 === 0 ? "a" : "b", token: "t" }),
  );
  await api.send("POST", "/events?topic=metrics", events as never);
  await api.send("POST", "/events?topic=other", { level: "warn" });
  const { status, body } = await api.send("GET", "/topics/metrics/fields");
  assert.equal(status, 200);
  assert.deepEqual(body.sampled, {
    topics: ["metrics"],
    events: 20,
    from_offset: 0,
    to_offset: 19,
    cut: false,
  });
  assert.deepEqual(body.items.map((one: { field: string }) => one.field), ["cpu", "host", "token"]);
  assert.deepEqual(body.items[1], {
    ...{ field: "host", type: "string", examples: ["a", "b"], min: null, max: null, masked: null },
    ...{ events: 20, share: 1, types: { string: 20 } },
    top_values: [{ value: "b", count: 15 }, { value: "a", count: 5 }],
  });
  assert.deepEqual([body.items[0].min, body.items[0].max, body.items[2].masked], [0, 19, "secret"]);
  const few = (await api.send("GET", "/topics/metrics/fields?prefix=h&limit=1")).body;
  assert.deepEqual([few.items.length, few.truncated], [1, false]);
  assert.equal((await api.send("GET", "/topics/none/fields")).status, 404);
});

Deno.test("fields: suggestions are of all topics, or of one", async () => {
  await using api = await openApi();
  assert.deepEqual((await api.send("GET", "/field-suggestions")).body.items, []);
  await using other = await openApi();
  await other.send("POST", "/events?topic=metrics", { cpu: 1, memory: { used: 2 } });
  await other.send("POST", "/events?topic=logs", { level: "warn" });
  const names = async (query: string) =>
    (await other.send("GET", `/field-suggestions${query}`)).body.items.map((one: { name: string }) =>
      one.name
    );
  assert.deepEqual(await names(""), ["cpu", "level", "memory", "memory.used"]);
  assert.deepEqual(await names("?topic=logs"), ["level"]);
  assert.deepEqual(await names("?search=USED"), ["memory.used"]);
  assert.equal((await other.send("GET", "/field-suggestions?topic=none")).status, 404);
  const compat = (await other.send("GET", "/cep/field-suggestions?search=mem")).body.data.fields;
  assert.deepEqual(compat.map((one: { name: string }) => one.name), ["memory.used"]);
});

Deno.test("fields: a sample is bounded, and spread over what was read", async () => {
  await using api = await openApi();
  const lines = (from: number) =>
    Array.from({ length: 3_000 }, (_, i) => JSON.stringify({ n: from + i })).join("\n");
  const headers = { "content-type": "application/x-ndjson" };
  await api.send("POST", "/events?topic=a", lines(0), headers);
  await api.send("POST", "/events?topic=b", lines(0), headers);
  await api.send("POST", "/events?topic=a", lines(3_000), headers);
  const { sampled, items: [n] } = (await api.send("GET", "/topics/a/fields")).body;
  assert.equal(sampled.events, SAMPLED_EVENTS_MAX);
  assert.equal(sampled.to_offset > 8_900, true);
  assert.equal(n.max > 5_900, true);
});
