/**
 * How a checked document becomes its normal form. A reader is one pure function that both tells faults and
 * makes the result; it runs once to tell (also beside unknown members, so that a user sees all faults at
 * once) and once more, on a document known to be good, to make.
 */
import type * as z from "zod";
import { UNKNOWN_MEMBER } from "./closed_object.ts";

/** Tells one fault. `path` starts at the document that the reader was given. */
export type Report = (path: readonly PropertyKey[], code: string, message: string) => void;

/** `schema`, whose values `read` then checks further and turns into their normal form. */
export function readAs<S extends z.ZodType, T>(
  schema: S,
  read: (value: z.output<S>, report: Report) => T,
): z.ZodPipe<S, z.ZodTransform<Awaited<T>, z.output<S>>> {
  return schema
    .superRefine((value, ctx) => void read(value, reporting(ctx)), { when: isReadable })
    .transform((value) => read(value, () => {})) as z.ZodPipe<S, z.ZodTransform<Awaited<T>, z.output<S>>>;
}

/** An unknown member of its own leaves a document readable; after any other fault its members are not read. */
function isReadable({ issues }: z.core.ParsePayload): boolean {
  return issues.every((issue) =>
    issue.code === "custom" && issue.params?.code === UNKNOWN_MEMBER && issue.path?.length === 1
  );
}

function reporting(ctx: z.RefinementCtx): Report {
  return (path, code, message) =>
    ctx.addIssue({ code: "custom", path: [...path], message, params: { code } });
}
