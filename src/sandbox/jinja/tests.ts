/** What stands behind `is`. */
import { bind } from "./arguments.ts";
import type { Given, Surroundings } from "./filter.ts";
import { isFloat, isInteger, isNumber } from "./numbers.ts";
import { compare, type Comparison, contains } from "./operators.ts";
import { isCallable, items, text } from "./printing.ts";
import { binary } from "./operators.ts";
import { isMapping, isText, Markup, TemplateFault, Tuple, Undefined, View } from "./values.ts";

interface Test {
  names: readonly string[];
  run(value: unknown, bound: readonly unknown[], at: Surroundings): boolean;
}

function test(names: readonly string[], run: Test["run"]): Test {
  return { names, run };
}

function comparison(op: Comparison): Test {
  return test(["other"], (value, [other]) => compare(op, value, other));
}

function remainder(value: unknown, by: unknown, at: Surroundings): unknown {
  return binary("%", [value, by], at.escape);
}

function isIterable(value: unknown): boolean {
  try {
    if (typeof value !== "object" || !("take" in Object(value))) items(value);
    return true;
  } catch (error) {
    if (error instanceof TemplateFault) return false;
    throw error;
  }
}

const isSequence = (value: unknown) =>
  isText(value) || Array.isArray(value) || value instanceof Tuple || isMapping(value) ||
  value instanceof Undefined ||
  (value instanceof View && value.shown.startsWith("range("));

const equal = comparison("==");
const unequal = comparison("!=");
const greater = comparison(">");
const less = comparison("<");

/** Scripts without case are neither. */
function isCase(value: string, which: "lower" | "upper"): boolean {
  const [lower, upper] = [value.toLowerCase(), value.toUpperCase()];
  return lower !== upper && value === (which === "lower" ? lower : upper);
}

export const TESTS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ["defined", test([], (value) => !(value instanceof Undefined))],
  ["undefined", test([], (value) => value instanceof Undefined)],
  ["none", test([], (value) => value === null)],
  ["true", test([], (value) => value === true)],
  ["false", test([], (value) => value === false)],
  ["boolean", test([], (value) => typeof value === "boolean")],
  ["integer", test([], (value) => isInteger(value) && typeof value !== "boolean")],
  ["float", test([], isFloat)],
  ["number", test([], isNumber)],
  ["string", test([], isText)],
  ["mapping", test([], isMapping)],
  ["sequence", test([], isSequence)],
  ["iterable", test([], isIterable)],
  ["callable", test([], isCallable)],
  ["escaped", test([], (value) => value instanceof Markup)],
  ["lower", test([], (value) => isCase(text(value), "lower"))],
  ["upper", test([], (value) => isCase(text(value), "upper"))],
  ["odd", test([], (value, _bound, at) => remainder(value, 2, at) === 1)],
  ["even", test([], (value, _bound, at) => compare("==", remainder(value, 2, at), 0))],
  ["divisibleby", test(["num"], (value, [by], at) => compare("==", remainder(value, by, at), 0))],
  ["sameas", test(["other"], (value, [other]) => value === other)],
  ["in", test(["seq"], (value, [holder]) => contains(holder, value))],
  ["filter", test([], (value, _bound, at) => hasName(() => at.filter(text(value), "", NONE)))],
  ["test", test([], (value) => TESTS.has(text(value)))],
  ...[["==", equal], ["eq", equal], ["equalto", equal], ["!=", unequal], ["ne", unequal]] as const,
  ...[[">", greater], ["gt", greater], ["greaterthan", greater], ["ge", comparison(">=")]] as const,
  ...[[">=", comparison(">=")], ["<", less], ["lt", less], ["lessthan", less]] as const,
  ...[["le", comparison("<=")], ["<=", comparison("<=")]] as const,
]);

const NONE: Given = { args: [], keywords: new Map() };

function hasName(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (error instanceof TemplateFault) return error.kind !== "TemplateAssertionError";
    throw error;
  }
}

/** `value is name(...)`. @throws TemplateFault for unknown names */
export function runTest(
  name: string,
  value: unknown,
  { given, at }: { given: Given; at: Surroundings },
): boolean {
  const known = TESTS.get(name);
  if (known === undefined) throw new TemplateFault("TemplateAssertionError", `No test named '${name}'.`);
  return known.run(value, bind(name, known.names, given), at);
}
