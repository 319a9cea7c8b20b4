/**
 * Matchers over labels, after Alertmanager: = and != compare text, =~ and !~ hold a regular expression (RE2,
 * linear time) that must cover the whole value. An absent label reads as the empty text. A list of matchers
 * holds when all of them do; the empty list always.
 */
import { RE2JS } from "re2js";
import { patternFault } from "./regular_expression.ts";

export const MATCHER_OPERATORS = ["=", "!=", "=~", "!~"] as const;
export type MatcherOperator = typeof MATCHER_OPERATORS[number];

export interface Matcher {
  name: string;
  op: MatcherOperator;
  value: string;
}

export type Labels = Readonly<Record<string, string>>;
export type LabelTest = (labels: Labels) => boolean;

/** Why a matcher cannot be used, with a stable code; null when it can. */
export function matcherFault({ name, op, value }: Matcher): { code: string; message: string } | null {
  if (name === "") return { code: "bad_label_name", message: "Cannot match a label without a name" };
  if (!MATCHER_OPERATORS.includes(op)) {
    return { code: "bad_operator", message: `Cannot use operator "${op}": expected =, !=, =~ or !~` };
  }
  const fault = op === "=~" || op === "!~" ? patternFault(value) : null;
  if (fault === null) return null;
  return { code: "bad_regex", message: `Cannot use "${value}" as a regular expression: ${fault}` };
}

/** The test of a list of matchers, each of which {@linkcode matcherFault} found good. */
export function labelTest(matchers: readonly Matcher[]): LabelTest {
  const tests = matchers.map(testOf);
  return (labels) => tests.every((test) => test(labels));
}

/** The labels' values as matchers see them: the empty text where there is none. */
export function labelOf(labels: Labels, name: string): string {
  return Object.hasOwn(labels, name) ? labels[name]! : "";
}

function testOf({ name, op, value }: Matcher): LabelTest {
  switch (op) {
    case "=":
      return (labels) => labelOf(labels, name) === value;
    case "!=":
      return (labels) => labelOf(labels, name) !== value;
    case "=~":
    case "!~": {
      const pattern = RE2JS.compile(value);
      const wanted = op === "=~";
      return (labels) => pattern.matches(labelOf(labels, name)) === wanted;
    }
  }
}
