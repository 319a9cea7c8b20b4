/**
 * The rule document: its schema, and {@linkcode Rule}, the normal form that everything inside
 * reads. {@linkcode parseRule} tells all faults at once, each with its JSON pointer; texts that clients of
 * the reference system match on are part of the messages.
 */
import * as z from "zod";
import type { Fault } from "../base/problem.ts";
import { isObject } from "../base/json.ts";
import { type Action, actionSchema, NO_ACTION } from "./action.ts";
import { type Severity, severitySchema } from "./alert.ts";
import { closedObject } from "./closed_object.ts";
import { guardDocument } from "./document_guard.ts";
import { durationText } from "./duration_text.ts";
import { FAULTS_MAX, faultsOf } from "./faults.ts";
import { shortText } from "./field_name.ts";
import { DEFAULT_LIMITS, type Limits, limitsSchema } from "./limits.ts";
import { type Hold, readHold } from "./hold.ts";
import { BUILT, type Feature, refuseUnbuilt } from "./not_supported_yet.ts";
import type { Purpose } from "./purpose.ts";
import { readAs, type Report } from "./read_as.ts";
import { warningsOf } from "./rule_warnings.ts";
import { type Trigger, triggerSchema } from "./trigger.ts";
import { type TriggerType, triggerTypeOf, triggerTypeSchema } from "./trigger_type.ts";

export type { Purpose, Trigger, TriggerType };

export const RULE_ID_CHARACTERS_MAX = 128;
const NAME_CHARACTERS_MAX = 200;
const DESCRIPTION_CHARACTERS_MAX = 10_000;
const TAGS_MAX = 50;
const LABELS_MAX = 64;

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
  /** null: each match is an alert of its own. */
  hold: Hold | null;
  /** 0 = none. */
  cooldown_ms: number;
  isolation: "shared" | "dedicated";
  limits: Limits;
}

export type ParsedRule =
  | { ok: true; rule: Rule; warnings: Fault[] }
  | { ok: false; errors: Fault[] };

/** The rule_id of alerts that no rule makes but the state of channels. */
export const CHANNELS_RULE_ID = "_channels";

// Members of an answer that a client may send back with the rule.
const ANSWER_MEMBERS = {
  created_at: z.unknown().optional(),
  updated_at: z.unknown().optional(),
  created_by: z.unknown().optional(),
  version: z.unknown().optional(),
  effective: z.unknown().optional(),
  status: z.unknown().optional(),
  kept: z.unknown().optional(),
  reset: z.unknown().optional(),
  warnings: z.unknown().optional(),
};

/** A rule as it is written, before it is read. */
export function ruleMembers(purpose: Purpose, type: TriggerType) {
  return closedObject({
    rule_id: shortText(RULE_ID_CHARACTERS_MAX).refine((id) => id !== CHANNELS_RULE_ID, {
      error: `Cannot use "${CHANNELS_RULE_ID}" as a rule_id: alerts of channels have it`,
      params: { code: "reserved" },
    }).nullish(),
    rule_name: shortText(NAME_CHARACTERS_MAX),
    description: z.string().max(DESCRIPTION_CHARACTERS_MAX).nullish(),
    tags: z.array(shortText(NAME_CHARACTERS_MAX)).max(TAGS_MAX).nullish(),
    severity: severitySchema.nullish(),
    labels: z.record(shortText(NAME_CHARACTERS_MAX), z.string()).refine(
      (labels) => Object.keys(labels).length <= LABELS_MAX,
      { error: `Cannot use more than ${LABELS_MAX} labels`, params: { code: "out_of_range" } },
    ).nullish(),
    is_active: z.boolean().nullish(),
    trigger_type: triggerTypeSchema,
    trigger_spec: triggerSchema(type),
    action_spec: actionSchema(purpose).optional(),
    for: durationText.nullable().optional(),
    keep_firing_for: durationText.nullable().optional(),
    cooldown: durationText.nullable().optional(),
    isolation: z.enum(["shared", "dedicated"]).nullish(),
    limits: limitsSchema.nullish(),
    ...ANSWER_MEMBERS,
  });
}

type RuleMembers = z.output<ReturnType<typeof ruleMembers>>;

function readRule(members: RuleMembers, report: Report): Rule {
  const trigger = members.trigger_spec;
  const limits = members.limits ?? DEFAULT_LIMITS;
  checkWindowFits(trigger, limits, report);
  return {
    rule_id: members.rule_id ?? null,
    rule_name: members.rule_name,
    description: members.description ?? "",
    tags: members.tags ?? [],
    severity: members.severity ?? "info",
    labels: members.labels ?? {},
    is_active: members.is_active ?? true,
    trigger,
    action: members.action_spec ?? NO_ACTION,
    hold: readHold(members, trigger.type, report),
    cooldown_ms: members.cooldown ?? 0,
    isolation: members.isolation ?? "shared",
    limits,
  };
}

/** A count window that the cap keeps from ever filling would never fire. */
function checkWindowFits({ window }: Trigger, { events_per_window }: Limits, report: Report): void {
  if (window?.type !== "count" || events_per_window === null || window.size <= events_per_window) return;
  const message = `Cannot hold the ${window.size} events of a window: ` +
    `limits.events_per_window is ${events_per_window}`;
  report(["limits", "events_per_window"], "conflict", message);
}

const schemas = new Map<string, z.ZodType<Rule>>();

/** What members of trigger_spec mean depends on the type; a schema is made when it is first asked for. */
function schemaFor(purpose: Purpose, type: TriggerType): z.ZodType<Rule> {
  const name = `${purpose} ${type}`;
  const known = schemas.get(name);
  if (known !== undefined) return known;
  const made = readAs(ruleMembers(purpose, type), readRule);
  schemas.set(name, made);
  return made;
}

/**
 * Reads a rule document. At most 50 faults; the first one's message is the detail of the answer.
 * @param built the features that run; others are refused
 */
export function parseRule(
  document: unknown,
  purpose: Purpose = "save",
  built: ReadonlySet<Feature> = BUILT,
): ParsedRule {
  const unfit = guardDocument(document);
  if (unfit !== null) return { ok: false, errors: [unfit] };
  if (!isObject(document)) return read(document, "event", purpose);
  const { document: rest, faults } = refuseUnbuilt(document, { purpose, built });
  const type = triggerTypeOf(document.trigger_type);
  // Of a type that is not there nobody can say what else is wrong.
  if (faults[0]?.pointer === "/trigger_type") return { ok: false, errors: faults.slice(0, FAULTS_MAX) };
  const parsed = read(rest, type ?? "event", purpose);
  if (faults.length === 0) return parsed;
  const others = parsed.ok ? [] : parsed.errors.filter((error) => !isWithin(error, faults));
  return { ok: false, errors: [...others, ...faults].slice(0, FAULTS_MAX) };
}

/** Whether a fault stands in a member that is refused as a whole. */
function isWithin({ pointer }: Fault, refused: readonly Fault[]): boolean {
  return refused.some((fault) => pointer === fault.pointer || pointer.startsWith(`${fault.pointer}/`));
}

function read(document: unknown, type: TriggerType, purpose: Purpose): ParsedRule {
  const result = schemaFor(purpose, type).safeParse(document, { reportInput: true });
  if (!result.success) return { ok: false, errors: faultsOf(result.error) };
  const warnings = isObject(document) ? warningsOf(document, result.data) : [];
  return { ok: true, rule: result.data, warnings };
}
