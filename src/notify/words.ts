/**
 * The words of a notification: where the rule of an alert names a template for the type of a channel, or the
 * channel names one, the template is rendered with the alert and its output fitted to what the channel takes.
 * Without one the channel finds its own words. A template that fails condemns the message, and says why.
 */
import { compileField } from "../base/field_path.ts";
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import type { Words } from "../channel/mod.ts";
import type { Alert } from "../model/alert.ts";
import type { Channel } from "../model/channel.ts";
import type { DeliveryTexts } from "../model/delivery.ts";
import { ownTemplate } from "../model/action/written_actions.ts";
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
  /** @param texts words of a delivery's own: their template stands in place of the rule's */
  of(
    alert: Alert,
    channel: Pick<Channel, "type" | "config">,
    texts?: Pick<DeliveryTexts, "template">,
  ): Promise<WordsResult>;
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
    const name = ownTemplate(versions.find(({ version }) => version === rule_version)?.doc.action_spec);
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
    async of(alert, channel, texts) {
      const name = texts === undefined ? await nameOf(alert) : texts.template;
      const byRule = name === null ? undefined : templates.get(name);
      const own = channelTemplate(channel);
      const template = byRule?.channel_type === channel.type
        ? byRule
        : own === null
        ? null
        : templates.get(own);
      if (template === null) return { ok: true, words: null };
      if (template?.channel_type !== channel.type) return missing(own!);
      const result = await render(template, messageContext(alert) as unknown as JsonObject);
      if (!result.ok) return { ok: false, cause: result.cause, name: template.name, problem: result.problem };
      return { ok: true, words: wordsOf(template.channel_type, result.rendered, alert) };
    },
  };
}

/** The template that a channel names; null: none. */
export function channelTemplate({ config }: Pick<Channel, "config">): string | null {
  return config.format === "template" && typeof config.template === "string" ? config.template : null;
}

function missing(name: string): WordsResult {
  const message = "there is no such template for this type of channel any more";
  return {
    ok: false,
    cause: "template",
    name,
    problem: { member: "body", kind: "missing", message, line: null },
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
