/** Rules that run other rules, over HTTP with real receivers (SEMANTICS 31). */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import type { Fault } from "../../src/base/problem.ts";
import { receiver } from "../notify/receivers.ts";
import { type Api, openApi } from "./api.ts";

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!await condition()) await turn(systemClock);
}

/** Fires at `cpu` above 80, in a topic of its own. */
function rule(rule_id: string, action_spec: JsonObject, members: JsonObject = {}): JsonObject {
  const trigger_spec = { topics: [rule_id], field: "cpu", op: ">", value: 80 };
  return {
    rule_id,
    rule_name: rule_id.toUpperCase(),
    trigger_type: "event",
    trigger_spec,
    action_spec,
    ...members,
  };
}

async function save(api: Api, ...rules: JsonObject[]): Promise<void> {
  for (const one of rules) {
    const { status, text } = await api.send("POST", "/rules", one);
    assert.equal(status, 201, text);
  }
}

const runs = (rule_id: string, payload: JsonObject | string | null = { cpu: 99 }): JsonObject => (
  { type: "trigger_rule", rule_id, payload }
);

interface Logged {
  exec_id: string;
  rule_id: string;
  status: string;
  executed_by: string;
  references: { chain: string[] };
}

async function logs(api: Api, rule_id?: string): Promise<Logged[]> {
  return (await api.send("GET", rule_id === undefined ? "/exec-logs" : `/rules/${rule_id}/exec-logs`)).body
    .items;
}

Deno.test("a chain by hand runs at once: inner rules finish and log first, each with its path", async () => {
  await using api = await openApi();
  await using hook = receiver(() => Response.json({ ticket: 7 }));
  await save(
    api,
    rule("c", { endpoint: hook.url, method: "POST" }),
    rule("b", runs("c")),
    rule("a", runs("b")),
  );
  const { body } = await api.send("POST", "/rules/a/trigger", { payload: { cpu: 99 } });
  assert.deepEqual([body.status, body.condition_met, hook.received.length], ["success", true, 1]);
  const b = body.result.trigger_result;
  assert.deepEqual([b.status, b.result.trigger_result.result], ["success", { ticket: 7 }]);
  const rows = (await logs(api)).reverse();
  assert.deepEqual(rows.map(({ rule_id, status, executed_by }) => [rule_id, status, executed_by]), [
    ["c", "success", "rule b"],
    ["b", "success", "rule a"],
    ["a", "success", "api"],
  ]);
  assert.deepEqual(rows.map(({ references }) => references.chain), [["a", "b", "c"], ["a", "b"], ["a"]]);
});

Deno.test("an alert's chain goes through the outbox: each rule's alert is written once, with what led to it", async () => {
  await using api = await openApi();
  await using hook = receiver((_, n) => new Response("?", { status: n === 1 ? 503 : 200 }));
  const webhook = { endpoint: hook.url, method: "POST", retry: { initial_delay: "1ms" } };
  await save(api, rule("b", webhook), rule("a", runs("b", "{{ event }}")));
  await api.send("POST", "/events?topic=a", { cpu: 95, host: "web-1" });
  await until(() => hook.received.length === 2);
  const [alert] = (await api.send("GET", "/alerts?rule_id=b")).body.items;
  assert.deepEqual([alert.reason, alert.metadata.run.chain, alert.metadata.run.by], [
    ...["manual", ["a", "b"], "rule a"],
  ]);
  assert.deepEqual(alert.events[0].event, { cpu: 95, host: "web-1" });
  await until(async () => (await logs(api, "b")).length === 2);
  assert.deepEqual((await logs(api, "b")).map(({ executed_by, status }) => [executed_by, status]), [
    ["alert", "success"],
    ["rule a", "success"],
  ]);
});

Deno.test("a chain deeper than eight rules ends there, and says by which way", async () => {
  await using api = await openApi();
  const ids = Array.from({ length: 10 }, (_, i) => `r${i}`);
  for (const [i, id] of ids.entries()) {
    await save(api, rule(id, i === ids.length - 1 ? {} : runs(ids[i + 1]!)));
  }
  const { body } = await api.send("POST", "/rules/r0/trigger", { payload: { cpu: 99 } });
  assert.equal(body.status, "fail");
  assert.match(body.error_message, /more than 8 rules: r0 → r1 → .* → r8/);
  assert.equal((await logs(api)).length, 8);
});

Deno.test("a cycle is refused when it is saved, with its path", async () => {
  await using api = await openApi();
  await save(api, rule("a", runs("b")));
  const closing = await api.send(
    "POST",
    "/rules",
    rule("b", { actions: [{ if: { field: "severity", op: "exists" }, then: runs("a") }] }),
  );
  assert.deepEqual([closing.status, closing.body.code], [400, "trigger_cycle"]);
  assert.match(closing.body.errors[0].message, /b → a → b/);
  const itself = await api.send("POST", "/rules", rule("c", runs("c")));
  assert.match(itself.body.errors[0].message, /c → c/);
});

Deno.test("a rule that is not there yet may be named, with a warning; running it fails, and so does one that is off", async () => {
  await using api = await openApi();
  const made = await api.send("POST", "/rules", rule("a", runs("b")));
  assert.deepEqual(made.body.warnings.map(({ code }: JsonObject) => code), ["unknown_rule"]);
  const run = () => api.send("POST", "/rules/a/trigger", { payload: { cpu: 99 } });
  const missing = (await run()).body;
  assert.deepEqual([missing.status, missing.error_status], ["fail", 404]);
  assert.match(missing.error_message, /Target rule not found: b/);
  await save(api, rule("b", {}, { is_active: false }));
  const off = (await run()).body;
  assert.deepEqual([off.error_status, off.error_message], [400, "Target rule is not active: b"]);
});

Deno.test("what actions run and is not there is warned of, where it stands, with the nearest name", async () => {
  await using api = await openApi();
  const logic = "function main() { return {}; }";
  await api.send("POST", "/apis", { api_id: "restart", api_name: "Restart", type: "script", logic });
  await api.send("POST", "/apis", { api_id: "hosts", api_name: "Hosts", type: "sql", logic: "SELECT 1" });
  await save(api, rule("page-team", {}));
  const actions = [
    { type: "api_script", api_id: "restrat" },
    { type: "api_script", api_id: "hosts" },
    { type: "api_call", api_id: "hosts" },
    {
      if: { field: "severity", op: "exists" },
      then: { type: "trigger", target_rule_id: "page-taem" },
      else: [runs("page-team"), runs("elsewhere")],
    },
  ];
  const warned = [
    ["/action_spec/actions/0/api_id", "unknown_api"],
    ["/action_spec/actions/1/api_id", "not_a_script"],
    ["/action_spec/actions/3/then/target_rule_id", "unknown_rule"],
    ["/action_spec/actions/3/else/1/rule_id", "unknown_rule"],
  ];
  const told = (warnings: Fault[]) => warnings.map(({ pointer, code }) => [pointer, code]);
  const checked = await api.send("POST", "/rules/validate", rule("a", { actions }));
  assert.deepEqual([checked.body.valid, told(checked.body.warnings)], [true, warned]);
  const made = await api.send("POST", "/rules", rule("a", { actions }));
  assert.equal(made.status, 201, made.text);
  assert.deepEqual(told(made.body.warnings), warned);
  assert.match(made.body.warnings[0].message, /did you mean "restart"/);
  assert.match(made.body.warnings[2].message, /did you mean "page-team"/);
  assert.doesNotMatch(made.body.warnings[3].message, /did you mean/);
  await api.send("POST", "/apis", { api_id: "restrat", api_name: "Restart", type: "script", logic });
  const again = await api.send("PUT", "/rules/a", rule("a", { actions }));
  assert.deepEqual(told(again.body.warnings), warned.slice(1));
});

Deno.test("a target whose conditions do not hold leaves its caller successful", async () => {
  await using api = await openApi();
  await save(api, rule("b", {}), rule("a", runs("b", { cpu: 1 })));
  const { body } = await api.send("POST", "/rules/a/trigger", { payload: { cpu: 99 } });
  assert.deepEqual([body.status, body.result.trigger_result.status], ["success", "dry_run"]);
  assert.equal((await api.send("GET", "/alerts?rule_id=b")).body.items.length, 0);
});

Deno.test("executions are found by rule, status, time and text", async () => {
  await using api = await openApi();
  await save(api, rule("a", runs("gone")), rule("b", {}));
  await api.send("POST", "/rules/a/trigger", { payload: { cpu: 99 } });
  await api.send("POST", "/rules/b/trigger", { payload: { cpu: 9 } });
  const found = async (query: string) =>
    (await api.send("GET", `/exec-logs?${query}`)).body.items.map((one: JsonObject) => one.rule_id);
  assert.deepEqual(await found("status=fail"), ["a"]);
  assert.deepEqual(await found("status=dry_run&kind=rule"), ["b"]);
  assert.deepEqual(await found("search=NOT%20FOUND"), ["a"]);
  assert.deepEqual(await found("to=2000-01-01T00:00:00Z"), []);
  const [one] = await logs(api, "b");
  assert.equal((await api.send("GET", `/exec-logs/${one!.exec_id}`)).body.rule_id, "b");
  assert.equal((await api.send("GET", "/exec-logs?status=odd")).status, 400);
  assert.equal((await api.send("GET", "/rules/nobody/exec-logs")).status, 404);
});
