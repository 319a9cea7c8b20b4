import assert from "node:assert/strict";
import { cpuRule, openApi } from "./api.ts";

Deno.test("with a token every path but the probes needs it", async () => {
  await using api = await openApi({ token: "s3cret-token" });
  const good = { authorization: "Bearer s3cret-token" };
  for (const path of ["/api/v1/rules", "/api/v1/alerts/stream", "/api/v1/nothing"]) {
    const { status, headers, body } = await api.send("GET", path);
    assert.deepEqual([status, body.code], [401, "unauthorized"], path);
    assert.match(headers.get("www-authenticate") ?? "", /^Bearer realm=/);
  }
  for (
    const bad of ["Bearer s3cret-tokem", "Bearer s3cret-token1", "Bearer ", "Basic czpz", "s3cret-token"]
  ) {
    assert.equal((await api.send("GET", "/rules", null, { authorization: bad })).status, 401, bad);
  }
  assert.equal((await api.send("GET", "/rules", null, good)).status, 200);
  assert.equal((await api.send("GET", "/rules", null, { authorization: "bearer s3cret-token" })).status, 200);
  for (const probe of ["healthz", "readyz"]) {
    assert.equal((await api.app.fetch(new Request(`http://example.test/${probe}`))).status, 200);
  }
  assert.equal((await api.app.fetch(new Request("http://localhost/metrics"))).status, 401);
});

Deno.test("with a token the host and origin of a request do not matter", async () => {
  await using api = await openApi({ token: "t" });
  const headers = { authorization: "Bearer t", host: "tocsin.example", origin: "https://console.example" };
  assert.equal((await api.send("GET", "/rules", null, headers)).status, 200);
});

Deno.test("without a token, requests that name another host or come from another origin are refused", async () => {
  await using api = await openApi();
  const status = async (headers: HeadersInit) => (await api.send("GET", "/rules", null, headers)).status;
  for (
    const host of [
      "127.0.0.1:8080",
      "localhost",
      "LOCALHOST:80",
      "[::1]:8080",
      "127.1.2.3",
      "app.localhost:1",
    ]
  ) {
    assert.equal(await status({ host }), 200, host);
  }
  for (
    const host of [
      "evil.example",
      "127.0.0.1.evil.example",
      "localhost.evil.example:8080",
      "10.0.0.1",
      "",
      "a b",
    ]
  ) {
    assert.equal(await status({ host }), 403, host);
  }
  for (const origin of ["https://evil.example", "null", "http://127.0.0.1.evil.example"]) {
    assert.equal(await status({ origin }), 403, origin);
  }
});

Deno.test("without a token, a page of another port of this machine is a stranger; curl sends no Origin", async () => {
  await using api = await openApi();
  await api.send("POST", "/rules", cpuRule({ rule_id: "r" }));
  const disable = async (headers: HeadersInit) => {
    const { status, body } = await api.send("POST", "/rules/r/disable", null, headers);
    return status === 200 ? status : body.code;
  };
  const host = "127.0.0.1:8080";
  for (
    const origin of [
      "http://127.0.0.1:5173",
      "http://127.0.0.1",
      "http://localhost:8080",
      "https://127.0.0.1:8080",
    ]
  ) {
    assert.equal(await disable({ host, origin }), "origin_foreign", origin);
  }
  assert.equal((await api.send("GET", "/rules/r")).body.is_active, true);
  assert.equal(await disable({ host: "localhost", origin: "http://localhost:80" }), "origin_foreign");
  assert.equal(await disable({ host: "LOCALHOST:80", origin: "http://localhost" }), 200);
  assert.equal(await disable({ host, origin: `http://${host}` }), 200);
  assert.equal(await disable({ host }), 200);
});

Deno.test("what is not there is told apart from what takes another method", async () => {
  await using api = await openApi();
  const gone = await api.send("GET", "/nothing");
  assert.deepEqual([gone.status, gone.body.code], [404, "no_such_path"]);
  const method = await api.send("DELETE", "/rules/x/enable");
  assert.deepEqual([method.status, method.headers.get("allow")], [405, "POST"]);
  assert.equal((await api.send("PUT", "/rules/x/y/z")).status, 404);
  assert.equal((await api.send("DELETE", "/events")).headers.get("allow"), "GET, HEAD, POST");
});

Deno.test("a fault of the server is told by an id and logged with its cause", async () => {
  await using api = await openApi();
  api.store.effects.alertSummary = () => Promise.reject(new TypeError("inner workings"));
  const { status, body, text } = await api.send("GET", "/alerts/summary");
  assert.deepEqual([status, body.code], [500, "internal_error"]);
  assert.doesNotMatch(text, /inner workings/);
  const id = /under (\S+)$/.exec(body.detail)?.[1];
  const line = api.logged.find((one) => one.includes(id!));
  assert.match(line ?? "", /inner workings/);
});

Deno.test("metrics are Prometheus text", async () => {
  await using api = await openApi();
  const response = await api.app.fetch(new Request("http://localhost/metrics"));
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  assert.match(await response.text(), /^# HELP \w+/m);
});
