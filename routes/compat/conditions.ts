/**
 * Trying out conditions without a rule, and what editors of them offer. The engine decides each condition: a
 * tree is shown with the outcome of every test in it, also of those that the result does not hang on.
 */
import * as z from "zod";
import { isObject, type JsonObject, type JsonValue } from "../../src/base/json.ts";
import { badRequest, Problem } from "../../src/base/problem.ts";
import type { RouteContext } from "../route_table.ts";
import type { CompatTable } from "./compat_table.ts";
import { CONDITION_TEMPLATES, FIELD_SUGGESTIONS } from "./condition_help.ts";
import { conditionDetails } from "./evaluation_details.ts";
import { jsonObject } from "./validation.ts";

/** Tests that a preview decides one by one. */
export const PREVIEW_TESTS_MAX = 100;

const condition = z.looseObject({ field: z.string(), op: z.string().optional(), value: z.unknown() });
const tried = z.object({ condition, payload: jsonObject });
const previewed = z.object({
  trigger_spec: jsonObject,
  conditions: z.array(jsonObject).nullish(),
  condition_logic: z.string().nullish(),
  test_payload: jsonObject.nullish(),
});

export function conditionRoutes(table: CompatTable, context: RouteContext): void {
  table.on("GET", "/cep/condition-templates", {}, () => ({ data: { templates: [...CONDITION_TEMPLATES] } }));
  const query = z.object({ search: z.string().default("") });
  table.on("GET", "/cep/field-suggestions", { query }, ({ query: { search } }) => {
    const wanted = search.toLowerCase();
    return { data: { fields: FIELD_SUGGESTIONS.filter(({ name }) => name.toLowerCase().includes(wanted)) } };
  });
  table.on("POST", "/cep/validate/condition", { body: tried }, async ({ body }) => {
    return { data: { validation: await validation(body.condition as JsonObject, body.payload, context) } };
  });
  table.on("POST", "/cep/rules/preview", { body: previewed }, async ({ body }) => {
    const { trigger_spec, conditions, condition_logic, test_payload } = body;
    const logic = condition_logic ?? trigger_spec.logic ?? "AND";
    const spec = conditions?.length ? { ...trigger_spec, conditions, logic } : trigger_spec;
    return { data: { preview: await preview(spec, test_payload ?? {}, context) } };
  });
}

/** valid: it can be evaluated; the suggestion tells whether it holds. */
async function validation(
  condition: JsonObject,
  payload: JsonObject,
  context: RouteContext,
): Promise<JsonObject> {
  const errors: string[] = [];
  const suggestions: string[] = [];
  try {
    const matched = await holds({ conditions: [condition] }, payload, context);
    suggestions.push(matched ? "Condition matched" : "Condition did not match");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    errors.push(...error.errors.map(({ message }) => message));
  }
  return { valid: errors.length === 0, errors, warnings: [], suggestions };
}

async function preview(spec: JsonObject, payload: JsonObject, context: RouteContext): Promise<JsonObject> {
  const matched = await holds(spec, payload, context);
  const tests = { matched: [] as string[], failed: [] as string[] };
  const tree = Array.isArray(spec.conditions) ? await nodeOf(spec, payload, { context, tests }) : null;
  return {
    condition_matched: matched,
    matched_conditions: tests.matched,
    failed_conditions: tests.failed,
    condition_evaluation_tree: tree,
    would_execute: matched,
    references: conditionDetails(spec, payload, matched),
  };
}

interface Preview {
  context: RouteContext;
  tests: { matched: string[]; failed: string[] };
}

async function nodeOf(node: JsonObject, payload: JsonObject, shared: Preview): Promise<JsonObject> {
  const { tests, context } = shared;
  if (Array.isArray(node.conditions)) {
    const children: JsonValue[] = [];
    for (const child of node.conditions) {
      if (isObject(child)) children.push(await nodeOf(child, payload, shared));
    }
    const { conditions, logic = "AND" } = node;
    return { logic, result: await holds({ conditions, logic }, payload, context), children };
  }
  if (tests.matched.length + tests.failed.length >= PREVIEW_TESTS_MAX) throw tooMany();
  const result = await holds({ conditions: [node] }, payload, context);
  const { field = null, op = "==", value = null } = node;
  const text = `${field} ${op} ${typeof value === "string" ? value : JSON.stringify(value)}`;
  (result ? tests.matched : tests.failed).push(text);
  return { field, op, expected: value, result };
}

/** Whether an event rule with this spec takes the payload. @throws Problem 400 */
async function holds(spec: JsonObject, payload: JsonObject, { deps }: RouteContext): Promise<boolean> {
  const rule = { rule_name: "preview", trigger_type: "event", trigger_spec: spec };
  const given = { rule_id: "preview", events: [payload], received_at: null, advance_to: null };
  return (await deps.rules.simulate(rule, given)).would_execute;
}

function tooMany(): Problem {
  return badRequest(
    "out_of_range",
    `Cannot preview more than ${PREVIEW_TESTS_MAX} conditions`,
    "/conditions",
  );
}
