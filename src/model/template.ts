/**
 * A template: the words of a notification for one type of channel, named by rules. Each save makes a version;
 * the versions before are kept. Defaults come with the product and give way to saved ones of their name.
 */
import * as z from "zod";
import { invalid } from "../base/problem.ts";
import { closedObject } from "./closed_object.ts";
import { faultsOf } from "./faults.ts";
import { shortText } from "./field_name.ts";

export const TEMPLATE_NAME_CHARACTERS_MAX = 128;
export const TEMPLATE_BODY_CHARACTERS_MAX = 65_536;
export const TEMPLATE_SUBJECT_CHARACTERS_MAX = 1_000;
/** Names at a time, the defaults aside. */
export const TEMPLATES_MAX = 1_000;

/** How the output is made safe, by the type of channel it is for. */
export const TEMPLATE_MODES = {
  slack: "slack",
  email: "html",
  sms: "text",
  discord: "text",
  webhook: "json",
  pagerduty: "json",
} as const;

export type TemplateChannel = keyof typeof TEMPLATE_MODES;

export interface Template {
  name: string;
  channel_type: TemplateChannel;
  body: string;
  /** For channels that have one; null elsewhere. */
  subject: string | null;
  /** From 1; a default that nobody saved over is version 0. */
  version: number;
  /** Whether it came with the product. */
  is_default: boolean;
  /** Names that it reads from the context, sorted. */
  variables: string[];
  /** RFC 3339; null of defaults. */
  created_at: string | null;
  updated_at: string | null;
}

const CHANNELS = Object.keys(TEMPLATE_MODES) as TemplateChannel[];

const schema = closedObject({
  name: shortText(TEMPLATE_NAME_CHARACTERS_MAX).nullish(),
  channel_type: z.enum(CHANNELS, {
    error: `expected one of ${CHANNELS.map((type) => `"${type}"`).join(", ")}`,
  }),
  body: z.string().max(TEMPLATE_BODY_CHARACTERS_MAX),
  subject: z.string().max(TEMPLATE_SUBJECT_CHARACTERS_MAX).nullish(),
  // Members of an answer that a client may send back with the template.
  version: z.unknown().optional(),
  is_default: z.unknown().optional(),
  variables: z.unknown().optional(),
  warnings: z.unknown().optional(),
  created_at: z.unknown().optional(),
  updated_at: z.unknown().optional(),
}).transform(({ name, channel_type, body, subject }) => ({
  name: name ?? null,
  channel_type,
  body,
  subject: subject ?? null,
}));

export type TemplateDraft = z.infer<typeof schema>;

/** @throws Problem 400 with every fault but those of the template's own language */
export function readTemplateDraft(document: unknown): TemplateDraft {
  const result = schema.safeParse(document, { reportInput: true });
  if (result.success) return result.data;
  throw invalid(faultsOf(result.error));
}
export { schema as templateDraftSchema };
