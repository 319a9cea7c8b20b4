/**
 * A rule document on its way in and out: read and compiled with every fault told, and shown as it was
 * written with what the server knows of it.
 */
import { instant } from "../src/base/event_time.ts";
import { isObject, type JsonObject } from "../src/base/json.ts";
import { type Fault, invalid, pointer } from "../src/base/problem.ts";
import { compileRule } from "../src/engine/compile.ts";
import type { Plan } from "../src/engine/plan.ts";
import { type ActionTemplates, expandUses } from "../src/model/action_uses.ts";
import { withoutAnswerMembers } from "../src/model/answer_members.ts";
import { effective } from "../src/model/effective_rule.ts";
import { nearestName } from "../src/model/nearest_name.ts";
import { parseRule, type Rule } from "../src/model/rule.ts";
import { unknownSecrets } from "../src/model/unknown_secrets.ts";
import type { Channel } from "../src/model/channel.ts";
import type { RuleVersion, RuleVersionDraft } from "../src/store/rule_store.ts";
import { channelsNamed } from "../src/notify/channels_named.ts";
import { reviewPattern } from "./pattern_review.ts";
import { notifiesOf } from "../src/model/action.ts";

export interface ReadRule {
  /** As it is to be stored. */
  doc: JsonObject;
  rule: Rule;
  warnings: readonly Fault[];
}

/** Reads a document to be saved. @throws Problem 400 with every fault */
export function readRule(
  given: unknown,
  known: {
    channels: readonly Channel[];
    tables: readonly string[];
    templates: readonly string[];
    actionTemplates: ActionTemplates;
    secrets: readonly string[];
  },
): ReadRule {
  const doc = withUses(withoutAnswerMembers(given), known.actionTemplates);
  const { channels, tables, templates } = known;
  const parsed = parseRule(doc);
  if (!parsed.ok) throw invalid(parsed.errors);
  const unknown = [
    ...unknownChannels(parsed.rule, channels),
    ...unknownTemplates(parsed.rule, templates),
    ...unknownTables(parsed.rule, tables),
    ...secretFaults(doc as JsonObject, known.secrets),
    ...parsed.rule.action.faults,
  ];
  if (unknown.length > 0) throw invalid(unknown);
  const { errors, warnings } = reviewPattern(parsed.rule);
  if (errors.length > 0) throw invalid(errors);
  return { doc: doc as JsonObject, rule: parsed.rule, warnings: [...parsed.warnings, ...warnings] };
}

/** Reads a document to be tried out: what the caller stands in for need not be there. @throws Problem 400 */
export function readDraft(given: unknown): Rule {
  const parsed = parseRule(withoutAnswerMembers(given), "simulate");
  if (!parsed.ok) throw invalid(parsed.errors);
  const { errors } = reviewPattern(parsed.rule);
  if (errors.length > 0) throw invalid(errors);
  return parsed.rule;
}

/** The plan of a version; null when this release does not take its document. */
export function planOf(row: Pick<RuleVersion, "doc" | "rule_id" | "version" | "generation">): Plan | null {
  const parsed = parseRule(row.doc);
  if (!parsed.ok) return null;
  const { rule_id, version, generation } = row;
  return compileRule(parsed.rule, { rule_id, version, generation });
}

/** The document as written, and what the server knows of the rule. */
export function shownRule(row: RuleVersionDraft): JsonObject {
  const parsed = parseRule(row.doc);
  return {
    ...row.doc,
    rule_id: row.rule_id,
    is_active: row.active,
    version: row.version,
    created_at: instant(row.created_at),
    updated_at: instant(row.updated_at),
    effective: parsed.ok ? { ...effective(parsed.rule), rule_id: row.rule_id } : null,
  };
}

/** What templates of actions come to stands in their place from here on. */
function withUses(doc: unknown, templates: ActionTemplates): unknown {
  if (!isObject(doc) || doc.action_spec === undefined) return doc;
  const { spec: action_spec, faults } = expandUses(doc.action_spec, templates);
  if (faults.length > 0) throw invalid(faults);
  return { ...doc, action_spec };
}

/** Secrets that are not there, where a rule writes requests. */
function secretFaults({ action_spec, trigger_spec }: JsonObject, names: readonly string[]): Fault[] {
  const { endpoint, params, enrichments } = isObject(trigger_spec) ? trigger_spec : {};
  const asked = Object.entries({ endpoint, params, enrichments });
  return [
    ...asked.flatMap(([name, value]) => unknownSecrets(value, { names, path: ["trigger_spec", name] })),
    ...unknownSecrets(action_spec, { names, path: ["action_spec"] }),
  ];
}

/** What a rule looks up in tables that are not there. */
export function unknownTables({ trigger }: Rule, tables: readonly string[]): Fault[] {
  return trigger.enrichments.flatMap((one, i): Fault[] => {
    if (one.type !== "lookup" || tables.includes(one.table)) return [];
    const nearest = nearestName(one.table, tables);
    const hint = nearest === undefined ? "there are no tables yet" : `did you mean "${nearest}"?`;
    return [{
      pointer: pointer("trigger_spec", "enrichments", i, "table"),
      code: "unknown_lookup",
      message: `Cannot find lookup table ${JSON.stringify(one.table)}: ${hint}`,
    }];
  });
}

function unknownTemplates({ action }: Rule, templates: readonly string[]): Fault[] {
  return notifiesOf(action).flatMap(({ template: name, at }): Fault[] => {
    if (name === null || templates.includes(name)) return [];
    const nearest = nearestName(name, templates);
    const hint = nearest === undefined ? "there are no templates" : `did you mean "${nearest}"?`;
    const message = `Cannot find template ${JSON.stringify(name)}: ${hint}`;
    return [{ pointer: pointer("action_spec", ...at, "template"), code: "unknown_template", message }];
  });
}

function unknownChannels({ action }: Rule, channels: readonly Channel[]): Fault[] {
  return notifiesOf(action).flatMap(({ channels: names, fallback, at }) => {
    const named = names.map((name, i): { name: string; path: (string | number)[] } => (
      { name, path: [...at, "channels", i] }
    ));
    if (fallback !== null) named.push({ name: fallback, path: [...at, "fallback_channel"] });
    return named.flatMap(({ name, path }) => unknownChannel(name, path, channels));
  });
}

function unknownChannel(
  name: string,
  path: readonly (string | number)[],
  channels: readonly Channel[],
): Fault[] {
  if (channelsNamed(name, channels).length > 0) return [];
  const nearest = nearestName(name, channels.map((channel) => channel.name));
  const hint = nearest === undefined ? "there are no channels yet" : `did you mean "${nearest}"?`;
  return [{
    pointer: pointer("action_spec", ...path),
    code: "unknown_channel",
    message: `Cannot find channel ${JSON.stringify(name)} by id, name or type: ${hint}`,
  }];
}
