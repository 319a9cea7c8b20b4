/**
 * The words of a notification: where the rule of an alert names a template for the type of a channel, the
 * template is rendered with the alert and its output fitted to what the channel takes. Without one the
 * channel finds its own words. A template that fails condemns the message, and says why.
 */
import { compileField } from "../base/field_path.ts";
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import type { Words } from "../channel/mod.ts";
import type { Alert } from "../model/alert.ts";
import { namedTemplate } from "../model/action.ts";
import { messageContext } from "../model/message_context.ts";
import type { Template, TemplateChannel } from "../model/template.ts";
import { TEMPLATE_MODES } from "../model/template.ts";
import type { RenderResult, TemplateEngine, TemplateProblem, TemplateSource } from "../sandbox/templates.ts";
import type { RuleStore } from "../store/rule_store.ts";
import { fittedOutput, fittedSubject } from "./fitted.ts";

export interface TemplateRendering {
  output: JsonValue;
  subject: string | null;
}

export type WordsResult =
  /** null: the channel finds its own. */
  | { ok: true; words: Words | null }
  | { ok: false; cause: "template" | "sandbox"; name: string; problem: TemplateProblem };

export interface Wordsmith {
  /** The words for a channel of type `channelType`. */
  of(alert: Alert, channelType: string): Promise<WordsResult>;
  /** A template with any context, as a preview shows it. */
  render(template: Template, context: JsonObject): Promise<RenderResult>;
}

export interface WordsmithParts {
  rules: Pick<RuleStore, "versions">;
  templates: { get(name: string): Template | undefined };
  engine: TemplateEngine;
}

/** Versions of rules whose template is remembered. */
const REMEMBERED_MAX = 10_000;

export function createWordsmith({ rules, templates, engine }: WordsmithParts): Wordsmith {
  const sources = new WeakMap<Template, TemplateSource>();
  const named = new Map<string, string | null>();

  const sourceOf = (template: Template): TemplateSource => {
    const { body, subject, channel_type } = template;
    const source = sources.get(template) ?? { body, subject, mode: TEMPLATE_MODES[channel_type] };
    sources.set(template, source);
    return source;
  };
  const nameOf = async ({ rule_id, rule_version }: Alert): Promise<string | null> => {
    const key = `${rule_version} ${rule_id}`;
    const known = named.get(key);
    if (known !== undefined) return known;
    const versions = await rules.versions(rule_id);
    const name = namedTemplate(versions.find(({ version }) => version === rule_version)?.doc.action_spec);
    if (named.size >= REMEMBERED_MAX) named.clear();
    named.set(key, name);
    return name;
  };
  const render = async (template: Template, context: JsonObject): Promise<RenderResult> => {
    const result = await engine.render(sourceOf(template), withEventFields(template, context));
    if (!result.ok) return result;
    const { output, subject } = result.rendered;
    const fitted = fittedOutput(template.channel_type, output);
    return {
      ok: true,
      rendered: { output: fitted, subject: subject === null ? null : fittedSubject(subject) },
    };
  };
  return {
    render,
    async of(alert, channelType) {
      const name = await nameOf(alert);
      const template = name === null ? undefined : templates.get(name);
      if (template === undefined || template.channel_type !== channelType) return { ok: true, words: null };
      const result = await render(template, messageContext(alert) as unknown as JsonObject);
      if (!result.ok) return { ok: false, cause: result.cause, name: template.name, problem: result.problem };
      return { ok: true, words: wordsOf(template.channel_type, result.rendered, alert) };
    },
  };
}

/** A name that is not of the context is looked up in the last event, as everywhere (SEMANTICS 2 and 24). */
function withEventFields({ variables }: Template, context: JsonObject): JsonObject {
  const { event } = context;
  if (!isObject(event)) return context;
  const missing = variables.filter((name) => !Object.hasOwn(context, name));
  const found = missing.map((name) => [name, compileField(name)(event)] as const);
  return {
    ...context,
    ...Object.fromEntries(found.filter(([, value]) => value !== undefined)),
  } as JsonObject;
}

function wordsOf(channel: TemplateChannel, { output, subject }: TemplateRendering, alert: Alert): Words {
  const title = subject ?? alert.title;
  if (TEMPLATE_MODES[channel] === "json") return { title, text: alert.message, json: output };
  if (channel === "email") return { title, subject: title, text: alert.message, html: String(output) };
  return { title, text: String(output) };
}
