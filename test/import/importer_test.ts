/** The importer against the real API: what is taken, what is changed, what is refused, and why. */
import assert from "node:assert/strict";
import type { JsonObject, JsonValue } from "../../src/base/json.ts";
import { type ApiPort, importFiles, type ImportReport, reportText } from "../../src/import/mod.ts";
import { type Api, openApi } from "../routes/api.ts";

function portOf(api: Api): ApiPort & { writes: string[] } {
  const writes: string[] = [];
  return {
    writes,
    async send(method, path, body) {
      if (method !== "GET" && !path.endsWith("/validate")) writes.push(`${method} ${path}`);
      const reply = await api.send(method, path, body ?? null);
      return { status: reply.status, body: reply.body };
    },
  };
}

async function imported(api: Api, content: JsonValue, dryRun = false): Promise<ImportReport> {
  return await importFiles([{ name: "export.json", content }], { api: portOf(api), dryRun });
}

function outcomes({ items }: ImportReport): string[] {
  return items.map(({ kind, id, outcome }) => `${kind} ${id} ${outcome}`);
}

const RULE: JsonObject = {
  rule_id: "7d0c0f6e-0000-4000-8000-000000000001",
  rule_name: "High CPU",
  trigger_type: "event",
  trigger_spec: { conditions: [{ field: "cpu", op: ">", value: 80 }], logic: "AND" },
  action_spec: { type: "notify", channels: ["Slack"], message: "cpu {{cpu}}" },
  is_active: true,
  created_by: "kim",
  created_at: "2025-01-01T00:00:00",
  updated_at: "2025-01-01T00:00:00",
};
const SLACK: JsonObject = {
  ...{ id: "slack-1735689600000", type: "slack", name: "Slack", enabled: true, lastTest: null },
  config: { webhook_url: "https://hooks.slack.com/services/T0/B0/x", username: "bot" },
};

Deno.test("import: channels come before the rules that name them, in whatever order they were exported", async () => {
  await using api = await openApi();
  const report = await imported(api, { rules: [RULE], channels: [SLACK] });
  assert.deepEqual(outcomes(report), [`channel ${SLACK.id} created`, `rule ${RULE.rule_id} created`]);
  const rule = (await api.send("GET", `/cep/rules/${RULE.rule_id}`)).body.data.rule;
  assert.deepEqual([rule.rule_name, rule.trigger_spec, rule.created_by], [
    "High CPU",
    RULE.trigger_spec,
    "kim",
  ]);
  const [channel] = report.items;
  assert.deepEqual(channel!.changes.map(({ pointer, what }) => [pointer, what]), [[
    "/config/username",
    "dropped",
  ]]);
});

Deno.test("import: a second time changes nothing; what differs is replaced", async () => {
  await using api = await openApi();
  const content = { rules: [RULE], channels: [SLACK] };
  await imported(api, content);
  const port = portOf(api);
  const again = await importFiles([{ name: "export.json", content }], { api: port });
  assert.deepEqual(again.items.map(({ outcome }) => outcome), ["unchanged", "unchanged"]);
  assert.deepEqual(port.writes, []);
  const renamed = await imported(api, { ...RULE, rule_name: "Very high CPU" });
  assert.deepEqual(outcomes(renamed), [`rule ${RULE.rule_id} updated`]);
});

Deno.test("import: a dry run tells the same, and writes nothing", async () => {
  await using api = await openApi();
  const broken = { ...RULE, rule_id: "b", action_spec: { type: "notify", channels: ["Fax"], message: "x" } };
  const port = portOf(api);
  const content = { rules: [RULE, broken], channels: [SLACK] };
  const report = await importFiles([{ name: "export.json", content }], { api: port, dryRun: true });
  assert.deepEqual(outcomes(report), [
    ...[`channel ${SLACK.id} planned`, `rule ${RULE.rule_id} planned`, "rule b refused"],
  ]);
  assert.equal(report.items[2]!.errors[0]!.pointer, "/action_spec/channels/0");
  assert.deepEqual(port.writes, []);
});

Deno.test("import: answers in their envelope, lists and single items are read alike", async () => {
  const envelope = (data: JsonValue) => ({ time: "2025-01-01T00:00:00Z", code: 0, message: "OK", data });
  const bare = { ...RULE, action_spec: {} };
  const contents: JsonValue[] = [bare, [bare], envelope({ rules: [bare] }), envelope({ rule: bare }), {
    items: [bare],
  }];
  for (const content of contents) {
    await using api = await openApi();
    assert.deepEqual(outcomes(await imported(api, content)), [`rule ${RULE.rule_id} created`]);
  }
});

Deno.test("import: what is none of the kinds is refused with its place, and stops nothing", async () => {
  await using api = await openApi();
  const report = await imported(api, { rules: [{ ...RULE, action_spec: {} }, 7], dashboards: [{}] });
  assert.deepEqual(
    report.items.filter(({ outcome }) => outcome === "refused").map(({ place }) => place).toSorted(),
    [
      ...["export.json#", "export.json#/rules/1"],
    ],
  );
  assert.equal(report.items.filter(({ outcome }) => outcome === "created").length, 1);
});

/** What an exported rule becomes: its changes as "what pointer", or its first error. */
async function fate(members: JsonObject): Promise<{ told: string[]; document: JsonObject | null }> {
  await using api = await openApi();
  const rule = { rule_id: "r", rule_name: "r", is_active: true, action_spec: {}, ...members };
  const [item] = (await imported(api, { ...rule })).items;
  const told = item!.changes.map(({ what, pointer }) => `${what} ${pointer}`);
  const errors = item!.errors.map(({ pointer }) => `error ${pointer}`);
  const stored = await api.store.rules.get("r");
  return { told: [...told, ...errors], document: stored?.doc ?? null };
}

Deno.test("import: what the reference system passed over is dropped, and reported", async () => {
  const { told, document } = await fate({
    trigger_type: "event",
    trigger_spec: {
      field: "cpu",
      op: ">",
      value: 1,
      colour: "red",
      conditions: [{ field: "a", value: 1, note: "n" }],
    },
    action_spec: { type: "notify", description: "Too hot" },
    tenant_id: "t1",
  });
  assert.deepEqual(told.toSorted(), [
    "dropped /action_spec/description",
    "dropped /trigger_spec/colour",
    "dropped /trigger_spec/conditions/0/note",
    "error /action_spec/channels",
  ]);
  assert.equal(document, null);
});

Deno.test("import: a schedule means what it meant", async () => {
  const cases: [spec: JsonObject, becomes: JsonObject, told: string[]][] = [
    [{}, { interval_seconds: 300 }, ["added /trigger_spec/interval_seconds"]],
    [{ cron: "0 9 * * *" }, { cron: "0 9 * * *" }, []],
    [{ cron: "soon", interval_seconds: 60 }, { interval_seconds: 60 }, ["dropped /trigger_spec/cron"]],
  ];
  for (const [trigger_spec, becomes, told] of cases) {
    const found = await fate({ trigger_type: "schedule", trigger_spec });
    assert.deepEqual([found.told, found.document?.trigger_spec], [told, becomes]);
  }
});

Deno.test("import: the interval of a poll has another name here", async () => {
  const trigger_spec = {
    ...{ endpoint: "https://metrics.example.test/x", value_path: "v", op: ">", threshold: 1 },
    poll_interval_seconds: 30,
  };
  const { told, document } = await fate({ trigger_type: "metric", trigger_spec });
  assert.deepEqual(told, ["changed /trigger_spec/poll_interval_seconds"]);
  assert.equal((document!.trigger_spec as JsonObject).interval_seconds, 30);
});

Deno.test("import: a rule that can never fire is refused, with a pointer", async () => {
  const { told, document } = await fate({
    trigger_type: "event",
    trigger_spec: { field: "a", op: "~=", value: 1 },
  });
  assert.deepEqual([told, document], [["error /trigger_spec/op"], null]);
});

Deno.test("import: a rule without an id gets one of its name, the same each time", async () => {
  await using api = await openApi();
  const { rule_id: _, ...others } = RULE;
  const rule: JsonObject = { ...others, action_spec: {} };
  const first = await imported(api, rule);
  const again = await imported(api, rule);
  assert.deepEqual([first.items[0]!.outcome, again.items[0]!.outcome], ["created", "unchanged"]);
  assert.equal(first.items[0]!.id, again.items[0]!.id);
});

Deno.test("import: Python and workflows are refused with what to do instead", async () => {
  await using api = await openApi();
  const python = "import json\ndef main(params, input_payload):\n    return {}\n";
  const apis = [
    { api_id: "p", api_name: "p", method: "POST", endpoint: "/p", logic_type: "python", logic_body: python },
    { api_id: "s", api_name: "s", method: "POST", endpoint: "/s", logic_type: "script", logic_body: python },
    { api_id: "w", api_name: "w", method: "POST", endpoint: "/w", logic_type: "workflow", logic_body: "{}" },
  ];
  const report = await imported(api, { apis });
  assert.deepEqual(outcomes(report), [
    "definition p refused",
    "definition s refused",
    "definition w refused",
  ]);
  assert.match(report.items[0]!.errors[0]!.message, /^Python does not run here: .*JavaScript/);
});

Deno.test("import: scripts, requests and queries are taken under their ids, run, and are the same the next time", async () => {
  await using api = await openApi();
  const base = { method: "GET", description: null, tags: ["a"], is_active: true, auth_mode: "jwt_only" };
  const script = "function main(params) { return { twice: 2 * params.n }; }";
  const apis = [
    { ...base, api_id: "s", api_name: "s", endpoint: "/twice", logic_type: "script", logic_body: script },
    {
      ...base,
      id: "q",
      name: "q",
      path: "/runtime/q",
      mode: "sql",
      logic: "SELECT 1 AS one",
      scope: "custom",
    },
    {
      ...{ ...base, api_id: "h", api_name: "h", endpoint: "/h", logic_type: "http" },
      logic_body: '{"method": "GET", "url": "https://example.test/{{params.x}}"}',
    },
  ];
  assert.deepEqual(outcomes(await imported(api, { apis })), [
    ...["definition s created", "definition q created", "definition h created"],
  ]);
  const run = await api.send("GET", "/runtime/twice?n=4");
  assert.deepEqual(run.body.data.result.output, { twice: 8 });
  assert.deepEqual((await api.send("POST", "/apis/q/execute", {})).body.rows, [{ one: 1 }]);
  assert.deepEqual(outcomes(await imported(api, { apis })), [
    ...["definition s unchanged", "definition q unchanged", "definition h unchanged"],
  ]);
});

Deno.test("import: a channel whose config cannot work is refused, its secrets told nowhere", async () => {
  await using api = await openApi();
  const config = { account_sid: "XX", auth_token: "s3cret-token-1", from_number: "1" };
  const report = await imported(api, { id: "sms-1", type: "SMS", name: "SMS", config });
  assert.equal(report.items[0]!.outcome, "refused");
  assert(report.items[0]!.errors.some(({ pointer }) => pointer === "/config/account_sid"));
  assert(!reportText(report).includes("s3cret-token-1"));
});

Deno.test("report: an item a line, what became of it below, and the sum", async () => {
  await using api = await openApi();
  const lines = reportText(
    await imported(api, { rules: [{ ...RULE, trigger_spec: { field: "a", op: "~=" } }], channels: [SLACK] }),
  )
    .split("\n");
  assert.match(
    lines[0]!,
    /^created {3}channel "Slack" \(slack-1735689600000\) {2}export\.json#\/channels\/0$/,
  );
  assert.match(lines[1]!, /^ {10}dropped \/config\/username: /);
  assert(lines.some((line) => /^ {10}error \/trigger_spec\/op: Unsupported operator/.test(line)));
  assert.equal(lines.at(-1), "1 created, 1 refused");
});

Deno.test("import: notifications become policies, once", async () => {
  await using api = await openApi();
  const notification = {
    ...{ notification_id: "n-1", name: "Polls fail", channel: "webhook", rule_id: null, is_active: true },
    webhook_url: "https://hooks.example.test/token-of-the-hook",
    headers: { "x-key": "hidden-key" },
    trigger: { type: "snapshot_threshold", field: "fail_count", op: ">=", value: 1, window_minutes: 5 },
    policy: { cooldown_seconds: 60, max_per_hour: 5 },
    created_at: "2025-01-01T00:00:00",
  };
  const content = { data: { notifications: [notification] } };
  assert.deepEqual(outcomes(await imported(api, content)), ["notification n-1 created"]);
  assert.deepEqual(outcomes(await imported(api, content)), ["notification n-1 unchanged"]);
  const { policy } = (await api.send("GET", "/cep/notifications/n-1")).body.data.notification;
  assert.deepEqual(policy, notification.policy);
});
