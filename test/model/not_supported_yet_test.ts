/** What is known and not built is refused by name; null and empty lists say that it is absent. */
import assert from "node:assert/strict";
import { parseRule } from "../../src/model/rule.ts";
import { EVERYTHING } from "./built.ts";

const SPEC = { field: "cpu", op: ">", value: 80 };

/** Faults of a program in which none of the features of documents is built. */
function faults(document: unknown): string[] {
  const parsed = parseRule(document, "save", new Set());
  return parsed.ok ? [] : parsed.errors.map(({ pointer, code }) => `${pointer} ${code}`);
}

function inSpec(members: Record<string, unknown>): unknown {
  return { rule_name: "r", trigger_type: "event", trigger_spec: { ...SPEC, ...members } };
}

const TRIGGER: Record<string, unknown> = {
  window_config: { type: "tumbling", size_seconds: 60 },
  aggregation: { type: "avg", field: "cpu" },
  aggregations: [{ as: "n", type: "count" }],
  having: { conditions: [] },
  enrichments: [{ type: "lookup", name: "a" }],
  pattern: { steps: [] },
  anomaly_method: "zscore",
  anomaly_config: { threshold: 3 },
  baseline_values: [1],
  baseline_window: 100,
  cron: "0 9 * * *",
  timezone: "Europe/Berlin",
  scheduleExpression: "*/5 * * * *",
  interval_seconds: 300,
};

for (const [member, value] of Object.entries(TRIGGER)) {
  Deno.test(`trigger_spec.${member} is not supported yet`, () => {
    assert.deepEqual(faults(inSpec({ [member]: value })), [`/trigger_spec/${member} not_supported_yet`]);
    assert.deepEqual(faults(inSpec({ [member]: null })), []);
  });
}

Deno.test("the shorthand text of aggregation is not supported yet, an empty list of enrichments is none", () => {
  assert.deepEqual(faults(inSpec({ aggregation: "avg" })), ["/trigger_spec/aggregation not_supported_yet"]);
  assert.deepEqual(faults(inSpec({ enrichments: [] })), []);
});

for (const member of ["watermark_delay", "allowed_lateness", "idle_after"]) {
  Deno.test(`trigger_spec.time.${member} is not supported yet`, () => {
    const document = inSpec({ time: { [member]: "5s" } });
    assert.deepEqual(faults(document), [`/trigger_spec/time/${member} not_supported_yet`]);
  });
}

for (const member of ["for", "keep_firing_for", "composite_condition", "actions"]) {
  Deno.test(`${member} of a rule is not supported yet`, () => {
    const document = { rule_name: "r", trigger_type: "event", trigger_spec: SPEC, [member]: "5m" };
    assert.deepEqual(faults(document), [`/${member} not_supported_yet`]);
  });
}

for (const member of ["events_per_window", "partials_per_key"]) {
  Deno.test(`limits.${member} is not supported yet`, () => {
    const document = { rule_name: "r", trigger_type: "event", trigger_spec: SPEC, limits: { [member]: 5 } };
    assert.deepEqual(faults(document), [`/limits/${member} not_supported_yet`]);
  });
}

for (const trigger_type of ["schedule", "anomaly", "pattern"]) {
  Deno.test(`trigger type ${trigger_type} is not supported yet`, () => {
    const document = { rule_name: "r", trigger_type, trigger_spec: SPEC };
    assert.deepEqual(faults(document), ["/trigger_type not_supported_yet"]);
  });
}

for (const member of ["circuit_breaker"]) {
  Deno.test(`${member} of a notify action is not supported yet`, () => {
    const action_spec = { type: "notify", channels: ["ops"], [member]: "x" };
    const document = { rule_name: "r", trigger_type: "event", trigger_spec: SPEC, action_spec };
    assert.deepEqual(faults(document), [`/action_spec/${member} not_supported_yet`]);
  });
}

Deno.test("polling this server is not supported yet at save; a payload as source needs none", () => {
  const metric = (more: Record<string, unknown>) => ({
    rule_name: "r",
    trigger_type: "metric",
    trigger_spec: { endpoint: "/runtime/m", value_path: "cpu", op: ">", threshold: 80, ...more },
  });
  assert.deepEqual(faults(metric({})), ["/trigger_spec/endpoint not_supported_yet"]);
  assert.deepEqual(faults(metric({ source: "payload" })), []);
  const simulated = parseRule(metric({ method: "post", params: { a: 1 } }), "simulate");
  assert.deepEqual(simulated.ok && simulated.rule.trigger.polling, {
    endpoint: "/runtime/m",
    method: "POST",
    params: { a: 1 },
    interval_ms: 60_000,
    timeout_ms: 5_000,
  });
});

Deno.test("of this server a rule asks definitions only; trying it out asks nothing", () => {
  const document = {
    rule_name: "r",
    trigger_type: "metric",
    trigger_spec: { endpoint: "/api/metrics/cpu", value_path: "v", op: ">", threshold: 1 },
  };
  const parsed = parseRule(document, "save", EVERYTHING);
  assert(!parsed.ok);
  const [fault] = parsed.errors;
  assert.deepEqual([parsed.errors.length, fault!.pointer, fault!.code], [
    ...[1, "/trigger_spec/endpoint", "invalid_value"],
  ]);
  assert.match(fault!.message, /write "\/runtime\/api\/metrics\/cpu" for the definition of that path$/);
  assert(parseRule(document, "simulate", EVERYTHING).ok);
  const enrichments = [{ type: "api_call", name: "t", endpoint: "/api/v1/rules" }];
  const enriched = { ...document, trigger_type: "event", trigger_spec: { topics: ["t"], enrichments } };
  const refused = parseRule(enriched, "save", EVERYTHING);
  assert.deepEqual(!refused.ok && refused.errors.map(({ pointer }) => pointer), [
    "/trigger_spec/enrichments/0/endpoint",
  ]);
});
