/** POST /rules/simulate and /rules/{id}/simulate: a rule over given events, in virtual time. */
import { timeOf } from "../src/base/event_time.ts";
import { isObject, type JsonObject, type JsonValue } from "../src/base/json.ts";
import { badRequest, invalid, notFound, pointer } from "../src/base/problem.ts";
import { nearestName } from "../src/model/nearest_name.ts";
import type { Answer } from "./answer.ts";
import { ok } from "./answer.ts";
import type { RouteContext, RouteTable } from "./route_table.ts";
import { underRule } from "./under_rule.ts";

export const SIMULATED_EVENTS_MAX = 10_000;
const MEMBERS = ["rule", "events", "test_payload", "received_at", "advance_to", "call_answers"];

export function simulateRoutes(routes: RouteTable, context: RouteContext): void {
  routes.on("POST", "/api/v1/rules/simulate", ({ body }) => {
    if (body.rule === undefined) throw badRequest("required", "rule is required", "/rule");
    return run(body.rule, "simulation", body, context);
  });
  routes.on("POST", "/api/v1/rules/:id/simulate", async (call) => {
    const row = await context.deps.store.rules.get(call.param("id"));
    if (row === undefined) throw notFound("rule", call.param("id"));
    return await run(call.body.rule ?? row.doc, row.rule_id, call.body, context);
  });
}

async function run(
  document: JsonValue,
  rule_id: string,
  body: JsonObject,
  { deps }: RouteContext,
): Promise<Answer> {
  const unknown = Object.keys(body).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) throw unknownMember(unknown);
  const { received_at = null, advance_to = "end", call_answers = null } = body;
  if (call_answers !== null && !isObject(call_answers)) {
    const message = "Cannot use call_answers: expected an object of answers by name of enrichment";
    throw badRequest("invalid_type", message, "/call_answers");
  }
  const given: Parameters<typeof deps.rules.simulate>[1] = {
    rule_id: isObject(document) && typeof document.rule_id === "string" ? document.rule_id : rule_id,
    events: eventsOf(body),
    received_at: received_at === null ? null : timeAt("received_at", received_at),
    advance_to: advance_to === null || advance_to === "end" ? advance_to : timeAt("advance_to", advance_to),
    ...(call_answers !== null && { call_answers }),
  };
  const { matched, ...result } = await deps.rules.simulate(document, given).catch((error: unknown) => {
    throw body.rule === undefined ? error : underRule(error);
  });
  const spec = isObject(document) ? document : {};
  const action = isObject(spec.action_spec) ? spec.action_spec : {};
  const { endpoint = null, method = null, params = null } = action;
  return ok({
    ...(result as unknown as JsonObject),
    resolved_action: action,
    references: {
      trigger: { trigger_spec: spec.trigger_spec ?? {}, matched },
      action: { endpoint, method, params },
    },
  });
}

function eventsOf({ events, test_payload }: JsonObject): JsonObject[] {
  if (events !== undefined && test_payload !== undefined) {
    throw badRequest("invalid_value", "Cannot use both events and test_payload: give one of them", "/events");
  }
  if (test_payload !== undefined) {
    if (isObject(test_payload)) return [test_payload];
    throw badRequest("invalid_type", "Cannot use test_payload: expected an object", "/test_payload");
  }
  if (!Array.isArray(events)) {
    throw badRequest("required", "events is required: a list of events, or test_payload with one", "/events");
  }
  if (events.length > SIMULATED_EVENTS_MAX) {
    throw badRequest("out_of_range", `Cannot simulate more than ${SIMULATED_EVENTS_MAX} events`, "/events");
  }
  const wrong = events.findIndex((event) => !isObject(event));
  if (wrong < 0) return events as JsonObject[];
  const at = pointer("events", wrong);
  throw invalid([{
    pointer: at,
    code: "event_not_object",
    message: `Cannot use ${at}: an event is a JSON object`,
  }]);
}

function timeAt(name: string, value: JsonValue): number {
  const time = timeOf(value, null);
  if (!Number.isNaN(time)) return time;
  throw badRequest(
    "invalid_value",
    `Cannot use ${name}: expected a time like 2026-01-31T12:00:00Z`,
    `/${name}`,
  );
}

function unknownMember(name: string) {
  const hint = `did you mean "${nearestName(name, MEMBERS)}"?`;
  return badRequest("unknown_member", `Unknown member "${name}": ${hint}`, pointer(name));
}
