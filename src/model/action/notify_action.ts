/** Tells channels of an alert: an action of type "notify". Channels are named by id, name or type, or by routes. */
import * as z from "zod";
import type { JsonObject } from "../../base/json.ts";
import { closedObject } from "../closed_object.ts";
import { shortText } from "../field_name.ts";
import { type Message, MESSAGE_CHARACTERS_MAX, namesResults, parseMessage } from "../message.ts";
import { NOTIFY_MEMBERS_TO_COME } from "../not_supported_yet.ts";
import { TEMPLATE_NAME_CHARACTERS_MAX } from "../template.ts";
import { refusing } from "./step_members.ts";

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
  written: JsonObject;
  /** Where it stands within action_spec. */
  at: readonly (string | number)[];
}

export const messageSchema = z.string().max(MESSAGE_CHARACTERS_MAX).transform((text, ctx): Message => {
  const parsed = parseMessage(text);
  if (parsed.ok) return parsed.message;
  ctx.addIssue({ code: "custom", message: parsed.fault, params: { code: "invalid_message" } });
  return z.NEVER;
});

export const notifySchema = closedObject({
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
  const refuse = refusing(ctx);
  if (via && channels !== undefined) {
    refuse(
      ["via"],
      'Cannot use via: "routes" together with channels: routes say where alerts go',
      "conflict",
    );
  } else if (!via && channels === undefined) refuse(["channels"], "channels is required", "required");
}).transform((spec): NotifyAction => {
  const channels = [...new Set(spec.channels)];
  const { message = null, title = null, template = null, fallback_channel = null } = spec;
  return {
    ...{ type: "notify", channels, message, title, template, fallback: fallback_channel, at: [] },
    written: {
      ...{ type: "notify", channels, message: message?.text ?? null, title: title?.text ?? null, template },
      ...(fallback_channel !== null && { fallback_channel }),
    },
  };
});

/** Whether its words need what actions before it came to. */
export function tellsResults({ message, title }: NotifyAction): boolean {
  return [message, title].some((text) => text !== null && namesResults(text));
}
