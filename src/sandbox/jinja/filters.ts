/** All filters by name. The table has own names only: nothing is inherited. */
import { bind } from "./arguments.ts";
import type { Filter, Given, Surroundings } from "./filter.ts";
import { LIST_FILTERS } from "./list_filters.ts";
import { OTHER_FILTERS } from "./other_filters.ts";
import { TEXT_FILTERS } from "./text_filters.ts";
import { TemplateFault } from "./values.ts";

const ALIASES: Readonly<Record<string, string>> = { d: "default", e: "escape", count: "length" };
const FILTERS: ReadonlyMap<string, Filter> = new Map([...TEXT_FILTERS, ...LIST_FILTERS, ...OTHER_FILTERS]);

function known(name: string): Filter | undefined {
  return FILTERS.get(Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name);
}

export function isFilter(name: string): boolean {
  return known(name) !== undefined;
}

/** `value | name(...)`. @throws TemplateFault */
export function runFilter(
  name: string,
  value: unknown,
  { given, at }: { given: Given; at: Surroundings },
): unknown {
  const filter = known(name);
  if (filter === undefined) throw new TemplateFault("TemplateAssertionError", `No filter named '${name}'.`);
  return filter.run(value, filter.names === null ? [] : bind(name, filter.names, given), at, given);
}
