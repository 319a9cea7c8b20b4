/**
 * An object whose members are all known. A member that is not is a fault that names the nearest known one,
 * at its own pointer; members starting with "x-" are the user's own and are kept. Unlike zod's strict
 * object it tells of unknown members beside the other faults of the same object.
 */
import * as z from "zod";
import { nearestName } from "./nearest_name.ts";

/** The code of its faults. */
export const UNKNOWN_MEMBER = "unknown_member";

/** The same in JSON Schema, where the schema stands in a document. */
const SAID = { patternProperties: { "^x-": {} }, additionalProperties: false };

/** As `z.looseObject(shape)`, with a fault for each unknown member. */
export function closedObject<S extends z.ZodRawShape>(shape: S): z.ZodObject<S, z.core.$loose> {
  const known = Object.keys(shape);
  const names = new Set(known);
  return z.looseObject(shape).superRefine((value, ctx) => {
    for (const name of Object.keys(value)) {
      if (names.has(name) || name.startsWith("x-")) continue;
      ctx.addIssue({
        code: "custom",
        path: [name],
        message: unknownMember(name, known),
        params: { code: UNKNOWN_MEMBER },
      });
    }
  }, { when: ({ value }) => typeof value === "object" && value !== null && !Array.isArray(value) }).meta(
    SAID,
  );
}

function unknownMember(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return `Unknown member "${name}"` + (nearest === undefined ? "" : `: did you mean "${nearest}"?`);
}
