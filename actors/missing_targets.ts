/**
 * What actions run that is not there: rules and API definitions. Files are applied one after another, in any order, so
 * this is a warning: until it is there, running it fails.
 */
import { distance } from "fastest-levenshtein";
import type { JsonObject } from "../src/base/json.ts";
import { type Fault, pointer } from "../src/base/problem.ts";
import { type PlacedAction, placedActions, ruleMember } from "../src/model/action/written_actions.ts";
import { typeOf } from "../src/model/action/steps.ts";
import type { ApiVersion } from "../src/model/api_definition.ts";
import { FAULTS_MAX } from "../src/model/faults.ts";
import { nearestName } from "../src/model/nearest_name.ts";
import type { RuleStore } from "../src/store/rule_store.ts";

/** Rules whose names are looked at for a hint. */
const RULES_LOOKED_AT_MAX = 500;

export interface Targets {
  rules: Pick<RuleStore, "get" | "list">;
  apis: { list(): readonly ApiVersion[] };
}

/** Warnings about the actions of a rule. */
export async function missingTargets(
  ruleId: string,
  document: JsonObject,
  targets: Targets,
): Promise<Fault[]> {
  const found: Fault[] = [];
  for (const placed of placedActions(document.action_spec)) {
    const type = typeOf(placed.action);
    const fault = type === "trigger_rule" || type === "trigger"
      ? await missingRule(ruleId, placed, targets.rules)
      : type === "api_script" || type === "api_call"
      ? missingApi(type, placed, targets.apis.list())
      : null;
    if (fault !== null) found.push(fault);
  }
  return found.slice(0, FAULTS_MAX);
}

async function missingRule(
  ruleId: string,
  { action, path }: PlacedAction,
  rules: Targets["rules"],
): Promise<Fault | null> {
  const member = ruleMember(action);
  const id = member === null ? "" : String(action[member]).trim();
  if (member === null || id === ruleId || await rules.get(id) !== undefined) return null;
  const { items } = await rules.list({ limit: RULES_LOOKED_AT_MAX });
  const message = `There is no rule "${id}" yet: until there is, running it fails`;
  return {
    pointer: pointer("action_spec", ...path, member),
    code: "unknown_rule",
    message: message + hintOf(id, items.map(({ rule_id }) => rule_id)),
  };
}

function missingApi(
  type: "api_script" | "api_call",
  { action: { api_id: id }, path }: PlacedAction,
  apis: readonly ApiVersion[],
): Fault | null {
  if (typeof id !== "string") return null;
  const found = apis.find(({ api_id }) => api_id === id);
  const at = pointer("action_spec", ...path, "api_id");
  if (found === undefined) {
    const message = `There is no API definition "${id}" yet: until there is, running it fails`;
    return {
      pointer: at,
      code: "unknown_api",
      message: message + hintOf(id, apis.map(({ api_id }) => api_id)),
    };
  }
  if (type === "api_call" || found.type === "script") return null;
  const message = `API definition "${id}" is of type ${found.type}: api_script runs scripts, use api_call`;
  return { pointer: at, code: "not_a_script", message };
}

/** Only of names that are alike: the one that is meant may come later. */
function hintOf(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  if (nearest === undefined || distance(name, nearest) > Math.max(2, name.length / 3)) return "";
  return `; did you mean "${nearest}"?`;
}
