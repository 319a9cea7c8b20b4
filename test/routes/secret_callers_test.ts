/** Secrets in definitions, scripts, enrichments, polls and lookup tables. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { receiver } from "../notify/receivers.ts";
import { type Api, openApi } from "./api.ts";
import { asking, delivered, put, save, showsNothing, until, VALUE } from "./secret_requests.ts";

/** A definition of type http, or a script. */
async function define(api: Api, definition: JsonObject): Promise<void> {
  const runtime_policy = { allow_runtime: true, allow_network: true };
  const made = await api.send("POST", "/apis", { api_id: "d", api_name: "d", runtime_policy, ...definition });
  assert.equal(made.status, 201, made.text);
}

Deno.test("secrets: a definition of a request sends one beside its parameters, and neither log nor answer shows it", async () => {
  await using peer = receiver(({ headers, body }) => Response.json([headers.get("x-key"), JSON.parse(body)]));
  await using api = await openApi();
  const logic = (name: string) =>
    JSON.stringify({
      ...{ method: "POST", url: `${peer.url}?k={{ secrets.${name} }}&u={{params.user}}` },
      ...{
        headers: { "x-key": `{{secrets.${name}}}` },
        body: { k: `{{ secrets.${name} }}`, u: "{{params.user}}" },
      },
    });
  const unknown = await api.send("POST", "/apis", { api_name: "d", type: "http", logic: logic("KEY") });
  assert.deepEqual([unknown.status, unknown.body.errors[0].pointer], [400, "/logic"]);
  await put(api, "KEY");
  await define(api, { type: "http", logic: logic("KEY"), endpoint: "/d" });
  const run = await api.send("POST", "/apis/d/execute", { params: { user: "{{ secrets.KEY }}" } });
  assert.deepEqual(run.body.data, ["********", { k: "********", u: "{{ secrets.KEY }}" }]);
  assert.deepEqual(JSON.parse(peer.received[0]!.body), { k: VALUE, u: "{{ secrets.KEY }}" });
  const runtime = await api.send("GET", "//runtime/d?user=u");
  assert.ok(!runtime.text.includes("hush"), runtime.text);
  assert.deepEqual((await api.send("GET", "/secrets/KEY")).body.used_by.apis, ["d"]);
  await showsNothing(api);
  assert.match((await api.send("GET", "/apis/d")).body.logic, /\{\{ secrets\.KEY \}\}/);
});

Deno.test("secrets: a script sends one and cannot read it, whatever it answers, logs or throws", async () => {
  await using peer = receiver(({ headers }) => Response.json({ saw: headers.get("x-key") }));
  await using api = await openApi();
  await put(api, "KEY");
  await define(api, {
    type: "script",
    logic: `async function main(params, input, ctx) {
      const key = ctx.secrets.KEY;
      const answer = await ctx.http.post(params.url, { "x-key": key }, { key, text: params.text });
      ctx.log("it is", key, ctx.secrets);
      if (params.fail) throw new Error("no " + key);
      return { body: answer.body, key, [key]: 1, letters: [...key].length, all: Object.keys(ctx.secrets) };
    }`,
  });
  const given = { url: peer.url, text: "tocsin-secret-0-KEY- {{ secrets.KEY }}" };
  const { body, text } = await api.send("POST", "/apis/d/execute", { params: given });
  assert.deepEqual(JSON.parse(peer.received[0]!.body), { key: VALUE, text: given.text });
  assert.equal(peer.received[0]!.headers.get("x-key"), VALUE);
  const { letters, ...output } = body.output;
  assert.deepEqual(output, {
    ...{ body: '{"saw":"********"}', key: "{{ secrets.KEY }}", "{{ secrets.KEY }}": 1, all: [] },
  });
  assert.notEqual(letters, VALUE.length);
  assert.deepEqual(body.logs, ["it is {{ secrets.KEY }} {}"]);
  const failed = await api.send("POST", "/apis/d/execute", { params: { ...given, fail: true } });
  assert.match(failed.body.detail, /no \{\{ secrets\.KEY \}\}/);
  assert.ok(![text, failed.text].join().includes("hush"));
  await api.send("DELETE", "/secrets/KEY?force=true");
  const gone = await api.send("POST", "/apis/d/execute", { params: given });
  assert.match(gone.body.detail, /Cannot send secret "KEY": there is no such secret/);
  assert.equal(peer.received.length, 2);
});

Deno.test("secrets: what one run of a script knows of them is worth nothing in the next", async () => {
  await using peer = receiver();
  await using api = await openApi();
  await put(api, "KEY");
  await define(api, {
    type: "script",
    logic: `async function main(params, input, ctx) {
      const mark = params.kept ? params.kept.map((code) => String.fromCharCode(code)).join("") : ctx.secrets.KEY;
      await ctx.http.post(params.url, {}, { mark });
      return { codes: [...mark].map((one) => one.charCodeAt(0)) };
    }`,
  });
  const first = await api.send("POST", "/apis/d/execute", { params: { url: peer.url } });
  const kept = first.body.output.codes;
  await api.send("POST", "/apis/d/execute", { params: { url: peer.url, kept } });
  const [one, two] = peer.received.map(({ body }) => JSON.parse(body).mark);
  assert.equal(one, VALUE);
  assert.equal(two, String.fromCharCode(...kept));
});

Deno.test("secrets: none is sent to this server's own definitions", async () => {
  await using api = await openApi();
  await put(api, "KEY");
  await define(api, {
    type: "script",
    method: "POST",
    endpoint: "/d",
    logic: "function main(p) { return { p }; }",
  });
  await save(api, asking({ endpoint: "/runtime/d", body: { key: "{{ secrets.KEY }}" } }));
  const delivery = await delivered(api);
  assert.deepEqual([delivery.state, delivery.reason], ["dead", "secret_host_refused"]);
  assert.deepEqual((await api.send("GET", "/apis/d/logs")).body.items, []);
  await showsNothing(api);
});

Deno.test("secrets: an api_call sends one, and no event makes it send another", async () => {
  const urls: string[] = [];
  const peer = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    urls.push(request.url + await request.text());
    return Response.json({ echo: request.url });
  });
  await using api = await openApi();
  await put(api, "KEY");
  await put(api, "OTHER", { value: "quite another" });
  for (const method of ["GET", "POST"]) {
    await save(api, {
      ...{
        rule_id: method === "GET" ? "r" : "r2",
        rule_name: method,
        trigger_type: "event",
        action_spec: {},
      },
      trigger_spec: {
        ...{ topics: ["t"], conditions: [] },
        enrichments: [{
          ...{ type: "api_call", name: "e", method, fallback: "none" },
          endpoint: `http://127.0.0.1:${peer.addr.port}/{{ host }}/{{ secrets.KEY }}`,
          params: { k: "{{ secrets.KEY }}", t: { ref: "text" } },
        }],
      },
    });
  }
  const alerts = async () => (await api.send("GET", "/alerts")).body.items;
  await api.send("POST", "/events?topic=t", { host: "h", text: "{{ secrets.OTHER }}" });
  await until(async () => (await alerts()).length === 2);
  assert.equal(urls.length, 2);
  for (const url of urls) {
    assert.ok(decodeURIComponent(url).startsWith(`http://127.0.0.1:${peer.addr.port}/h/${VALUE}`), url);
    assert.ok(!url.includes("another"));
  }
  const get = new URL(urls.find((url) => url.includes("?"))!);
  assert.deepEqual([get.searchParams.get("k"), get.searchParams.get("t")], [VALUE, "{{ secrets.OTHER }}"]);
  await showsNothing(api);
  await api.send("POST", "/events?topic=t", { host: "h", text: "x tocsin-secret-call-OTHER- y" });
  await until(async () => (await alerts()).length === 4);
  assert.equal(urls.length, 2, "a request that an event forged is not made");
  await peer.shutdown();
});

Deno.test("secrets: polls and lookup tables send one in their address, tables in headers too", async () => {
  const urls: URL[] = [];
  const keys: (string | null)[] = [];
  const peer = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    urls.push(new URL(request.url));
    keys.push(request.headers.get("x-key"));
    return Response.json(
      request.url.includes("/rows") ? [{ id: "a", echo: request.url }] : { v: 5, echo: request.url },
    );
  });
  const origin = `http://127.0.0.1:${peer.addr.port}`;
  await using api = await openApi();
  const source = {
    ...{ url: `${origin}/rows?k={{ secrets.KEY }}`, interval_seconds: 60, format: "json" },
    headers: { "X-Key": "key {{ secrets.KEY }}" },
  };
  const unknown = await api.send("PUT", "/lookups/rows", { source, key: "id" });
  assert.deepEqual([unknown.status, unknown.body.errors[0].pointer], [400, "/source/url"], unknown.text);
  await put(api, "KEY");
  assert.deepEqual(unknown.body.errors[1]?.pointer, "/source/headers/X-Key");
  assert.equal((await api.send("PUT", "/lookups/rows", { source, key: "id" })).status, 201);
  await save(api, {
    ...{ rule_id: "r", rule_name: "p", trigger_type: "metric", action_spec: {} },
    trigger_spec: {
      ...{
        endpoint: `${origin}/value`,
        source: "runtime",
        params: { k: "{{ secrets.KEY }}" },
        interval: "1s",
      },
      ...{ value_path: "v", op: ">", threshold: 1 },
    },
  });
  await until(() => urls.length >= 2);
  assert.deepEqual([...new Set(urls.map((url) => url.searchParams.get("k")))], [VALUE]);
  assert.deepEqual(keys.filter((key) => key !== null), [`key ${VALUE}`]);
  await until(async () => (await api.send("GET", "/lookups/rows")).body.rows === 1);
  await until(async () => (await api.send("GET", "/events")).body.items.length > 0);
  assert.deepEqual((await api.send("GET", "/secrets/KEY")).body.used_by, {
    ...{ rules: ["r"], apis: [], lookups: ["rows"], action_templates: [] },
  });
  const shownRows = await api.send("GET", "/lookups/rows");
  assert.deepEqual(shownRows.body.source.headers, source.headers);
  assert.ok(!shownRows.text.includes("hush"));
  for (const headers of [{ Host: "a" }, { "a b": "c" }, { a: 1 }]) {
    const refused = await api.send("PUT", "/lookups/rows", { source: { ...source, headers }, key: "id" });
    assert.deepEqual([refused.status, refused.body.code], [400, "invalid_source"], refused.text);
  }
  await showsNothing(api);
  await peer.shutdown();
});
