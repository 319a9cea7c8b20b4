/** The cases of compat/actions.json whose actions are built; the others are refused by name. */
import assert from "node:assert/strict";
import { actionRequest } from "../../src/action/webhook_request.ts";
import type { JsonObject } from "../../src/base/json.ts";
import type { Action } from "../../src/model/action.ts";
import type { WebhookAction } from "../../src/model/action/webhook_action.ts";
import { messageContext } from "../../src/model/message_context.ts";
import { parseRule } from "../../src/model/rule.ts";
import { filteredValue } from "../../src/notify/message_filters.ts";
import { alertOf } from "../channel/channel_fixture.ts";
import { vectors } from "../vector_rows.ts";

interface Row {
  id: string;
  action_spec?: JsonObject;
  expect: {
    request?: {
      method: string;
      query?: Record<string, string>;
      json?: JsonObject | null;
      headers?: Record<string, string>;
    };
    resolved_type?: string;
    executed_in_order?: number[];
    error?: { status: number; detail_contains: string };
  };
}

const { cases } = vectors<{ cases: Row[] }>("compat/actions.json");

/** Rows that this product decides otherwise, or that need what is not built. */
const OTHERWISE: Readonly<Record<string, string>> = {
  "webhook-relative": "answered within this process: test/routes/apis_test.ts",
  "empty-spec": "an empty action_spec is no action (SEMANTICS 25)",
  "api-script-sql-definition": "found when it runs: test/routes/compat/actions_vectors_test.ts",
  "api-script-not-allowed": "found when it runs: test/routes/compat/actions_vectors_test.ts",
  "api-script-no-session": "there is always a store",
  "trigger-no-session": "there is always a store",
  "trigger-inactive": "found when it runs: test/routes/compat/actions_vectors_test.ts",
  "multi-first-fails": "an action without an endpoint is refused when the rule is saved",
};

function parsed(action_spec: JsonObject) {
  const trigger_spec = { topics: ["t"], field: "v", op: ">", value: 1 };
  return parseRule({ rule_name: "r", trigger_type: "event", trigger_spec, action_spec });
}

function requestsOf({ steps }: Action): WebhookAction[] {
  return steps.flatMap(({ deed }) => deed.type === "webhook" ? [deed] : []);
}

for (const { id, action_spec, expect } of cases) {
  if (action_spec === undefined || id in OTHERWISE) continue;
  const type = String(action_spec.type ?? "webhook").toLowerCase();
  Deno.test(`compat action ${id}`, () => {
    const result = parsed(action_spec);
    if (expect.error?.status === 400) {
      assert.ok(
        !result.ok && result.errors[0]!.message.includes(expect.error.detail_contains),
        JSON.stringify(result),
      );
      return;
    }
    assert.ok(result.ok, JSON.stringify(result));
    if (type === "trigger_rule" || type === "api_script") {
      return assert.equal(result.rule.action.steps[0]?.deed.type, type);
    }
    const requests = requestsOf(result.rule.action);
    if (expect.executed_in_order !== undefined) {
      assert.equal(requests.length, expect.executed_in_order.length);
      assert.ok(result.rule.action.inOrder);
      return;
    }
    if (expect.request === undefined) return assert.equal(requests.length, 1);
    const { method, query, json, headers = {} } = expect.request;
    const sent = actionRequest(requests[0]!, messageContext(alertOf()), filteredValue);
    assert.equal(sent.method, method);
    if (query !== undefined) assert.deepEqual(Object.fromEntries(new URL(sent.url).searchParams), query);
    const body = new TextDecoder().decode(sent.body);
    if (json !== undefined) assert.deepEqual(body === "" ? null : JSON.parse(body), json);
    for (const [name, value] of Object.entries(headers)) {
      assert.equal(sent.headers[name.toLowerCase()], value);
    }
  });
}

const REFUSED: readonly [string, JsonObject, string, RegExp][] = [
  ["a slip", { endpoint: "http://h/", mehtod: "POST" }, "/action_spec/mehtod", /did you mean "method"/],
  ["another scheme", { endpoint: "ftp://h/" }, "/action_spec/endpoint", /http:\/\//],
  [
    "a host that an alert would choose",
    { endpoint: "http://{{ host }}/" },
    "/action_spec/endpoint",
    /and a host/,
  ],
  [
    "a header of ours",
    { endpoint: "http://h/", headers: { "Idempotency-Key": "x" } },
    "/action_spec/headers/Idempotency-Key",
    /cannot be set/,
  ],
  [
    "a place that is no path",
    { endpoint: "http://h/", body: { a: [{ b: "{{ 1 + 1 }}" }] } },
    "/action_spec/body/a/0/b",
    /only a path/,
  ],
  ["a long timeout", { endpoint: "http://h/", timeout: "10m" }, "/action_spec/timeout", /1ms to 1m/],
  [
    "an unknown type among several",
    { type: "multi_action", actions: [{ type: "webhok" }] },
    "/action_spec/actions/0/type",
    /did you mean "webhook"/,
  ],
  [
    "several within several",
    { type: "multi_action", actions: [{ type: "multi_action", actions: [] }] },
    "/action_spec/actions/0/type",
    /Unsupported action type/,
  ],
  [
    "a fault within several",
    { type: "multi_action", actions: [{ endpoint: "http://h/", method: "TRACE" }] },
    "/action_spec/actions/0/method",
    /./,
  ],
];

for (const [what, action_spec, pointer, message] of REFUSED) {
  Deno.test(`an action with ${what} is refused`, () => {
    const result = parsed(action_spec);
    assert.ok(!result.ok);
    assert.equal(result.errors[0]!.pointer, pointer, JSON.stringify(result.errors));
    assert.match(result.errors[0]!.message, message);
  });
}
