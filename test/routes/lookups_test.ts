import { strict as assert } from "node:assert";
import { systemClock, turn } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { type Api, openApi } from "./api.ts";

const HOSTS: JsonObject = {
  key: "id",
  rows: [{ id: "a", team: "red", capacity: 10 }, { id: "b", team: "blue", capacity: 4 }],
};
const CSV = { "content-type": "text/csv" };

function rule(spec: JsonObject = {}): JsonObject {
  const owner = {
    type: "lookup",
    name: "owner",
    table: "hosts",
    key: "host",
    fields: ["team"],
    default: "?",
  };
  return {
    rule_id: "r",
    rule_name: "r",
    trigger_type: "event",
    trigger_spec: { topics: ["t"], enrichments: [owner], ...spec },
  };
}

async function post(api: Api, ...events: JsonObject[]): Promise<void> {
  const reply = await api.send("POST", "/events?topic=t", JSON.stringify(events));
  assert.equal(reply.status, 202, reply.text);
}

/** The values of all alerts, oldest first. */
async function values(api: Api): Promise<JsonObject[]> {
  await api.settle();
  const { body } = await api.send("GET", "/alerts");
  return body.items.map((alert: JsonObject) => alert.values as JsonObject).reverse();
}

Deno.test("lookups: a table is put, read in pages, replaced and deleted", async () => {
  await using api = await openApi();
  const made = await api.send("PUT", "/lookups/hosts", HOSTS);
  assert.equal(made.status, 201, made.text);
  assert.equal(made.headers.get("etag"), '"1"');
  assert.equal(made.headers.get("location"), "/api/v1/lookups/hosts");
  assert.deepEqual([made.body.version, made.body.rows, made.body.key, made.body.source], [1, 2, "id", null]);
  const first = await api.send("GET", "/lookups/hosts?limit=1");
  assert.deepEqual(first.body.items, [(HOSTS.rows as JsonObject[])[0]]);
  const rest = await api.send("GET", `/lookups/hosts?limit=1&cursor=${first.body.next_cursor}`);
  assert.deepEqual([rest.body.items, rest.body.next_cursor], [[(HOSTS.rows as JsonObject[])[1]], null]);
  const again = await api.send("PUT", "/lookups/hosts?key=id", '[{"id":1,"team":"x"}]', {
    "if-match": '"1"',
  });
  assert.deepEqual([again.status, again.body.version, again.body.rows], [200, 2, 1]);
  const stale = await api.send("PUT", "/lookups/hosts", HOSTS, { "if-match": '"1"' });
  assert.deepEqual([stale.status, stale.body.code], [412, "version_outdated"]);
  const list = await api.send("GET", "/lookups");
  assert.deepEqual(list.body.items.map(({ name, version }: JsonObject) => [name, version]), [["hosts", 2]]);
  assert.equal((await api.send("DELETE", "/lookups/hosts")).status, 204);
  assert.equal((await api.send("GET", "/lookups/hosts")).status, 404);
  assert.equal((await api.send("DELETE", "/lookups/hosts")).status, 404);
  const anew = await api.send("PUT", "/lookups/hosts", HOSTS);
  assert.deepEqual([anew.status, anew.body.version], [201, 4]);
});

Deno.test("lookups: CSV with a header, its cells texts, empty ones absent", async () => {
  await using api = await openApi();
  const text = '\ufeffid,team,capacity\na,"red, dark",10\n"b ""x""",,4\n';
  const made = await api.send("PUT", "/lookups/hosts?key=id", text, CSV);
  assert.equal(made.status, 201, made.text);
  const { body } = await api.send("GET", "/lookups/hosts");
  assert.deepEqual(body.items, [
    { id: "a", team: "red, dark", capacity: "10" },
    { id: 'b "x"', capacity: "4" },
  ]);
});

const FAULTS: readonly [name: string, path: string, body: string, type: string, ...told: unknown[]][] = [
  ["no key said", "", '[{"id":1}]', "application/json", 400, "required", "/key"],
  ["no key in a row", "?key=id", '[{"id":1},{"x":1}]', "application/json", 400, "required", "/1/id"],
  ["a key twice", "?key=id", '[{"id":1},{"id":"1"}]', "application/json", 400, "duplicate", "/1"],
  [
    "a row that is none",
    "",
    '{"key":"id","rows":[{"id":1},2]}',
    "application/json",
    400,
    "event_not_object",
    "/rows/1",
  ],
  ["no JSON", "?key=id", "[{", "application/json", 400, "malformed_json", ""],
  ["no rows", "?key=id", '{"key":"id"}', "application/json", 400, "invalid_type", ""],
  ["a CSV line too long", "?key=id", "id\n1,2\n", "text/csv", 400, "malformed_csv", ""],
  ["another type", "?key=id", "x", "text/plain", 415, "unsupported_media_type"],
  [
    "a source inside",
    "",
    '{"source":{"url":"http://10.0.0.1/","interval_seconds":60,"format":"json"},"key":"id"}',
    "application/json",
    400,
    "egress_address",
    "/source/url",
  ],
  [
    "a source too often",
    "",
    '{"source":{"url":"http://127.0.0.1/","interval_seconds":1,"format":"json"},"key":"id"}',
    "application/json",
    400,
    "invalid_source",
    "/source/interval_seconds",
  ],
];

for (const [name, query, body, type, ...told] of FAULTS) {
  Deno.test(`lookups: ${name} is refused and changes nothing`, async () => {
    await using api = await openApi();
    const reply = await api.send("PUT", `/lookups/hosts${query}`, body, { "content-type": type });
    const seen = [reply.status, reply.body.code, reply.body.errors?.[0]?.pointer];
    assert.deepEqual(seen.slice(0, told.length), told, reply.text);
    assert.equal((await api.send("GET", "/lookups/hosts")).status, 404);
  });
}

Deno.test("lookups: a rule joins events with the table, each version from its place on", async () => {
  await using api = await openApi();
  await api.send("PUT", "/lookups/hosts", HOSTS);
  assert.equal((await api.send("POST", "/rules", rule())).status, 201);
  await post(api, { host: "a" }, { host: "z" });
  await api.send("PUT", "/lookups/hosts?key=id", '[{"id":"a","team":"green"}]');
  await post(api, { host: "a" });
  assert.deepEqual(await values(api), [
    { owner: { team: "red" } },
    { owner: { team: "?" } },
    { owner: { team: "green" } },
  ]);
});

Deno.test("lookups: a rule that reads an unknown table is refused, a table that a rule reads stays", async () => {
  await using api = await openApi();
  const unknown = await api.send("POST", "/rules", rule());
  assert.equal(unknown.status, 400);
  assert.deepEqual(unknown.body.errors, [{
    pointer: "/trigger_spec/enrichments/0/table",
    code: "unknown_lookup",
    message: 'Cannot find lookup table "hosts": there are no tables yet',
  }]);
  await api.send("PUT", "/lookups/hosts", HOSTS);
  assert.equal((await api.send("POST", "/rules", { ...rule(), is_active: false })).status, 201);
  const inUse = await api.send("DELETE", "/lookups/hosts");
  assert.deepEqual([inUse.status, inUse.body.code, inUse.body.errors[0].message], [
    409,
    "lookup_in_use",
    'rule "r" reads it',
  ]);
  await api.send("DELETE", "/rules/r");
  assert.equal((await api.send("DELETE", "/lookups/hosts")).status, 204);
});

Deno.test("lookups: a simulation reads the tables of now, and agrees with the live run", async () => {
  await using api = await openApi();
  await api.send("PUT", "/lookups/hosts", HOSTS);
  const usage = { type: "calculate", name: "usage", formula: "used / owner.capacity" };
  const past = { type: "aggregate", name: "usual", field: "usage", function: "avg", size: "1h" };
  const owner = { type: "lookup", name: "owner", table: "hosts", key: "host" };
  const document = rule({ enrichments: [owner, usage, past], field: "usage", op: ">", value: 0.2 });
  const events = [{ host: "a", used: 5 }, { host: "b", used: 3 }, { host: "a", used: 1 }, {
    host: "a",
    used: 3,
  }];
  const simulated = await api.send("POST", "/rules/simulate", { rule: document, events });
  assert.equal(simulated.status, 200, simulated.text);
  await api.send("POST", "/rules", document);
  await post(api, ...events);
  const live = await values(api);
  assert.deepEqual(live, simulated.body.alerts.map((alert: JsonObject) => alert.values));
  assert.deepEqual(live.at(-1), { owner: { capacity: 10 }, usage: 0.3, usual: (0.5 + 0.75 + 0.1) / 3 });
});

Deno.test("lookups: a restart goes on with the tables, and their versions", async () => {
  const store = createMemoryStore();
  {
    await using api = await openApi({ store });
    await api.send("PUT", "/lookups/hosts", HOSTS);
    await api.send("POST", "/rules", rule());
    await post(api, { host: "a" });
    await api.settle();
  }
  await using api = await openApi({ store });
  await post(api, { host: "b" });
  assert.deepEqual(await values(api), [{ owner: { team: "red" } }, { owner: { team: "blue" } }]);
  assert.equal((await api.send("PUT", "/lookups/hosts", HOSTS)).body.version, 2);
});

Deno.test("lookups: a table is filled from its URL; a poll that fails keeps its rows", async () => {
  const answers: [number, string][] = [[200, '[{"id":"a","team":"red"}]']];
  const served = Promise.withResolvers<void>();
  await using api = await openApi();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    const [status, body] = answers[0]!;
    served.resolve();
    return new Response(body, { status });
  });
  const url = `http://127.0.0.1:${server.addr.port}/table`;
  const source = { url, interval_seconds: 5, format: "json" };
  const made = await api.send("PUT", "/lookups/hosts", { source, key: "id" });
  assert.deepEqual([made.status, made.body.rows], [201, 0], made.text);
  await served.promise;
  const polled = await until(api, ({ source }) => source.polled_at !== null);
  assert.deepEqual([polled.version, polled.rows, polled.source.last_error], [2, 1, null]);
  answers[0] = [503, "no"];
  const failing = { ...source, url: `${url}?again` };
  await api.send("PUT", "/lookups/hosts", { source: failing, key: "id" });
  const failed = await until(api, ({ source }) => source.last_error !== null);
  assert.deepEqual([failed.version, failed.rows], [3, 1]);
  assert.equal(failed.source.last_error, "Cannot take the table: the answer has status 503");
  await server.shutdown();
});

/** Asks for the table until it is as wanted. */
// deno-lint-ignore no-explicit-any -- an answer
async function until(api: Api, wanted: (table: any) => boolean): Promise<any> {
  for (;;) {
    const { body } = await api.send("GET", "/lookups/hosts");
    if (wanted(body)) return body;
    await turn(systemClock);
  }
}
