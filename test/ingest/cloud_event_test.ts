import assert from "node:assert/strict";
import { bytesOf, eventsOf, parse, refusal, textsOf } from "./parsing.ts";

const ATTRIBUTES = { specversion: "1.0", id: "7", source: "/sensor", type: "reading" };
const HEADERS = { "ce-specversion": "1.0", "ce-id": "7", "ce-source": "/sensor", "ce-type": "reading" };

Deno.test("CloudEvents structured: the event is kept as it came", async () => {
  const text = JSON.stringify({ ...ATTRIBUTES, data: { cpu: 97 } });
  const { slices } = await parse(text, { type: "application/cloudevents+json; charset=utf-8" });
  assert.deepEqual(textsOf(slices), [text]);
});

Deno.test("CloudEvents batch: each element is one event, faults are told by index", async () => {
  const type = "application/cloudevents-batch+json";
  const good = { ...ATTRIBUTES, data: 1 };
  assert.equal((await parse(JSON.stringify([good, good]), { type })).accepted, 2);
  const problem = await refusal(JSON.stringify([good, { ...good, id: undefined }]), { type });
  assert.deepEqual([problem.code, problem.errors[0]?.pointer], ["cloudevent_invalid", "/1"]);
  const partial = await parse(JSON.stringify([good, { a: 1 }]), { type, partial: true });
  assert.deepEqual([partial.accepted, partial.rejected], [1, 1]);
});

Deno.test("CloudEvents: what its specification requires is required", async () => {
  const bad = [
    { ...ATTRIBUTES, id: "" },
    { ...ATTRIBUTES, source: 7 },
    { ...ATTRIBUTES, specversion: "0.3" },
    { specversion: "1.0", id: "1", source: "/" },
    { ...ATTRIBUTES, data: 1, data_base64: "AA==" },
    { ...ATTRIBUTES, data_base64: 5 },
  ];
  for (const event of bad) {
    const problem = await refusal(JSON.stringify(event), { type: "application/cloudevents+json" });
    assert.deepEqual([problem.status, problem.code], [400, "cloudevent_invalid"], JSON.stringify(event));
  }
});

Deno.test("CloudEvents binary: headers become attributes, JSON data keeps its bytes", async () => {
  const headers = { ...HEADERS, "ce-subject": "caf%C3%A9", "ce-partitionkey": "k" };
  const { slices } = await parse('{"n": 12345678901234567890}', { headers });
  const [event] = eventsOf(slices);
  assert.equal(event?.subject, "café");
  assert.equal(event?.datacontenttype, "application/json");
  assert.deepEqual(event?.data, { n: 12345678901234567890 });
  const [text] = textsOf(slices);
  assert.ok(text!.endsWith('"data":{"n": 12345678901234567890}}'), text);
  assert.deepEqual(JSON.parse(text!), event);
});

Deno.test("CloudEvents binary: any JSON value is data, and so is none", async () => {
  const list = await parse("[1,2]", { headers: HEADERS });
  assert.deepEqual(eventsOf(list.slices)[0]?.data, [1, 2]);
  const none = await parse("", { headers: HEADERS, type: null });
  assert.deepEqual(eventsOf(none.slices), [ATTRIBUTES]);
});

Deno.test("CloudEvents binary: text is kept as text, other data as base64", async () => {
  const text = await parse("line\n", { headers: HEADERS, type: "text/plain" });
  assert.equal(eventsOf(text.slices)[0]?.data, "line\n");
  const binary = await parse(Uint8Array.of(0xff, 0x00), {
    headers: HEADERS,
    type: "application/octet-stream",
  });
  assert.equal(eventsOf(binary.slices)[0]?.data_base64, "/wA=");
});

Deno.test("CloudEvents binary: a bad header or bad data is refused", async () => {
  const bad: [headers: Record<string, string>, body: string, code: string][] = [
    [{ ...HEADERS, "ce-id": "" }, "{}", "cloudevent_invalid"],
    [{ "ce-id": "7", "ce-type": "t" }, "{}", "cloudevent_invalid"],
    [{ ...HEADERS, "ce-data": "x" }, "{}", "cloudevent_invalid"],
    [{ ...HEADERS, "ce-bad_name": "x" }, "{}", "cloudevent_invalid"],
    [{ ...HEADERS, "ce-subject": "%ff" }, "{}", "cloudevent_invalid"],
    [HEADERS, '{"a":', "malformed_json"],
    [HEADERS, '1},{"b":2', "malformed_json"],
    [HEADERS, '{"a":1e309}', "not_finite"],
    [HEADERS, '{"__proto__":1}', "forbidden_member"],
    [HEADERS, "[".repeat(64) + "]".repeat(64), "too_deep"],
  ];
  for (const [headers, body, code] of bad) assert.equal((await refusal(body, { headers })).code, code, body);
  const bytes = [...bytesOf('{"a":"'), 0xff, ...bytesOf('"}')];
  assert.equal((await refusal(Uint8Array.from(bytes), { headers: HEADERS })).code, "invalid_utf8");
});
