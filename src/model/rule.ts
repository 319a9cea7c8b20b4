/**
 * The rule document: its schema, and {@linkcode Rule}, the normal form that everything inside
 * reads. {@linkcode parseRule} tells all faults at once, each with its JSON pointer; texts that clients of
 * the reference system match on are part of the messages.
 */
import * as z from "zod";
import type { Fault } from "../base/problem.ts";
import { isObject } from "../base/json.ts";
import { type Action, actionSchema } from "./action.ts";
import { type Severity, severitySchema } from "./alert.ts";
import { closedObject } from "./closed_object.ts";
import { guardDocument } from "./document_guard.ts";
import { durationText } from "./duration_text.ts";
import { faultsOf, shown } from "./faults.ts";
import { shortText } from "./field_name.ts";
import { DEFAULT_LIMITS, type Limits, limitsSchema } from "./limits.ts";
import { nearestName } from "./nearest_name.ts";
import { NOT_SUPPORTED_YET, RULE_MEMBERS_TO_COME, TRIGGER_TYPES_TO_COME } from "./not_supported_yet.ts";
import { readAs, type Report } from "./read_as.ts";
import { warningsOf } from "./rule_warnings.ts";
import { type Purpose, SAYS_NOTHING, selectsEvents, triggerSchema, type TriggerSpec } from "./trigger.ts";

export type { Purpose };

export const RULE_ID_CHARACTERS_MAX = 128;
const NAME_CHARACTERS_MAX = 200;
const DESCRIPTION_CHARACTERS_MAX = 10_000;
const TAGS_MAX = 50;
const LABELS_MAX = 64;

export type TriggerType = "event" | "metric";

/** A trigger_spec as its trigger_type reads it. */
export interface Trigger extends TriggerSpec {
  type: TriggerType;
}

export interface Rule {
  /** null: the server gives one. */
  rule_id: string | null;
  rule_name: string;
  description: string;
  tags: readonly string[];
  severity: Severity;
  labels: Readonly<Record<string, string>>;
  is_active: boolean;
  trigger: Trigger;
  action: Action;
  /** 0 = none. */
  cooldown_ms: number;
  isolation: "shared" | "dedicated";
  limits: Limits;
}

export type ParsedRule =
  | { ok: true; rule: Rule; warnings: Fault[] }
  | { ok: false; errors: Fault[] };

const triggerType = z.unknown().transform((given, ctx): TriggerType => {
  if (given === "event" || given === "metric") return given;
  const [code, message] = typeFault(given);
  ctx.addIssue({ code: "custom", message, params: { code } });
  return z.NEVER;
});

function typeFault(given: unknown): [code: string, message: string] {
  if (given === undefined || given === null) return ["required", "trigger_type is required"];
  if (typeof given === "string" && TRIGGER_TYPES_TO_COME.includes(given)) {
    return [NOT_SUPPORTED_YET, `Cannot use trigger type "${given}": it is not supported yet`];
  }
  const types = ["event", "metric", ...TRIGGER_TYPES_TO_COME];
  const nearest = typeof given === "string" ? nearestName(given, types) : undefined;
  const hint = nearest === undefined ? `expected one of ${types.join(", ")}` : `did you mean "${nearest}"?`;
  return ["unsupported_trigger", `Unsupported trigger type ${shown(given)}: ${hint}`];
}

// Members of an answer that a client may send back with the rule.
const ANSWER_MEMBERS = {
  created_at: z.unknown().optional(),
  updated_at: z.unknown().optional(),
  created_by: z.unknown().optional(),
  version: z.unknown().optional(),
  effective: z.unknown().optional(),
};

function ruleMembers(purpose: Purpose) {
  return closedObject({
    rule_id: shortText(RULE_ID_CHARACTERS_MAX).nullish(),
    rule_name: shortText(NAME_CHARACTERS_MAX),
    description: z.string().max(DESCRIPTION_CHARACTERS_MAX).nullish(),
    tags: z.array(shortText(NAME_CHARACTERS_MAX)).max(TAGS_MAX).nullish(),
    severity: severitySchema.nullish(),
    labels: z.record(shortText(NAME_CHARACTERS_MAX), z.string()).refine(
      (labels) => Object.keys(labels).length <= LABELS_MAX,
      { error: `Cannot use more than ${LABELS_MAX} labels`, params: { code: "out_of_range" } },
    ).nullish(),
    is_active: z.boolean().nullish(),
    trigger_type: triggerType,
    trigger_spec: triggerSchema(purpose),
    action_spec: actionSchema(purpose).optional(),
    cooldown: durationText.nullable().optional(),
    isolation: z.enum(["shared", "dedicated"]).nullish(),
    limits: limitsSchema.nullish(),
    ...RULE_MEMBERS_TO_COME,
    ...ANSWER_MEMBERS,
  });
}

type RuleMembers = z.output<ReturnType<typeof ruleMembers>>;

function readRule(members: RuleMembers, report: Report): Rule {
  return {
    rule_id: members.rule_id ?? null,
    rule_name: members.rule_name,
    description: members.description ?? "",
    tags: members.tags ?? [],
    severity: members.severity ?? "info",
    labels: members.labels ?? {},
    is_active: members.is_active ?? true,
    trigger: readTrigger(members.trigger_type, members.trigger_spec, report),
    action: members.action_spec ?? { type: "none" },
    cooldown_ms: members.cooldown ?? 0,
    isolation: members.isolation ?? "shared",
    limits: members.limits ?? DEFAULT_LIMITS,
  };
}

/** In a metric rule "runtime" and "payload" say where the value comes from, and select no events. */
function readTrigger(type: TriggerType, spec: TriggerSpec, report: Report): Trigger {
  const valueSource = type === "metric" && (spec.source === "runtime" || spec.source === "payload");
  const trigger = { ...spec, type, source: valueSource || spec.polling !== null ? null : spec.source };
  if (trigger.where === null && trigger.threshold === null && !selectsEvents(trigger)) {
    report(["trigger_spec"], "required", SAYS_NOTHING);
  }
  return trigger;
}

const SCHEMAS = {
  save: readAs(ruleMembers("save"), readRule),
  simulate: readAs(ruleMembers("simulate"), readRule),
};

/** Reads a rule document. At most 50 faults; the first one's message is the detail of the answer. */
export function parseRule(document: unknown, purpose: Purpose = "save"): ParsedRule {
  const unfit = guardDocument(document);
  if (unfit !== null) return { ok: false, errors: [unfit] };
  const result = SCHEMAS[purpose].safeParse(document, { reportInput: true });
  if (!result.success) return { ok: false, errors: faultsOf(result.error) };
  const warnings = isObject(document) ? warningsOf(document, result.data) : [];
  return { ok: true, rule: result.data, warnings };
}
