/** topics of a rule: a list of names, or one name. */
import * as z from "zod";
import { shortText } from "./field_name.ts";

export const TOPICS_MAX = 100;
export const TOPIC_CHARACTERS_MAX = 200;

export const topicsSchema = z.preprocess(
  (value) => typeof value === "string" ? [value] : value,
  z.array(shortText(TOPIC_CHARACTERS_MAX)).min(1).max(TOPICS_MAX)
    .transform((topics): readonly string[] => [...new Set(topics)]),
);
