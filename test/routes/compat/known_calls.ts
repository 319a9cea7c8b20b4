/** A good call of each endpoint that the compatibility router serves, over what {@linkcode openFixture} made. */
import type { JsonObject } from "../../../src/base/json.ts";
import { polledEvent } from "../../../src/ingest/polled_event.ts";
import { type Receiver, receiver } from "../../notify/receivers.ts";
import { type Api, cpuRule } from "../api.ts";

export interface Fixture extends AsyncDisposable {
  rule_id: string;
  anomaly_id: string;
  event_id: string;
  policy_id: string;
  /** Of a run of the rule by hand. */
  exec_id: string;
  /** A receiver of webhooks. */
  hook: string;
}

const API = {
  ...{ api_name: "sum", api_type: "custom", method: "get", endpoint: "/kept", logic_type: "script" },
  logic_body: "function main(params, input) { return { got: params }; }",
};

/** A rule with an alert that was delivered, and an anomaly rule. */
export async function openFixture(api: Api): Promise<Fixture> {
  const peer: Receiver = receiver(() => new Response("ok"));
  const hook = `http://127.0.0.1:${peer.port}/hook`;
  await api.send("POST", "/channels", {
    channel_id: "ops",
    name: "ops",
    type: "webhook",
    config: { url: hook },
  });
  const notify = { type: "notify", channels: ["ops"], message: "cpu {{ cpu }}" };
  await api.send("POST", "/rules", cpuRule({ rule_id: "r", action_spec: notify }));
  const odd = { topics: ["odd"], value_path: "v", baseline_values: [1, 2, 4] };
  await api.send("POST", "/rules", {
    rule_id: "a",
    rule_name: "odd",
    trigger_type: "anomaly",
    trigger_spec: odd,
  });
  await api.send("POST", "/events?topic=metrics", { cpu: 99, host: "a" });
  await api.settle();
  const { body } = await api.send("GET", "/alerts");
  const event_id: string = body.items[0].alert_id;
  const threshold = { field: "fail_count", value: 1 };
  await api.send("POST", "/policies", { policy_id: "p", name: "p", webhook_url: hook, trigger: threshold });
  await api.submit("_polling", [polledEvent(JSON.stringify(SNAPSHOT))!]);
  await api.settle();
  const run = await api.send("POST", "/rules/r/trigger", { payload: { cpu: 1 } });
  await api.send("POST", "/apis", { api_id: "q", api_name: "q", type: "sql", logic: "SELECT :x AS x" });
  for (const [api_id, method] of [["s", "GET"], ["gone", "DELETE"], ["p", "POST"]] as const) {
    const endpoint = api_id === "p" ? "/posted" : "/kept";
    const { logic_body: logic, api_name } = API;
    const runtime_policy = { allow_runtime: true };
    await api.send("POST", "/apis", {
      api_id,
      api_name,
      type: "script",
      logic,
      method,
      endpoint,
      runtime_policy,
    });
  }
  return {
    rule_id: "r",
    exec_id: run.body.exec_id,
    policy_id: "p",
    anomaly_id: "a",
    event_id,
    hook,
    [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
  };
}

/** As polling writes it each minute. */
const SNAPSHOT = {
  ...{ tick_at: "2026-01-01T00:00:00.000Z", timestamp: "2026-01-01T00:00:00.000Z", instance_id: "i" },
  ...{
    is_leader: true,
    rule_count: 3,
    evaluated_count: 3,
    matched_count: 0,
    fail_count: 2,
    skipped_count: 0,
  },
  ...{ tick_duration_ms: 12, last_error: "x" },
};

type KnownCall = (fixture: Fixture) => { at: string; body?: JsonObject };

const condition = { field: "cpu", op: ">", value: 80 };
const document = { rule_name: "n", trigger_type: "event", trigger_spec: condition };

export const KNOWN_CALLS: Readonly<Record<string, KnownCall>> = {
  "GET /cep/rules": () => ({ at: "/cep/rules?trigger_type=metric" }),
  "GET /cep/rules/anomaly-status/{rule_id}": (f) => ({ at: `/cep/rules/anomaly-status/${f.anomaly_id}` }),
  "GET /cep/rules/{rule_id}": (f) => ({ at: `/cep/rules/${f.rule_id}` }),
  "POST /cep/rules": () => ({ at: "/cep/rules", body: { ...document, created_by: "kim" } }),
  "POST /cep/rules/form": (f) => ({
    at: "/cep/rules/form",
    body: {
      ...{ rule_name: "formed", trigger_type: "event", trigger_spec: { event_type: "error" } },
      composite_condition: { conditions: [condition] },
      actions: [{ type: "webhook", endpoint: f.hook }],
    },
  }),
  "PUT /cep/rules/{rule_id}": (f) => ({ at: `/cep/rules/${f.rule_id}`, body: { rule_name: "renamed" } }),
  "POST /cep/rules/{rule_id}/simulate": (f) => ({
    at: `/cep/rules/${f.rule_id}/simulate`,
    body: { test_payload: { cpu: 95 } },
  }),
  "GET /api-manager/system/endpoints": () => ({ at: "/api-manager/system/endpoints" }),
  "GET /api-manager/apis": () => ({ at: "/api-manager/apis?scope=custom" }),
  "POST /api-manager/apis": () => ({ at: "/api-manager/apis", body: { ...API, endpoint: "/other" } }),
  "PUT /api-manager/apis/{api_id}": () => ({
    at: "/api-manager/apis/s",
    body: { ...API, api_name: "renamed" },
  }),
  "PUT /api-manager/apis/{api_id}/auth-policy": () => ({
    at: "/api-manager/apis/s/auth-policy",
    body: { auth_mode: "api_key_only", required_scopes: ["a", " a "] },
  }),
  "DELETE /api-manager/apis/{api_id}": () => ({ at: "/api-manager/apis/gone" }),
  "POST /api-manager/create": () => ({
    at: "/api-manager/create",
    body: { name: "old", method: "get", path: "/old", mode: "script", logic: API.logic_body },
  }),
  "GET /api-manager/{api_id}": () => ({ at: "/api-manager/s" }),
  "GET /api-manager/{api_id}/versions": () => ({ at: "/api-manager/s/versions" }),
  "POST /api-manager/{api_id}/rollback": () => ({ at: "/api-manager/s/rollback?version=1" }),
  "POST /api-manager/{api_id}/validate-sql": () => ({ at: "/api-manager/s/validate-sql?sql=SELECT%201" }),
  "POST /api-manager/apis/{api_id}/execute": () => ({
    at: "/api-manager/apis/q/execute",
    body: { params: { x: 1 }, input: { y: 2 } },
  }),
  "POST /api-manager/{api_id}/test": () => ({ at: "/api-manager/s/test", body: {} }),
  "POST /api-manager/dry-run": () => ({
    at: "/api-manager/dry-run",
    body: { logic_type: "sql", logic_body: "SELECT 1 AS one" },
  }),
  "GET /api-manager/apis/{api_id}/execution-logs": () => ({ at: "/api-manager/apis/s/execution-logs" }),
  "GET /runtime/{path}": () => ({ at: "/runtime/kept?x=1" }),
  "POST /runtime/{path}": () => ({ at: "/runtime/posted", body: { params: { x: 1 }, input: 5 } }),
  "GET /cep/rules/{rule_id}/exec-logs": (f) => ({ at: `/cep/rules/${f.rule_id}/exec-logs?limit=5` }),
  "GET /cep/events/run": (f) => ({ at: `/cep/events/run?exec_log_id=${f.exec_id}` }),
  "POST /cep/rules/{rule_id}/trigger": (f) => ({
    at: `/cep/rules/${f.rule_id}/trigger`,
    body: { payload: { cpu: 95, host: "a" }, executed_by: "kim" },
  }),
  "POST /cep/validate/condition": () => ({
    at: "/cep/validate/condition",
    body: { condition, payload: { cpu: 95 } },
  }),
  "GET /cep/condition-templates": () => ({ at: "/cep/condition-templates" }),
  "POST /cep/rules/preview": () => ({
    at: "/cep/rules/preview",
    body: { trigger_spec: {}, conditions: [condition], test_payload: { cpu: 95 } },
  }),
  "GET /cep/field-suggestions": () => ({ at: "/cep/field-suggestions?search=MEM" }),
  "GET /cep/notifications": () => ({ at: "/cep/notifications" }),
  "GET /cep/notifications/{notification_id}": (f) => ({ at: `/cep/notifications/${f.policy_id}` }),
  "POST /cep/notifications": (f) => ({
    at: "/cep/notifications",
    body: {
      name: "n",
      channel: "webhook",
      webhook_url: f.hook,
      trigger: { field: "matched_count", value: 5 },
    },
  }),
  "PUT /cep/notifications/{notification_id}": (f) => ({
    at: `/cep/notifications/${f.policy_id}`,
    body: { policy: { cooldown_seconds: 0 } },
  }),
  "GET /cep/notifications/{notification_id}/logs": (f) => ({ at: `/cep/notifications/${f.policy_id}/logs` }),
  "GET /cep/events": () => ({ at: "/cep/events?acked=false&limit=5" }),
  "GET /cep/events/summary": () => ({ at: "/cep/events/summary" }),
  "GET /cep/events/{event_id}": (f) => ({ at: `/cep/events/${f.event_id}` }),
  "POST /cep/events/{event_id}/ack": (f) => ({ at: `/cep/events/${f.event_id}/ack?ack_by=kim` }),
  "GET /cep/events/search": () => ({ at: "/cep/events/search?q=high%20cpu" }),
  "GET /cep/events/stats": () => ({ at: "/cep/events/stats?period=1h" }),
  "GET /cep/stats/summary": () => ({ at: "/cep/stats/summary" }),
  "GET /cep/rules/performance": () => ({ at: "/cep/rules/performance?limit=5" }),
  "GET /cep/errors/timeline": () => ({ at: "/cep/errors/timeline?period=7d" }),
  "GET /cep/scheduler/status": () => ({ at: "/cep/scheduler/status" }),
  "GET /cep/scheduler/instances": () => ({ at: "/cep/scheduler/instances" }),
  "GET /cep/scheduler/metric-polling": () => ({ at: "/cep/scheduler/metric-polling" }),
  "GET /cep/scheduler/metric-polling/snapshots": () => ({ at: "/cep/scheduler/metric-polling/snapshots" }),
  "GET /cep/scheduler/metric-polling/snapshots/latest": () => ({
    at: "/cep/scheduler/metric-polling/snapshots/latest",
  }),
  "GET /cep/channels/types": () => ({ at: "/cep/channels/types" }),
  "POST /cep/channels/test": (f) => ({
    at: "/cep/channels/test?channel_type=webhook",
    body: { url: f.hook },
  }),
  "GET /cep/channels/status": () => ({ at: "/cep/channels/status" }),
  "POST /ai/cep-copilot/validate": () => ({
    at: "/ai/cep-copilot/validate",
    body: { rule_spec: document, prompt: "check it" },
  }),
};
