/**
 * Every kind of channel by the real server, with the permissions that it runs with: packages load, tests of
 * channels answer what the provider said, and a mail that one recipient's mailbox put off goes to that one.
 */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { receiver } from "../notify/receivers.ts";
import { smtpPeer } from "../notify/smtp_peer.ts";
import { allItems } from "./all_items.ts";
import { type ServerProcess, startServer } from "./server_process.ts";
import { temporaryDirectory } from "./temporary_directory.ts";

/** What a provider answers, by what is asked of it. */
const ANSWERS: [RegExp, number, string][] = [
  [/\/services\//, 200, "ok"],
  [/\/api\/webhooks\//, 200, '{"id":"1"}'],
  [/\/v2\/enqueue$/, 202, '{"status":"success"}'],
  [/\/Messages.json$/, 201, '{"sid":"SM1","status":"queued","error_code":null}'],
];

function providers() {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    await request.body?.cancel();
    const [, status = 404, body = ""] = ANSWERS.find(([path]) => path.test(new URL(request.url).pathname)) ??
      [];
    return new Response(body, { status });
  });
}

const CONFIGS: Record<string, JsonObject> = {
  slack: { webhook_url: "https://hooks.slack.com/services/T0/B0/x" },
  discord: { webhook_url: "https://discord.com/api/webhooks/1/x" },
  pagerduty: { integration_key: "k".repeat(32) },
  sms: { account_sid: "AC1", auth_token: "t", from_number: "+15005550006", recipients: ["+15005550001"] },
};

Deno.test("channels: the test of each kind answers the provider's status and body", async () => {
  using data = temporaryDirectory();
  const peers = providers();
  const base_url = `http://127.0.0.1:${peers.addr.port}`;
  await using mail = await smtpPeer({ startTls: false });
  await using server = await startServer({ data: data.path });
  for (const [type, config] of Object.entries(CONFIGS)) {
    const tested = await test(server, type, { ...config, base_url });
    const [, status, body] = ANSWERS.find(([, , text]) => text === tested.response_body) ?? [];
    assert.deepEqual([tested.ok, tested.status, tested.response_body], [true, status, body], type);
  }
  const email = {
    smtp_host: "127.0.0.1",
    smtp_port: mail.port,
    use_tls: false,
    from_email: "tocsin@example.com",
    recipients: ["ops@example.com"],
  };
  const tested = await test(server, "email", email);
  assert.deepEqual([tested.ok, tested.status, tested.response_body], [true, 250, "250 2.0.0 taken"]);
  assert.match(mail.mails[0]!.raw, /^Subject: \[TEST\] Test from Tocsin\r$/m);
  await peers.shutdown();
});

async function test(server: ServerProcess, type: string, config: JsonObject): Promise<JsonObject> {
  const { channel_id } = await server.call<{ channel_id: string }>("POST", "/api/v1/channels", {
    name: `the ${type}`,
    type,
    config,
  });
  return await server.call<JsonObject>("POST", `/api/v1/channels/${channel_id}/test`);
}

Deno.test("channels: types name every field with its help, its default, and which are secret", async () => {
  using data = temporaryDirectory();
  await using server = await startServer({ data: data.path });
  const { items: types } = await server.call<{ items: JsonObject[] }>("GET", "/api/v1/channels/types");
  assert.deepEqual(types.map(({ type }) => type), [
    "webhook",
    "slack",
    "discord",
    "email",
    "sms",
    "pagerduty",
  ]);
  for (const { type, schema, secrets } of types) {
    const { properties } = schema as { properties: Record<string, JsonObject> };
    for (const [name, field] of Object.entries(properties)) {
      assert.equal(typeof field.description, "string", `${type}.${name}`);
    }
    assert.ok((secrets as string[]).every((name) => name in properties));
  }
  const email = types.find(({ type }) => type === "email")!.schema as unknown as {
    properties: Record<string, JsonObject>;
    required: string[];
  };
  assert.deepEqual(email.required, ["smtp_host", "from_email"]);
  const { smtp_port, use_tls } = email.properties;
  assert.deepEqual([smtp_port!.type, smtp_port!.default, use_tls!.default], ["integer", 587, true]);
});

Deno.test("channels: PagerDuty hears of an alert, then once that it is acknowledged", async () => {
  using data = temporaryDirectory();
  const told: JsonObject[] = [];
  await using peer = receiver(({ body }) => {
    told.push(JSON.parse(body));
    return new Response("{}", { status: 202 });
  });
  await using server = await startServer({ data: data.path });
  const config = { ...CONFIGS.pagerduty, base_url: `http://127.0.0.1:${peer.port}` };
  await server.call("POST", "/api/v1/channels", { channel_id: "pd", name: "pd", type: "pagerduty", config });
  await server.call("POST", "/api/v1/rules", {
    rule_id: "r",
    rule_name: "r",
    trigger_type: "event",
    trigger_spec: { topics: ["t"], conditions: [] },
    action_spec: { type: "notify", channels: ["pd"], message: "it is" },
  });
  await server.call("POST", "/api/v1/events?topic=t", { n: 1 });
  await server.until("alert", async () => (await allItems(server, "/api/v1/alerts")).length === 1);
  const [alert] = await allItems<JsonObject>(server, "/api/v1/alerts");
  for (const by of ["kim", "lee"]) {
    await server.call("POST", `/api/v1/alerts/${alert!.alert_id}/ack`, { by });
  }
  await server.until("acknowledged", () => told.length === 2);
  assert.deepEqual(told.map(({ event_action }) => event_action), ["trigger", "acknowledge"]);
  assert.equal(told[0]!.dedup_key, told[1]!.dedup_key);
  const kinds = (await allItems<JsonObject>(server, "/api/v1/deliveries")).map(({ kind }) => kind);
  assert.deepEqual(kinds, ["ack", "channel"]);
});

Deno.test("channels: a mail that one mailbox put off is sent again to that one alone", async () => {
  using data = temporaryDirectory();
  await using mail = await smtpPeer({ startTls: false });
  await using server = await startServer({ data: data.path });
  mail.refuse = { rcpt: { "b@example.com": "450 4.2.1 busy" } };
  await server.call("POST", "/api/v1/channels", {
    channel_id: "mail",
    name: "mail",
    type: "email",
    config: {
      ...{ smtp_host: "127.0.0.1", smtp_port: mail.port, use_tls: false, from_email: "t@example.com" },
      recipients: ["a@example.com", "b@example.com"],
    },
  });
  await server.call("POST", "/api/v1/rules", {
    rule_id: "r",
    rule_name: "r",
    trigger_type: "event",
    trigger_spec: { topics: ["t"], conditions: [] },
    action_spec: { type: "notify", channels: ["mail"], message: "it is" },
  });
  await server.call("POST", "/api/v1/events?topic=t", { n: 1 });
  const deliveries = () => allItems<JsonObject>(server, "/api/v1/deliveries");
  const reached = async (state: string) => {
    await server.until(state, async () => (await deliveries())[0]?.state === state);
    return (await deliveries())[0]!;
  };
  const waiting = await reached("retry_wait");
  assert.deepEqual(waiting.settled, { "a@example.com": "delivered" });
  mail.refuse = {};
  const done = await reached("delivered");
  assert.deepEqual(mail.mails.map(({ to }) => to), [["a@example.com"], ["b@example.com"]]);
  assert.deepEqual(done.settled, { "a@example.com": "delivered", "b@example.com": "delivered" });
});
