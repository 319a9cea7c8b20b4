/**
 * The OpenAPI document held to the server: what its schemas require and refuse is what the server requires and
 * refuses, for every operation that takes JSON, and the statuses and media types of its operations are those that
 * the server answers and takes.
 */
import assert from "node:assert/strict";
import Ajv2020 from "ajv/dist/2020.js";
import type { JsonObject } from "../../src/base/json.ts";
import { type Api, cpuRule, openApi } from "./api.ts";
import { openFixture } from "./compat/known_calls.ts";

/** What the server says of a member that is not there. */
const REQUIRED = new Set(["required", "no_route", "no_end", "no_matchers"]);

/** `{}` is not judged here: the reason. */
const NOT_JUDGED: Readonly<Record<string, string>> = {
  "PUT /lookups/{name}": "a document of another form than the three is told as invalid_type",
};

/** The least that has what is required, where something is. */
function goodBodies(hook: string): Readonly<Record<string, JsonObject>> {
  const rule = cpuRule();
  const channel = { type: "webhook", config: { url: hook } };
  const template = { channel_type: "sms", body: "x" };
  const actions = { action_spec: { type: "notify", channels: ["ops"] } };
  const definition = { api_name: "n", type: "script", logic: "function main() { return 1; }" };
  const silence = { matchers: ["team=shop"], duration: "1h" };
  const inhibition = { source_matchers: ["a=b"], target_matchers: ["c=d"] };
  const policy = { name: "p", webhook_url: hook, trigger: { field: "fail_count", value: 1 } };
  return {
    ...{ "POST /rules": rule, "PUT /rules/{id}": rule, "POST /rules/validate": rule },
    ...{ "POST /rules/simulate": { rule, events: [] }, "POST /rules/{id}/simulate": { events: [] } },
    ...{ "POST /rules/backtest": { rule }, "POST /rules/form": { rule } },
    "POST /rules/preview": { rule, test_payload: {} },
    "POST /rules/{id}/preview": { test_payload: {} },
    "PUT /rules/{id}/baseline": { values: [1, "2"] },
    ...{ "POST /channels": { name: "n", ...channel }, "PUT /channels/{id}": { name: "ops", ...channel } },
    "POST /channels/test": channel,
    ...{ "POST /templates": { name: "n", ...template }, "PUT /templates/{name}": template },
    "POST /action-templates": { name: "n", ...actions },
    "PUT /action-templates/{name}": actions,
    ...{ "POST /apis": definition, "PUT /apis/{id}": definition },
    "POST /apis/dry-run": { logic: definition.logic },
    "PUT /lookups/{name}": { key: "id", rows: [] },
    "PUT /routes": { route: { receiver: "all" }, receivers: [{ name: "all", channels: ["ops"] }] },
    "POST /routes/test": { labels: {} },
    ...{ "POST /silences": silence, "PUT /silences/{id}": silence },
    "POST /silences/preview": { matchers: silence.matchers },
    ...{ "POST /inhibitions": inhibition, "PUT /inhibitions/{id}": inhibition },
    ...{ "POST /policies": policy, "PUT /policies/{id}": policy },
  };
}

Deno.test("contract: a schema refuses {} where the server says what is required, and only there", async () => {
  await using contract = await openContract();
  for (const { key, body, said } of await contract.answers(() => ({}))) {
    if (key in NOT_JUDGED) continue;
    const refused = said.some(({ code }) => REQUIRED.has(code));
    assert.equal(!contract.fits(key, body), refused, `${key} {}: the server says ${JSON.stringify(said)}`);
  }
});

Deno.test("contract: a schema refuses an unknown member where the server does, and only there", async () => {
  await using contract = await openContract();
  for (const { key, body, said } of await contract.answers((good) => ({ ...good, zzz: 1 }))) {
    const refused = said.some(({ code, pointer }) => code === "unknown_member" && pointer === "/zzz");
    assert.equal(!contract.fits(key, body), refused, `${key}: the server says ${JSON.stringify(said)}`);
  }
});

Deno.test("contract: a body of what is required alone is taken, with a status that is listed", async () => {
  await using contract = await openContract();
  for (const { key, body, said, status } of await contract.answers((good) => good)) {
    assert(contract.fits(key, body), `${key} ${JSON.stringify(body)}`);
    const lacks = said.some(({ code }) => REQUIRED.has(code) || code === "unknown_member");
    assert(!lacks, `${key}: the server says ${JSON.stringify(said)}`);
    if (status >= 400) continue;
    const { responses } = contract.operation(key);
    assert(status in responses, `${key} answers ${status}, which is not listed`);
  }
});

Deno.test("contract: a rule within a body is held to the schema of rules", async () => {
  await using contract = await openContract();
  for (const key of ["POST /rules/form", "POST /rules/simulate", "POST /rules/backtest"]) {
    const body = { rule: {}, ...(key.endsWith("simulate") && { events: [] }) };
    const { status, body: answer } = await contract.send(key, body);
    assert.deepEqual([status, answer.code], [400, "required"], key);
    assert(!contract.fits(key, body), key);
  }
});

Deno.test("contract: what the server takes as nothing, its schema takes", async () => {
  await using contract = await openContract();
  const calls: [key: string, body: JsonObject][] = [
    ["POST /rules/{id}/simulate", { events: [], call_answers: null, received_at: null, advance_to: null }],
    ["POST /apis/{id}/execute", { limit: null }],
    ["POST /rules/validate", { condition: { field: "cpu", op: ">", value: 1 }, test_payload: { cpu: 2 } }],
    ["POST /rules/validate", { rule_name: 7 }],
    ["PUT /silences/{id}", { matchers: ["a=b"], duration: "1h", silence_id: "x", state: "active" }],
  ];
  for (const [key, body] of calls) {
    const { status, text } = await contract.send(key, body);
    assert.equal(status, 200, `${key}: ${text}`);
    assert(contract.fits(key, body), `${key} ${JSON.stringify(body)}`);
  }
});

Deno.test("contract: 304 stands where a GET answers an ETag, and only there", async () => {
  await using contract = await openContract();
  for (const key of contract.keys().filter((key) => key.startsWith("GET ") && !key.endsWith("/stream"))) {
    const { responses } = contract.operation(key);
    const { status, headers } = await contract.send(key, null);
    const tag = headers.get("etag");
    assert(status === 200 || !(304 in responses), `${key} answers ${status}`);
    assert.equal(304 in responses, tag !== null, key);
    if (tag === null) continue;
    const again = await contract.send(key, null, { "if-none-match": tag });
    assert.deepEqual([again.status, again.headers.get("etag")], [304, tag], key);
  }
});

Deno.test("contract: a PUT that makes what was not there answers 201, which stands beside 200", async () => {
  await using contract = await openContract();
  for (const key of ["lookups/{name}", "templates/{name}", "action-templates/{name}", "apis/{id}"]) {
    const { responses } = contract.operation(`PUT /${key}`);
    assert.deepEqual(Object.keys(responses), ["200", "201", "default"], key);
    assert.deepEqual(responses[201].content, responses[200].content);
    const body = contract.good[`PUT /${key}`]!;
    const path = `/${key.replace(/\{.*/, "fresh")}`;
    const statuses = [await contract.api.send("PUT", path, body), await contract.api.send("PUT", path, body)];
    assert.deepEqual(statuses.map(({ status }) => status), [201, 200], key);
  }
});

Deno.test("contract: the stream of a backtest whose end was read answers 204, which is listed", async () => {
  await using contract = await openContract();
  const key = "GET /backtests/{id}/stream";
  const { status } = await contract.send(key, null, { "last-event-id": "end" });
  assert.deepEqual([status, 204 in contract.operation(key).responses], [204, true]);
});

Deno.test("contract: the media types of a body are those that the server takes", async () => {
  await using contract = await openContract();
  const event = { specversion: "1.0", id: "1", source: "s", type: "t" };
  const samples: Record<string, string> = {
    "text/csv": "id,team\nweb-1,shop\n",
    "application/cloudevents+json": JSON.stringify(event),
    "application/cloudevents-batch+json": JSON.stringify([event]),
  };
  const types = new Map<string, string[]>();
  for (const key of contract.keys()) {
    const { requestBody } = contract.operation(key);
    if (requestBody === undefined) continue;
    types.set(key, Object.keys(requestBody.content));
    for (const type of types.get(key)!) {
      const body = samples[type] ?? JSON.stringify(contract.good[key] ?? {});
      const { status } = await contract.send(key, body, { "content-type": type });
      assert.notEqual(status, 415, `${key} ${type}`);
    }
    const other = await contract.send(key, "a=b", { "content-type": "application/x-www-form-urlencoded" });
    assert.equal(other.status, 415, key);
  }
  const json = "application/json";
  for (const [key, listed] of types) {
    if (key.startsWith("PATCH ")) assert.deepEqual(listed, [json, "application/merge-patch+json"], key);
  }
  assert.deepEqual(types.get("PUT /lookups/{name}"), [json, "text/csv"]);
  assert.deepEqual(types.get("POST /events"), [
    ...[json, "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"],
    ...["application/cloudevents+json", "application/cloudevents-batch+json"],
  ]);
});

interface Described {
  requestBody?: { content: Record<string, { schema: object }> };
  // deno-lint-ignore no-explicit-any -- what tests look into
  responses: Record<string, any>;
}

/** Every server of this file has the same document. */
let validators: { ajv: Ajv2020.default; made: Map<string, (body: JsonObject) => boolean> } | null = null;

/** The document beside a server with one of each noun. */
async function openContract() {
  const api = await openApi();
  const fixture = await openFixture(api);
  const places = await openPlaces(api, fixture.event_id);
  const good = goodBodies(fixture.hook);
  const { body: document } = await api.send("GET", "/openapi.json");
  validators ??= { ajv: new Ajv2020.default({ strict: false }).addSchema(document, "doc"), made: new Map() };
  const { ajv, made } = validators;
  const operation = (key: string): Described => {
    const [method, path] = key.split(" ") as [string, string];
    return document.paths[`/api/v1${path}`][method.toLowerCase()];
  };
  const keys = () =>
    Object.entries<object>(document.paths).flatMap(([path, item]) =>
      path.startsWith("/api/v1/")
        ? Object.keys(item).map((method) => `${method.toUpperCase()} ${path.slice("/api/v1".length)}`)
        : []
    );
  const send = (key: string, body: JsonObject | string | null, headers: HeadersInit = {}) => {
    const [method, path] = key.split(" ") as [string, string];
    return api.send(method, placed(path, places), body, headers);
  };
  const schemaOf = (key: string) => operation(key).requestBody?.content["application/json"]?.schema;
  return {
    ...{ api, good, operation, keys, send },
    fits(key: string, body: JsonObject): boolean {
      const check = made.get(key) ?? ajv.compile(absolute(schemaOf(key)!));
      made.set(key, check);
      return check(body);
    },
    /** What each operation that takes JSON says to a body made of a good one. */
    async answers(make: (good: JsonObject) => JsonObject) {
      const all = [];
      for (const key of keys().filter((key) => schemaOf(key) !== undefined)) {
        const body = make(good[key] ?? {});
        const { status, body: answer } = await send(key, body);
        const said: { code: string; pointer: string }[] = status < 400
          ? []
          : [answer, ...answer.errors ?? []];
        all.push({ key, body, status, said });
      }
      return all;
    },
    async [Symbol.asyncDispose]() {
      await fixture[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}

/** Paths of nouns that are there, by how the document writes them. The first that begins a path counts. */
async function openPlaces(api: Api, alertId: string): Promise<[string, string][]> {
  const made = async (path: string, body: JsonObject) => (await api.send("POST", path, body)).body;
  const matchers = { source_matchers: ["a=b"], target_matchers: ["c=d"] };
  const { silence_id } = await made("/silences", { matchers: ["team=none"], duration: "1h" });
  const { inhibition_id } = await made("/inhibitions", matchers);
  const { backtest_id } = await made("/rules/r/backtest", {});
  await api.send("PUT", "/templates/here", { channel_type: "sms", body: "x" });
  await api.send("PUT", "/action-templates/here", { action_spec: { type: "notify", channels: ["ops"] } });
  await api.send("PUT", "/lookups/here", { key: "id", rows: [] });
  const { body: deliveries } = await api.send("GET", "/deliveries");
  const { body: logs } = await api.send("GET", "/exec-logs");
  return [
    ["/rules/{id}/anomaly-", "/rules/a/anomaly-"],
    ["/rules/anomaly-status/{id}", "/rules/anomaly-status/a"],
    ["/rules/{id}/baseline", "/rules/a/baseline"],
    ["/rules/{id}", "/rules/r"],
    ["/alerts/{id}", `/alerts/${alertId}`],
    ["/backtests/{id}", `/backtests/${backtest_id}`],
    ["/channels/{id}", "/channels/ops"],
    ["/policies/{id}", "/policies/p"],
    ["/apis/{id}", "/apis/s"],
    ["/silences/{id}", `/silences/${silence_id}`],
    ["/inhibitions/{id}", `/inhibitions/${inhibition_id}`],
    ["/deliveries/{id}", `/deliveries/${deliveries.items[0].delivery_id}`],
    ["/exec-logs/{id}", `/exec-logs/${logs.items[0].exec_id}`],
    ["/topics/{topic}", "/topics/metrics"],
  ];
}

function placed(path: string, places: readonly [string, string][]): string {
  const found = places.find(([from]) => path.startsWith(from));
  return found === undefined ? path.replace(/\{\w+\}/, "here") : `${found[1]}${path.slice(found[0].length)}`;
}

/** `schema` with its references into the document. */
function absolute(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc#/'));
}
