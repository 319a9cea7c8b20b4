/**
 * A template of actions: an action_spec with parameters, saved once and used by many rules. In it
 * `{{ params.name }}` stands for a parameter; a text that is one such place and nothing else takes the value as it
 * is. A rule says `{"use": name, "with": {...}}` where an action could stand; what that comes to is written into the
 * rule when it is saved, with the name and version it came from, so that a later edit changes no rule by itself.
 */
import * as z from "zod";
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { type Fault, invalid, pointer } from "../base/problem.ts";
import { actionSchema } from "./action.ts";
import { FROM_TEMPLATE } from "./action/written_actions.ts";
import { closedObject } from "./closed_object.ts";
import { faultsOf } from "./faults.ts";
import { shortText } from "./field_name.ts";
import { nearestName } from "./nearest_name.ts";

export const ACTION_TEMPLATES_MAX = 1_000;
export const ACTION_TEMPLATE_NAME_CHARACTERS_MAX = 128;
const PARAMETERS_MAX = 50;
const PARAMETER_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const DESCRIPTION_CHARACTERS_MAX = 2_000;
const PLACE = /\{\{\s*params\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}/g;

export interface ActionParameter {
  name: string;
  description: string;
  /** Absent: it must be given. */
  default?: JsonValue;
  /** What it may look like: the template is tried with it when it is saved. */
  example?: JsonValue;
}

export interface ActionTemplate {
  name: string;
  description: string;
  parameters: ActionParameter[];
  action_spec: JsonObject;
  /** From 1; one that came with the product and that nobody saved over is version 0. */
  version: number;
  is_default: boolean;
  created_at: string | null;
  updated_at: string | null;
}

export type ActionTemplateDraft = Pick<ActionTemplate, "description" | "parameters" | "action_spec"> & {
  name: string | null;
};

const parameter = closedObject({
  name: z.string().regex(PARAMETER_NAME, "letters, digits and _, not beginning with a digit"),
  description: z.string().max(DESCRIPTION_CHARACTERS_MAX).nullish(),
  default: z.unknown().optional(),
  example: z.unknown().optional(),
}).transform(({ name, description, ...values }): ActionParameter => ({
  name,
  description: description ?? "",
  ...(values.default !== undefined && { default: values.default as JsonValue }),
  ...(values.example !== undefined && { example: values.example as JsonValue }),
}));

const ignored = z.unknown().optional();
const schema = closedObject({
  name: shortText(ACTION_TEMPLATE_NAME_CHARACTERS_MAX).nullish(),
  description: z.string().max(DESCRIPTION_CHARACTERS_MAX).nullish(),
  parameters: z.array(parameter).max(PARAMETERS_MAX).nullish(),
  action_spec: z.custom<JsonObject>(isObject, { error: "expected an object" }),
  // Members of an answer that a client may send back.
  ...{ version: ignored, is_default: ignored, created_at: ignored, updated_at: ignored, used_by: ignored },
});

/** @throws Problem 400 with every fault; what the parameters do not decide is tried as a rule would be */
export function readActionTemplate(document: unknown): ActionTemplateDraft {
  const read = schema.safeParse(document, { reportInput: true });
  if (!read.success) throw invalid(faultsOf(read.error));
  const { name, description, parameters, action_spec } = read.data;
  const draft = {
    name: name ?? null,
    description: description ?? "",
    parameters: parameters ?? [],
    action_spec,
  };
  const nested = usesWithin(action_spec, ["action_spec"]);
  const faults = nested.length > 0
    ? nested
    : [...namedTwice(draft), ...unknownPlaces(draft), ...triedOut(draft)];
  if (faults.length > 0) throw invalid(faults);
  return draft;
}

/** A template is what rules use; in it stands what they come to. */
function usesWithin(given: JsonValue | undefined, at: readonly PropertyKey[]): Fault[] {
  if (Array.isArray(given)) return given.flatMap((one, i) => usesWithin(one, [...at, i]));
  if (!isObject(given)) return [];
  if (!("use" in given)) {
    return ["actions", "then", "else"].flatMap((name) => usesWithin(given[name], [...at, name]));
  }
  const message = 'Cannot "use" an action template in another: write its actions here';
  return [{ pointer: pointer(...at, "use"), code: "nested_use", message }];
}

function namedTwice({ parameters }: ActionTemplateDraft): Fault[] {
  const names = parameters.map(({ name }) => name);
  return names.flatMap((name, i) => {
    if (names.indexOf(name) === i) return [];
    const message = `Cannot use "${name}" as the name of a second parameter`;
    return [{ pointer: pointer("parameters", i, "name"), code: "duplicate_parameter", message }];
  });
}

/** Parameters that are named and not there. */
function unknownPlaces({ parameters, action_spec }: ActionTemplateDraft): Fault[] {
  const names = parameters.map(({ name }) => name);
  const used = [...JSON.stringify(action_spec).matchAll(PLACE)].map(([, name]) => name!);
  return [...new Set(used)].filter((name) => !names.includes(name)).map((name) => {
    const nearest = nearestName(name, names);
    const hint = nearest === undefined ? "there are none" : `did you mean "${nearest}"?`;
    const message = `Cannot find parameter "${name}": ${hint}`;
    return { pointer: "/action_spec", code: "unknown_parameter", message };
  });
}

/** As a rule with the examples, where every parameter has one or a default. */
function triedOut(draft: ActionTemplateDraft): Fault[] {
  const values: JsonObject = {};
  for (const { name, default: usual, example = usual } of draft.parameters) {
    if (example === undefined) return [];
    values[name] = example;
  }
  const tried = actionSchema("save").safeParse(filled(draft.action_spec, values), { reportInput: true });
  if (tried.success) return [];
  return faultsOf(tried.error).map((fault) => ({ ...fault, pointer: `/action_spec${fault.pointer}` }));
}

/** What a template comes to, or what is wrong with the values at `at`. */
export function expandTemplate(
  { name, version, parameters, action_spec }: ActionTemplate,
  values: JsonObject,
  at: readonly PropertyKey[],
): { spec: JsonObject; faults: Fault[] } {
  const faults: Fault[] = [];
  const names = parameters.map((one) => one.name);
  for (const given of Object.keys(values)) {
    if (names.includes(given)) continue;
    const nearest = nearestName(given, names);
    const hint = nearest === undefined ? "it takes no parameters" : `did you mean "${nearest}"?`;
    const message = `Unknown parameter "${given}" of action template "${name}": ${hint}`;
    faults.push({ pointer: pointer(...at, "with", given), code: "unknown_parameter", message });
  }
  const complete: JsonObject = {};
  for (const { name: parameter, default: usual } of parameters) {
    const value = (Object.hasOwn(values, parameter) ? values[parameter] : undefined) ?? usual;
    if (value !== undefined) complete[parameter] = value;
    else {
      const message = `${parameter} is required by action template "${name}"`;
      faults.push({ pointer: pointer(...at, "with", parameter), code: "required", message });
    }
  }
  const spec = { ...(filled(action_spec, complete) as JsonObject), [FROM_TEMPLATE]: `${name}@${version}` };
  return { spec, faults };
}

function filled(value: JsonValue, values: JsonObject): JsonValue {
  if (Array.isArray(value)) return value.map((one) => filled(one, values));
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, filled(one, values)]));
  }
  if (typeof value !== "string") return value;
  const [whole] = value.matchAll(PLACE);
  if (whole !== undefined && whole[0] === value.trim()) return values[whole[1]!] ?? null;
  return value.replaceAll(PLACE, (_, name: string) => textOf(values[name] ?? null));
}

function textOf(value: JsonValue): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
export { schema as actionTemplateDraftSchema };
