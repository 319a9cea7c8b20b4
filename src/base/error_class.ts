/** What kind of trouble an error's text tells of, by the words in it. */

export const ERROR_CLASSES = [
  "timeout",
  "connection",
  "validation",
  "authentication",
  "other",
  "unknown",
] as const;
export type ErrorClass = typeof ERROR_CLASSES[number];

const WORDS: readonly (readonly [ErrorClass, RegExp])[] = [
  ["timeout", /time[d\s-]*out|did not answer within|deadline/],
  ["connection", /connect|dns|network|socket|unreachable|refused|reset by peer|tls/],
  ["validation", /validat|invalid|cannot use|template|\b4(?:00|22)\b/],
  ["authentication", /authenticat|authoriz|unauthorized|forbidden|\b40[13]\b/],
];

/** The first that fits; "unknown" without a text. */
export function errorClassOf(message: string | null): ErrorClass {
  if (message === null || message === "") return "unknown";
  const text = message.toLowerCase();
  return WORDS.find(([, words]) => words.test(text))?.[0] ?? "other";
}
