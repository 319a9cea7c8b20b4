import assert from "node:assert/strict";
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
  assert.ok(asked <= 2, `asked the store ${asked} times`);
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
