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
  return error.issues.flatMap((issue) => plainIssues(issue)).slice(0, FAULTS_MAX).map((issue) => ({
    pointer: pointer(...issue.path),
    code: codeOf(issue),
    message: messageOf(issue),
  }));
}

/**
 * The issue, or those that it stands for: of a value that may have several shapes, what is wrong with the shape that
 * it has; of an object, each member that it does not know.
 */
function plainIssues(issue: Issue): Issue[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      ...{ code: "custom", path: [...issue.path, key], input: issue.input },
      ...{ message: `Unknown member "${key}"`, params: { code: "unknown_member" } },
    }));
  }
  if (issue.code !== "invalid_union" || wishOf(issue) !== null) return [issue];
  const shape = issue.errors.find((issues) => issues.length > 0 && !issues.some(isOfKind));
  if (shape === undefined) return [issue];
  return shape.flatMap((one) => plainIssues({ ...one, path: [...issue.path, ...one.path] } as Issue));
}

/** Whether it says that the value as a whole is of another kind. */
function isOfKind({ code, path }: Issue): boolean {
  return path.length === 0 && (code === "invalid_type" || code === "invalid_value");
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
      if (wish === null) return isRaw(issue.message) ? cannotUse(issue, ANOTHER) : issue.message;
      return issue.input === undefined ? `${name} is required` : cannotUse(issue, wish);
    }
    case "invalid_type":
      return issue.input === undefined ? `${name} is required` : cannotUse(issue, wishFor(issue));
    case "invalid_value":
      return issue.input === undefined
        ? `${name} is required: ${wishFor(issue)}`
        : cannotUse(issue, wishFor(issue));
    default:
      return cannotUse(issue, wishFor(issue));
  }
}

/** What is wished for in place of the value, in our words: "a whole number". */
export function wishFor(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return WISH[issue.expected] ?? issue.expected;
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value)).join(", ");
    case "too_small":
      return `at least ${issue.minimum}${unitOf(issue.origin, issue.minimum)}`;
    case "too_big":
      return `at most ${issue.maximum}${unitOf(issue.origin, issue.maximum)}`;
    case "invalid_union":
      return wishOf(issue) ?? wishOfAny(issue.errors.flat());
    case "invalid_key":
      return wishOf(issue) ?? `other names of its members: ${issue.issues.map(wishFor).join(", ")}`;
    default:
      return wishOf(issue) ?? (isRaw(issue.message) ? fallbackFor(issue) : issue.message);
  }
}

function wishOfAny(issues: readonly Issue[]): string {
  const wishes = new Set(issues.map(wishFor));
  return wishes.size === 0 ? ANOTHER : [...wishes].join(" or ");
}

const ANOTHER = "another value";

/** Whether it is a text of the schema library, and none of ours. */
export function isRaw(message: string): boolean {
  return /^(Invalid|Too (big|small)|Unrecognized)\b/.test(message);
}

function fallbackFor(issue: Issue): string {
  if (issue.code === "not_multiple_of") return `a multiple of ${issue.divisor}`;
  if (issue.code !== "invalid_format") return ANOTHER;
  return issue.pattern === undefined ? `a text of the form ${issue.format}` : `a text like ${issue.pattern}`;
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
