/**
 * The evaluation cases of the compatibility record, end to end: document, rule, plan, batch, match. A case
 * is run, or it belongs to one of the lists below. The lists are exact: a case that starts or stops to be
 * supported fails here.
 */
import assert from "node:assert/strict";
import type { JsonObject } from "../../src/base/json.ts";
import { compileRule } from "../../src/engine/compile.ts";
import { BUILT, NOT_SUPPORTED_YET } from "../../src/model/not_supported_yet.ts";
import { parseRule } from "../../src/model/rule.ts";
import { EVERYTHING } from "../model/built.ts";
import { vectors } from "../vector_rows.ts";
import { matchingRows } from "./matching_rows.ts";

interface Case {
  id: string;
  group: string;
  rule: JsonObject;
  /** null: none was given. */
  payload: JsonObject | null;
  expect: { matched: boolean; error?: { status: number; detail_contains: string } };
}

const { cases } = vectors<{ cases: Case[] }>("compat/rules.json");

/** Cases that need a feature which is not switched on yet: how many of each group. */
const NOT_YET: Readonly<Record<string, number>> = {};

/** Cases that this product decides otherwise: docs/compatibility.md says why. */
const OTHERWISE: Readonly<Record<string, string>> = {
  "op-unsupported-word": 'Cannot use 80 as value of "between": expected [low, high]',
  "event-empty-spec":
    "trigger_spec says nothing about events: expected field, conditions, event_type, source, " +
    "topics or a threshold",
  "type-unknown": 'Cannot use trigger type "pattern": it is not supported yet',
  "anomaly-unknown-method": 'Unsupported anomaly method "lof": did you mean "iqr"?',
};

/** What decides these is behind the condition: a baseline, or the clock. Their plans are looked at below. */
const BEHIND_CONDITION = ["anomaly", "schedule"];

/** What an evaluation without a payload is told is decided by whoever fetches one. */
const NEEDS_FETCH = ["metric-endpoint-missing-no-payload"];

type Outcome = { kind: "matched" | "not_matched" } | { kind: "error"; code: string; detail: string };

function evaluate({ rule, payload }: Case, built = EVERYTHING): Outcome {
  const parsed = parseRule(rule, "simulate", built);
  if (!parsed.ok) {
    // A rule may lack several features: it is one of them if any fault says so.
    const fault = parsed.errors.find(({ code }) => code === NOT_SUPPORTED_YET) ?? parsed.errors[0]!;
    return { kind: "error", code: fault.code, detail: fault.message };
  }
  const plan = compileRule(parsed.rule, { rule_id: "r", version: 1, generation: 1 });
  const matched = matchingRows(plan, [payload ?? {}]).length === 1;
  return { kind: matched ? "matched" : "not_matched" };
}

const outcomes = cases.map((one) => ({ one, outcome: evaluate(one) }));

function decidesByCondition({ group, expect }: Case): boolean {
  return !BEHIND_CONDITION.includes(group) || expect.error !== undefined;
}

function isNotYet(outcome: Outcome): boolean {
  return outcome.kind === "error" && outcome.code === NOT_SUPPORTED_YET;
}

for (const { one, outcome } of outcomes) {
  if (one.id in OTHERWISE || NEEDS_FETCH.includes(one.id) || !decidesByCondition(one)) continue;
  Deno.test(`compat ${one.group}: ${one.id}`, () => {
    const { error, matched } = one.expect;
    if (error === undefined) assert.equal(outcome.kind, matched ? "matched" : "not_matched");
    else {
      assert(outcome.kind === "error", `expected an error, got ${outcome.kind}`);
      assert(outcome.detail.toLowerCase().includes(error.detail_contains.toLowerCase()), outcome.detail);
    }
  });
}

for (const [id, detail] of Object.entries(OTHERWISE)) {
  Deno.test(`compat, decided otherwise: ${id}`, () => {
    const outcome = outcomes.find(({ one }) => one.id === id)?.outcome;
    assert.equal(outcome?.kind === "error" && outcome.detail, detail);
  });
}

Deno.test("compat: exactly the listed cases wait for a feature", () => {
  const counts: Record<string, number> = {};
  for (const one of cases) {
    if (one.id in OTHERWISE || !isNotYet(evaluate(one, BUILT))) continue;
    counts[one.group] = (counts[one.group] ?? 0) + 1;
  }
  assert.deepEqual(counts, NOT_YET);
});

Deno.test("compat: a plan that its index cuts to candidates gives the same answers", () => {
  const padded = { "an-other": 1 };
  for (const { one, outcome } of outcomes) {
    if (outcome.kind === "error" || one.payload === null || !decidesByCondition(one)) continue;
    const parsed = parseRule(one.rule, "simulate", EVERYTHING);
    assert(parsed.ok);
    const plan = compileRule(parsed.rule, { rule_id: "r", version: 1, generation: 1 });
    const whole = matchingRows({ ...plan, index: null }, [padded, one.payload, padded]);
    assert.deepEqual(matchingRows(plan, [padded, one.payload, padded]), whole, one.id);
    assert.equal(whole.includes(1), outcome.kind === "matched", one.id);
  }
});
