/** Schemas of the names and short texts that a rule is made of. */
import * as z from "zod";
import { EVENT_TYPE_FIELD, SOURCE_FIELD } from "../base/field_path.ts";

export const FIELD_CHARACTERS_MAX = 512;

/** A field of an event, looked up as SEMANTICS 2 says. */
export const fieldName = z.string().min(1).max(FIELD_CHARACTERS_MAX).superRefine((name, ctx) => {
  if (name !== EVENT_TYPE_FIELD && name !== SOURCE_FIELD) return;
  const member = name.slice(1);
  ctx.addIssue({
    code: "custom",
    message: `Cannot use "${name}" as a field: the name is reserved; use trigger_spec.${member}`,
    params: { code: "reserved_name" },
  });
});

/** Text with at least one character that is no blank. */
export function shortText(charactersMax: number): z.ZodString {
  return z.string().max(charactersMax).regex(/\S/, "text that is not blank");
}
