/** Names that a template has without its context. */
export const GLOBAL_NAMES: ReadonlySet<string> = new Set([
  "range",
  "dict",
  "namespace",
  "cycler",
  "joiner",
  "lipsum",
  "self",
]);
