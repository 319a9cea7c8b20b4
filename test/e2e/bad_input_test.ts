/**
 * Bad input over real sockets: a clear 4xx soon after the byte that is wrong, though the client sends nothing
 * further and the body is not at its end; memory bounded; nothing changed.
 */
import assert from "node:assert/strict";
import { systemClock as clock } from "../../src/base/clock.ts";
import { BAD_REQUESTS, type BadRequest, EVENTS, NDJSON, RULES } from "./bad_requests.ts";
import { bytesOf, type RawAnswer, type RawRequest, sendRaw } from "./raw_request.ts";
import { type ServerProcess, startServer } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

const ANSWER_MS_MAX = 100;
/** The machine may be busy with something else: one of so many tries has to keep within the bound. */
const TRIES = 4;
const MIB = 1024 * 1024;
const HUGE_BYTES = 100 * MIB;
const MEMORY_GROWTH_MAX = 150 * MIB;

Deno.test("bad input: each kind gets its 4xx within 100 ms of the wrong byte, and changes nothing", async (t) => {
  using data = temporaryDirectory();
  await using server = await startServer({ data: data.path });
  const before = await contents(server);
  for (const bad of BAD_REQUESTS) {
    await t.step(bad.name, async () => {
      const request = await rawRequest(server, bad);
      const answer = await quickest(() => sendRaw(request));
      assert.equal(`${answer.status} ${answer.code}`, bad.refusal, answer.body);
      assert.ok(answer.ms < ANSWER_MS_MAX, `answered after ${answer.ms} ms`);
    });
  }
  assert.deepEqual(await contents(server), before);
});

Deno.test("bad input: a body of 100 MB is refused at the byte that passes the limit, in bounded memory", async (t) => {
  using data = temporaryDirectory();
  await using server = await startServer({ data: data.path });
  const before = await contents(server);
  const memory = await server.memoryBytes("VmHWM");
  const origin = await server.origin;
  const refused = { path: EVENTS, origin };
  await t.step("announced", async () => {
    const headers = ["content-type: application/json", `content-length: ${HUGE_BYTES}`];
    const answer = await quickest(() => sendRaw({ ...refused, headers, last: "{" }));
    assert.deepEqual([answer.status, answer.code], [413, "body_too_large"]);
    assert.ok(answer.ms < ANSWER_MS_MAX, `answered after ${answer.ms} ms`);
  });
  for (const [type, code] of [["application/json", "body_too_large"], [NDJSON, "line_too_long"]] as const) {
    await t.step(`in chunks, as ${type}`, async () => {
      const headers = [`content-type: ${type}`, "transfer-encoding: chunked"];
      const answer = await sendRaw({ ...refused, headers, last: hugeChunk() });
      assert.deepEqual([answer.status, answer.code], [413, code], answer.body);
    });
  }
  const growth = await server.memoryBytes("VmHWM") - memory;
  assert.ok(growth < MEMORY_GROWTH_MAX, `memory grew by ${Math.round(growth / MIB)} MiB`);
  assert.deepEqual(await contents(server), before);
});

Deno.test("bad input: headers of a megabyte, a broken chunk and a silent client harm nobody", async () => {
  using data = temporaryDirectory();
  await using server = await startServer({ data: data.path });
  const origin = await server.origin;
  const type = "content-type: application/json";
  const long = { origin, path: EVENTS, headers: [type, `x-long: ${"x".repeat(MIB)}`], last: "{}" };
  const refused = await sendRaw(long);
  assert.ok([0, 400, 431].includes(refused.status), `${refused.status} ${refused.body}`);
  const chunked = [type, "transfer-encoding: chunked"];
  const broken = await sendRaw({ origin, path: EVENTS, headers: chunked, last: "zz\r\n{}\r\n" });
  assert.ok([0, 400].includes(broken.status), broken.body);
  const { hostname, port } = new URL(origin);
  using _silent = await Deno.connect({ hostname, port: Number(port) });
  const { accepted } = await server.call<{ accepted: number }>("POST", EVENTS, { a: 1 });
  assert.equal(accepted, 1);
  assert.equal(await contents(server), '{"items":[{"a":1}],"rules":[]}');
});

Deno.test("bad input: rules that are wrong are refused with a pointer, and regex bombs are harmless", async (t) => {
  using data = temporaryDirectory();
  await using server = await startServer({ data: data.path });
  const rule = (op: string, value: unknown) => ({
    rule_id: "bomb",
    rule_name: "bomb",
    trigger_type: "event",
    trigger_spec: { topics: ["bomb"], conditions: [{ field: "text", op, value }] },
  });
  await t.step("an unknown operator", async () => {
    const { status, text } = await server.ask("POST", RULES, rule("=~", "x"));
    assert.equal(status, 400, text);
    assert.equal(JSON.parse(text).errors[0].pointer, "/trigger_spec/conditions/0/op");
  });
  await t.step("a pattern that would grow without bound", async () => {
    const start = clock.monotonic();
    const { status, text } = await server.ask("POST", RULES, rule("matches", "((a{1000}){1000}){1000}"));
    assert.equal(status, 400, text);
    assert.ok(clock.monotonic() - start < 1000);
  });
  await t.step("a pattern that takes backtracking engines years", async () => {
    await server.call("POST", RULES, rule("matches", "^(a+)+$"));
    const start = clock.monotonic();
    await server.call("POST", "/api/v1/events?topic=bomb", { text: `${"a".repeat(5000)}!` });
    await server.applied();
    assert.ok(clock.monotonic() - start < 2000);
    const { counters } = await server.call<{ counters: object }>("GET", `${RULES}/bomb/state`);
    assert.deepEqual(counters, {});
  });
});

/** The quickest of a few tries that are all answered alike. */
async function quickest(attempt: () => Promise<RawAnswer>): Promise<RawAnswer> {
  let best = await attempt();
  for (let i = 1; i < TRIES && best.ms >= ANSWER_MS_MAX; i++) {
    const next = await attempt();
    if (next.ms < best.ms) best = next;
  }
  return best;
}

async function rawRequest(server: ServerProcess, bad: BadRequest): Promise<RawRequest> {
  const { path, last, then } = bad;
  const length = bytesOf(last).length + (then === "ends" ? 0 : 1000);
  const headers = [`content-type: ${bad.type}`, `content-length: ${length}`, ...bad.headers];
  return { origin: await server.origin, path, headers, last, breaksOff: then === "breaks off" };
}

/** One chunk that holds a text of a hundred megabytes. */
function hugeChunk(): Uint8Array {
  const bytes = new Uint8Array(HUGE_BYTES).fill(0x78);
  const head = bytesOf(`${HUGE_BYTES.toString(16)}\r\n{"a":"`);
  bytes.set(head);
  return bytes;
}

/** What the server holds, as text. */
async function contents(server: ServerProcess): Promise<string> {
  const events = await server.call<{ items: { event: unknown }[] }>("GET", "/api/v1/events");
  const rules = await server.call<{ items: unknown[] }>("GET", RULES);
  return JSON.stringify({ items: events.items.map(({ event }) => event), rules: rules.items });
}
