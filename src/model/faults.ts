/**
 * Faults of a document in our words, made from the issues of its schema: a JSON pointer, a stable code and
 * a message that names the member, the wish and the value. At most {@linkcode FAULTS_MAX} are told; the
 * first one's message is the `detail` of the answer.
 */
import type * as z from "zod";
import { type Fault, pointer } from "../base/problem.ts";

export const FAULTS_MAX = 50;
const SHOWN_CHARACTERS_MAX = 60;

type Issue = z.core.$ZodIssue;

/** @param error of a parse with `reportInput`, so that messages can show the value */
export function faultsOf(error: z.core.$ZodError): Fault[] {
  return error.issues.slice(0, FAULTS_MAX).map((issue) => ({
    pointer: pointer(...issue.path),
    code: codeOf(issue),
    message: messageOf(issue),
  }));
}

function codeOf(issue: Issue): string {
  if (issue.code === "custom") {
    if (typeof issue.params?.code === "string") return issue.params.code;
    return wishOf(issue) !== null && issue.input === undefined ? "required" : "invalid_value";
  }
  if (issue.code === "invalid_type") return issue.input === undefined ? "required" : "invalid_type";
  if (issue.code === "invalid_value" && issue.input === undefined) return "required";
  return issue.code === "too_small" || issue.code === "too_big" ? "out_of_range" : "invalid_value";
}

function messageOf(issue: Issue): string {
  const name = nameOf(issue.path);
  switch (issue.code) {
    case "custom": {
      const wish = wishOf(issue);
      if (wish === null) return issue.message;
      return issue.input === undefined ? `${name} is required` : cannotUse(issue, wish);
    }
    case "invalid_type":
      if (issue.input === undefined) return `${name} is required`;
      return cannotUse(issue, WISH[issue.expected] ?? issue.expected);
    case "invalid_value": {
      const values = issue.values.map((value) => JSON.stringify(value)).join(", ");
      return issue.input === undefined ? `${name} is required: ${values}` : cannotUse(issue, values);
    }
    case "too_small":
      return cannotUse(issue, `at least ${issue.minimum}${unitOf(issue.origin, issue.minimum)}`);
    case "too_big":
      return cannotUse(issue, `at most ${issue.maximum}${unitOf(issue.origin, issue.maximum)}`);
    default:
      return cannotUse(issue, wishOf(issue) ?? issue.message);
  }
}

/** What a message of our own wishes for; null: it is whole as it is. */
function wishOf(issue: Issue): string | null {
  if (issue.code === "custom" && issue.params?.code !== undefined) return null;
  return issue.message.startsWith("expected ") ? issue.message.slice("expected ".length) : null;
}

const WISH: Readonly<Record<string, string>> = {
  string: "text",
  object: "an object",
  record: "an object",
  array: "a list",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

function unitOf(origin: string, count: number | bigint): string {
  if (origin !== "string" && origin !== "array") return "";
  return (origin === "string" ? " character" : " item") + (count === 1 ? "" : "s");
}

function cannotUse(issue: Issue, wish: string): string {
  return `Cannot use ${shown(issue.input)} as ${nameOf(issue.path)}: expected ${wish}`;
}

/** The member that a path ends in; an item is named by its list ("channels[0]"). */
function nameOf(path: readonly PropertyKey[]): string {
  let name = "";
  for (let i = path.length - 1; i >= 0; i--) {
    const part = path[i]!;
    if (typeof part !== "number") return String(part) + name;
    name = `[${part}]${name}`;
  }
  return `the document${name}`;
}

/** `value` as JSON, short enough for a message. Lists and objects are told by kind only. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_CHARACTERS_MAX ? text.slice(0, SHOWN_CHARACTERS_MAX) + "…" : text;
}
