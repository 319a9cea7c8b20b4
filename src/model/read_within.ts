/** A schema that is chosen by looking at the value: its issues are told where the value stands. */
import type * as z from "zod";

/** What `schema` reads `given` as; null when it has faults, which are then told at `ctx`. */
export function readWithin<S extends z.ZodType>(
  schema: S,
  given: unknown,
  ctx: z.RefinementCtx,
): z.output<S> | null {
  const result = schema.safeParse(given, { reportInput: true });
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    ctx.issues.push({ ...issue, input: issue.input } as z.core.$ZodRawIssue);
  }
  return null;
}
