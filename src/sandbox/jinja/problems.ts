/** What went wrong, as the product shows it. */
import type { TemplateProblem } from "./compiled.ts";
import { TemplateFault } from "./values.ts";

export function problemOf(error: unknown, member: "body" | "subject"): TemplateProblem {
  if (error instanceof TemplateFault) {
    return { member, kind: error.kind, message: error.message, line: error.line };
  }
  // QuickJS throws these when a bound of the context is met.
  const { name, message } = error as Error;
  if (name === "InternalError" || name === "RangeError") {
    return { member, kind: "LimitError", message: `out of room: ${message}`, line: null };
  }
  throw error;
}
