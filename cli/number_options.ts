/** Options that are whole numbers above 0, among them --limit of lists. */
import { usageError } from "./command.ts";

const LIMIT_DEFAULT = 50;

export function limitOf(text: string | undefined): number {
  return wholeNumber("limit", text, LIMIT_DEFAULT);
}

/** @throws CommandError */
export function wholeNumber(option: string, text: string | undefined, usual: number): number {
  const number = Number(text ?? usual);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw usageError(`cannot use ${JSON.stringify(text)} as --${option}: expected a whole number above 0`);
}
