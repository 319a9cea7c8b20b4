/**
 * A form: a rule cut into the sections that a page shows (docs/rules.md). `trigger_spec` and `action_spec`
 * hold what no section takes, further members are those of the rule, so that nothing is lost on the way
 * through a form. {@linkcode readForm} tells all faults at once and gives the form in its one spelling.
 */
import * as z from "zod";
import { isObject, type JsonObject } from "../../base/json.ts";
import type { Fault } from "../../base/problem.ts";
import { guardDocument } from "../document_guard.ts";
import { faultsOf } from "../faults.ts";
import { shortText } from "../field_name.ts";
import { readAs, type Report } from "../read_as.ts";
import { actionsSection } from "./action_section.ts";
import { aggregationSection } from "./aggregation_section.ts";
import { conditionSection } from "./condition_section.ts";
import { enrichmentsSection } from "./enrichment_section.ts";
import { windowSection } from "./window_section.ts";

const NAME_CHARACTERS_MAX = 200;

/** In its one spelling; members of the rule that no section shows stand beside these. */
export interface Form extends JsonObject {
  rule_name: string;
  description: string | null;
  is_active: boolean;
  trigger_type: string;
  trigger_spec: JsonObject;
  composite_condition: JsonObject | null;
  window_config: JsonObject | null;
  aggregation: JsonObject | null;
  enrichments: JsonObject[];
  actions: JsonObject[];
}

/** Whose forms are read: those of the reference system know fewer types, and must have an action. */
export type Dialect = "own" | "reference";

const TYPES = {
  reference: ["metric", "event", "schedule", "anomaly"],
  own: ["metric", "event", "schedule", "anomaly", "pattern"],
};

/** The sections that stand in trigger_spec of a rule. */
export const TRIGGER_SECTIONS = {
  window_config: windowSection,
  aggregation: aggregationSection,
  enrichments: enrichmentsSection,
} as const;

const object = z.custom<JsonObject>(isObject, { error: "expected an object" });

function formMembers(dialect: Dialect) {
  return z.looseObject({
    rule_name: shortText(NAME_CHARACTERS_MAX),
    description: z.string().nullish(),
    is_active: z.boolean().nullish(),
    trigger_type: z.enum(TYPES[dialect]),
    trigger_spec: object,
    action_spec: object.nullish(),
    composite_condition: conditionSection.nullish(),
    window_config: windowSection.nullish(),
    aggregation: aggregationSection.nullish(),
    enrichments: enrichmentsSection.nullish(),
    actions: dialect === "reference" ? actionsSection : actionsSection.nullish(),
  });
}

const SCHEMAS: Readonly<Record<Dialect, z.ZodType<Form>>> = {
  own: schemaOf("own"),
  reference: schemaOf("reference"),
};

/** Of forms in our own dialect. */
export const formSchema = SCHEMAS.own;

function schemaOf(dialect: Dialect): z.ZodType<Form> {
  return readAs(formMembers(dialect), ({ action_spec, ...members }, report: Report): Form => {
    const rest = action_spec ?? {};
    const actions = members.actions ?? [];
    if (dialect === "reference" && actions.length === 0 && Object.keys(rest).length === 0) {
      report(["actions"], "required", "actions is required: name at least one");
    }
    checkTwice(members, report);
    return {
      ...(members as JsonObject),
      rule_name: members.rule_name,
      description: members.description ? members.description : null,
      is_active: members.is_active ?? true,
      trigger_type: members.trigger_type,
      trigger_spec: members.trigger_spec,
      composite_condition: members.composite_condition ?? null,
      window_config: members.window_config ?? null,
      aggregation: members.aggregation ?? null,
      enrichments: members.enrichments ?? [],
      actions,
      ...(Object.keys(rest).length > 0 && { action_spec: rest }),
    };
  });
}

/** A section and the same thing in trigger_spec cannot both be meant. */
function checkTwice(members: { [member: string]: unknown; trigger_spec: JsonObject }, report: Report): void {
  const spec = members.trigger_spec;
  for (const [section, name] of SECTION_MEMBERS) {
    const given = members[section];
    const isGiven = Array.isArray(given) ? given.length > 0 : given !== undefined && given !== null;
    const other = spec[name];
    if (!isGiven || typeof other !== "object" || other === null) continue;
    report(["trigger_spec", name], "conflict", `Cannot use "${name}" in trigger_spec beside ${section}`);
  }
}

/** Sections, and the member of trigger_spec that says the same. */
export const SECTION_MEMBERS = [
  ["composite_condition", "conditions"],
  ["window_config", "window_config"],
  ["aggregation", "aggregation"],
  ["enrichments", "enrichments"],
] as const;

export type ReadForm = { ok: true; form: Form } | { ok: false; errors: Fault[] };

/** At most 50 faults; pointers are into the form. */
export function readForm(given: unknown, dialect: Dialect = "own"): ReadForm {
  const unfit = guardDocument(given);
  if (unfit !== null) return { ok: false, errors: [unfit] };
  const result = SCHEMAS[dialect].safeParse(given, { reportInput: true });
  return result.success ? { ok: true, form: result.data } : { ok: false, errors: faultsOf(result.error) };
}
