/** Templates of actions, over HTTP. */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { DEFAULT_ACTION_TEMPLATES } from "../../src/model/default_action_templates.ts";
import { readActionTemplate } from "../../src/model/action_template.ts";
import { receiver } from "../notify/receivers.ts";
import { cpuRule, openApi } from "./api.ts";

const TICKET: JsonObject = {
  name: "ticket",
  parameters: [
    { name: "url", example: "http://tickets.example.com/" },
    { name: "labels", default: ["cep"] },
    { name: "title", default: "cpu of {{ key.host }}" },
  ],
  action_spec: {
    ...{ endpoint: "{{ params.url }}", method: "POST" },
    body: { labels: "{{ params.labels }}", title: "Ticket: {{ params.title }}" },
  },
};

Deno.test("action templates: a rule uses one by name; its parameters keep their types, places of alerts stay", async () => {
  await using api = await openApi();
  await using hook = receiver();
  assert.equal((await api.send("POST", "/action-templates", TICKET)).status, 201);
  const action_spec = { use: "ticket", with: { url: hook.url } };
  const made = await api.send("POST", "/rules", cpuRule({ action_spec }));
  assert.equal(made.status, 201, made.text);
  assert.equal(made.body.action_spec["x-template"], "ticket@1");
  await api.send("POST", "/events?topic=metrics", { cpu: 99, host: "a" });
  while (hook.received.length === 0) await turn(systemClock);
  assert.deepEqual(JSON.parse(hook.received[0]!.body), { labels: ["cep"], title: "Ticket: cpu of a" });
  const { body } = await api.send("GET", "/action-templates/ticket");
  assert.deepEqual([body.version, body.used_by], [1, [made.body.rule_id]]);
});

Deno.test("action templates: a later edit makes a version and changes no rule; deleting one leaves rules as they are", async () => {
  await using api = await openApi();
  await api.send("POST", "/action-templates", TICKET);
  const rule = cpuRule({ rule_id: "r", action_spec: { use: "ticket", with: { url: "http://a.example/" } } });
  const before = (await api.send("POST", "/rules", rule)).body.action_spec;
  const patched = await api.send("PATCH", "/action-templates/ticket", { description: "new" });
  assert.deepEqual([patched.status, patched.body.version, patched.headers.get("etag")], [200, 2, '"2"']);
  assert.equal(
    (await api.send("PUT", "/action-templates/ticket", TICKET, { "if-match": '"1"' })).status,
    412,
  );
  assert.deepEqual((await api.send("GET", "/action-templates/ticket/versions")).body.items.length, 2);
  assert.equal((await api.send("DELETE", "/action-templates/ticket")).status, 204);
  assert.deepEqual((await api.send("GET", "/rules/r")).body.action_spec, before);
});

Deno.test("action templates: several actions stand in the place of one, within a list and a branch", async () => {
  await using api = await openApi();
  await api.send("POST", "/channels", { name: "ops", type: "webhook", config: { url: "http://h.example/" } });
  const repair = { use: "repair", with: { url: "http://r.example/", channel: "ops" } };
  const action_spec = {
    actions: [repair, { if: { field: "event.cpu", op: ">", value: 1 }, then: repair }],
  };
  const { status, body, text } = await api.send("POST", "/rules", cpuRule({ action_spec }));
  assert.equal(status, 201, text);
  assert.equal(body.action_spec.actions.length, 3);
  assert.equal(body.action_spec.actions[2].then.length, 2);
  assert.equal(body.action_spec.actions[0].retry.max_retries, 1);
});

Deno.test("action templates: those that come with the product are sound, and can be saved over", async () => {
  for (const template of DEFAULT_ACTION_TEMPLATES) readActionTemplate(template);
  await using api = await openApi();
  const { body } = await api.send("GET", "/action-templates");
  assert.deepEqual(body.items.map(({ name }: JsonObject) => name), [
    "escalate",
    "notify_on_call",
    "open_ticket",
    "repair",
  ]);
  assert.equal((await api.send("DELETE", "/action-templates/repair")).status, 409);
  const own = await api.send("PUT", "/action-templates/escalate", { action_spec: {} });
  assert.deepEqual([own.status, own.body.version], [201, 1]);
  assert.equal((await api.send("DELETE", "/action-templates/escalate")).status, 204);
  assert.equal((await api.send("GET", "/action-templates/escalate")).body.is_default, true);
});

Deno.test("action templates: expand shows what values come to", async () => {
  await using api = await openApi();
  const { body } = await api.send("POST", "/action-templates/escalate/expand", { with: { rule_id: "page" } });
  assert.deepEqual(body.action_spec, {
    type: "trigger_rule",
    rule_id: "page",
    payload: "{{ event }}",
    "x-template": "escalate@0",
  });
});

const RULE_FAULTS: readonly [string, JsonObject, string, RegExp][] = [
  ["that is not there", { use: "tickte" }, "/action_spec/use", /Cannot find action template "tickte"/],
  ["without what it needs", { use: "escalate" }, "/action_spec/with/rule_id", /rule_id is required/],
  [
    "with a slip",
    { use: "escalate", with: { rule_id: "a", paylaod: {} } },
    "/action_spec/with/paylaod",
    /did you mean "payload"/,
  ],
  [
    "beside other members",
    { use: "escalate", with: { rule_id: "a" }, method: "GET" },
    "/action_spec/method",
    /with/,
  ],
  [
    "deep inside",
    { actions: [{ if: { field: "a", op: "exists" }, else: [{ use: "none" }] }] },
    "/action_spec/actions/0/else/0/use",
    /Cannot find/,
  ],
];

for (const [what, action_spec, pointer, message] of RULE_FAULTS) {
  Deno.test(`a rule that uses an action template ${what} is refused`, async () => {
    await using api = await openApi();
    const { status, body } = await api.send("POST", "/rules", cpuRule({ action_spec }));
    assert.equal(status, 400);
    assert.equal(body.errors[0].pointer, pointer, JSON.stringify(body.errors));
    assert.match(body.errors[0].message, message);
  });
}

const TEMPLATE_FAULTS: readonly [string, JsonObject, string, string][] = [
  ["an unknown parameter", { ...TICKET, parameters: [] }, "/action_spec", "unknown_parameter"],
  [
    "a fault that examples show",
    { name: "t", action_spec: { endpoint: "ftp://h/" } },
    "/action_spec/endpoint",
    "invalid_value",
  ],
  [
    "a bad name of a parameter",
    { name: "t", parameters: [{ name: "1" }], action_spec: {} },
    "/parameters/0/name",
    "invalid_value",
  ],
  ["no actions", { name: "t" }, "/action_spec", "required"],
  [
    "a name for two parameters",
    { name: "t", parameters: [{ name: "a" }, { name: "a" }], action_spec: TICKET.action_spec! },
    "/parameters/1/name",
    "duplicate_parameter",
  ],
  [
    "another within",
    { name: "t", action_spec: { type: "multi_action", actions: [{ use: "jira" }] } },
    "/action_spec/actions/0/use",
    "nested_use",
  ],
];

for (const [what, template, pointer, code] of TEMPLATE_FAULTS) {
  Deno.test(`an action template with ${what} is refused`, async () => {
    await using api = await openApi();
    const { status, body } = await api.send("POST", "/action-templates", template);
    assert.equal(status, 400, JSON.stringify(body));
    assert.deepEqual(
      [body.errors[0].pointer, body.errors[0].code],
      [pointer, code],
      JSON.stringify(body.errors),
    );
  });
}
