import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { compileRule } from "../../src/engine/compile.ts";
import type { AlertEffect } from "../../src/engine/effects.ts";
import { alertSchema, type Evidence } from "../../src/model/alert.ts";
import { parseRule } from "../../src/model/rule.ts";
import { ALERT_EVENTS_CHARACTERS_MAX, buildAlert, degradedAlert } from "../../src/notify/alert_builder.ts";

const EFFECT: AlertEffect = {
  cause: { kind: "event", offset: 7 },
  ordinal: 0,
  reason: "match",
  status: "firing",
  revision: 1,
  key: ["web-1", null],
  event_time: 1_000,
  fired_at: 2_000,
  resolved_at: null,
  window: null,
  events: [7],
  event_count: 1,
  steps: null,
  values: {},
};

function build(members: JsonObject = {}, effect: AlertEffect = EFFECT, given?: Evidence[], generation = 1) {
  const parsed = parseRule({
    rule_name: "High CPU",
    trigger_type: "event",
    trigger_spec: { field: "cpu", op: ">", value: 90, group_by: ["host", "az.name"] },
    ...members,
  });
  assert.ok(parsed.ok);
  const plan = compileRule(parsed.rule, { rule_id: "r", version: 3, generation });
  const events = given ?? effect.events.map((offset) => ({ offset, event: { cpu: 97 } }));
  return buildAlert({ rule: parsed.rule, rule_id: "r", plan, effect, events });
}

Deno.test("an alert is a whole document: key by its paths, labels, times, message", () => {
  const action_spec = {
    type: "notify",
    channels: ["c"],
    title: "on {{ key.host }}",
    message: "{{ alert_title }}: {{ event.cpu }}",
  };
  const alert = build({ action_spec, labels: { team: "ops", rule_id: "spoofed" } });
  alertSchema.parse(alert);
  assert.deepEqual(alert.key, { host: "web-1", "az.name": null });
  assert.deepEqual(alert.labels, {
    team: "ops",
    host: "web-1",
    "az.name": "",
    alertname: "High CPU",
    rule_id: "r",
    severity: "info",
  });
  assert.deepEqual([alert.title, alert.message], ["on web-1", "on web-1: 97"]);
  assert.deepEqual([alert.event_time, alert.fired_at], [
    "1970-01-01T00:00:01.000Z",
    "1970-01-01T00:00:02.000Z",
  ]);
  assert.deepEqual([alert.rule_version, alert.revision, alert.status], [3, 1, "firing"]);
});

Deno.test("without an action the product words the alert", () => {
  const alert = build();
  assert.deepEqual([alert.title, alert.message], [
    "High CPU",
    "High CPU: an event of 1970-01-01T00:00:01.000Z matched for host=web-1, az.name=",
  ]);
});

Deno.test("the id is made of rule, generation, key, cause and ordinal, and of nothing else", () => {
  const { alert_id } = build();
  assert.equal(
    build({ severity: "error", rule_name: "Renamed" }, { ...EFFECT, fired_at: 9, event_time: 9 }).alert_id,
    alert_id,
  );
  const others: AlertEffect[] = [
    { ...EFFECT, cause: { kind: "event", offset: 8 } },
    { ...EFFECT, cause: { kind: "alerts_per_minute", minute: 7 } },
    { ...EFFECT, ordinal: 1 },
    { ...EFFECT, key: ["web-2", null] },
  ];
  const ids = [
    alert_id,
    build({}, EFFECT, undefined, 2).alert_id,
    ...others.map((effect) => build({}, effect).alert_id),
  ];
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("events beyond the bound lose their payload, oldest first, and keep their offset", () => {
  const half = { text: "x".repeat(ALERT_EVENTS_CHARACTERS_MAX / 2 - 100) };
  const events = [1, 2, 3].map((offset) => ({ offset, event: half }));
  const alert = build({}, { ...EFFECT, events: [1, 2, 3] }, events);
  assert.deepEqual(alert.events[0], { offset: 1, event: null, truncated: true });
  assert.deepEqual(alert.events.slice(1), events.slice(1));
  alertSchema.parse(alert);
});

Deno.test("the summary of a minute says how many alerts were held back", () => {
  const effect: AlertEffect = {
    ...EFFECT,
    cause: { kind: "alerts_per_minute", minute: 0 },
    event_time: 60_000,
    key: [],
    events: [],
    values: { suppressed: 12 },
  };
  const alert = build({}, effect);
  assert.match(alert.message, /^12 further matches in the minute up to 1970-01-01T00:01:00/);
  assert.deepEqual(alert.values, { suppressed: 12 });
});

Deno.test("a step of a pattern may be called as a member of every object is", () => {
  const steps = ["constructor", "__proto__", "constructor"];
  const { match } = build({}, { ...EFFECT, events: [1, 2, 3], event_count: 3, steps });
  const offsets = Object.entries(match!).map(([step, events]) => [step, events.map(({ offset }) => offset)]);
  assert.deepEqual(offsets, [["constructor", [1, 3]], ["__proto__", [2]]]);
});

Deno.test("an alert that could not be worded is told under its own id, and says so", () => {
  const parsed = parseRule({
    rule_name: "High CPU",
    trigger_type: "event",
    trigger_spec: { field: "cpu", op: ">", value: 90, group_by: ["host", "az.name"] },
    action_spec: { type: "notify", channels: ["ops"], message: "cpu {{ cpu }}" },
  });
  assert.ok(parsed.ok);
  const plan = compileRule(parsed.rule, { rule_id: "r", version: 1, generation: 1 });
  const parts = {
    rule: parsed.rule,
    rule_id: "r",
    plan,
    effect: EFFECT,
    events: [{ offset: 7, event: { cpu: 99 } }],
  };
  const alert = degradedAlert({ ...parts, effect: { ...EFFECT, values: { odd: 1 }, steps: ["a"] } });
  assert.equal(alert.alert_id, buildAlert(parts).alert_id);
  assert.deepEqual([alert.degraded, alert.values, alert.match], [true, {}, null]);
  assert.deepEqual(alertSchema.parse(alert), alert);
});
