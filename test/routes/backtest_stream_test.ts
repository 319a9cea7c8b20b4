/** A backtest as server-sent events: what it sends, where it takes up again, and what is left of a client. */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { BACKTEST_STREAMS_MAX, CHUNK_CHARACTERS_MAX } from "../../routes/backtest_stream.ts";
import { type Api, cpuRule, openApi } from "./api.ts";

const EVENTS = 6000;

interface Sent {
  event: string;
  id: string | null;
  data: JsonObject;
}

async function filled(): Promise<Api> {
  const api = await openApi();
  for (let from = 0; from < EVENTS; from += 1000) {
    const events = Array.from({ length: 1000 }, (_, i) => ({ host: `h${i % 7}`, cpu: (from + i) % 101 }));
    await api.send("POST", "/events?topic=metrics", events as never);
  }
  await api.settle();
  return api;
}

async function begin(api: Api): Promise<string> {
  return (await api.send("POST", "/rules/backtest", { rule: cpuRule() })).body.backtest_id;
}

function read(text: string): Sent[] {
  return text.split("\n\n").filter((part) => part.includes("data: ")).map((part) => ({
    event: /^event: (.*)$/m.exec(part)![1]!,
    id: /^id: (.*)$/m.exec(part)?.[1] ?? null,
    data: JSON.parse(/^data: (.*)$/m.exec(part)![1]!),
  }));
}

const open = (api: Api, id: string) =>
  api.app.fetch(new Request(`http://localhost/api/v1/backtests/${id}/stream`));

Deno.test("the stream of a backtest: progress, each alert once as the result shows it, and the end", async () => {
  await using api = await filled();
  const id = await begin(api);
  const streamed = await api.send("GET", `/backtests/${id}/stream`);
  assert.equal(streamed.headers.get("content-type"), "text/event-stream");
  const sent = read(streamed.text);
  const { body: done } = await api.send("GET", `/backtests/${id}`);
  assert.equal(sent[0]!.event, "progress");
  const names = sent[0]!.data;
  assert.deepEqual(Object.keys(names), ["state", "offset", "events", "done", "events_per_second", "alerts"]);
  const alerts = sent.filter(({ event }) => event === "alert");
  assert.deepEqual(alerts.map(({ data }) => data), done.result.alerts);
  assert.deepEqual(alerts.map((one) => one.id), alerts.map((_, i) => String(i + 1)));
  const { alerts: _, ...result } = done.result;
  assert.deepEqual(sent.at(-1), { event: "end", id: "end", data: { ...done, result } });
});

Deno.test("the stream of a backtest takes up behind Last-Event-ID, and sends away who has had the end", async () => {
  await using api = await filled();
  const id = await begin(api);
  const whole = read((await api.send("GET", `/backtests/${id}/stream`)).text);
  const path = `/backtests/${id}/stream`;
  const behind = read((await api.send("GET", path, undefined, { "last-event-id": "590" })).text);
  assert.deepEqual(behind, whole.slice(whole.findIndex((one) => one.id === "591")));
  assert.equal((await api.send("GET", `${path}?last_event_id=end`)).status, 204);
  const bad = await api.send("GET", `${path}?last_event_id=soon`);
  assert.deepEqual([bad.status, bad.body.code], [400, "bad_event_id"]);
  assert.equal((await api.send("GET", "/backtests/none/stream")).status, 404);
});

Deno.test("a client that does not read has one chunk waiting, and gets everything when it does", async () => {
  await using api = await filled();
  const id = await begin(api);
  const reader = (await open(api, id)).body!.getReader();
  while ((await api.send("GET", `/backtests/${id}`)).body.state !== "done") await turn(systemClock);
  let text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    assert.ok(part.value.length < 1.2 * CHUNK_CHARACTERS_MAX, `${part.value.length} bytes at once`);
    text += new TextDecoder().decode(part.value);
  }
  const { body: { result } } = await api.send("GET", `/backtests/${id}`);
  assert.deepEqual(read(text).filter(({ event }) => event === "alert").length, result.alerts.length);
});

Deno.test("streams of backtests: too many are refused, gone ones make room, a stop ends the others", async () => {
  await using api = await filled();
  const [running, id] = [await begin(api), await begin(api)];
  const streams = [];
  for (let i = 0; i < BACKTEST_STREAMS_MAX; i++) streams.push(await open(api, id));
  const refused = await api.send("GET", `/backtests/${id}/stream`);
  assert.deepEqual([refused.status, refused.body.code], [503, "too_many_streams"]);
  await streams.pop()!.body!.cancel();
  streams.push(await open(api, id));
  await api.send("POST", `/backtests/${running}/cancel`, {});
  api.app.close();
  for (const stream of streams) await stream.text();
});

Deno.test("the stream of a backtest that is cancelled ends with how it ended", async () => {
  await using api = await filled();
  const [running, queued] = [await begin(api), await begin(api)];
  const stream = await open(api, queued);
  await api.send("POST", `/backtests/${queued}/cancel`, {});
  const end = read(await stream.text()).at(-1)!;
  assert.deepEqual([end.event, end.data.state, end.data.result], ["end", "cancelled", null]);
  const second = await open(api, running);
  await api.send("POST", `/backtests/${running}/cancel`, {});
  const state = String(read(await second.text()).at(-1)!.data.state);
  assert.ok(state === "cancelled" || state === "done", state);
});
