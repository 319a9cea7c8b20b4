/**
 * POST /rules/preview: the outcome of each condition of a rule over one event, and whether the rule would
 * alert; POST /rules/validate of one condition; GET /conditions/templates. The engine decides (actors/simulation.ts).
 */
import { isObject, type JsonObject, type JsonValue } from "../src/base/json.ts";
import { badRequest, invalid, notFound, pointer, Problem } from "../src/base/problem.ts";
import { CONDITION_TEMPLATES, GROUP_TEMPLATES } from "../src/model/condition_templates.ts";
import { nearestName } from "../src/model/nearest_name.ts";
import type { RuleControl } from "../actors/rule_control.ts";
import { type Answer, ok } from "./answer.ts";
import { previewAnswer } from "./preview_answer.ts";
import type { RouteContext, RouteTable } from "./route_table.ts";

const KINDS = ["rule", "trigger_spec", "condition"];
const MEMBERS = [...KINDS, "test_payload", "call_answers"];
/** Where the condition of a draft that is made of it stands. */
const CONDITION_AT = "/trigger_spec/conditions/0";

export function previewRoutes(routes: RouteTable, { deps }: RouteContext): void {
  const { rules, store } = deps;
  routes.on(
    "GET",
    "/api/v1/conditions/templates",
    () => ok({ operators: [...CONDITION_TEMPLATES], groups: [...GROUP_TEMPLATES] }),
  );
  routes.on("POST", "/api/v1/rules/preview", ({ body }) => {
    checkMembers(body, MEMBERS);
    const given = KINDS.filter((name) => body[name] !== undefined);
    if (given.length !== 1) {
      const what = given.length === 0 ? "nothing" : given.join(" and ");
      const message = `Cannot preview ${what}: give one of ${KINDS.join(", ")}`;
      throw badRequest(given.length === 0 ? "required" : "conflict", message, pointer(given[1] ?? "rule"));
    }
    return preview(body, { kind: given[0]!, rules });
  });
  routes.on("POST", "/api/v1/rules/:id/preview", async ({ param, body }) => {
    checkMembers(body, ["test_payload", "call_answers"]);
    const row = await store.rules.get(param("id"));
    if (row === undefined) throw notFound("rule", param("id"));
    return await preview({ ...body, rule: row.doc }, { kind: "rule", rules });
  });
}

/** The answer to a body of POST /rules/validate that holds one condition. */
export async function validateCondition(body: JsonObject, rules: RuleControl): Promise<Answer> {
  checkMembers(body, ["condition", "test_payload"]);
  const condition = objectIn(body, "condition");
  const { valid, errors, warnings } = await rules.validate(draftOf("condition", condition));
  const told = errors.map(({ pointer: at, ...fault }) => ({ pointer: writtenAt(at, "condition"), ...fault }));
  const base = { valid, errors: told, warnings: warnings.map((fault) => ({ ...fault })) };
  if (!valid || body.test_payload === undefined) return ok(base);
  const { body: shown } = await preview(body, { kind: "condition", rules });
  return ok({
    ...base,
    condition_matched: shown!.condition_matched!,
    tree: shown!.condition_evaluation_tree!,
  });
}

async function preview(
  body: JsonObject,
  { kind, rules }: { kind: string; rules: RuleControl },
): Promise<Answer> {
  const document = draftOf(kind, objectIn(body, kind));
  if (document.trigger_type === "schedule") {
    const message = "Cannot preview conditions of a schedule: it looks at no events";
    throw badRequest("invalid_value", message, `/${kind}/trigger_type`);
  }
  const call_answers = body.call_answers === undefined ? undefined : objectIn(body, "call_answers");
  const given = {
    ...{ rule_id: "preview", events: [objectIn(body, "test_payload")], preview: "conditions" as const },
    ...{ received_at: null, advance_to: "end" as const },
    ...(call_answers && { call_answers }),
  };
  const result = await rules.simulate(document, given).catch((error: unknown) => {
    throw underGiven(error, kind);
  });
  return ok(previewAnswer(result));
}

/** A draft of an event rule where only a part of one was given. */
function draftOf(kind: string, given: JsonObject): JsonObject {
  if (kind === "rule") return given;
  const trigger_spec = kind === "condition" ? { conditions: [given] } : given;
  return { rule_name: "preview", trigger_type: "event", trigger_spec };
}

function underGiven(error: unknown, kind: string): unknown {
  if (!(error instanceof Problem) || error.status !== 400) return error;
  return invalid(error.errors.map((fault) => ({ ...fault, pointer: writtenAt(fault.pointer, kind) })));
}

function writtenAt(at: string, kind: string): string {
  if (kind === "rule") return `/rule${at}`;
  const prefix = kind === "condition" ? CONDITION_AT : "/trigger_spec";
  return at.startsWith(prefix) ? `/${kind}${at.slice(prefix.length)}` : `/${kind}`;
}

function objectIn(body: JsonObject, name: string): JsonObject {
  const value: JsonValue | undefined = body[name];
  if (isObject(value)) return value;
  if (value === undefined) throw badRequest("required", `${name} is required: an object`, pointer(name));
  throw badRequest("invalid_type", `Cannot use ${name}: expected an object`, pointer(name));
}

function checkMembers(body: JsonObject, known: readonly string[]): void {
  const unknown = Object.keys(body).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const message = `Unknown member "${unknown}": did you mean "${nearestName(unknown, known)}"?`;
  throw badRequest("unknown_member", message, pointer(unknown));
}
