/** Paths in conditions of patterns that begin with the name of a step: `a.price` is the price of an event of a. */

/** The step and the field that a path of a pattern's condition names; null: it is a field of the event itself. */
export function stepField(path: string, names: readonly string[]): { step: string; field: string } | null {
  const dot = path.indexOf(".");
  if (dot <= 0 || !names.includes(path.slice(0, dot))) return null;
  return { step: path.slice(0, dot), field: path.slice(dot + 1) };
}
