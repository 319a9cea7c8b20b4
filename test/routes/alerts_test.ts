import assert from "node:assert/strict";
import { systemClock } from "../../src/base/clock.ts";
import { NEWS_MS } from "../../routes/alert_stream.ts";
import { type Api, cpuRule, openApi } from "./api.ts";

async function fire(api: Api, hosts: readonly string[]): Promise<void> {
  const lines = hosts.map((host) => JSON.stringify({ cpu: 99, host })).join("\n");
  await api.send("POST", "/events?topic=metrics", lines, { "content-type": "application/x-ndjson" });
  await api.settle();
}

/** Reads server-sent events one at a time; comments are skipped. */
async function* eventsOf(response: Response): AsyncGenerator<{ event: string; id: string; data: string }> {
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
      if (field("event") !== "") yield { event: field("event"), id: field("id"), data: field("data") };
    }
  }
}

Deno.test("alerts: newest first, by filter and cursor; acknowledged once", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule({ rule_id: "r" }));
  await fire(api, ["a", "b", "c"]);
  const hosts = (body: { items: { key: { host: string } }[] }) => body.items.map((alert) => alert.key.host);
  const one = await api.send("GET", "/alerts?limit=2");
  const two = await api.send("GET", `/alerts?limit=2&cursor=${one.body.next_cursor}`);
  assert.deepEqual([...hosts(one.body), ...hosts(two.body)], ["c", "b", "a"]);
  assert.equal(two.body.next_cursor, null);
  const { alert_id } = one.body.items[0];
  const acked = await api.send("POST", `/alerts/${alert_id}/ack`, { by: "kim" });
  assert.deepEqual([acked.body.ack, acked.body.ack_by], [true, "kim"]);
  assert.equal((await api.send("POST", `/alerts/${alert_id}/ack`, { by: "lee" })).body.ack_by, "kim");
  assert.deepEqual(hosts((await api.send("GET", "/alerts?acked=false")).body), ["b", "a"]);
  assert.deepEqual((await api.send("GET", "/alerts/summary")).body, {
    unacked_count: 2,
    by_severity: { critical: 2 },
  });
  assert.equal((await api.send("GET", "/alerts/none")).body.code, "alert_not_found");
  assert.equal((await api.send("POST", "/alerts/none/ack")).status, 404);
  assert.equal(
    (await api.send("POST", `/alerts/${alert_id}/ack`, { name: "x" })).body.code,
    "unknown_member",
  );
});

Deno.test("alert stream: the summary comes first, then every alert as it happens", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule());
  await fire(api, ["before"]);
  const response = await fetch(`http://127.0.0.1:${api.serve()}/api/v1/alerts/stream`);
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const events = eventsOf(response);
  const first = (await events.next()).value!;
  assert.deepEqual([first.event, JSON.parse(first.data).unacked_count], ["summary", 1]);
  await fire(api, ["x", "y"]);
  const seen = [(await events.next()).value!, (await events.next()).value!];
  assert.deepEqual(seen.map((one) => JSON.parse(one.data).key.host), ["x", "y"]);
  await events.return(undefined);
});

Deno.test("alert stream: a client that comes back with Last-Event-ID misses nothing", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule());
  await fire(api, ["a"]);
  const url = `http://127.0.0.1:${api.serve()}/api/v1/alerts/stream`;
  const id = String(await api.store.effects.lastAlertSeq());
  await fire(api, ["b", "c"]);
  const events = eventsOf(await fetch(url, { headers: { "last-event-id": id } }));
  assert.equal((await events.next()).value!.event, "summary");
  const seen = [(await events.next()).value!, (await events.next()).value!];
  assert.deepEqual(seen.map((one) => JSON.parse(one.data).key.host), ["b", "c"]);
  assert.ok(Number(seen[1]!.id) > Number(seen[0]!.id));
  await events.return(undefined);
  const bad = await fetch(`${url}?last_event_id=x`);
  assert.equal((await bad.json()).code, "bad_event_id");
});

Deno.test("alert stream: a Last-Event-ID beyond the end, as after a backup came back, joins at the end", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule());
  await fire(api, ["a"]);
  const last = await api.store.effects.lastAlertSeq();
  const url = `http://127.0.0.1:${api.serve()}/api/v1/alerts/stream`;
  const events = eventsOf(await fetch(url, { headers: { "last-event-id": String(last + 1_000) } }));
  assert.equal((await events.next()).value!.id, String(last));
  await fire(api, ["b"]);
  assert.equal(JSON.parse((await events.next()).value!.data).key.host, "b");
  await events.return(undefined);
});

Deno.test("alert stream: a client that does not read costs no memory for what it missed", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule({ limits: { alerts_per_minute: null } }));
  const idle = await api.app.fetch(new Request("http://localhost/api/v1/alerts/stream"));
  const reader = idle.body!.getReader();
  await reader.read();
  let asked = 0;
  const { alertsAfter } = api.store.effects;
  api.store.effects.alertsAfter = (after, limit) => {
    asked++;
    return alertsAfter.call(api.store.effects, after, limit);
  };
  for (let i = 0; i < 20; i++) await fire(api, Array.from({ length: 100 }, (_, k) => `h${i}-${k}`));
  // One chunk waits for it; the other 1,900 alerts stay in the store until it reads on.
  assert.ok(asked <= 8, `asked the store ${asked} times`);
  await reader.cancel();
});

Deno.test("alert stream: ends when the server stops", async () => {
  await using api = await openApi();
  const response = await fetch(`http://127.0.0.1:${api.serve()}/api/v1/alerts/stream`);
  const events = eventsOf(response);
  assert.equal((await events.next()).value!.event, "summary");
  api.app.close();
  assert.equal((await events.next()).done, true);
  assert.equal((await api.send("GET", "/alerts/stream")).status, 503);
});

/** Alerts of about 200 kB each. */
async function fireLarge(api: Api, hosts: readonly string[]): Promise<void> {
  const filler = "x".repeat(200_000);
  for (const host of hosts) await api.send("POST", "/events?topic=metrics", { cpu: 99, host, filler });
  await api.settle();
}

const LARGE_HOSTS = Array.from({ length: 60 }, (_, i) => `h${i}`);

Deno.test("alerts: a page ends by its bytes as well, and its cursor goes on", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule());
  await fireLarge(api, LARGE_HOSTS);
  const seen: string[] = [];
  let pages = 0;
  for (let path = "/alerts?limit=500"; path !== "";) {
    const { body, text } = await api.send("GET", path);
    assert.ok(text.length < 8_500_000, `${text.length} characters`);
    seen.push(...body.items.map((alert: { key: { host: string } }) => alert.key.host));
    pages++;
    path = body.next_cursor === null ? "" : `/alerts?limit=500&cursor=${body.next_cursor}`;
  }
  assert.deepEqual(seen, LARGE_HOSTS.toReversed());
  assert.equal(pages, 2);
});

Deno.test("alert stream: a chunk ends by its bytes as well, and nothing is left out", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule());
  await fireLarge(api, LARGE_HOSTS.slice(0, 12));
  const response = await api.app.fetch(
    new Request("http://localhost/api/v1/alerts/stream?last_event_id=0"),
  );
  const reader = response.body!.getReader();
  let told = 0;
  while (told < 12) {
    const { value } = await reader.read();
    assert.ok(value!.length <= 1_000_000, `${value!.length} bytes`);
    told += new TextDecoder().decode(value).split("event: alert").length - 1;
  }
  assert.equal(told, 12);
  await reader.cancel();
});

Deno.test("alert stream: clients at one place share a read, and a burst of commits wakes them seldom", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule({ limits: { alerts_per_minute: null } }));
  const asked: number[] = [];
  const { alertsAfter } = api.store.effects;
  api.store.effects.alertsAfter = (after, limit) => {
    asked.push(after);
    return alertsAfter.call(api.store.effects, after, limit);
  };
  const streams: AsyncGenerator<{ event: string; data: string }>[] = [];
  for (let i = 0; i < 20; i++) {
    const response = await api.app.fetch(new Request("http://localhost/api/v1/alerts/stream"));
    const events = eventsOf(response);
    assert.equal((await events.next()).value!.event, "summary");
    streams.push(events);
  }
  asked.length = 0;
  const from = systemClock.monotonic();
  const hosts = Array.from({ length: 40 }, (_, i) => `h${i}`);
  for (const host of hosts) await fire(api, [host]);
  for (const events of streams) {
    const seen: string[] = [];
    while (seen.length < hosts.length) seen.push(JSON.parse((await events.next()).value!.data).key.host);
    assert.deepEqual(seen, hosts);
  }
  // At each wake-up one read of what is new, and perhaps one that finds the end.
  const wakeUps = (systemClock.monotonic() - from) / NEWS_MS + 2;
  assert.ok(asked.length <= 3 * wakeUps, `${asked.length} reads in ${wakeUps} wake-ups`);
  for (const events of streams) await events.return(undefined);
});

Deno.test("alert stream: a read that fails ends the stream, and a stop after it does not throw", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule());
  const { alertsAfter } = api.store.effects;
  api.store.effects.alertsAfter = () => Promise.reject(new TypeError("inner workings"));
  const open = () => api.app.fetch(new Request("http://localhost/api/v1/alerts/stream"));
  const events = eventsOf(await open());
  assert.equal((await events.next()).value!.event, "summary");
  assert.equal((await events.next()).done, true);
  assert.match(api.logged.join(), /inner workings/);
  api.store.effects.alertsAfter = alertsAfter;
  const again = eventsOf(await open());
  assert.equal((await again.next()).value!.event, "summary");
  await fire(api, ["a"]);
  assert.equal((await again.next()).value!.event, "alert");
  api.app.close();
  assert.equal((await again.next()).done, true);
});
