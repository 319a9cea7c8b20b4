/**
 * The cases of compat/actions.json that tell what an action comes to, run by hand through the compatibility router
 * against a real receiver in place of the address of each case.
 */
import assert from "node:assert/strict";
import { systemClock, turn } from "../../../src/base/clock.ts";
import { isObject, type JsonObject, type JsonValue } from "../../../src/base/json.ts";
import { receiver } from "../../notify/receivers.ts";
import { vectors } from "../../vector_rows.ts";
import { type Api, openApi } from "../api.ts";

interface Row {
  id: string;
  action_spec?: JsonObject;
  answer?: { status?: number; text?: string; json?: JsonValue; delay_seconds?: number };
  target?: JsonObject;
  definition?: JsonObject;
  script?: string;
  script_logs?: string[];
  script_returns?: JsonObject;
  expect: {
    error?: { status: number; detail_contains: string };
    result?: JsonObject;
    references?: JsonObject;
    status?: number;
    executed_in_order?: number[];
    result_must_be_object?: boolean;
  };
}

const { cases } = vectors<{ cases: Row[] }>("compat/actions.json");
const TRIGGER = { field: "cpu", op: ">", value: 80 };

function answerOf({ status = 200, text, json }: NonNullable<Row["answer"]>): Response {
  return json === undefined ? new Response(text ?? "", { status }) : Response.json(json, { status });
}

/** The case's address is the receiver's. */
function pointed(value: JsonValue, origin: string): JsonValue {
  if (typeof value === "string") return value.replace("https://e.example.test", origin);
  if (Array.isArray(value)) return value.map((one) => pointed(one, origin));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, pointed(one, origin)]));
}

async function ruleWith(api: Api, action_spec: JsonValue, members: JsonObject = {}): Promise<string> {
  const rule = { rule_name: "r", trigger_type: "event", trigger_spec: TRIGGER, action_spec, ...members };
  const { status, body, text } = await api.send("POST", "/cep/rules", rule);
  assert.equal(status, 200, text);
  return body.data.rule.rule_id;
}

function run(api: Api, rule_id: string) {
  return api.send("POST", `/cep/rules/${rule_id}/trigger`, { payload: { cpu: 99 } });
}

function contains(actual: unknown, wanted: JsonObject): void {
  for (const [name, value] of Object.entries(wanted)) {
    const found = isObject(actual) ? actual[name] : undefined;
    if (isObject(value)) contains(found, value);
    else assert.deepEqual(found, value, name);
  }
}

const answered = cases.filter(({ answer, expect }) =>
  answer !== undefined || expect.executed_in_order !== undefined
);

for (const { id, action_spec, answer = {}, expect } of answered) {
  Deno.test(`compat action ${id}: what it comes to`, async () => {
    await using api = await openApi();
    const stop = new AbortController();
    const seen: string[] = [];
    await using peer = receiver(async () => {
      if (answer.delay_seconds !== undefined) {
        await new Promise((done) => stop.signal.addEventListener("abort", done));
      }
      seen.push(id);
      return answerOf(answer);
    });
    const spec = pointed(action_spec!, peer.url.replace(/\/in$/, "")) as JsonObject;
    // The case waits for the usual 5 s; the bound itself is what it is about.
    const quick = answer.delay_seconds === undefined ? {} : { timeout: "200ms" };
    const reply = await run(api, await ruleWith(api, { ...spec, ...quick }));
    stop.abort();
    if (expect.error !== undefined) {
      assert.equal(reply.status, expect.error.status, reply.text);
      assert.ok(reply.body.detail.includes(expect.error.detail_contains), reply.body.detail);
      return;
    }
    assert.equal(reply.status, expect.status ?? 200, reply.text);
    const { result, references } = reply.body.data.result;
    if (expect.result !== undefined) contains(result, expect.result);
    if (expect.references !== undefined) contains(references.action, expect.references);
    if (expect.result_must_be_object) assert.ok(isObject(result));
    if (expect.executed_in_order !== undefined) {
      assert.deepEqual(result.results.map(({ index }: { index: number }) => index), expect.executed_in_order);
      assert.equal(seen.length, expect.executed_in_order.length);
    }
  });
}

const SLOW = "const until = Date.now() + 2000; while (Date.now() < until);";

/** The script of a case, as it is told. */
function sourceOf({ script, script_logs = [], script_returns = {} }: Row): string {
  const logs = script_logs.map((line) => `ctx.log(${JSON.stringify(line)});`).join(" ");
  return `function main(params, input, ctx) { ${script === undefined ? "" : SLOW} ${logs}
    return ${JSON.stringify(script_returns)}; }`;
}

for (const one of cases.filter(({ id }) => id.startsWith("api-script-"))) {
  const { id, action_spec, definition, expect } = one;
  if (id === "api-script-no-session" || id === "api-script-no-id") continue;
  Deno.test(`compat action ${id}: what it comes to`, async () => {
    await using api = await openApi();
    let api_id = action_spec!.api_id!;
    if (definition !== undefined) {
      const given = { logic_type: "script", logic_body: sourceOf(one), ...definition };
      // Saved by the native API: the other one lets a script run unless told otherwise.
      const { logic_type: type, logic_body: logic, runtime_policy = {} } = given as JsonObject;
      const made = await api.send("POST", "/apis", {
        ...{ api_name: "n", type: type!, logic: logic!, runtime_policy: runtime_policy! },
      });
      assert.equal(made.status, 201, made.text);
      api_id = made.body.api_id;
    }
    const reply = await run(api, await ruleWith(api, { ...action_spec, api_id }));
    if (expect.error !== undefined) {
      assert.equal(reply.status, expect.error.status, reply.text);
      assert.ok(reply.body.detail.includes(expect.error.detail_contains), reply.body.detail);
      return;
    }
    const { result, references } = reply.body.data.result;
    contains(result, expect.result!);
    contains(references.action, expect.references!);
  });
}

for (const { id, action_spec, target, expect } of cases.filter(({ id }) => id.startsWith("trigger-"))) {
  if (action_spec === undefined || id === "trigger-no-session" || id === "trigger-no-id") continue;
  Deno.test(`compat action ${id}: what it comes to`, async () => {
    await using api = await openApi();
    const { trigger_spec = TRIGGER, ...members } = target ?? {};
    const rule_id = target === undefined ? null : await ruleWith(api, {}, { trigger_spec, ...members });
    const spec = { ...action_spec, ...(rule_id !== null && { rule_id }) };
    const reply = await run(api, await ruleWith(api, spec));
    if (expect.error === undefined) return contains(reply.body.data.result.result, expect.result!);
    assert.equal(reply.status, expect.error.status, reply.text);
    assert.ok(reply.body.detail.includes(expect.error.detail_contains), reply.body.detail);
  });
}

async function statuses(api: Api, names: Readonly<Record<string, string>>): Promise<string[]> {
  const logged: [at: string, what: string][] = [];
  for (const [rule_id, name] of Object.entries(names)) {
    const { body } = await api.send("GET", `/cep/rules/${rule_id}/exec-logs`);
    for (const row of body.data.logs) logged.push([row.exec_id, `${name} ${row.status}`]);
  }
  const order = (await api.send("GET", "/exec-logs")).body.items.map(({ exec_id }: JsonObject) => exec_id);
  return logged.sort(([a], [b]) => order.indexOf(b) - order.indexOf(a)).map(([, what]) => what);
}

Deno.test("compat action trigger-chain: inner rules finish and log first", async () => {
  await using api = await openApi();
  await using peer = receiver();
  const c = await ruleWith(api, { endpoint: peer.url, method: "POST" });
  const b = await ruleWith(api, { type: "trigger_rule", rule_id: c, payload: { cpu: 99 } });
  const a = await ruleWith(api, { type: "trigger_rule", rule_id: b, payload: { cpu: 99 } });
  assert.equal((await run(api, a)).body.data.result.status, "success");
  assert.deepEqual(await statuses(api, { [a]: "A", [b]: "B", [c]: "C" }), [
    "C success",
    "B success",
    "A success",
  ]);
});

Deno.test("compat action trigger-self: the inner run is skipped, the outer one succeeds; saving it warns", async () => {
  await using api = await openApi();
  const rule = {
    ...{ rule_id: "a", rule_name: "A", trigger_type: "event", trigger_spec: TRIGGER },
    action_spec: { type: "trigger_rule", rule_id: "a", payload: { cpu: 99 } },
  };
  const saved = await api.send("POST", "/cep/rules", rule);
  assert.equal(saved.status, 200, saved.text);
  assert.equal(saved.body.metadata.warnings[0].code, "trigger_cycle");
  const { status, result } = (await run(api, "a")).body.data.result;
  assert.equal(status, "success");
  contains(result.trigger_result, { status: "skipped", error_message: "rule already running" });
  assert.deepEqual(await statuses(api, { a: "A" }), ["A skipped", "A success"]);
});

Deno.test("compat action trigger-cycle: the run that closes it is skipped, by hand and for an alert", async () => {
  await using api = await openApi();
  const b = await ruleWith(api, { type: "trigger_rule", rule_id: "a", payload: { cpu: 99 } });
  const action_spec = { type: "trigger_rule", rule_id: b, payload: { cpu: 99 } };
  await ruleWith(api, action_spec, { rule_id: "a" });
  assert.equal((await run(api, "a")).body.data.result.status, "success");
  assert.deepEqual(await statuses(api, { a: "A", [b]: "B" }), ["A skipped", "B success", "A success"]);
  await api.send("POST", "/api/v1/events?topic=t", { cpu: 99, once: true });
  await api.settle();
  const skipped = async () => (await api.send("GET", "/exec-logs?status=skipped")).body.items.length;
  while (await skipped() < 3) await turn(systemClock);
  // Both rules saw the event: each of them led to the other once.
  assert.equal((await api.send("GET", "/alerts")).body.items.length, 2 + 2 + 2);
});
