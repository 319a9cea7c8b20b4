import assert from "node:assert/strict";
import { type Api, cpuRule, openApi } from "../api.ts";

async function fire(api: Api, hosts: readonly string[]): Promise<void> {
  const lines = hosts.map((host) => JSON.stringify({ cpu: 99, host })).join("\n");
  await api.send("POST", "/events?topic=metrics", lines, { "content-type": "application/x-ndjson" });
  await api.settle();
}

interface Seen {
  event: string;
  id: string;
  // deno-lint-ignore no-explicit-any -- what tests look into
  data: any;
}

async function* eventsOf(response: Response): AsyncGenerator<Seen> {
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
      if (field("event") !== "") {
        yield { event: field("event"), id: field("id"), data: JSON.parse(field("data")) };
      }
    }
  }
}

async function take(events: AsyncGenerator<Seen>, n: number): Promise<Seen[]> {
  const seen: Seen[] = [];
  while (seen.length < n) {
    const { value } = await events.next();
    if (value === undefined) break;
    if (value.event !== "ping") seen.push(value);
  }
  return seen;
}

Deno.test("events: filters apply before paging, and both ends of a span belong to it", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule({ rule_id: "r" }));
  await api.send("POST", "/rules", cpuRule({ rule_id: "w", severity: "warning" }));
  await fire(api, ["a", "b", "c"]);
  const events = async (query: string) => (await api.send("GET", `/cep/events${query}`)).body.data.events;
  assert.equal((await events("")).length, 6);
  assert.equal((await events("?severity=warning&limit=2")).length, 2);
  assert.equal((await events("?severity=warning&limit=2&offset=2")).length, 1);
  assert.equal((await events("?severity=high")).length, 0);
  const [{ triggered_at, event_id, rule_id }] = await events("?rule_id=w");
  assert.equal(rule_id, "w");
  assert.ok((await events(`?since=${triggered_at}&until=${triggered_at}`)).length >= 1);
  assert.equal((await events("?until=2001-01-01T00:00:00Z")).length, 0);
  await api.send("POST", `/cep/events/${event_id}/ack?ack_by=kim`);
  assert.equal((await events("?acked=true")).length, 1);
});

Deno.test("events: the first acknowledgement counts, here and in the native API alike", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule({ rule_id: "r" }));
  await fire(api, ["a", "b"]);
  const [one, two] = (await api.send("GET", "/cep/events")).body.data.events;
  for (const by of ["kim", "lee"]) {
    const { event } = (await api.send("POST", `/cep/events/${one.event_id}/ack?ack_by=${by}`)).body.data;
    assert.deepEqual([event.ack, event.ack_by], [true, "kim"]);
  }
  assert.equal((await api.send("GET", `/alerts/${one.event_id}`)).body.ack_by, "kim");
  const batch = { event_ids: [two.event_id, "none"], ack_by: "lee" };
  const { data } = (await api.send("POST", "/cep/events/batch-ack", batch)).body;
  assert.deepEqual(data, { acked: [two.event_id], not_found: ["none"], count: 1 });
  assert.deepEqual((await api.send("GET", "/cep/events/summary")).body.data.summary, {
    unacked_count: 0,
    by_severity: {},
  });
  assert.equal((await api.send("POST", "/cep/events/none/ack")).body.detail, "Event not found");
});

Deno.test("events: search looks into everything that an alert says; statistics count a period", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule({ rule_id: "r" }));
  await fire(api, ["alpha", "beta"]);
  const search = async (query: string) => (await api.send("GET", `/cep/events/search${query}`)).body.data;
  assert.equal((await search("?q=ALPHA")).count, 1);
  assert.equal((await search("?q=high%20cpu")).count, 2);
  assert.equal((await search("?q=gamma")).count, 0);
  const [{ event_id }] = (await search("?q=beta")).events;
  await api.send("POST", `/cep/events/${event_id}/ack`);
  const { stats } = (await api.send("GET", "/cep/events/stats?period=6h")).body.data;
  const { total_count, ack_count, ack_rate, by_severity, by_rule, period } = stats;
  assert.deepEqual([total_count, ack_count, ack_rate, by_severity, by_rule, period], [
    ...[2, 1, 0.5, { critical: 2 }, { r: 2 }, "6h"],
  ]);
  assert.ok(stats.avg_time_to_ack_seconds >= 0);
});

Deno.test("event stream: summary, the last hour from the oldest on, then news and acknowledgements", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule({ rule_id: "r" }));
  await fire(api, ["a", "b"]);
  const response = await fetch(`http://127.0.0.1:${api.serve()}/cep/events/stream`);
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const events = eventsOf(response);
  const [summary, first, second] = await take(events, 3);
  assert.deepEqual([summary!.event, summary!.data.unacked_count], ["summary", 2]);
  const ids = (await api.send("GET", "/cep/events")).body.data.events.map((one: { event_id: string }) =>
    one.event_id
  );
  assert.deepEqual([first!.event, first!.data.event_id, second!.data.event_id], [
    "historical",
    ids[1],
    ids[0],
  ]);
  assert.deepEqual(Object.keys(first!.data), ["event_id", "fired_at", "status"]);
  await fire(api, ["c"]);
  const [fresh, after] = await take(events, 2);
  assert.deepEqual([fresh!.event, fresh!.data.severity, after!.event, after!.data.unacked_count], [
    ...["new_event", "critical", "summary", 3],
  ]);
  // By the native route: whoever acknowledges, every stream hears of it.
  await api.send("POST", `/alerts/${fresh!.data.event_id}/ack`, { by: "kim" });
  const [acked, then] = await take(events, 2);
  assert.deepEqual([acked!.event, acked!.data.event_id, acked!.data.ack], [
    "ack_event",
    fresh!.data.event_id,
    true,
  ]);
  assert.deepEqual([then!.event, then!.data.unacked_count], ["summary", 2]);
  await events.return(undefined);
});

Deno.test("event stream: a client that comes back misses nothing and gets no history", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule({ rule_id: "r" }));
  await fire(api, ["a"]);
  const id = String(await api.store.effects.lastAlertSeq());
  await fire(api, ["b"]);
  const url = `http://127.0.0.1:${api.serve()}/cep/events/stream`;
  const events = eventsOf(await fetch(url, { headers: { "last-event-id": id } }));
  const [summary, fresh] = await take(events, 2);
  assert.deepEqual([summary!.event, fresh!.event], ["summary", "new_event"]);
  assert.ok(Number(fresh!.id) > Number(id));
  await events.return(undefined);
});

Deno.test("event stream: pings while nothing happens, and says when the server goes", async () => {
  const api = await openApi();
  const events = eventsOf(await fetch(`http://127.0.0.1:${api.serve()}/cep/events/stream`));
  assert.equal((await events.next()).value!.event, "summary");
  const ping = (await events.next()).value!;
  assert.deepEqual([ping.event, ping.data], ["ping", {}]);
  const ending = api[Symbol.asyncDispose]();
  const last = await take(events, 1);
  assert.deepEqual(last.map(({ event }) => event), ["shutdown"]);
  await ending;
});

Deno.test("a resolved alert comes as a change, so that no client counts it twice", async () => {
  await using api = await openApi();
  const trigger_spec = { topics: ["metrics"], field: "cpu", op: ">", value: 90 };
  await api.send("POST", "/rules", { ...cpuRule({ rule_id: "r" }), for: "0s", trigger_spec });
  const events = eventsOf(await fetch(`http://127.0.0.1:${api.serve()}/cep/events/stream`));
  await take(events, 1);
  await fire(api, ["a"]);
  const [fresh] = await take(events, 2);
  await api.send("POST", "/events?topic=metrics", { cpu: 1, host: "a" });
  await api.settle();
  const [changed] = await take(events, 2);
  assert.deepEqual([fresh!.event, changed!.event, changed!.data.status], [
    "new_event",
    "changed_event",
    "resolved",
  ]);
  assert.equal(changed!.data.event_id, fresh!.data.event_id);
  await events.return(undefined);
});
