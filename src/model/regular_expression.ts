/**
 * Regular expressions of rules, in RE2 syntax (https://github.com/google/re2/wiki/Syntax): matching takes
 * time linear in the text. What remains is the size of the compiled program, since time per character and
 * memory grow with it; it is bounded before the pattern is expanded and once more when it is compiled.
 */
import { RE2JS, RE2JSException } from "re2js";
import { patternSize } from "./pattern_size.ts";

export const PATTERN_CHARACTERS_MAX = 1_000;
/** Instructions of the compiled program. */
export const PATTERN_PROGRAM_MAX = 2_000;

const TOO_LARGE = `it compiles to more than ${PATTERN_PROGRAM_MAX} instructions`;

/** Why `pattern` cannot be used; null when it can. */
export function patternFault(pattern: string): string | null {
  if (pattern.length > PATTERN_CHARACTERS_MAX) return `it has more than ${PATTERN_CHARACTERS_MAX} characters`;
  if (patternSize(pattern) > PATTERN_PROGRAM_MAX) return TOO_LARGE;
  try {
    return RE2JS.compile(pattern).programSize() > PATTERN_PROGRAM_MAX ? TOO_LARGE : null;
  } catch (error) {
    // Any other error is ours.
    if (error instanceof RE2JSException) return error.message.replace(/^error parsing regexp: /, "");
    throw error;
  }
}
