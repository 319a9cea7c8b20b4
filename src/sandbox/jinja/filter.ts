/** What a filter and a test are, and what they may ask of the rendering around them. */
import { items, text } from "./printing.ts";
import { item } from "./lookup.ts";
import { isText, type Keywords, Markup, Undefined } from "./values.ts";

export interface Given {
  args: readonly unknown[];
  keywords: Keywords;
}

export interface Surroundings {
  autoescape: boolean;
  /** The text of a value: escaped, unless it is safe. */
  escape(value: unknown): string;
  filter(name: string, value: unknown, given: Given): unknown;
  test(name: string, value: unknown, given: Given): boolean;
}

export interface Filter {
  /** Names of its arguments; null: it takes what comes. */
  names: readonly string[] | null;
  run(value: unknown, bound: readonly unknown[], at: Surroundings, given: Given): unknown;
}

export function filter(names: readonly string[] | null, run: Filter["run"]): Filter {
  return { names, run };
}

export const NO_ARGUMENTS: Given = { args: [], keywords: new Map() };

/** `value` as text, safe when it was. */
export function onText(value: unknown, change: (self: string) => string): string | Markup {
  const changed = change(text(value));
  return value instanceof Markup ? new Markup(changed) : changed;
}

/** Reads `a.b.0` of an item; `fallback` stands for what is not there. */
export function attributeReader(
  attribute: unknown,
  at: Surroundings,
  fallback?: unknown,
): (value: unknown) => unknown {
  if (attribute === undefined || attribute === null) return (value) => value;
  const steps = isText(attribute)
    ? text(attribute).split(".").map((step) => /^\d+$/.test(step) ? Number(step) : step)
    : [attribute];
  return (value) => {
    let reached = value;
    for (const step of steps) {
      reached = item(reached, step, at.escape);
      if (fallback !== undefined && fallback !== null && reached instanceof Undefined) reached = fallback;
    }
    return reached;
  };
}

export function foldCase(value: unknown): unknown {
  return isText(value) ? text(value).toLowerCase() : value;
}

export function list(value: unknown): unknown[] {
  return [...items(value)];
}
