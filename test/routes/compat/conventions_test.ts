/** The conventions of the reference system's API: envelope, errors, request ids, access. */
import assert from "node:assert/strict";
import { openApi } from "../api.ts";

const document = {
  rule_name: "n",
  trigger_type: "event",
  trigger_spec: { field: "cpu", op: ">", value: 80 },
};

Deno.test("envelope: 200 on create, the time in UTC, the caller's X-Request-ID", async () => {
  await using api = await openApi();
  const { status, body, headers } = await api.send("POST", "/cep/rules", document, {
    "x-request-id": "abc-1",
  });
  assert.deepEqual([status, body.code, body.message, body.metadata], [200, 0, "OK", null]);
  assert.match(body.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(headers.get("x-request-id"), "abc-1");
});

Deno.test("validation: 422 with what is wrong, where, and what was given", async () => {
  await using api = await openApi();
  const cases: [method: string, path: string, body: string | null, misfit: object][] = [
    ["POST", "/cep/rules", '{"trigger_type":"event"}', {
      ...{ type: "missing", loc: ["body", "rule_name"], msg: "Field required" },
      input: { trigger_type: "event" },
    }],
    ["POST", "/cep/rules", '{"rule_name":"n","trigger_type":"cron"}', {
      ...{ type: "literal_error", loc: ["body", "trigger_type"], input: "cron" },
      msg: "Input should be 'metric', 'event', 'schedule', 'anomaly' or 'pattern'",
    }],
    ["POST", "/cep/rules", '{"rule_name":"n","trigger_type":"event","trigger_spec":[1]}', {
      ...{ type: "dict_type", loc: ["body", "trigger_spec"], input: [1] },
      msg: "Input should be a valid dictionary",
    }],
    ["POST", "/cep/rules", "{", { type: "json_invalid", loc: ["body"], input: null }],
    ["GET", "/cep/events?limit=501", null, {
      ...{ type: "less_than_equal", loc: ["query", "limit"], input: 501 },
      msg: "Input should be less than or equal to 500",
    }],
    ["GET", "/cep/events?limit=many", null, { type: "int_parsing", loc: ["query", "limit"], input: "many" }],
    ["GET", "/cep/events?acked=maybe", null, { type: "bool_parsing", loc: ["query", "acked"] }],
    ["GET", "/cep/events?since=then", null, { type: "datetime_from_date_parsing", loc: ["query", "since"] }],
  ];
  for (const [method, path, sent, misfit] of cases) {
    const { status, body, text } = await api.send(method, path, sent);
    assert.equal(status, 422, text);
    assert.equal(body.detail.length, 1, text);
    assert.deepEqual({ ...body.detail[0], ...misfit }, body.detail[0], text);
    assert.deepEqual([body.error, body.status_code], ["VALIDATION_ERROR", 422]);
  }
});

Deno.test("validation: an explicit null in an update is 422, and changes nothing", async () => {
  await using api = await openApi();
  const { rule_id } = (await api.send("POST", "/cep/rules", document)).body.data.rule;
  const { status, body } = await api.send("PUT", `/cep/rules/${rule_id}`, { rule_name: null });
  assert.deepEqual([status, body.detail[0].type], [422, "string_type"]);
  assert.equal((await api.send("GET", `/cep/rules/${rule_id}`)).body.data.rule.rule_name, "n");
});

Deno.test("errors: detail and message say the same, a code names the kind, faults have pointers", async () => {
  await using api = await openApi();
  const missing = await api.send("GET", "/cep/rules/none", null, { "x-request-id": "r1" });
  assert.deepEqual([missing.status, missing.body], [404, {
    ...{ detail: "Rule not found", message: 'Cannot find rule "none"', request_id: "r1" },
    ...{ error: "NOT_FOUND", status_code: 404 },
  }]);
  const trigger_spec = { field: "cpu", op: "~=", value: 80 };
  const bad = await api.send("POST", "/cep/rules", { ...document, trigger_spec });
  assert.deepEqual([bad.status, bad.body.error], [400, "VALIDATION_ERROR"]);
  assert.match(bad.body.detail, /^Unsupported operator/);
  assert.equal(bad.body.errors[0].pointer, "/trigger_spec/op");
  assert.equal(bad.headers.get("content-type"), "application/json");
});

Deno.test("paths: what is unknown is 404, and a wrong method 405 with the right ones", async () => {
  await using api = await openApi();
  const unknown = await api.send("GET", "/cep/nothing");
  assert.deepEqual([unknown.status, unknown.body.detail], [404, "Not Found"]);
  const slash = await api.send("GET", "/cep/rules/");
  assert.equal(slash.status, 404);
  const method = await api.send("DELETE", "/cep/events/summary");
  assert.deepEqual([method.status, method.body.detail, method.headers.get("allow")], [
    405,
    "Method Not Allowed",
    "GET",
  ]);
});

Deno.test("access: the admin token is demanded here too, and its lack is told in this shape", async () => {
  await using api = await openApi({ token: "t".repeat(32) });
  const none = await api.send("GET", "/cep/rules");
  assert.deepEqual([none.status, none.body.error, typeof none.body.detail], [
    401,
    "AUTHORIZATION_ERROR",
    "string",
  ]);
  assert.match(none.headers.get("www-authenticate") ?? "", /^Bearer/);
  const unknown = await api.send("GET", "/cep/nothing");
  assert.equal(unknown.status, 401);
  const right = await api.send("GET", "/cep/rules", null, { authorization: `Bearer ${"t".repeat(32)}` });
  assert.equal(right.status, 200);
});

Deno.test("a repeated POST with an Idempotency-Key makes one rule", async () => {
  await using api = await openApi();
  const key = { "idempotency-key": "once" };
  const first = await api.send("POST", "/cep/rules", document, key);
  const again = await api.send("POST", "/cep/rules", document, key);
  assert.equal(again.body.data.rule.rule_id, first.body.data.rule.rule_id);
  assert.equal((await api.send("GET", "/cep/rules")).body.data.rules.length, 1);
});
