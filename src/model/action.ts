/**
 * action_spec: what happens beyond the alert. Absent or empty: nothing. `notify` sends to channels, named
 * by id, name or type; `webhook` makes a request. The other types of the reference system are known and refused for
 * now.
 */
import * as z from "zod";
import { isObject, type JsonObject } from "../base/json.ts";
import { closedObject } from "./closed_object.ts";
import { shown } from "./faults.ts";
import { shortText } from "./field_name.ts";
import { type Message, MESSAGE_CHARACTERS_MAX, parseMessage } from "./message.ts";
import { nearestName } from "./nearest_name.ts";
import { ACTION_TYPES_TO_COME, NOT_SUPPORTED_YET, NOTIFY_MEMBERS_TO_COME } from "./not_supported_yet.ts";
import type { Purpose } from "./purpose.ts";
import { readWithin } from "./read_within.ts";
import { TEMPLATE_NAME_CHARACTERS_MAX } from "./template.ts";
import { type WebhookAction, webhookActionSchema } from "./webhook_action.ts";

export const CHANNELS_MAX = 50;
const CHANNEL_CHARACTERS_MAX = 200;

export interface NotifyAction {
  type: "notify";
  /** Ids, names or types of channels, as written; none: where routes say (`via: "routes"`). */
  channels: readonly string[];
  /** null: the product's own wording. */
  message: Message | null;
  /** null: rule_name. */
  title: Message | null;
  /** Name of a template for the channels of its type; null: each channel's own words. */
  template: string | null;
  /** Id, name or type of the channel that is sent what the others could not deliver; null: what theirs say. */
  fallback: string | null;
}

export type Action =
  /** The alert is all. */
  | { type: "none" }
  | NotifyAction
  /** A request of its own, for each alert that fires. */
  | { type: "webhook"; request: WebhookAction }
  /** Several of these; `inOrder`: each request waits until the one before is done or given up. */
  | {
    type: "multi_action";
    notify: NotifyAction | null;
    requests: readonly WebhookAction[];
    inOrder: boolean;
  };

export const ACTIONS_MAX = 10;

/** What an action tells channels; null: nothing. */
export function notifyOf(action: Action): NotifyAction | null {
  if (action.type === "notify") return action;
  return action.type === "multi_action" ? action.notify : null;
}

/** The requests that an action makes. */
export function requestsOf(action: Action): readonly WebhookAction[] {
  if (action.type === "webhook") return [action.request];
  return action.type === "multi_action" ? action.requests : [];
}

export const messageSchema = z.string().max(MESSAGE_CHARACTERS_MAX).transform((text, ctx): Message => {
  const parsed = parseMessage(text);
  if (parsed.ok) return parsed.message;
  ctx.addIssue({ code: "custom", message: parsed.fault, params: { code: "invalid_message" } });
  return z.NEVER;
});

const notifySchema = closedObject({
  id: z.unknown().optional(),
  type: z.string(),
  channels: z.array(shortText(CHANNEL_CHARACTERS_MAX)).min(1).max(CHANNELS_MAX).optional(),
  via: z.enum(["routes"]).nullish(),
  message: messageSchema.nullish(),
  title: messageSchema.nullish(),
  template: shortText(TEMPLATE_NAME_CHARACTERS_MAX).nullish(),
  fallback_channel: shortText(CHANNEL_CHARACTERS_MAX).nullish(),
  ...NOTIFY_MEMBERS_TO_COME,
}).superRefine(({ channels, via }, ctx) => {
  const refuse = (path: string, message: string, code: string) =>
    ctx.addIssue({ code: "custom", path: [path], message, params: { code } });
  if (via && channels !== undefined) {
    refuse("via", 'Cannot use via: "routes" together with channels: routes say where alerts go', "conflict");
  } else if (!via && channels === undefined) refuse("channels", "channels is required", "required");
}).transform((spec): NotifyAction => ({
  type: "notify",
  channels: [...new Set(spec.channels)],
  message: spec.message ?? null,
  title: spec.title ?? null,
  template: spec.template ?? null,
  fallback: spec.fallback_channel ?? null,
}));

const NONE: Action = { type: "none" };

/** The schema of action_spec. Simulation sends nothing, so it takes every action as none. */
export function actionSchema(purpose: Purpose): z.ZodType<Action> {
  return z.unknown().transform((given, ctx): Action => {
    if (given === undefined || given === null || (isObject(given) && Object.keys(given).length === 0)) {
      return NONE;
    }
    const type = isObject(given) ? typeOf(given) : null;
    if (type === "notify") return readNotify(given, ctx);
    if (purpose === "save" && type === "webhook") return readWebhook(given, ctx);
    if (purpose === "save" && type === "multi_action") return readSeveral(given, ctx);
    if (purpose === "save") ctx.addIssue(refusalOf(given, type));
    return NONE;
  });
}

/** Any case; without one an action is a webhook, or several when it has `actions` (compat). */
function typeOf(spec: Readonly<Record<string, unknown>>): string {
  if (spec.type === undefined || spec.type === null) return "actions" in spec ? "multi_action" : "webhook";
  return typeof spec.type === "string" ? spec.type.trim().toLowerCase() : "";
}

/** The template that an accepted action_spec names, without reading the rest of it. */
export function namedTemplate(spec: unknown): string | null {
  const notify = notifyIn(spec);
  return typeof notify?.template === "string" ? notify.template : null;
}

/** The notify of an accepted action_spec, itself or among its actions. */
function notifyIn(spec: unknown): Readonly<Record<string, unknown>> | null {
  if (!isObject(spec)) return null;
  const type = typeOf(spec);
  if (type === "notify") return spec;
  if (type !== "multi_action" || !Array.isArray(spec.actions)) return null;
  return spec.actions.find((one): one is JsonObject => isObject(one) && typeOf(one) === "notify") ?? null;
}

/** The channels that an accepted action_spec names, without reading the rest of it. */
export function namedChannels(spec: unknown): string[] {
  const notify = notifyIn(spec);
  if (notify === null) return [];
  const listed: readonly unknown[] = Array.isArray(notify.channels) ? notify.channels : [];
  return [...listed, notify.fallback_channel].filter((name) => typeof name === "string");
}

function readNotify(given: unknown, ctx: z.RefinementCtx): Action {
  return readWithin(notifySchema, given, ctx) ?? NONE;
}

function readWebhook(given: unknown, ctx: z.RefinementCtx): Action {
  const request = readWithin(webhookActionSchema, given, ctx);
  return request === null ? NONE : { type: "webhook", request };
}

const severalSchema = closedObject({
  id: z.unknown().optional(),
  type: z.unknown().optional(),
  actions: z.array(z.unknown()).min(1).max(ACTIONS_MAX),
  mode: z.enum(["sequential", "parallel"]).nullish(),
}).transform(({ actions, mode }, ctx): Action => {
  const told: NotifyAction[] = [];
  const requests: WebhookAction[] = [];
  for (const [i, given] of actions.entries()) {
    const type = isObject(given) ? typeOf(given) : null;
    const schema = type === "notify" ? notifySchema : type === "webhook" ? webhookActionSchema : null;
    if (schema === null) {
      const refusal = refusalOf(given, type === "multi_action" ? "" : type);
      ctx.addIssue({ ...refusal, path: ["actions", i, ...refusal.path ?? []] });
      continue;
    }
    const read = schema.safeParse(given, { reportInput: true });
    if (!read.success) {
      for (const issue of read.error.issues) {
        ctx.addIssue({ ...issue, path: ["actions", i, ...issue.path] } as never);
      }
    } else if ("type" in read.data) told.push(read.data);
    else requests.push(read.data);
  }
  if (told.length > 1) {
    const message = "Cannot use more than one notify in actions: name all channels in one";
    ctx.addIssue({ code: "custom", path: ["actions"], message, params: { code: NOT_SUPPORTED_YET } });
  }
  return { type: "multi_action", notify: told[0] ?? null, requests, inOrder: mode !== "parallel" };
});

function readSeveral(given: unknown, ctx: z.RefinementCtx): Action {
  return readWithin(severalSchema, given, ctx) ?? NONE;
}

function refusalOf(given: unknown, type: string | null): z.core.$ZodRawIssue<z.core.$ZodIssueCustom> {
  const base = { code: "custom" as const, input: given };
  if (type === null) {
    const message = `Cannot use ${shown(given)} as action_spec: expected an object`;
    return { ...base, message, params: { code: "invalid_type" } };
  }
  if (ACTION_TYPES_TO_COME.includes(type)) {
    const message = `Cannot use action type "${type}": it is not supported yet`;
    return { ...base, path: ["type"], message, params: { code: NOT_SUPPORTED_YET } };
  }
  const nearest = nearestName(type, ["notify", "webhook", "multi_action", ...ACTION_TYPES_TO_COME]);
  const message = `Unsupported action type ${shown(type)}: did you mean "${nearest}"?`;
  return { ...base, path: ["type"], message, params: { code: "unsupported_action" } };
}
