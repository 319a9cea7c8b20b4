/** Runs the filters of a message: those of templates, with the same meaning. */
import type { JsonValue } from "../base/json.ts";
import type { FilterCall } from "../model/message_filters.ts";
import type { Surroundings } from "../sandbox/jinja/filter.ts";
import { runFilter } from "../sandbox/jinja/filters.ts";
import { text } from "../sandbox/jinja/printing.ts";
import { Markup, TemplateFault, Undefined } from "../sandbox/jinja/values.ts";

const PLAIN: Surroundings = {
  autoescape: false,
  escape: text,
  filter: (name, value, given) => runFilter(name, value, { given, at: PLAIN }),
  test: () => false,
};

/**
 * What stands in the place. What is not there, or null, counts as undefined, so `default` stands in for it; a value
 * that a filter cannot take is shown as it is.
 */
export function filteredValue(
  value: JsonValue | undefined,
  filters: readonly FilterCall[],
): JsonValue | undefined {
  let current: unknown = value ?? new Undefined("not there");
  try {
    for (const { name, args, keywords } of filters) {
      current = runFilter(name, current, { given: { args, keywords: new Map(keywords) }, at: PLAIN });
    }
    return shown(current);
  } catch (error) {
    if (error instanceof TemplateFault) return value;
    throw error;
  }
}

/** Numbers of templates are more than JSON's: they become their texts. */
function shown(value: unknown): JsonValue | undefined {
  if (value instanceof Undefined || value === undefined) return undefined;
  if (value instanceof Markup) return value.text;
  const isJson = value === null || typeof value === "string" || typeof value === "boolean" ||
    Array.isArray(value) ||
    Object.getPrototypeOf(value) === Object.prototype;
  return isJson ? value as JsonValue : text(value);
}
