/** Faults of a rule that stands in a body as "rule": they point into it. */
import { invalid, Problem } from "../src/base/problem.ts";

export function underRule(error: unknown): unknown {
  if (!(error instanceof Problem) || error.status !== 400) return error;
  return invalid(error.errors.map((fault) => ({ ...fault, pointer: `/rule${fault.pointer}` })));
}
