/** Whatever stands in a body in place of what belongs there: what is said of it is in our words. */
import assert from "node:assert/strict";
import { isObject, type JsonObject, type JsonValue } from "../../src/base/json.ts";
import { cpuRule, openApi } from "./api.ts";

/** What the schema library says where nobody gave it words. */
const RAW =
  /Invalid (input|option|string|key|element|number|value|record|URL|email)|Too (big|small)|Unrecognized key/;

const ODD: readonly JsonValue[] = [null, 1.5, -1, 1e300, "", "none", true, [], {}, [null], { odd: 1 }];

const ACTIONS: JsonObject = {
  actions: [
    { type: "notify", channels: ["ops"], message: "m", title: "t", via: null, template: null },
    {
      ...{ type: "webhook", endpoint: "http://h/", method: "POST", as: "a", timeout: "5s" },
      ...{ headers: { a: "b" }, params: {}, body: { a: 1 }, retry: { profile: "patient", max_retries: 1 } },
    },
    { type: "api_script", api_id: "s", params: {}, timeout_ms: 100, retry: "default" },
    { type: "trigger_rule", rule_id: "r", payload: {} },
    { type: "store", table: "t", key: "k", row: {} },
    { if: { field: "a", op: "==", value: 1 }, then: { endpoint: "http://h/" }, else: [] },
  ],
};
const TRIGGER: JsonObject = {
  ...{ topics: ["metrics"], group_by: ["host"], conditions: [{ field: "cpu", op: ">", value: 1 }] },
  window_config: { type: "sliding", size: "1m", slide: "20s", emit: "on_close" },
  aggregations: [{ as: "mean", type: "avg", field: "cpu" }],
  having: { conditions: [{ field: "mean", op: ">", value: 1 }] },
  time: { field: "at", unit: "ms", watermark_delay: "2s", allowed_lateness: "1s" },
  enrichments: [
    { type: "lookup", name: "l", table: "t", key: "host" },
    { type: "api_call", name: "c", endpoint: "http://h/", params: {}, cache_ttl: "1m" },
  ],
};
const RULE: JsonObject = cpuRule({
  ...{ trigger_spec: TRIGGER, action_spec: ACTIONS, labels: { a: "b" }, tags: ["t"], description: "d" },
  ...{ cooldown: "1m", for: "1m", severity: "high", is_active: true, limits: { max_keys: 5 } },
});
const ANOMALY: JsonObject = cpuRule({
  trigger_type: "anomaly",
  trigger_spec: { topics: ["m"], field: "cpu", anomaly: { method: "zscore", threshold: 3, baseline: {} } },
});
const PATTERN: JsonObject = cpuRule({
  trigger_type: "pattern",
  trigger_spec: {
    pattern: { steps: [{ name: "a", conditions: [{ field: "x", op: "==", value: 1 }] }], within: "1m" },
  },
});
const SCHEDULE: JsonObject = cpuRule({
  trigger_type: "schedule",
  trigger_spec: { cron: "* * * * *", timezone: "UTC" },
});

const BODIES: readonly (readonly [method: string, path: string, body: JsonObject])[] = [
  ["POST", "/rules/validate", RULE],
  ["POST", "/rules/validate", ANOMALY],
  ["POST", "/rules/validate", PATTERN],
  ["POST", "/rules/validate", SCHEDULE],
  ["POST", "/rules/backtest", { rule: cpuRule(), from: 0, to: 0 }],
  ["POST", "/rules/simulate", { rule: cpuRule(), events: [], received_at: 0, advance_to: "end" }],
  ["POST", "/rules/preview", { condition: { field: "a", op: "==", value: 1 }, test_payload: {} }],
  ["POST", "/rules/form", { form: { rule_name: "n", trigger_type: "event", actions: [] } }],
  [
    "POST",
    "/channels",
    {
      ...{ name: "ops", type: "webhook", enabled: true, retry: { profile: "default" }, rate_limit: "5/m" },
      config: { url: "http://h/", method: "POST", headers: {}, secret: "0123456789", format: "flat" },
    },
  ],
  ["POST", "/channels", {
    name: "mail",
    type: "email",
    config: { smtp_host: "h", from_email: "a@b.example" },
  }],
  ["POST", "/apis", {
    api_name: "n",
    type: "sql",
    logic: "SELECT 1",
    tags: [],
    runtime_policy: {},
    method: "GET",
  }],
  ["POST", "/apis/dry-run", { type: "sql", logic: "SELECT 1", params: {} }],
  ["POST", "/action-templates", { name: "t", parameters: [{ name: "p", default: 1 }], action_spec: ACTIONS }],
  ["POST", "/templates", { name: "t", kind: "slack", body: "b", description: "d" }],
  ["POST", "/silences", { matchers: ["a=b"], duration: "1h", comment: "c", created_by: "me", schedule: {} }],
  ["POST", "/inhibitions", { source_matchers: ["a=b"], target_matchers: ["c=d"], equal: ["host"] }],
  ["POST", "/policies", { name: "p", severity: "high", channels: ["ops"], is_active: true, rule_ids: [] }],
  [
    "PUT",
    "/routes",
    {
      ...{
        receivers: [{ name: "ops", channels: ["ops"] }],
        time_intervals: [{ name: "t", time_intervals: [] }],
      },
      route: { receiver: "ops", group_by: ["a"], group_wait: "1s", routes: [{ matchers: ["a=b"] }] },
    },
  ],
  ["PUT", "/lookups/t", { source: { url: "http://h/", interval_seconds: 5, format: "json" }, key: "id" }],
];

/** The body with every member in turn, at any depth, replaced by each odd value; and with it left out. */
function* oddBodies(body: JsonValue): Generator<JsonValue> {
  if (!isObject(body) && !Array.isArray(body)) return;
  for (const [name, value] of Object.entries(body)) {
    const put = (odd: JsonValue): JsonValue =>
      Array.isArray(body) ? body.with(Number(name), odd) : { ...body, [name]: odd };
    for (const odd of ODD) yield put(odd);
    for (const inner of oddBodies(value)) yield put(inner);
    if (!Array.isArray(body)) {
      yield Object.fromEntries(Object.entries(body).filter(([other]) => other !== name));
    }
  }
}

for (const [i, [method, path, body]] of BODIES.entries()) {
  Deno.test(`odd values in a body of ${method} ${path} (${i}) are told of in our words`, async () => {
    await using api = await openApi();
    let refused = 0;
    for (const odd of oddBodies(body)) {
      const { status, text } = await api.send(method, path, odd as JsonObject);
      assert.ok(status < 500 || status === 503, `${status} for ${JSON.stringify(odd)}: ${text}`);
      assert.doesNotMatch(text, RAW, JSON.stringify(odd));
      if (text.includes("Cannot ") || text.includes("required")) refused++;
    }
    assert.ok(refused > 5, `${refused}`);
  });
}
