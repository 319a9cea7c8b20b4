/** /templates over the real parts: the sandbox included. */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import { receiver } from "../notify/receivers.ts";
import { cpuRule, openApi } from "./api.ts";

const SMS = { name: "short", channel_type: "sms", body: "{{ severity | upper }}: {{ alert_title }}" };

Deno.test("templates: each save is a version, which its ETag names; the ones before stay readable", async () => {
  await using api = await openApi();
  const made = await api.send("POST", "/templates", SMS);
  assert.deepEqual([made.status, made.body.version, made.headers.get("etag")], [201, 1, '"1"'], made.text);
  assert.deepEqual(made.body.variables, ["alert_title", "severity"]);
  assert.equal((await api.send("POST", "/templates", SMS)).status, 409);
  const path = "/templates/short";
  const next = await api.send("PATCH", path, { body: "{{ rule_name }}" }, { "if-match": '"1"' });
  assert.deepEqual([next.status, next.body.version, next.body.variables], [200, 2, ["rule_name"]]);
  assert.equal((await api.send("PUT", path, SMS, { "if-match": '"1"' })).status, 412);
  assert.equal((await api.send("PUT", path, next.body)).status, 200, "an answer can be sent back");
  const versions = await api.send("GET", `${path}/versions`);
  assert.deepEqual(versions.body.items.map((one: { version: number }) => one.version), [3, 2, 1]);
  assert.equal((await api.send("DELETE", path, null, { "if-match": '"1"' })).status, 412);
  assert.equal((await api.send("DELETE", path)).status, 204);
  assert.equal((await api.send("GET", path)).status, 404);
});

Deno.test("templates: a type that is taken away is missed by its name", async () => {
  await using api = await openApi();
  await api.send("POST", "/templates", SMS);
  const refused = await api.send("PATCH", "/templates/short", { channel_type: null });
  assert.deepEqual([refused.status, refused.body.errors[0].code, refused.body.errors[0].pointer], [
    ...[400, "required", "/channel_type"],
  ]);
  assert.match(refused.body.detail, /^channel_type is required: "slack"/);
});

Deno.test("templates: those of the product are there, can be saved over and come back", async () => {
  await using api = await openApi();
  const all = await api.send("GET", "/templates?limit=100");
  const names = all.body.items.map((one: { name: string }) => one.name);
  for (const type of ["slack", "email", "webhook", "sms", "pagerduty"]) {
    assert(names.includes(`${type}_default`) && names.includes(`${type}_default_ko`), type);
  }
  assert(all.body.items.every((one: { is_default: boolean }) => one.is_default));
  assert.equal((await api.send("DELETE", "/templates/sms_default")).body.code, "template_is_default");
  const saved = await api.send("PUT", "/templates/sms_default", { ...SMS, name: "sms_default" });
  assert.deepEqual([saved.status, saved.body.version, saved.body.is_default], [201, 1, false]);
  assert.equal((await api.send("DELETE", "/templates/sms_default")).status, 204);
  assert.equal((await api.send("GET", "/templates/sms_default")).body.is_default, true);
  const korean = await api.send("GET", "/templates?channel_type=sms&limit=1");
  assert.deepEqual([korean.body.items.length, typeof korean.body.next_cursor], [1, "string"]);
});

Deno.test("templates: what cannot be as in Jinja2 is refused at save with its line, and nothing changes", async () => {
  await using api = await openApi();
  const bad: [body: string, code: string, message: RegExp][] = [
    ["ok\n{{ a b }}", "TemplateSyntaxError", /^line 2: /],
    ["{{ a | nosuch }}", "TemplateAssertionError", /No filter named 'nosuch'/],
    ["{% include 'x' %}", "NotSupported", /no other templates/],
    ["{{ l | map('upper') }}", "prints_generator", /put \|list or \|join/],
    ["{{ l | select | length }}", "measures_generator", /put \|list/],
    ["x".repeat(65_530) + "가나다", "LimitError", /at most 65536/],
  ];
  for (const [body, code, message] of bad) {
    const reply = await api.send("POST", "/templates", { ...SMS, body });
    assert.deepEqual([reply.status, reply.body.errors[0].pointer, reply.body.errors[0].code], [
      400,
      "/body",
      code,
    ]);
    assert.match(reply.body.errors[0].message, message);
  }
  const json = await api.send("POST", "/templates", {
    name: "j",
    channel_type: "webhook",
    body: "{ not json",
  });
  assert.deepEqual([json.status, json.body.errors[0].code], [400, "InvalidJson"]);
  const subject = await api.send("POST", "/templates", { ...SMS, channel_type: "email", subject: "{{" });
  assert.deepEqual([subject.status, subject.body.errors[0].pointer], [400, "/subject"]);
  assert.deepEqual((await api.send("POST", "/templates", { ...SMS, bdy: 1 })).body.errors[0].pointer, "/bdy");
  assert.equal((await api.send("GET", "/templates/short")).status, 404);
});

Deno.test("templates: traps where plain nunjucks differs without a word are named at save", async () => {
  await using api = await openApi();
  const traps: [body: string, kind: string][] = [
    ["{% for k, v in metadata %}{{ k }}{% endfor %}", "loop_over_pairs"],
    ["{% set n = 0 %}{% for e in events %}{% set n = n + 1 %}{% endfor %}{{ n }}", "set_in_loop"],
    ["{{ none }}", "prints_none"],
    ["{{ metadata.items }}", "method_hides_entry"],
    ["{{ 'x' if a }}", "if_without_else"],
    ["{% if count == '3' %}x{% endif %}", "compares_text"],
    ["{{ a | tojson | safe }}", "needless_safe"],
  ];
  for (const [body, kind] of traps) {
    const reply = await api.send("PUT", "/templates/trap", { ...SMS, name: "trap", body });
    assert.deepEqual(
      reply.body.warnings?.map((one: { code: string }) => one.code),
      [kind],
      `${body} ${reply.text}`,
    );
  }
});

Deno.test("templates: a preview takes a context, an alert, or a sample", async () => {
  await using api = await openApi();
  await api.send("POST", "/templates", {
    ...SMS,
    channel_type: "email",
    body: "<b>{{ alert_title }}</b>",
    subject: "{{ cpu }}\n!",
  });
  const path = "/templates/short/preview";
  const given = await api.send("POST", path, { context: { alert_title: "<i>", cpu: 5 } });
  assert.deepEqual(given.body, { output: "<b>&lt;i&gt;</b>", subject: "5 !", warnings: [] });
  const sample = await api.send("POST", path);
  assert.deepEqual([sample.body.output, sample.body.warnings[0].code], [
    "<b>Test from Tocsin</b>",
    "missing_variable",
  ]);

  await api.send("POST", "/rules", cpuRule({ rule_id: "r1" }));
  await api.send("POST", "/events?topic=metrics", { host: "web-1", cpu: 97 });
  await api.settle();
  const [alert] = (await api.send("GET", "/alerts")).body.items;
  const of = await api.send("POST", path, { alert_id: alert.alert_id });
  assert.deepEqual(
    [of.body.output, of.body.subject],
    ["<b>High CPU</b>", "97 !"],
    "a name of no context is one of the event",
  );
  assert.equal((await api.send("POST", path, { alert_id: "none" })).status, 404);
  assert.equal((await api.send("POST", path, { contxt: {} })).status, 400);

  await api.send("PUT", "/templates/short", { ...SMS, body: "a\n{{ nothing.at.all }}" });
  const failed = await api.send("POST", path, { context: {} });
  assert.deepEqual([failed.status, failed.body.errors[0].code], [422, "UndefinedError"]);
  assert.match(failed.body.errors[0].message, /^line 2: 'nothing' is undefined/);
});

Deno.test("templates: a rule must name a template that there is, and one in use is not deleted", async () => {
  await using api = await openApi();
  await api.send("POST", "/channels", {
    name: "ops",
    type: "webhook",
    config: { url: "http://127.0.0.1:9/" },
  });
  await api.send("POST", "/templates", { ...SMS, name: "mine" });
  const rule = (template: string) =>
    cpuRule({ rule_id: "r1", action_spec: { type: "notify", channels: ["ops"], template } });
  const unknown = await api.send("POST", "/rules", rule("mien"));
  assert.deepEqual([unknown.status, unknown.body.errors[0].code], [400, "unknown_template"]);
  assert.match(unknown.body.errors[0].message, /did you mean "mine"/);
  assert.equal((await api.send("POST", "/rules", rule("mine"))).status, 201);
  const used = await api.send("DELETE", "/templates/mine");
  assert.deepEqual([used.status, used.body.code, used.body.errors.length], [409, "template_in_use", 1]);
  assert.equal((await api.send("DELETE", "/templates/mine?force=true")).status, 204);
});

Deno.test("templates: a webhook's body is its template's document, whatever the data hold", async () => {
  await using hook = receiver();
  await using api = await openApi();
  const document = {
    "{{ key.host }}": "{{ alert_title }}: {{ cpu }}",
    load: "{{ cpu }}",
    all: "{{ event }}",
    fixed: [1, null],
  };
  const template = { name: "doc", channel_type: "webhook", body: JSON.stringify(document) };
  assert.equal((await api.send("POST", "/templates", template)).status, 201);
  await api.send("POST", "/channels", { name: "hook", type: "webhook", config: { url: hook.url } });
  const action_spec = { type: "notify", channels: ["hook"], template: "doc" };
  await api.send("POST", "/rules", cpuRule({ rule_id: "r1", action_spec }));
  const event = { host: 'a"}]\n{{ 7 }}', cpu: 97.5, more: { "\u0000": "</script>" } };
  await api.send("POST", "/events?topic=metrics", event);
  while (hook.received.length === 0) await turn(systemClock);
  const wanted = { [event.host]: "High CPU: 97.5", load: 97.5, all: event, fixed: [1, null] };
  assert.deepEqual(JSON.parse(hook.received[0]!.body), wanted);
});

Deno.test("templates: one that fails at an alert makes its delivery dead and says why; the others arrive", async () => {
  await using hook = receiver();
  await using api = await openApi();
  await api.send("POST", "/templates", {
    name: "bad",
    channel_type: "webhook",
    body: '{"a": "{{ nothing.at.all }}"}',
  });
  await api.send("POST", "/channels", { name: "hook", type: "webhook", config: { url: hook.url } });
  for (const template of ["bad", "webhook_default", "slack_default"]) {
    const action_spec = { type: "notify", channels: ["hook"], template };
    await api.send("POST", "/rules", cpuRule({ rule_id: template, action_spec }));
  }
  await api.send("POST", "/events?topic=metrics", { host: "web-1", cpu: 97 });
  const dead = async () => (await api.send("GET", "/deliveries?state=dead")).body.items;
  while (hook.received.length < 2 || (await dead()).length === 0) await turn(systemClock);
  const [delivery] = await dead();
  assert.equal(delivery.reason, "template_failed");
  const { body } = await api.send("GET", `/deliveries/${delivery.delivery_id}`);
  assert.match(
    body.attempts[0].error,
    /template "bad" cannot be rendered: UndefinedError in line 1: 'nothing' is undefined/,
  );
  const bodies = hook.received.map((one) => JSON.parse(one.body));
  const byTemplate = bodies.find((one) => one.alert !== undefined);
  assert.deepEqual([byTemplate.alert.title, byTemplate.key], ["High CPU", { host: "web-1" }]);
  assert(
    bodies.some((one) => one.type === "alert.firing"),
    "a template of another type leaves the channel its own words",
  );
});
