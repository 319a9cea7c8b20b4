/**
 * Trying out conditions without a rule, and what editors of them offer. The engine decides each condition: a
 * tree is shown with the outcome of every test in it, also of those that the result does not hang on.
 */
import * as z from "zod";
import type { JsonObject } from "../../src/base/json.ts";
import { Problem } from "../../src/base/problem.ts";
import type { TreeNode } from "../../src/engine/condition_tree.ts";
import { REFERENCE_TEMPLATES } from "../../src/model/condition_templates.ts";
import { suggestion } from "../fields.ts";
import { testedTexts } from "../preview_answer.ts";
import type { RouteContext } from "../route_table.ts";
import type { CompatTable } from "./compat_table.ts";
import { FIELD_SUGGESTIONS } from "./condition_help.ts";
import { conditionDetails } from "./evaluation_details.ts";
import { jsonObject } from "./validation.ts";

const condition = z.looseObject({ field: z.string(), op: z.string().optional(), value: z.unknown() });
const tried = z.object({ condition, payload: jsonObject });
const previewed = z.object({
  trigger_spec: jsonObject,
  conditions: z.array(jsonObject).nullish(),
  condition_logic: z.string().nullish(),
  test_payload: jsonObject.nullish(),
});

export function conditionRoutes(table: CompatTable, context: RouteContext): void {
  table.on("GET", "/cep/condition-templates", {}, () => ({ data: { templates: [...REFERENCE_TEMPLATES] } }));
  const query = z.object({ search: z.string().default("") });
  table.on("GET", "/cep/field-suggestions", { query }, async ({ query: { search } }) => {
    const wanted = search.toLowerCase();
    const named = ({ name }: { name: string }) => name.toLowerCase().includes(wanted);
    return { data: { fields: (await suggestions(context)).filter(named) } };
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

/** Fields of recent events, then common ones that none of them has. */
async function suggestions({ deps: { fields } }: RouteContext): Promise<(JsonObject & { name: string })[]> {
  const sample = await fields.learn(null);
  const learnt = sample === null ? [] : sample.fields.filter(({ type }) => type !== "object");
  const known = new Set(sample?.fields.map(({ field }) => field));
  return [
    ...learnt.map((one) => ({ ...suggestion(one, sample!), name: one.field })),
    ...FIELD_SUGGESTIONS.filter(({ name }) => !known.has(name)),
  ];
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
    const matched = (await simulated({ conditions: [condition] }, payload, context)).would_execute;
    suggestions.push(matched ? "Condition matched" : "Condition did not match");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    errors.push(...error.errors.map(({ message }) => message));
  }
  return { valid: errors.length === 0, errors, warnings: [], suggestions };
}

async function preview(spec: JsonObject, payload: JsonObject, context: RouteContext): Promise<JsonObject> {
  const result = await simulated(spec, payload, context);
  const tree = result.preview?.tree ?? null;
  const matched = result.would_execute;
  return {
    condition_matched: matched,
    ...testedTexts(tree),
    condition_evaluation_tree: Array.isArray(spec.conditions) && tree !== null ? shownNode(tree) : null,
    would_execute: matched,
    references: conditionDetails(spec, payload, matched),
  };
}

function shownNode(node: TreeNode): JsonObject {
  if (!("conditions" in node)) {
    const { field, op, expected, actual, result, note } = node;
    return { field, op, expected, actual, result, note: note?.message ?? null };
  }
  const { conditions, ...group } = node;
  return { ...group, children: conditions.map(shownNode) };
}

/** An event rule with this spec, over the payload. @throws Problem 400 */
async function simulated(spec: JsonObject, payload: JsonObject, { deps }: RouteContext) {
  const rule = { rule_name: "preview", trigger_type: "event", trigger_spec: spec };
  const given = { rule_id: "preview", events: [payload], received_at: null, advance_to: null };
  return await deps.rules.simulate(rule, { ...given, preview: "conditions" });
}
