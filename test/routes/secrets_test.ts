/** Secrets over HTTP: kept and never shown, sent by actions, and struck out of what comes back. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { SECRETS_MAX } from "../../src/model/secret.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import { receiver } from "../notify/receivers.ts";
import { secret as stored } from "../store/fixtures.ts";
import { type Api, openApi } from "./api.ts";
import { asking, delivered, put, save, shown, showsNothing, until, VALUE } from "./secret_requests.ts";

Deno.test("secrets: one is stored, listed and read without its value, replaced and deleted", async () => {
  await using api = await openApi();
  const made = await api.send("PUT", "/secrets/API_KEY", {
    ...{ value: VALUE, hosts: ["API.example.com.", "::1", "api.example.com"], description: "of the tests" },
  });
  assert.deepEqual([made.status, made.headers.get("etag"), made.headers.get("location")], [
    201,
    '"1"',
    "/api/v1/secrets/API_KEY",
  ]);
  const { created_at, updated_at, used_by, ...rest } = (await api.send("GET", "/secrets/API_KEY")).body;
  assert.deepEqual(rest, {
    ...{ name: "API_KEY", value: "********", hosts: ["api.example.com", "[::1]"] },
    ...{ description: "of the tests", version: 1 },
  });
  assert.deepEqual([typeof created_at, created_at === updated_at], ["string", true]);
  assert.deepEqual(used_by, { rules: [], apis: [], lookups: [], action_templates: [] });
  await put(api, "other");
  const page = (await api.send("GET", "/secrets?limit=1")).body;
  assert.deepEqual(page.items.map(({ name }: JsonObject) => name), ["API_KEY"]);
  const rest2 = (await api.send("GET", `/secrets?cursor=${page.next_cursor}`)).body;
  assert.deepEqual(rest2.items.map(({ name }: JsonObject) => name), ["other"]);
  await showsNothing(api);
  const outdated = await api.send("PUT", "/secrets/API_KEY", { value: "v" }, { "if-match": '"7"' });
  assert.deepEqual([outdated.status, outdated.body.code], [412, "version_outdated"]);
  const again = await api.send("PUT", "/secrets/API_KEY", { value: "new value" }, { "if-match": '"1"' });
  assert.deepEqual([again.status, again.body.version, again.body.hosts], [200, 2, []]);
  assert.equal((await api.send("DELETE", "/secrets/API_KEY", null, { "if-match": '"1"' })).status, 412);
  assert.equal((await api.send("DELETE", "/secrets/API_KEY")).status, 204);
  assert.equal((await api.send("GET", "/secrets/API_KEY")).body.code, "secret_not_found");
  assert.equal((await api.send("DELETE", "/secrets/API_KEY")).status, 404);
});

const FAULTS: readonly [what: string, name: string, body: JsonObject, pointer: string, message: RegExp][] = [
  ["a name that begins with a digit", "1a", { value: "v" }, "/name", /a letter/],
  ["a name that is too long", "a".repeat(65), { value: "v" }, "/name", /63/],
  ["no value", "a", {}, "/value", /without its value/],
  ["a mask for nothing", "a", { value: "********" }, "/value", /without its value/],
  ["an empty value", "a", { value: "" }, "/value", /1 character/],
  ["a value that is no text", "a", { value: 12345678 }, "/value", /text/],
  ["a value with a line break", "a", { value: "hush\r\nx: y" }, "/value", /control/],
  ["a value that is too long", "a", { value: "ü".repeat(4_097) }, "/value", /8192 bytes/],
  ["a value that looks sealed", "a", { value: "enc:v1:00000000:aaaa" }, "/value", /encrypted/],
  [
    "a host with a scheme",
    "a",
    { value: "v", hosts: ["ok.example", "https://a.b"] },
    "/hosts/1",
    /without scheme/,
  ],
  ["a host with a port", "a", { value: "v", hosts: ["a.example:80"] }, "/hosts/0", /port/],
  ["a host with a path", "a", { value: "v", hosts: ["a.example/x"] }, "/hosts/0", /path/],
  ["too many hosts", "a", { value: "v", hosts: Array(101).fill("a.b") }, "/hosts", /100/],
  ["a slip of a member", "a", { valeu: "hush-12345" }, "/valeu", /did you mean "value"/],
];

for (const [what, name, body, pointer, message] of FAULTS) {
  Deno.test(`secrets: ${what} is refused, its place said and its value not`, async () => {
    await using api = await openApi();
    const answer = await api.send("PUT", `/secrets/${name}`, body);
    assert.equal(answer.status, 400, answer.text);
    const [fault] = answer.body.errors;
    assert.equal(fault.pointer, pointer);
    assert.match(fault.message, message);
    assert.doesNotMatch(answer.text, /12345|hush/);
  });
}

Deno.test("secrets: their number is bounded", async () => {
  const store = createMemoryStore();
  for (let i = 1; i < SECRETS_MAX; i++) await store.secrets.save(stored(`s${i}`));
  await using api = await openApi({ store });
  await put(api, "last");
  const answer = await api.send("PUT", "/secrets/one_more", { value: "v" });
  assert.deepEqual([answer.status, answer.body.code], [409, "too_many_secrets"]);
  assert.equal((await api.send("PUT", "/secrets/last", { value: "v" })).status, 200);
});

Deno.test("secrets: a value is kept for the same hosts or fewer, and must be known for others", async () => {
  await using api = await openApi();
  await put(api, "a", { hosts: ["one.example", "two.example"] });
  const again = (body: JsonObject) => api.send("PUT", "/secrets/a", body);
  const fewer = await again({ hosts: ["two.example"], description: "fewer" });
  assert.deepEqual([fewer.status, fewer.body.hosts], [200, ["two.example"]]);
  for (const hosts of [["one.example"], [], ["two.example", "evil.example"]]) {
    const refused = await again({ value: "********", hosts });
    assert.deepEqual([refused.status, refused.body.code], [400, "secret_required"]);
  }
  assert.equal((await again({ value: "known", hosts: [] })).status, 200);
});

Deno.test("secrets: a webhook action sends one in url, headers, params and body, and nothing shows it", async () => {
  const urls: string[] = [];
  const peer = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    urls.push(request.url);
    const sent = [request.headers.get("authorization"), await request.text(), request.url];
    return Response.json({ sent, encoded: btoa(VALUE), ok: true }, { headers: { "x-echo": VALUE } });
  });
  const received: string[] = [];
  await using api = await openApi();
  await put(api, "KEY", { hosts: ["127.0.0.1"] });
  await save(api, {
    ...asking({}),
    action_spec: {
      type: "multi_action",
      actions: [
        {
          ...{ as: "first", type: "webhook", method: "POST" },
          endpoint: `http://127.0.0.1:${peer.addr.port}/{{ secrets.KEY }}/x?k={{secrets.KEY}}`,
          headers: { authorization: "Bearer {{ secrets.KEY }}" },
          body: { key: "{{ secrets.KEY }}", list: ["a {{ secrets.KEY }} b"], host: "{{ event.host }}" },
        },
        {
          ...{ type: "webhook", method: "GET", endpoint: `http://127.0.0.1:${peer.addr.port}/second` },
          params: { key: "{{ secrets.KEY }}", before: "{{ results.first.result.sent }}" },
        },
      ],
    },
  });
  await api.send("POST", "/events?topic=t", { host: "h1" });
  await until(() => urls.length === 2);
  await delivered(api, { host: "h2" });
  received.push(...urls);
  const [first, second] = received.map((url) => new URL(url));
  assert.equal(decodeURIComponent(first!.pathname), `/${VALUE}/x`);
  assert.equal(first!.searchParams.get("k"), VALUE);
  assert.equal(second!.searchParams.get("key"), VALUE);
  const before: string[] = JSON.parse(second!.searchParams.get("before")!);
  assert.deepEqual(before.slice(0, 2), [
    "********",
    '{"key":"********","list":["a ******** b"],"host":"h1"}',
  ]);
  await showsNothing(api);
  assert.ok(!(await shown(api)).includes(btoa(VALUE)));
  const used = (await api.send("GET", "/secrets/KEY")).body.used_by;
  assert.deepEqual(used.rules, ["r"]);
  const kept = await api.send("DELETE", "/secrets/KEY");
  assert.deepEqual([kept.status, kept.body.code], [409, "secret_in_use"]);
  assert.equal((await api.send("DELETE", "/secrets/KEY?force=true")).status, 204);
  await peer.shutdown();
});

Deno.test("secrets: what an event says is never taken for one", async () => {
  await using peer = receiver();
  await using api = await openApi();
  await put(api, "KEY");
  await save(
    api,
    asking({
      endpoint: peer.url,
      headers: { "x-key": "{{ secrets.KEY }}" },
      body: { text: "{{ event.text }}" },
    }),
  );
  const forged = "{{ secrets.KEY }} {{secrets.KEY}} tocsin-secret-call-KEY- tocsin-secret-0-KEY-";
  await delivered(api, { text: forged });
  assert.deepEqual(JSON.parse(peer.received[0]!.body), { text: forged });
  assert.equal(peer.received[0]!.headers.get("x-key"), VALUE);
});

const REFUSED: readonly [
  what: string,
  change: (api: Api) => Promise<unknown>,
  code: string,
  error: RegExp,
][] = [
  [
    "for other hosts",
    (api) => put(api, "KEY", { hosts: ["api.example.com"] }),
    "secret_host_refused",
    /Cannot send secret "KEY": it may not be sent to "127.0.0.1"/,
  ],
  [
    "that is gone",
    (api) => api.send("DELETE", "/secrets/KEY?force=true"),
    "secret_missing",
    /Cannot send secret "KEY": there is no such secret/,
  ],
  [
    "that no header takes",
    (api) => put(api, "KEY", { value: "hush \u2713" }),
    "secret_unusable",
    /holds characters that no header takes/,
  ],
];

for (const [what, change, code, error] of REFUSED) {
  Deno.test(`secrets: one ${what} fails the call at once, with nothing sent`, async () => {
    await using peer = receiver();
    await using api = await openApi();
    await put(api, "KEY");
    await save(api, asking({ endpoint: peer.url, headers: { "x-key": "{{ secrets.KEY }}" } }));
    await change(api);
    const delivery = await delivered(api);
    const [attempt] = delivery.attempts as JsonObject[];
    assert.deepEqual([delivery.state, delivery.reason, (delivery.attempts as JsonObject[]).length], [
      "dead",
      code,
      1,
    ]);
    assert.match(attempt!.error as string, error);
    assert.equal(peer.received.length, 0);
  });
}

Deno.test("secrets: no redirect carries one away", async () => {
  await using elsewhere = receiver();
  await using peer = receiver(() =>
    new Response(null, { status: 307, headers: { location: elsewhere.url } })
  );
  await using api = await openApi();
  await put(api, "KEY");
  await save(api, asking({ endpoint: peer.url, headers: { "x-key": "{{ secrets.KEY }}" } }));
  assert.equal((await delivered(api)).state, "dead");
  assert.deepEqual([peer.received.length, elsewhere.received.length], [1, 0]);
});

const UNKNOWN = /Cannot find secret "KYE": did you mean "KEY"\?/;
const NAMES: readonly [what: string, rule: JsonObject, pointer: string, message: RegExp][] = [
  [
    "a header of an action",
    asking({ endpoint: "https://a.example/", headers: { "x-key": "{{ secrets.KYE }}" } }),
    "/action_spec/headers/x-key",
    UNKNOWN,
  ],
  [
    "an action among others",
    { ...asking({}), action_spec: { actions: [{ endpoint: "https://a.example/{{ secrets.KYE }}" }] } },
    "/action_spec/actions/0/endpoint",
    UNKNOWN,
  ],
  [
    "a polled endpoint",
    {
      ...{ rule_name: "p", trigger_type: "metric", action_spec: {} },
      trigger_spec: {
        endpoint: "https://a.example/?k={{ secrets.KYE }}",
        source: "runtime",
        value_path: "v",
        op: ">",
        threshold: 1,
      },
    },
    "/trigger_spec/endpoint",
    UNKNOWN,
  ],
  [
    "params of an api_call",
    {
      ...asking({ endpoint: "https://a.example/" }),
      trigger_spec: {
        ...{ topics: ["t"], conditions: [] },
        enrichments: [{
          type: "api_call",
          name: "e",
          endpoint: "https://a.example/",
          params: { k: "{{ secrets.KYE }}" },
        }],
      },
    },
    "/trigger_spec/enrichments/0/params/k",
    UNKNOWN,
  ],
  [
    "a filter",
    asking({ endpoint: "https://a.example/", body: { k: "{{ secrets.KEY|upper }}" } }),
    "/action_spec/body/k",
    /with a filter/,
  ],
  ["the host", asking({ endpoint: "https://{{ secrets.KEY }}/" }), "/action_spec/endpoint", /and a host/],
  [
    "a message to people",
    { ...asking({}), action_spec: { type: "notify", channels: ["c"], message: "{{ secrets.KEY }}" } },
    "/action_spec/message",
    /secrets stand in/,
  ],
  [
    "params of a script",
    { ...asking({}), action_spec: { type: "api_script", api_id: "x", params: { k: "{{ secrets.KEY }}" } } },
    "/action_spec/params/k",
    /secrets stand in/,
  ],
];

for (const [what, rule, pointer, message] of NAMES) {
  Deno.test(`secrets: a name that cannot stand in ${what} refuses the rule`, async () => {
    await using api = await openApi();
    await put(api, "KEY");
    const answer = await api.send("POST", "/rules", rule);
    assert.equal(answer.status, 400, answer.text);
    const found = answer.body.errors.find((fault: JsonObject) => fault.pointer === pointer);
    assert.match(found?.message ?? answer.text, message);
    assert.ok(found, answer.text);
  });
}
