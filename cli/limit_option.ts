/** The option --limit of lists. */
import { usageError } from "./command.ts";

const LIMIT_DEFAULT = 50;

export function limitOf(text: string | undefined): number {
  const limit = Number(text ?? LIMIT_DEFAULT);
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw usageError(`cannot use ${JSON.stringify(text)} as --limit: expected a whole number above 0`);
}
