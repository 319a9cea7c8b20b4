/**
 * The text of a calculate enrichment, as far as the document has to know it: whether it is an expression
 * (engine/expression), and which names it looks at.
 */
import { parseExpression } from "../engine/expression/parse_expression.ts";
import { FIELD_CHARACTERS_MAX } from "./field_name.ts";

/** The parser has a bound of its own, which it tells by itself; past this one a text is not even read. */
export const FORMULA_CHARACTERS_MAX = 10_000;

export type Formula = { ok: true; names: readonly string[] } | { ok: false; message: string };

/** Reads `text`: names are those of fields and of earlier enrichments, each once. */
export function readFormula(text: string): Formula {
  const reading = parseExpression(text);
  if (!reading.ok) return reading;
  const long = reading.names.find((name) => name.length > FIELD_CHARACTERS_MAX);
  if (long === undefined) return { ok: true, names: reading.names };
  const wish = `a name has at most ${FIELD_CHARACTERS_MAX} characters`;
  return { ok: false, message: `Cannot use "${long.slice(0, 20)}..." in the formula: ${wish}` };
}
