import assert from "node:assert/strict";
import { cpuRule, openApi } from "./api.ts";

Deno.test("events: 202 tells how many were taken and where they stand, and they can be read back", async () => {
  await using api = await openApi();
  const posted = await api.send("POST", "/events?topic=metrics", '[{"n":1},{"n":12345678901234567890}]');
  assert.equal(posted.status, 202);
  const { first_offset, last_offset } = posted.body;
  assert.deepEqual(posted.body, { accepted: 2, duplicates: 0, first_offset, last_offset });
  assert.equal(last_offset, first_offset + 1);
  const read = await api.send("GET", "/events?topic=metrics");
  assert.deepEqual(read.body.items.map((item: { offset: number }) => item.offset), [
    first_offset,
    last_offset,
  ]);
  assert.match(read.text, /"event":\{"n":12345678901234567890\}/);
  assert.equal(read.body.next_cursor, null);
});

Deno.test("events: a page follows a page by its cursor, without a gap or a repeat", async () => {
  await using api = await openApi();
  for (let i = 0; i < 5; i++) {
    const lines = Array.from({ length: 7 }, (_, k) => `{"n":${7 * i + k}}`).join("\n");
    await api.send("POST", "/events", lines, { "content-type": "application/x-ndjson" });
    await api.send("POST", "/events?topic=other", '{"n":-1}');
  }
  const seen: number[] = [];
  let path = "/events?topic=default&limit=4";
  for (let cursor = ""; cursor !== null;) {
    const { body } = await api.send("GET", path);
    assert.ok(body.items.length <= 4);
    seen.push(...body.items.map((item: { event: { n: number } }) => item.event.n));
    cursor = body.next_cursor;
    path = `/events?topic=default&limit=4&cursor=${cursor}`;
  }
  assert.deepEqual(seen, Array.from({ length: 35 }, (_, i) => i));
});

Deno.test("events: a refused request changes nothing, partial takes the good ones", async () => {
  await using api = await openApi();
  const next = api.store.log.next;
  const refused = await api.send("POST", "/events", '[{"a":1},7]');
  assert.equal(refused.status, 400);
  assert.equal(refused.headers.get("content-type"), "application/problem+json");
  assert.deepEqual(refused.body.errors.map((e: { pointer: string }) => e.pointer), ["/1"]);
  assert.equal(api.store.log.next, next);
  const partial = await api.send("POST", "/events?partial=true", '[{"a":1},7]');
  assert.equal(partial.status, 202);
  assert.deepEqual([partial.body.accepted, partial.body.rejected, partial.body.errors.length], [1, 1, 1]);
  const none = await api.send("POST", "/events?partial=true", "[7]");
  assert.deepEqual([none.body.accepted, none.body.first_offset], [0, null]);
});

Deno.test("events: bad parameters and topics are refused by name", async () => {
  await using api = await openApi();
  const bad: [path: string, code: string, wish: RegExp][] = [
    ["/events?topc=x", "unknown_parameter", /did you mean "topic"/],
    ["/events?topic=a&topic=b", "bad_parameter", /twice/],
    ["/events?topic=", "bad_parameter", /empty/],
    ["/events?topic=_alerts", "topic_reserved", /own/],
    [`/events?topic=${"t".repeat(201)}`, "bad_topic", /200/],
    ["/events?partial=yes", "bad_parameter", /true or false/],
  ];
  for (const [path, code, wish] of bad) {
    const { status, body } = await api.send("POST", path, "{}");
    assert.deepEqual([status, body.code], [400, code], path);
    assert.match(body.detail, wish);
  }
});

Deno.test("bodies: a packed one is refused on every route, in the shape of its errors", async () => {
  await using api = await openApi();
  const packed = { "content-encoding": "gzip" };
  const routes: [method: string, path: string][] = [
    ["POST", "/events"],
    ["POST", "/rules"],
    ["PATCH", "/rules/r"],
    ["POST", "/rules/r/enable"],
    ["PUT", "/lookups/hosts"],
  ];
  for (const [method, path] of routes) {
    const { status, body, headers } = await api.send(method, path, "\x1f\x8b", packed);
    assert.deepEqual([status, body.code], [415, "unsupported_content_encoding"], path);
    assert.equal(headers.get("accept-encoding"), "identity");
  }
  for (
    const [method, path] of [["POST", "/cep/rules"], ["POST", "/runtime/x"], ["POST", "/api-manager/apis"]]
  ) {
    const { status, body } = await api.send(method!, path!, "\x1f\x8b", packed);
    assert.deepEqual([status, body.status_code], [415, 415], path);
    assert.match(body.detail, /no Content-Encoding/);
  }
  const plain = await api.send("POST", "/events", "{}", { "content-encoding": "identity" });
  assert.equal(plain.status, 202);
});

Deno.test("topics: what the log holds, by topic", async () => {
  await using api = await openApi();
  await api.send("POST", "/events?topic=a%2Fb", "[{},{}]");
  const { body } = await api.send("GET", "/topics");
  assert.deepEqual([body.items[0].topic, body.items[0].events], ["a/b", 2]);
  assert.equal((await api.send("GET", "/topics/a%2Fb")).body.events, 2);
  assert.deepEqual((await api.send("GET", "/topics/none")).body.code, "topic_not_found");
});

Deno.test("events: a page ends by its bytes as well, and its cursor goes on without a gap or a repeat", async () => {
  await using api = await openApi();
  const large = "x".repeat(3_000_000);
  for (let n = 0; n < 5; n++) await api.send("POST", "/events", JSON.stringify({ n, large }));
  const huge = JSON.stringify({ n: 5, large: "x".repeat(10_000_000) });
  await api.send("POST", "/events", huge);
  await api.send("POST", "/events", '[{"n":6},{"n":7}]');
  const pages: number[][] = [];
  for (let cursor: string | null = "", path = "/events?limit=500"; cursor !== null;) {
    const { body, text } = await api.send("GET", path);
    pages.push(body.items.map((item: { event: { n: number } }) => item.event.n));
    assert.ok(text.length < 8_500_000 || body.items.length === 1, `${text.length} characters`);
    cursor = body.next_cursor;
    path = `/events?limit=500&cursor=${cursor}`;
  }
  assert.deepEqual(pages, [[0, 1], [2, 3], [4], [5], [6, 7]]);
});

Deno.test("events: a time whose + was not escaped is read as it was meant", async () => {
  await using api = await openApi();
  await api.send("POST", "/events", '{"n":1}');
  const count = async (query: string) => {
    const { status, body } = await api.send("GET", `/events?${query}`);
    return status === 200 ? body.items.length : body.code;
  };
  assert.equal(await count("from=2020-01-31T12:00:00+02:00"), 1);
  assert.equal(await count("to=2020-01-31T12:00:00.5+0200"), 0);
  assert.equal(await count("from=2020-01-31+12:00"), 1);
  assert.equal(await count("from=2020-01-31T12:00:00+02"), "bad_parameter");
});

Deno.test("topics: pages follow by cursor; the number of topics is bounded", async () => {
  await using api = await openApi({ topicsMax: 3 });
  const post = async (topic: string) => await api.send("POST", `/events?topic=${topic}`, "{}");
  for (const topic of ["b", "a", "c"]) assert.equal((await post(topic)).status, 202);
  const refused = await post("d");
  assert.deepEqual([refused.status, refused.body.code], [429, "too_many_topics"]);
  assert.ok(Number(refused.headers.get("retry-after")) > 0);
  assert.equal((await post("a")).status, 202);
  const names = (body: { items: { topic: string }[] }) => body.items.map(({ topic }) => topic);
  const one = (await api.send("GET", "/topics?limit=2")).body;
  const two = (await api.send("GET", `/topics?limit=2&cursor=${one.next_cursor}`)).body;
  assert.deepEqual([names(one), names(two), two.next_cursor], [["a", "b"], ["c"], null]);
});

Deno.test("HEAD: the headers of GET, without a length that would be wrong, and no stream left open", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule({ rule_id: "r" }));
  for (const path of ["/rules/r", "/events", "/alerts/stream"]) {
    const response = await fetch(`http://127.0.0.1:${api.serve()}/api/v1${path}`, { method: "HEAD" });
    assert.equal(response.status, 200, path);
    assert.equal(response.headers.get("content-length"), null, path);
    assert.equal(await response.text(), "");
    const get = await fetch(`http://127.0.0.1:${api.serve()}/api/v1${path}`);
    await get.body?.cancel();
    for (const name of ["content-type", "etag"]) {
      assert.equal(response.headers.get(name), get.headers.get(name), `${name} of ${path}`);
    }
  }
});
