/** A channel as a client writes it. Its config is checked by the spec of its type, in src/channel. */
import * as z from "zod";
import { isObject, type JsonObject } from "../base/json.ts";
import { invalid } from "../base/problem.ts";
import { channelPolicySchema } from "./channel_policy.ts";
import { closedObject } from "./closed_object.ts";
import { faultsOf } from "./faults.ts";
import { shortText } from "./field_name.ts";

const CHANNEL_ID_CHARACTERS_MAX = 128;
const NAME_CHARACTERS_MAX = 200;

const jsonObject = z.custom<JsonObject>(isObject, { error: "expected an object" });

const schema = closedObject({
  channel_id: shortText(CHANNEL_ID_CHARACTERS_MAX).nullish(),
  name: shortText(NAME_CHARACTERS_MAX),
  type: shortText(NAME_CHARACTERS_MAX),
  config: jsonObject.optional(),
  enabled: z.boolean().nullish(),
  policy: channelPolicySchema.nullish(),
  // Members of an answer that a client may send back with the channel.
  version: z.unknown().optional(),
  created_at: z.unknown().optional(),
  updated_at: z.unknown().optional(),
  last_test: z.unknown().optional(),
  effective: z.unknown().optional(),
  health: z.unknown().optional(),
  unusable: z.unknown().optional(),
}).transform((draft) => ({
  channel_id: draft.channel_id ?? null,
  name: draft.name,
  type: draft.type,
  config: draft.config ?? {},
  enabled: draft.enabled ?? true,
  policy: draft.policy ?? { send_resolved: false },
}));

export type ChannelDraft = z.infer<typeof schema>;

/** @throws Problem 400 with every fault but those of `config` */
export function readChannelDraft(document: unknown): ChannelDraft {
  const result = schema.safeParse(document, { reportInput: true });
  if (result.success) return result.data;
  throw invalid(faultsOf(result.error));
}
export { schema as channelDraftSchema };
