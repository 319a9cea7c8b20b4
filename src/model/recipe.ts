/**
 * recipe: a short form of a pattern that is asked for often, `{kind, ...}` in place of `pattern`. It is read into
 * the same normal form as a pattern that is written out (shown as `pattern` in `effective`), so that the engine
 * knows no recipes. What the kinds mean: docs/patterns.md.
 */
import * as z from "zod";
import { isObject } from "../base/json.ts";
import type { GroupNode } from "./condition.ts";
import { shown } from "./faults.ts";
import { nearestName } from "./nearest_name.ts";
import type { Pattern } from "./pattern.ts";
import { readWithin } from "./read_within.ts";
import { ABSENCE, FALLING, FLAPPING, FOLLOWED_BY, HEARTBEAT, RISING, THRESHOLD } from "./recipe_kinds.ts";

export interface Recipe {
  pattern: Pattern;
  /** What events must fulfil to take part, beside the rule's own conditions; null: nothing further. */
  where: GroupNode | null;
}

const KINDS: Readonly<Record<string, z.ZodType<Recipe>>> = {
  threshold: THRESHOLD,
  heartbeat: HEARTBEAT,
  absence: ABSENCE,
  followed_by: FOLLOWED_BY,
  flapping: FLAPPING,
  rising: RISING,
  falling: FALLING,
};

export const recipeSchema = z.unknown().transform((given, ctx): Recipe => {
  if (!isObject(given)) {
    const message = `Cannot use ${shown(given)} as a recipe: expected an object`;
    ctx.addIssue({ code: "custom", message, params: { code: "invalid_type" } });
    return z.NEVER;
  }
  const { kind } = given;
  if (typeof kind === "string" && Object.hasOwn(KINDS, kind)) {
    return readWithin(KINDS[kind]!, given, ctx) ?? z.NEVER;
  }
  ctx.addIssue({ code: "custom", path: ["kind"], ...kindFault(kind) });
  return z.NEVER;
});

function kindFault(given: unknown): { message: string; params: { code: string } } {
  if (given === undefined || given === null) {
    return { message: "kind is required", params: { code: "required" } };
  }
  const known = Object.keys(KINDS);
  const nearest = typeof given === "string" ? nearestName(given, known) : undefined;
  const hint = nearest === undefined ? `expected one of ${known.join(", ")}` : `did you mean "${nearest}"?`;
  return { message: `Cannot use ${shown(given)} as kind: ${hint}`, params: { code: "invalid_value" } };
}
