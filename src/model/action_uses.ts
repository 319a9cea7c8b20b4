/** An action_spec that uses templates of actions, and what it comes to. */
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { type Fault, pointer } from "../base/problem.ts";
import { FROM_TEMPLATE } from "./action/written_actions.ts";
import { type ActionTemplate, expandTemplate } from "./action_template.ts";
import { shown } from "./faults.ts";
import { nearestName } from "./nearest_name.ts";

/** Where templates are found. */
export interface ActionTemplates {
  get(name: string): ActionTemplate | undefined;
  names(): readonly string[];
}

interface Expanding {
  templates: ActionTemplates;
  faults: Fault[];
}

type Path = readonly (string | number)[];

/** Every `use` in it replaced; faults have pointers into the rule. */
export function expandUses(
  spec: JsonValue,
  templates: ActionTemplates,
): { spec: JsonValue; faults: Fault[] } {
  const expanding: Expanding = { templates, faults: [] };
  return { spec: one(spec, [], expanding), faults: expanding.faults };
}

function one(given: JsonValue, at: Path, expanding: Expanding): JsonValue {
  if (!isObject(given)) return given;
  if ("use" in given) return used(given, at, expanding);
  const made = { ...given };
  if (Array.isArray(given.actions)) made.actions = several(given.actions, [...at, "actions"], expanding);
  for (const name of ["then", "else"]) {
    if (name in given) made[name] = branch(given[name]!, [...at, name], expanding);
  }
  return made;
}

function branch(given: JsonValue, at: Path, expanding: Expanding): JsonValue {
  if (Array.isArray(given)) return several(given, at, expanding);
  const made = one(given, at, expanding);
  return severalOf(made) ?? made;
}

/** What comes to several actions stands in the list as those. */
function several(given: readonly JsonValue[], at: Path, expanding: Expanding): JsonValue[] {
  return given.flatMap((action, i) => {
    const made = one(action, [...at, i], expanding);
    return severalOf(made) ?? [made];
  });
}

/** The actions that a template came to; null: it is one, or no template. */
function severalOf(made: JsonValue): JsonValue[] | null {
  return isObject(made) && FROM_TEMPLATE in made && Array.isArray(made.actions) ? made.actions : null;
}

function used(given: JsonObject, at: Path, { templates, faults }: Expanding): JsonValue {
  const { use, with: values = {}, ...others } = given;
  const path = ["action_spec", ...at];
  const template = typeof use === "string" ? templates.get(use) : undefined;
  if (template === undefined) {
    faults.push(unknownTemplate(use!, [...path, "use"], templates.names()));
    return {};
  }
  for (const name of Object.keys(others).filter((name) => !name.startsWith("x-"))) {
    const message = `Cannot use "${name}" beside "use": expected "with"`;
    faults.push({ pointer: pointer(...path, name), code: "unknown_member", message });
  }
  if (!isObject(values)) {
    const message = `Cannot use ${shown(values)} as values: expected an object`;
    faults.push({ pointer: pointer(...path, "with"), code: "invalid_type", message });
    return {};
  }
  const expanded = expandTemplate(template, values, path);
  faults.push(...expanded.faults);
  return expanded.spec;
}

function unknownTemplate(use: JsonValue, path: Path, names: readonly string[]): Fault {
  const nearest = typeof use === "string" ? nearestName(use, names) : undefined;
  const hint = nearest === undefined ? "there is none like it" : `did you mean "${nearest}"?`;
  return {
    pointer: pointer(...path),
    code: "unknown_action_template",
    message: `Cannot find action template ${shown(use)}: ${hint}`,
  };
}
