/**
 * /cep/rules/{id}/simulate and its kin: a rule over one payload, by the engine that runs it live. Nothing is
 * sent and nothing is stored. A rule that polls and has no payload is asked for the value of its endpoint.
 */
import * as z from "zod";
import type { RunResult } from "../../actors/rule_runs.ts";
import { isObject, type JsonObject } from "../../src/base/json.ts";
import { invalid, Problem } from "../../src/base/problem.ts";
import type { Polling } from "../../src/model/polling.ts";
import { parseRule, type Rule } from "../../src/model/rule.ts";
import type { RouteContext } from "../route_table.ts";
import type { CompatTable } from "./compat_table.ts";
import { evaluationDetails } from "./evaluation_details.ts";
import { ruleOf } from "./rules.ts";
import { jsonObject } from "./validation.ts";

const RULES = "/cep/rules";
const DRAFT_ID = "simulation";
const BAD_GATEWAY = 502;

const tested = z.object({ test_payload: jsonObject.nullish() });
const triggered = z.object({ payload: jsonObject.nullish(), executed_by: z.string().nullish() });
const draft = z.looseObject({
  rule_name: z.string(),
  trigger_type: z.string(),
  trigger_spec: jsonObject.nullish(),
  action_spec: jsonObject.nullish(),
  test_payload: jsonObject.nullish(),
});

export function simulationRoutes(table: CompatTable, context: RouteContext): void {
  for (const verb of ["simulate", "dry-run"]) {
    table.on("POST", `${RULES}/:id/${verb}`, { body: tested }, async ({ param, body }) => {
      const { rule_id, doc } = await ruleOf(param("id"), context);
      return {
        data: { simulation: await simulation({ rule_id, document: doc }, body.test_payload, context) },
      };
    });
  }
  table.on("POST", `${RULES}/:id/trigger`, { body: triggered }, async ({ param, body }) => {
    const asked = { given: body.payload ?? null, executedBy: body.executed_by ?? "api" };
    return { data: { result: await triggerResult(param("id"), asked, context) } };
  });
  table.on("POST", `${RULES}/simulate-draft`, { body: draft }, async ({ body }) => {
    const { test_payload, ...written } = body;
    const { trigger_spec, action_spec } = written;
    const document = { ...written, trigger_spec: trigger_spec ?? {}, action_spec: action_spec ?? {} };
    const shown = { rule_id: DRAFT_ID, document: document as JsonObject };
    return { data: { simulation: await simulation(shown, test_payload, context) } };
  });
}

/**
 * A run by hand: what the payload meets is carried out at once.
 * @throws Problem 400 for a rule that cannot run, 404, 502 when its endpoint does not answer or an attempt failed
 */
async function triggerResult(
  id: string,
  { given, executedBy }: { given: JsonObject | null; executedBy: string },
  context: RouteContext,
): Promise<JsonObject> {
  const { rule_id, doc } = await ruleOf(id, context);
  const parsed = parseRule(doc, "simulate");
  if (!parsed.ok) throw invalid(parsed.errors);
  const { rule } = parsed;
  const trigger_spec = isObject(doc.trigger_spec) ? doc.trigger_spec : {};
  const payload = given ?? await fetched(rule, context) ?? {};
  const run = await context.deps.runs.trigger(rule_id, payload, { executedBy });
  if (run.status === "fail") throw failureOf(run);
  const matched = run.condition_met;
  const details = evaluationDetails({
    rule,
    trigger_spec,
    payload,
    matched,
    used_test_payload: given !== null,
  });
  return {
    status: run.status,
    result: matched ? resultOf(run) : null,
    references: {
      trigger: { ...details, trigger_spec },
      ...(matched && { action: actionOf(run) }),
      skipped_reason: run.status === "skipped" ? run.error_message : null,
    },
  };
}

/** What the actions came to, and where the rest is found. */
function resultOf({ result, alert_id, deliveries }: RunResult): JsonObject {
  const told = deliveries.map(({ references: _, result: __, ...delivery }): JsonObject => ({ ...delivery }));
  return { ...result, event_id: alert_id, deliveries: told };
}

function actionOf({ references: { action } }: RunResult): JsonObject {
  const actions = (Array.isArray(action) ? action : []).filter(isObject);
  return actions.length === 1 ? actions[0]! : { action_type: "multi_action", actions };
}

/** The texts are those that clients of the reference system look for (compat/actions.json). */
function failureOf({ deliveries, error_message, error_status }: RunResult): Problem {
  const failed = deliveries.find(({ state }) => state !== "delivered" && state !== "suppressed");
  const type = failed?.references?.action_type;
  const message = error_message ?? "it failed";
  if (type !== undefined && type !== "webhook") {
    return new Problem({ status: error_status ?? BAD_GATEWAY, code: "action_failed", detail: message });
  }
  const status = failed?.status ?? null;
  const detail = status === null
    ? `Action request failed: ${message}`
    : `Action response error: ${status}: ${message}`;
  return new Problem({ status: BAD_GATEWAY, code: "action_failed", detail });
}

/** @throws Problem 400 for a rule that cannot run, 502 when its endpoint does not answer */
async function simulation(
  { rule_id, document }: { rule_id: string; document: JsonObject },
  given: JsonObject | null | undefined,
  context: RouteContext,
): Promise<JsonObject> {
  const parsed = parseRule(document, "simulate");
  if (!parsed.ok) throw invalid(parsed.errors);
  const { rule } = parsed;
  const trigger_spec = isObject(document.trigger_spec) ? document.trigger_spec : {};
  const payload = given ?? await fetched(rule, context);
  const events = payload === null ? [] : [payload];
  const asked = { rule_id, events, received_at: null, advance_to: "end" as const };
  const { condition_evaluated: found, would_execute } = rule.trigger.type === "schedule"
    // It fires by the clock, whatever is given.
    ? { condition_evaluated: true, would_execute: true }
    : await context.deps.rules.simulate(document, asked);
  const evaluated = { rule, trigger_spec, payload: payload ?? {}, matched: would_execute };
  const details = evaluationDetails({ ...evaluated, used_test_payload: given != null });
  const condition_evaluated = found && details.condition_evaluated === true;
  const action = isObject(document.action_spec) ? document.action_spec : {};
  const { endpoint = null, method = null, params = null } = action;
  return {
    condition_evaluated,
    would_execute,
    resolved_action: action,
    references: {
      trigger: { ...details, condition_evaluated, trigger_spec },
      action: { endpoint, method, params },
    },
  };
}

/** What a rule sees that is given no payload: what its endpoint says, or an empty event. */
async function fetched(
  { trigger: { type, polling } }: Rule,
  context: RouteContext,
): Promise<JsonObject | null> {
  if (polling !== null) return await poll(polling, context);
  if (type !== "metric") return {};
  const message = "endpoint is required: without a test_payload a metric rule asks its endpoint";
  throw invalid([{ pointer: "/trigger_spec/endpoint", code: "required", message }]);
}

async function poll(polling: Polling, { deps }: RouteContext): Promise<JsonObject> {
  const answer = await deps.poller.ask(polling);
  if (answer.kind === "event") return answer.slice.events[0]!;
  const { reason, message } = answer;
  const said = reason === "status"
    ? "Runtime response error"
    : reason === "not_json"
    ? "Runtime response is not valid JSON"
    : "Runtime request failed";
  throw new Problem({ status: BAD_GATEWAY, code: `poll_${reason}`, detail: `${said}: ${message}` });
}
