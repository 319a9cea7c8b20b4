/**
 * The evaluation cases of the compatibility record through the compatibility router: the outcome, the details
 * that clients see under `references`, and the statuses and texts of errors.
 */
import assert from "node:assert/strict";
import { isObject, type JsonObject, type JsonValue } from "../../../src/base/json.ts";
import { vectors } from "../../vector_rows.ts";
import { openApi, type Reply } from "../api.ts";

interface Case {
  id: string;
  rule: JsonObject;
  payload: JsonObject | null;
  expect: {
    matched: boolean;
    details?: JsonObject;
    error?: { status: number; detail_contains: string };
  };
}

const { cases } = vectors<{ cases: Case[] }>("compat/rules.json");

/** Rows that this product decides otherwise (docs/compatibility.md): what it says instead. */
const OTHERWISE: Readonly<Record<string, RegExp>> = {
  "op-unsupported-word": /^Cannot use 80 as value of "between": expected \[low, high\]$/,
  "event-empty-spec": /^trigger_spec says nothing about events/,
  "type-unknown": /^.*pattern is required.*$/,
  "anomaly-unknown-method": /^Unsupported anomaly method "lof": did you mean "iqr"\?$/,
};

Deno.test("compat router: every evaluation case, simulated", async (test) => {
  await using api = await openApi();
  for (const one of cases) {
    await test.step(one.id, async () => {
      const body = { ...one.rule, test_payload: one.payload };
      check(one, await api.send("POST", "/cep/rules/simulate-draft", body));
    });
  }
});

function check({ id, expect }: Case, { status, body, text }: Reply): void {
  const otherwise = OTHERWISE[id];
  if (otherwise !== undefined) {
    assert.equal(status, 400, text);
    return assert.match(body.detail, otherwise);
  }
  const { error, matched, details } = expect;
  if (error !== undefined) {
    assert.equal(status, error.status, text);
    return assert(body.detail.toLowerCase().includes(error.detail_contains.toLowerCase()), body.detail);
  }
  assert.equal(status, 200, text);
  const { simulation } = body.data;
  assert.equal(simulation.would_execute, matched, text);
  if (details !== undefined) holds(simulation.references.trigger, details, id);
}

/** Whether `actual` has what `wanted` says; it may say more. */
function holds(actual: JsonValue | undefined, wanted: JsonValue, at: string): void {
  if (Array.isArray(wanted)) {
    assert(Array.isArray(actual) && actual.length === wanted.length, `${at}: ${JSON.stringify(actual)}`);
    wanted.forEach((one, i) => holds(actual[i], one, `${at}/${i}`));
  } else if (isObject(wanted)) {
    assert(isObject(actual), `${at}: ${JSON.stringify(actual)}`);
    for (const [name, value] of Object.entries(wanted)) holds(actual[name], value, `${at}/${name}`);
  } else assert.equal(actual, wanted, at);
}

Deno.test("compat router: a case whose rule can be saved comes out the same when it is stored", async () => {
  await using api = await openApi();
  const refused: Record<string, number> = {};
  for (const one of cases) {
    const saved = await api.send("POST", "/cep/rules", { ...one.rule, is_active: false });
    if (saved.status !== 200) {
      assert.equal(saved.status, 400, saved.text);
      const [{ pointer, code }] = saved.body.errors;
      if (one.expect.error === undefined && !(one.id in OTHERWISE)) {
        refused[`${pointer} ${code}`] = (refused[`${pointer} ${code}`] ?? 0) + 1;
      }
      continue;
    }
    const { rule_id } = saved.body.data.rule;
    const body = { test_payload: one.payload };
    check(one, await api.send("POST", `/cep/rules/${rule_id}/simulate`, body));
  }
  // Channels that are not there, paths that are no definition's, and an action that nobody knows.
  assert.deepEqual(refused, {
    "/trigger_spec/endpoint invalid_value": 9,
    "/action_spec/type unsupported_action": 1,
    "/action_spec/channels/0 unknown_channel": 3,
    "/action_spec/actions/1/channels/0 unknown_channel": 3,
  });
});
