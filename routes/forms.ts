/** POST /rules/form: a form as the rule that it says, or a rule as a form. Nothing is saved. */
import { isObject, type JsonObject, type JsonValue } from "../src/base/json.ts";
import { badRequest, type Fault, invalid, pointer } from "../src/base/problem.ts";
import { withoutAnswerMembers } from "../src/model/answer_members.ts";
import { type Form, formToRule, readForm, ruleToForm } from "../src/model/form/mod.ts";
import { nearestName } from "../src/model/nearest_name.ts";
import { type Answer, ok } from "./answer.ts";
import type { RouteContext, RouteTable } from "./route_table.ts";

const MEMBERS = ["form", "rule"];

export function formRoutes(routes: RouteTable, context: RouteContext): void {
  routes.on("POST", "/api/v1/rules/form", ({ body }) => {
    const unknown = Object.keys(body).find((name) => !MEMBERS.includes(name));
    if (unknown !== undefined) {
      const hint = `did you mean "${nearestName(unknown, MEMBERS)}"?`;
      throw badRequest("unknown_member", `Unknown member "${unknown}": ${hint}`, pointer(unknown));
    }
    const { form, rule } = body;
    if (form !== undefined && rule !== undefined) {
      throw badRequest("conflict", "Cannot convert both form and rule: give one of them", "/rule");
    }
    if (form !== undefined) return ruleOf(form, context);
    if (rule === undefined) throw badRequest("required", "form or rule is required", "/form");
    if (!isObject(rule)) throw badRequest("invalid_type", "Cannot use rule: expected an object", "/rule");
    return formOf(rule);
  });
}

/** The rule, and what a save would say of it. */
async function ruleOf(given: JsonValue, { deps: { rules } }: RouteContext): Promise<Answer> {
  const read = readForm(given);
  if (!read.ok) throw under("form", read.errors);
  const rule = formToRule(read.form);
  const { valid, errors, warnings } = await rules.validate(rule);
  return ok({
    rule,
    valid,
    errors: listed(errors),
    warnings: listed([...warningsOf(read.form), ...warnings]),
  });
}

function formOf(rule: JsonObject): Answer {
  const shown = ruleToForm(withoutAnswerMembers(rule));
  if (Array.isArray(shown)) throw under("rule", shown);
  return ok({ ...shown });
}

/** What a page should say of sections as they stand. */
function warningsOf({ composite_condition: where, actions, action_spec }: Form): Fault[] {
  const warnings: Fault[] = [];
  if (Array.isArray(where?.conditions) && where.conditions.length === 0) {
    const message = "A section without conditions takes every event: leave it out if that is not meant";
    warnings.push({ pointer: "/trigger_spec/conditions", code: "takes_everything", message });
  }
  if (actions.length === 0 && action_spec === undefined) {
    warnings.push({ pointer: "/action_spec", code: "no_actions", message: "No actions: the alert is all" });
  }
  return warnings;
}

function under(name: string, errors: readonly Fault[]) {
  return invalid(errors.map((fault) => ({ ...fault, pointer: `/${name}${fault.pointer}` })));
}

function listed(faults: readonly Fault[]): JsonValue[] {
  return faults.map((fault) => ({ ...fault }));
}
