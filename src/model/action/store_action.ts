/**
 * Keeps something of an alert: as a row of a lookup table, by its key, or as an event of a topic. A row that is
 * written again under the same key replaces the one before, an event comes once however often it is tried.
 */
import * as z from "zod";
import type { JsonObject } from "../../base/json.ts";
import { closedObject } from "../closed_object.ts";
import { shortText } from "../field_name.ts";
import { LOOKUP_NAME_CHARACTERS_MAX } from "../lookup.ts";
import { TOPIC_CHARACTERS_MAX } from "../topics.ts";
import type { Templated } from "../templated.ts";
import { refusing, type StepCommon, stepCommon, stepMembers, writtenCommon } from "./step_members.ts";
import { compiler, jsonObject } from "./webhook_action.ts";

const KEY_CHARACTERS_MAX = 200;

export interface StoreAction extends StepCommon {
  type: "store";
  /** `row`, `event` null: what the alert says of itself. `key` null: the table's own. */
  into:
    | { kind: "table"; table: string; key: string | null; row: Templated | null }
    | { kind: "topic"; topic: string; event: Templated | null };
  written: JsonObject;
}

export const storeActionSchema = closedObject({
  ...stepMembers,
  table: shortText(LOOKUP_NAME_CHARACTERS_MAX).nullish(),
  key: z.string().trim().min(1).max(KEY_CHARACTERS_MAX).nullish(),
  row: jsonObject.nullish(),
  topic: shortText(TOPIC_CHARACTERS_MAX).nullish(),
  event: jsonObject.nullish(),
}).transform((spec, ctx): StoreAction => {
  const refuse = refusing(ctx);
  const { table = null, key = null, row = null, topic = null, event = null } = spec;
  const compiled = compiler(refuse);
  const common = stepCommon(spec, refuse);
  if ((table === null) === (topic === null)) {
    refuse(["table"], "Cannot store: give either a table or a topic", "required");
  }
  const misplaced = topic === null ? { event } : { key, row };
  for (const [name, value] of Object.entries(misplaced)) {
    if (value !== null) {
      refuse([name], `Cannot use "${name}" here: it belongs to a ${topic === null ? "topic" : "table"}`);
    }
  }
  if (topic?.startsWith("_")) {
    refuse(["topic"], 'Cannot store into this topic: names that start with "_" are the product\'s own');
  }
  const into: StoreAction["into"] = topic !== null
    ? { kind: "topic", topic, event: event && compiled("event", event) }
    : { kind: "table", table: table ?? "", key, row: row && compiled("row", row) };
  const shown = topic !== null ? { topic, event } : { table, key, row };
  return { ...common, type: "store", into, written: { type: "store", ...shown, ...writtenCommon(common) } };
});
