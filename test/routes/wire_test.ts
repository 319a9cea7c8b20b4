/**
 * Bad input as it comes over the wire: it is answered at the byte that is wrong, while the client goes on
 * sending slowly (how soon, is measured in test/e2e), and what it costs in memory.
 */
import assert from "node:assert/strict";
import { systemClock } from "../../src/base/clock.ts";
import { type Api, openApi } from "./api.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Upload {
  type: string;
  path?: string;
  /** What comes before the wrong byte, and what begins with it. */
  good: string | Uint8Array;
  bad: string | Uint8Array;
  length?: number;
}

interface Answered {
  status: number;
  code: string;
}

/** Sends `good`, then `bad`, then leaves the connection open; answers what came back. */
async function upload(api: Api, { type, path = "/events", good, bad, length }: Upload): Promise<Answered> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: api.serve() });
  connection.setNoDelay();
  const framing = length === undefined ? "Transfer-Encoding: chunked" : `Content-Length: ${length}`;
  const head =
    `POST /api/v1${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\n${framing}\r\n\r\n`;
  const frame = (bytes: Uint8Array) => length === undefined ? chunk(bytes) : bytes;
  await write(connection, encoder.encode(head));
  for (const part of blocks(bytesOf(good))) await write(connection, frame(part));
  await write(connection, frame(bytesOf(bad)));
  const text = await readAnswer(connection);
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);
  return { status, code: /"code":"(\w+)"/.exec(text)?.[1] ?? text };
}

function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === "string" ? encoder.encode(text) : text;
}

function* blocks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

function chunk(bytes: Uint8Array): Uint8Array {
  const head = encoder.encode(`${bytes.length.toString(16)}\r\n`);
  const framed = new Uint8Array(head.length + bytes.length + 2);
  framed.set(head);
  framed.set(bytes, head.length);
  framed.set([13, 10], head.length + bytes.length);
  return framed;
}

async function write(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

async function readAnswer(connection: Deno.TcpConn): Promise<string> {
  const buffer = new Uint8Array(65_536);
  let text = "";
  while (!/\r\n\r\n[^]*\}/.test(text)) {
    const n = await connection.read(buffer);
    if (n === null) break;
    text += decoder.decode(buffer.subarray(0, n));
  }
  return text;
}

const JSON_TYPE = "application/json";
const NDJSON = "application/x-ndjson";
const filler = (bytes: number) => `{"x":"${"y".repeat(bytes)}"}`;

Deno.test("a wrong byte is answered, though the body has not ended", async () => {
  await using api = await openApi();
  const uploads: [upload: Upload, status: number, code: string][] = [
    [{ type: JSON_TYPE, good: '{"a":', bad: "tru!" }, 400, "malformed_json"],
    [{ type: JSON_TYPE, good: '{"a":', bad: "x", length: 100_000 }, 400, "malformed_json"],
    [{ type: JSON_TYPE, good: `[${filler(1_000_000)},`, bad: "]" }, 400, "malformed_json"],
    [{ type: JSON_TYPE, good: `[${filler(1_000_000)},`, bad: "7," }, 400, "event_not_object"],
    [{ type: JSON_TYPE, good: '{"a":[', bad: "1e309," }, 400, "not_finite"],
    [{ type: JSON_TYPE, good: '{"a":{', bad: '"__proto__":' }, 400, "forbidden_member"],
    [{ type: JSON_TYPE, good: '{"a":"', bad: Uint8Array.of(0xff, 0xfe) }, 400, "invalid_utf8"],
    [{ type: JSON_TYPE, good: '{"a":"\\ud800', bad: "x" }, 400, "lone_surrogate"],
    [{ type: JSON_TYPE, good: `{"a":${"[".repeat(63)}`, bad: "[" }, 413, "too_deep"],
    [{ type: JSON_TYPE, good: "", bad: "<xml>" }, 400, "malformed_json"],
    [{ type: NDJSON, good: '{"a":1}\n'.repeat(50_000), bad: "{]" }, 400, "malformed_json"],
    [{ type: NDJSON, good: '{"a":1}\n', bad: '{"a":1e309}\n{' }, 400, "not_finite"],
    [{ type: NDJSON, good: '{"a":1}\n', bad: `{"a":${"[".repeat(1_000_000)}` }, 413, "too_deep"],
    [
      { type: "application/cloudevents-batch+json", good: "[", bad: '{"id":"1"},' },
      400,
      "cloudevent_invalid",
    ],
    [{ type: "text/plain", good: "", bad: "x" }, 415, "unsupported_media_type"],
    [{ type: JSON_TYPE, good: "", bad: "{", length: 100_000_000 }, 413, "body_too_large"],
    [{ type: JSON_TYPE, path: "/rules", good: '{"rule_name":', bad: "'x'" }, 400, "malformed_json"],
    [
      { type: JSON_TYPE, path: "/rules", good: filler(1_048_500), bad: " ".repeat(200) },
      413,
      "body_too_large",
    ],
  ];
  for (const [sent, status, code] of uploads) {
    const answered = await upload(api, sent);
    const told = `${sent.type} ${String(sent.good).slice(0, 20)} ${String(sent.bad).slice(0, 20)}`;
    assert.deepEqual([answered.status, answered.code], [status, code], told);
  }
  assert.equal(api.store.log.next, api.store.log.first);
});

Deno.test("a body that stands still is ended with 408", async () => {
  await using api = await openApi({ bodyIdleMs: 40 });
  for (const path of ["/events", "/rules"]) {
    const answered = await upload(api, { type: JSON_TYPE, path, good: '{"a":', bad: "1" });
    assert.deepEqual([answered.status, answered.code], [408, "body_timeout"]);
  }
});

Deno.test("a client that goes away in the middle changes nothing", async () => {
  await using api = await openApi();
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: api.serve() });
  const head = "POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n";
  await write(connection, encoder.encode(`${head}Content-Length: 1000\r\n\r\n{"a":1}\n{"a":2}\n`));
  connection.close();
  const next = api.store.log.next;
  assert.equal((await api.send("POST", "/events", "{}")).body.first_offset, next);
  assert.equal((await api.send("GET", "/topics/default")).body.events, 1);
});

Deno.test("a body of 100 MB is refused without being held in memory", async () => {
  await using api = await openApi();
  const part = new Uint8Array(65_536).fill(0x20);
  const before = Deno.memoryUsage().rss;
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent >= 100_000_000) return controller.close();
      sent += part.length;
      controller.enqueue(sent === part.length ? encoder.encode('{"a":') : part);
    },
  });
  const answer = await fetch(`http://127.0.0.1:${api.serve()}/api/v1/events`, {
    method: "POST",
    headers: { "content-type": JSON_TYPE },
    body,
  });
  assert.deepEqual([answer.status, (await answer.json()).code], [413, "body_too_large"]);
  const grown = Deno.memoryUsage().rss - before;
  assert.ok(grown < 120_000_000, `grew by ${grown} bytes`);
});

Deno.test("the main thread is never held for long by a large NDJSON body", async () => {
  await using api = await openApi();
  const lines = `{"event_type":"cpu","host":"web-1","cpu":12.5,"tags":["a","b"]}\n`.repeat(150_000);
  const posting = fetch(`http://127.0.0.1:${api.serve()}/api/v1/events`, {
    method: "POST",
    headers: { "content-type": NDJSON },
    body: lines,
  });
  let done = false;
  const finished = posting.finally(() => done = true);
  let longest = 0;
  const from = systemClock.monotonic();
  for (let last = from; !done;) {
    await new Promise<void>((resolve) => systemClock.immediate(resolve));
    const now = systemClock.monotonic();
    longest = Math.max(longest, now - last);
    last = now;
  }
  const answer = await finished;
  assert.equal((await answer.json()).accepted, 150_000);
  // Client and server share this thread: a parse in one go would hold it for nearly all of the time.
  const all = systemClock.monotonic() - from;
  assert.ok(longest < all / 2, `held for ${longest} of ${all} ms`);
});
