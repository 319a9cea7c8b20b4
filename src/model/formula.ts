/**
 * The text of a calculate enrichment, as far as the document has to know it: whether it can be read, and
 * which names it looks at.
 */
import { FIELD_CHARACTERS_MAX } from "./field_name.ts";

export const FORMULA_CHARACTERS_MAX = 2_000;

export type Formula = { ok: true; names: readonly string[] } | { ok: false; message: string };

const TEXT = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g;
const NAME = /[\p{L}_@][\p{L}\p{N}_.]*(?![\p{L}\p{N}_.]*\s*\()/gu;
const WORDS = new Set(["and", "or", "not", "true", "false", "null"]);

/** Reads `text`: names are those of fields and of earlier enrichments, each once. */
export function readFormula(text: string): Formula {
  if (text.trim() === "") return { ok: false, message: "it is empty" };
  if (text.length > FORMULA_CHARACTERS_MAX) {
    return { ok: false, message: `it is longer than ${FORMULA_CHARACTERS_MAX} characters` };
  }
  const bare = text.replaceAll(TEXT, " ");
  if (/["']/.test(bare)) return { ok: false, message: "a text is not closed" };
  if (!isBalanced(bare)) return { ok: false, message: "parentheses do not match" };
  const names = [...new Set(bare.match(NAME) ?? [])].filter((name) => !WORDS.has(name));
  if (names.every((name) => name.length <= FIELD_CHARACTERS_MAX)) return { ok: true, names };
  return { ok: false, message: `a name is longer than ${FIELD_CHARACTERS_MAX} characters` };
}

function isBalanced(text: string): boolean {
  let depth = 0;
  for (const char of text) {
    if (char === "(") depth++;
    else if (char === ")" && --depth < 0) return false;
  }
  return depth === 0;
}
