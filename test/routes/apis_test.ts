/** The API manager over HTTP: definitions, their runs, and rules that use them. */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { receiver } from "../notify/receivers.ts";
import { type Api, cpuRule, openApi } from "./api.ts";

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!await condition()) await turn(systemClock);
}

const RUNS = { allow_runtime: true };

async function define(api: Api, definition: JsonObject): Promise<JsonObject> {
  const made = await api.send("POST", "/apis", { api_name: "n", ...definition });
  assert.equal(made.status, 201, made.text);
  return made.body;
}

function script(api_id: string, logic: string, members: JsonObject = {}): JsonObject {
  return { api_id, type: "script", logic, runtime_policy: RUNS, ...members };
}

Deno.test("apis: a script is kept in versions, run, and logged", async () => {
  await using api = await openApi();
  const made = await define(api, script("sum", "function main(p, i) { return { sum: p.a + i.b }; }"));
  assert.deepEqual([made.version, made.endpoint, (made.runtime_policy as JsonObject).timeout_ms], [
    1,
    null,
    5_000,
  ]);
  const run = await api.send("POST", "/apis/sum/execute", { params: { a: 1 }, input: { b: 2 } });
  assert.deepEqual([run.status, run.body.output, run.body.logs], [200, { sum: 3 }, []]);
  const edited = await api.send(
    "PATCH",
    "/apis/sum",
    { logic: "function main(p, i, ctx) { ctx.log('x'.repeat(9_000)); throw new Error('no'); }" },
    {
      "if-match": '"1"',
    },
  );
  assert.deepEqual([edited.status, edited.body.version], [200, 2], edited.text);
  assert.equal((await api.send("PATCH", "/apis/sum", { tags: [] }, { "if-match": '"1"' })).status, 412);
  const failed = await api.send("POST", "/apis/sum/execute", {});
  assert.deepEqual([failed.status, failed.body.code], [500, "script_script"]);
  assert.match(failed.body.detail, /Error: no/);
  const logs = (await api.send("GET", "/apis/sum/logs")).body.items;
  assert.deepEqual(logs.map(({ status, executed_by }: JsonObject) => [status, executed_by]), [
    ["fail", "api"],
    ["success", "api"],
  ]);
  assert.deepEqual(logs[1].references.request_params, { a: 1 });
  assert.deepEqual(logs[0].references.logs, [`${"x".repeat(499)}…`]);
  const back = await api.send("POST", "/apis/sum/rollback", {});
  assert.equal(back.body.version, 3);
  assert.equal(
    (await api.send("POST", "/apis/sum/execute", { params: { a: 2 }, input: { b: 2 } })).body.output.sum,
    4,
  );
  assert.equal((await api.send("GET", "/apis/sum/versions")).body.items.length, 3);
  assert.equal((await api.send("DELETE", "/apis/sum")).status, 204);
  assert.equal((await api.send("POST", "/apis/sum/execute", {})).status, 404);
});

const FAULTS: readonly [what: string, definition: JsonObject, pointer: string, message: RegExp][] = [
  ["a script with a slip", script("s", "let a = 1;\nlet b = ;\nfunction main() {}"), "/logic", /line 2/],
  ["a script without main", script("s", "function mian() {}"), "/logic", /must define main/],
  ["a request that is no JSON", { type: "http", logic: "GET /" }, "/logic", /expected JSON/],
  ["a request without an address", { type: "http", logic: '{"url": "/a"}' }, "/logic", /http:/],
  ["a query that writes", { type: "sql", logic: "DELETE FROM hosts" }, "/logic", /SELECT or WITH/],
  ["two queries", { type: "sql", logic: "SELECT 1; DROP TABLE a" }, "/logic", /single statement/],
  ["another type", { type: "python", logic: "x" }, "/type", /./],
  [
    "a slip of a member",
    { ...script("s", "function main() {}"), lgoic: "" },
    "/lgoic",
    /did you mean "logic"/,
  ],
  [
    "a path that is none",
    { ...script("s", "function main() {}"), endpoint: "hosts" },
    "/endpoint",
    /like \/hosts/,
  ],
  [
    "a private range opened",
    script("s", "function main() {}", { runtime_policy: { script: { blocked_private_ranges: false } } }),
    "/runtime_policy/script/blocked_private_ranges",
    /expected true/,
  ],
];

for (const [what, definition, pointer, message] of FAULTS) {
  Deno.test(`apis: ${what} is refused`, async () => {
    await using api = await openApi();
    const { status, body } = await api.send("POST", "/apis", { api_name: "n", ...definition });
    assert.equal(status, 400, JSON.stringify(body));
    assert.equal(body.errors[0].pointer, pointer, JSON.stringify(body.errors));
    assert.match(body.errors[0].message, message);
  });
}

Deno.test("apis: a path belongs to one definition, and a script runs only where its policy allows it", async () => {
  await using api = await openApi();
  const main = "function main() { return {}; }";
  await define(api, script("a", main, { endpoint: "/runtime/hosts", runtime_policy: {} }));
  const other = await api.send("POST", "/apis", {
    api_name: "n",
    ...script("b", main, { endpoint: "/hosts" }),
  });
  assert.deepEqual([other.status, other.body.errors[0].pointer], [409, "/endpoint"]);
  const refused = await api.send("POST", "/apis/a/execute", {});
  assert.equal(refused.status, 400);
  assert.match(refused.body.detail, /Script execution is disabled/);
  assert.equal((await api.send("GET", "/apis/a/logs")).body.items.length, 0);
});

Deno.test("apis: a script asks the network under its policy, and another definition in any case", async () => {
  await using api = await openApi();
  await using peer = receiver(() => Response.json({ up: true }));
  await define(api, { api_id: "hosts", type: "sql", logic: "SELECT :n AS n", endpoint: "/hosts" });
  const logic = `async function main(p, i, ctx) {
    const { rows } = await ctx.call_sql_api("/hosts", { n: 7 });
    try { return { rows, body: JSON.parse((await ctx.http.get(p.url)).body) }; }
    catch (error) { return { rows, error: error.message }; }
  }`;
  const outcome = async (runtime_policy: JsonObject, url: string) => {
    await api.send("PUT", "/apis/s", { api_name: "n", ...script("s", logic, { runtime_policy }) });
    return (await api.send("POST", "/apis/s/execute", { params: { url } })).body.output;
  };
  // A query is a child process, which a busy machine makes late.
  const patient = { ...RUNS, timeout_ms: 30_000 };
  const open = { ...patient, allow_network: true };
  const rows = [{ n: 7 }];
  assert.deepEqual(await outcome(open, peer.url), { rows, body: { up: true } });
  assert.deepEqual(await outcome(patient, peer.url), { rows, error: "Network access is disabled" });
  assert.deepEqual(await outcome({ ...open, allowed_hosts: ["a.example"] }, peer.url), {
    rows,
    error: "Host is not whitelisted",
  });
  for (
    const [url, error] of [
      ["http://169.254.169.254/latest/meta-data", "Metadata endpoints are blocked"],
      ["http://10.0.0.1/", "Private address not allowed"],
      ["http://[::1]/", "Private address not allowed"],
      ["file:///etc/passwd", "Invalid host"],
    ] as const
  ) assert.deepEqual(await outcome(open, url), { rows, error }, url);
  await using large = receiver(() => new Response("x".repeat(3_000)));
  assert.deepEqual(await outcome({ ...open, max_response_bytes: 2_000 }, large.url), {
    rows,
    error: "Response exceeds the allowed byte limit",
  });
});

Deno.test("apis: a query reads lookup tables, no more rows than asked for, and nothing else", async () => {
  await using api = await openApi();
  await api.send("PUT", "/lookups/hosts?key=host", [
    { host: "a", team: "web", cores: 4 },
    { host: "b", team: "db", cores: 8 },
  ] as never);
  await define(api, {
    ...{ api_id: "q", type: "sql" },
    logic: "SELECT host, cores FROM hosts WHERE :team IS NULL OR team = :team ORDER BY host",
  });
  const rows = async (body: JsonObject) => (await api.send("POST", "/apis/q/execute", body)).body;
  assert.deepEqual((await rows({ params: { team: "db" } })).rows, [{ host: "b", cores: 8 }]);
  const first = await rows({ limit: 1 });
  assert.deepEqual([first.columns, first.row_count, first.truncated], [["host", "cores"], 1, true]);
  const dry = async (logic: string) => (await api.send("POST", "/apis/dry-run", { type: "sql", logic })).body;
  await api.send("PUT", "/lookups/e0?key=id", [] as never);
  assert.deepEqual((await dry("select id from e0; -- done")).columns, ["id"]);
  assert.deepEqual((await dry("select 'n' || cores as n from hosts where host = 'a'")).rows, [{ n: "n4" }]);
  assert.match((await dry("SELECT * FROM none")).detail, /no such table/);
  assert.match((await dry("WITH x AS (SELECT 1) INSERT INTO hosts VALUES (1, 2, 3)")).detail, /./);
  assert.match((await dry("SELECT load_extension('x')")).detail, /not authorized|no such function/);
  const endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c";
  assert.match((await dry(endless)).detail, /timed out after 3000 ms/);
});

Deno.test("apis: a request is filled with parameters, and what it is answered is told", async () => {
  await using api = await openApi();
  await using peer = receiver(({ body }) => Response.json([{ got: body === "" ? null : JSON.parse(body) }]));
  const logic = {
    ...{ method: "post", url: `${peer.url}/{{params.host.name}}`, headers: { "x-key": "{{params.key}}" } },
    body: { n: "{{params.n}}", text: "n is {{params.n}}" },
  };
  await define(api, { api_id: "h", type: "http", logic: JSON.stringify(logic) });
  const params = { host: { name: "web" }, key: "k", n: 5 };
  const { body } = await api.send("POST", "/apis/h/execute", { params });
  assert.deepEqual([body.status_code, body.rows], [200, [{ got: { n: 5, text: "n is 5" } }]]);
  assert.equal(peer.received[0]!.headers.get("x-key"), "k");
  const missing = await api.send("POST", "/apis/h/execute", { params: { host: { name: "web" }, key: "k" } });
  assert.deepEqual([missing.status, missing.body.code], [400, "missing_parameter"]);
});

Deno.test("api_script: an action of a rule runs a script; its output is there for the next action", async () => {
  await using api = await openApi();
  await using hook = receiver();
  await define(
    api,
    script("repair", "function main(p, i, ctx) { ctx.log('on it'); return { host: p.host, cpu: i.cpu }; }"),
  );
  const action_spec = {
    actions: [
      {
        type: "api_script",
        api_id: "repair",
        params: { host: "{{ key.host }}" },
        input: "{{ event }}",
        as: "fix",
      },
      { endpoint: hook.url, method: "POST", body: { done: "{{ results.fix.result.output.host }}" } },
    ],
  };
  await api.send("POST", "/rules", cpuRule({ rule_id: "r", action_spec }));
  await api.send("POST", "/events?topic=metrics", { cpu: 99, host: "a" });
  await until(() => hook.received.length === 1);
  assert.deepEqual(JSON.parse(hook.received[0]!.body), { done: "a" });
  const [log] = (await api.send("GET", "/apis/repair/logs")).body.items;
  assert.deepEqual([log.status, log.executed_by, log.references.logs], ["success", "cep-action", ["on it"]]);
  await until(async () => (await api.send("GET", "/rules/r/exec-logs")).body.items.length === 2);
  const logged = (await api.send("GET", "/rules/r/exec-logs")).body.items[1].references;
  assert.deepEqual([logged.action_type, logged.params_passed, logged.logs_count], [
    "api_script",
    ["host"],
    1,
  ]);
});

Deno.test("/runtime: a definition is asked by its path, over HTTP, by a poll, an enrichment and an action", async () => {
  await using api = await openApi();
  let cpu = 99;
  await using peer = receiver(() => Response.json({ cpu }));
  const asks = "async function main(p, i, ctx) { return JSON.parse((await ctx.http.get(p.url)).body); }";
  await define(
    api,
    script("cpu", asks, { endpoint: "/cpu", runtime_policy: { ...RUNS, allow_network: true } }),
  );
  await define(
    api,
    script("owner", "function main(p) { return { team: 'web', of: p.host }; }", { endpoint: "/owner" }),
  );
  const seen = "function main(p, input) { return { seen: input }; }";
  await define(api, script("note", seen, { endpoint: "/note", method: "POST" }));
  const url = encodeURIComponent(peer.url);
  const asked = await api.send("GET", `/runtime/cpu?url=${url}`);
  assert.deepEqual([asked.status, asked.body.data.result.output], [200, { cpu: 99 }]);
  assert.equal((await api.send("GET", "/runtime/none")).status, 404);
  const rule = {
    ...{ rule_id: "polled", rule_name: "Polled", trigger_type: "metric" },
    trigger_spec: {
      ...{ endpoint: "/runtime/cpu", params: { url: peer.url }, interval: "1s" },
      ...{ value_path: "data.result.output.cpu", op: ">", threshold: 90 },
    },
    action_spec: { endpoint: "/runtime/note", method: "POST", body: { input: { rule: "{{ rule_name }}" } } },
  };
  const made = await api.send("POST", "/rules", rule);
  assert.equal(made.status, 201, made.text);
  const enriched = {
    ...{ rule_id: "enriched", rule_name: "Enriched", trigger_type: "event" },
    trigger_spec: {
      topics: ["hosts"],
      enrichments: [{ name: "owner", type: "api_call", endpoint: "/runtime/owner", params: { host: "a" } }],
      conditions: [{ field: "owner.data.result.output.team", op: "==", value: "web" }],
    },
  };
  const saved = await api.send("POST", "/rules", enriched);
  assert.equal(saved.status, 201, saved.text);
  await api.send("POST", "/events?topic=hosts", { host: "a" });
  const alerts = async (id: string) => (await api.send("GET", `/alerts?rule_id=${id}`)).body.items.length;
  await until(async () => await alerts("enriched") === 1);
  const noted = async () => (await api.send("GET", "/apis/note/logs")).body.items;
  await until(async () => (await noted()).length > 0);
  cpu = 1;
  assert.deepEqual((await noted())[0].executed_by, "cep-action");
  const polls = (await api.send("GET", "/apis/cpu/logs")).body.items;
  assert.ok(polls.some(({ executed_by }: JsonObject) => executed_by === "cep-metric-poll"));
  const own = await api.send(
    "POST",
    "/rules",
    cpuRule({ action_spec: { endpoint: "/api/v1/rules", method: "POST" } }),
  );
  assert.match(own.body.errors[0].message, /only API definitions can be asked/);
});
