/**
 * The one grammar of numeric text (SEMANTICS 3): a plain decimal or exponent number, blanks around it
 * allowed. "", "0x10", "Infinity" are not numeric. Encoder, index, filter and aggregates all use it.
 */

const NUMERIC = /^[ \t\r\n]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t\r\n]*$/;
const INTEGER = /^[ \t\r\n]*[+-]?\d+[ \t\r\n]*$/;

/** The number that `text` says, or NaN if it is not numeric (or beyond the finite doubles). */
export function numberOfText(text: string): number {
  const first = text.charCodeAt(0);
  // Most text starts with a letter: decided without the regular expression.
  if (!(first <= 57)) return NaN;
  if (!NUMERIC.test(text)) return NaN;
  const value = Number(text);
  return Number.isFinite(value) ? value : NaN;
}

/** Integer text whose double would lose digits: two of these compare as text. */
export function isBigIntegerText(text: string): boolean {
  return text.length > 15 && INTEGER.test(text) && !Number.isSafeInteger(Number(text));
}
