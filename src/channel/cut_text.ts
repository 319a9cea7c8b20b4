/**
 * Texts made to fit what a provider takes: a long one is cut and ends in "…", never refused. Code points are
 * never divided. Behaves as Alertmanager's truncation does (test/vectors/delivery/payloads.json): limits too
 * small for the mark leave it out, in bytes they are filled with dots.
 */

/** What one code point costs against a limit. */
export type UnitsOf = (char: string) => number;

const MARK = "…";
const MARK_BYTES = 3;
/** In limits of so few characters the mark would take more than it tells. */
const PLAIN_CHARS_MAX = 3;
const CONTROLS = /(?![\t\n])\p{Cc}/gu;

/** At most `limit` units, of code points unless `unitsOf` counts otherwise. */
export function cutText(text: string, limit: number, unitsOf: UnitsOf = () => 1): string {
  if (fitting(text, limit, unitsOf) === text.length) return text;
  if (limit <= PLAIN_CHARS_MAX) return text.slice(0, fitting(text, limit, unitsOf));
  return text.slice(0, fitting(text, limit - unitsOf(MARK), unitsOf)) + MARK;
}

/** At most `limit` bytes of UTF-8. */
export function cutBytes(text: string, limit: number): string {
  if (utf8Bytes(text) <= limit) return text;
  if (limit < MARK_BYTES) return ".".repeat(limit);
  return text.slice(0, fitting(text, limit - MARK_BYTES, utf8Bytes)) + MARK;
}

export function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** Text for people: line ends as "\n", no other controls than tabs, no lone surrogates. */
export function plainText(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll("\r", "\n").replace(CONTROLS, "").toWellFormed();
}

/** On one line. */
export function oneLine(text: string): string {
  return plainText(text).replace(/\s+/g, " ").trim();
}

/** The longest beginning of `text` that costs at most `limit`, as a length in UTF-16 units. */
function fitting(text: string, limit: number, unitsOf: UnitsOf): number {
  let units = 0;
  let length = 0;
  for (const char of text) {
    units += unitsOf(char);
    if (units > limit) return length;
    length += char.length;
  }
  return length;
}
