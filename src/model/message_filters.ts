/**
 * Filters in a place of a message: `{{ values.avg|round(1) }}`. A message is rendered where its alert is made, so
 * only those may stand there that take little time whatever they are given; the others are for templates.
 */
import { nearestName } from "./nearest_name.ts";

/** A filter as it is called, with literals. */
export interface FilterCall {
  name: string;
  args: readonly FilterLiteral[];
  keywords: ReadonlyMap<string, FilterLiteral>;
}

export type FilterLiteral = string | number | boolean | null;

export const MESSAGE_FILTERS: readonly string[] = [
  ...[
    "abs",
    "capitalize",
    "count",
    "d",
    "default",
    "filesizeformat",
    "first",
    "float",
    "int",
    "join",
    "last",
  ],
  ...["length", "lower", "round", "string", "title", "tojson", "trim", "truncate", "upper", "urlencode"],
];

const FILTERS_MAX = 8;
/** Of a literal: one may come to stand between all items of a list. */
const LITERAL_CHARACTERS_MAX = 100;

const CALL = /^\s*([A-Za-z_]\w*)\s*(?:\(((?:[^()'"]|'[^']*'|"[^"]*")*)\))?\s*(?:\||$)/;
const ARGUMENT = /^\s*(?:([A-Za-z_]\w*)\s*=\s*)?('[^']*'|"[^"]*"|-?\d+(?:\.\d+)?|[A-Za-z]+)\s*(?:,|$)/;
const NAMED: ReadonlyMap<string, FilterLiteral> = new Map<string, FilterLiteral>([
  ...[["true", true], ["True", true], ["false", false], ["False", false]] as const,
  ...[["none", null], ["None", null]] as const,
]);

/** Reads what stands behind the first `|`; a text is a fault for the author. */
export function parseFilters(text: string): FilterCall[] | string {
  const calls: FilterCall[] = [];
  let rest = text;
  do {
    const found = CALL.exec(rest);
    if (found === null) return `cannot read the filter in "|${rest}"`;
    const [all, name, given = ""] = found as unknown as [string, string, string | undefined];
    if (!MESSAGE_FILTERS.includes(name)) return unknownFilter(name);
    const literals = parseArguments(given);
    if (typeof literals === "string") return literals;
    calls.push({ name, ...literals });
    rest = rest.slice(all.length);
    if (rest === "" && all.trimEnd().endsWith("|")) return `a filter is missing behind "|"`;
  } while (rest !== "");
  return calls.length > FILTERS_MAX ? `more than ${FILTERS_MAX} filters in one place` : calls;
}

function unknownFilter(name: string): string {
  const nearest = nearestName(name, MESSAGE_FILTERS);
  const hint = nearest === undefined ? "" : ` (did you mean "${nearest}"?)`;
  return `the filter "${name}" is not one of a message${hint}: use a template, which has all of them`;
}

function parseArguments(text: string): Pick<FilterCall, "args" | "keywords"> | string {
  const args: FilterLiteral[] = [];
  const keywords = new Map<string, FilterLiteral>();
  for (let rest = text; rest.trim() !== "";) {
    const found = ARGUMENT.exec(rest);
    if (found === null) {
      return `cannot read "(${text})": only numbers, texts, true, false and none may stand there`;
    }
    const [all, name, written] = found as unknown as [string, string | undefined, string];
    const literal = literalOf(written);
    if (literal === undefined) {
      return `cannot read "${written}": only numbers, texts, true, false and none may stand there`;
    }
    if (name !== undefined) keywords.set(name, literal);
    else if (keywords.size > 0) return `"${written}" without a name stands behind one with a name`;
    else args.push(literal);
    rest = rest.slice(all.length);
  }
  return { args, keywords };
}

function literalOf(written: string): FilterLiteral | undefined {
  if (/^['"]/.test(written)) return written.slice(1, -1).slice(0, LITERAL_CHARACTERS_MAX);
  return /^[-\d]/.test(written) ? Number(written) : NAMED.get(written);
}
