/**
 * Reads bodies and queries of the compatibility router by schemas, and tells what does not fit as the
 * reference system does: a list of `{type, loc, msg, input}`. Members and parameters that a schema does not
 * know are left out, as there; what a document of ours holds is checked by its own reader further below.
 */
import * as z from "zod";
import type { JsonObject, JsonValue } from "../../src/base/json.ts";
import { timeOf } from "../../src/base/event_time.ts";
import { type Fault, pathOf } from "../../src/base/problem.ts";

/** One thing that does not fit. `loc` begins with where it stands: body, query or path. */
export interface Misfit {
  type: string;
  loc: (string | number)[];
  msg: string;
  input: JsonValue;
}

/** A request whose shape is wrong: 422. */
export class Unprocessable extends Error {
  override readonly name = "Unprocessable";
  readonly misfits: readonly Misfit[];

  constructor(misfits: readonly Misfit[]) {
    super(misfits[0]?.msg ?? "the request does not fit");
    this.misfits = misfits;
  }
}

/** Faults of a document of ours that stands in the body. */
export function unprocessable(faults: readonly Fault[]): Unprocessable {
  return new Unprocessable(faults.map(({ pointer, code, message }): Misfit => {
    const loc = ["body", ...pathOf(pointer).map((part) => /^\d+$/.test(part) ? Number(part) : part)];
    return { type: code === "required" ? "missing" : code, loc, msg: message, input: null };
  }));
}

export type Place = "body" | "query";

/** @throws Unprocessable */
export function readShape<T>(schema: z.ZodType<T>, value: JsonObject, place: Place): T {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw new Unprocessable(result.error.issues.map((issue) => misfitOf(issue, value, place)));
}

type Issue = z.core.$ZodIssue;

function misfitOf(issue: Issue, whole: JsonObject, place: Place): Misfit {
  const loc = [place, ...issue.path.map((part) => typeof part === "number" ? part : String(part))];
  if (issue.code === "invalid_type" && issue.input === undefined) {
    return { type: "missing", loc, msg: "Field required", input: whole };
  }
  const { type, msg } = wishOf(issue);
  return { type, loc, msg, input: (issue.input ?? null) as JsonValue };
}

function wishOf(issue: Issue): { type: string; msg: string } {
  switch (issue.code) {
    case "invalid_type": {
      const [type, wish] = WISHES[issue.expected] ?? ["value_error", `a valid ${issue.expected}`];
      return { type, msg: `Input should be ${wish}` };
    }
    case "invalid_value": {
      const values = issue.values.map((value) => `'${String(value)}'`);
      const last = values.pop();
      const listed = values.length === 0 ? last : `${values.join(", ")} or ${last}`;
      return { type: "literal_error", msg: `Input should be ${listed}` };
    }
    case "too_small":
      return issue.origin === "string"
        ? { type: "string_too_short", msg: `String should have at least ${issue.minimum} characters` }
        : { type: "greater_than_equal", msg: `Input should be greater than or equal to ${issue.minimum}` };
    case "too_big":
      return issue.origin === "string"
        ? { type: "string_too_long", msg: `String should have at most ${issue.maximum} characters` }
        : { type: "less_than_equal", msg: `Input should be less than or equal to ${issue.maximum}` };
    case "custom":
      return { type: String(issue.params?.type ?? "value_error"), msg: issue.message };
    default:
      return { type: "value_error", msg: issue.message };
  }
}

const WISHES: Readonly<Record<string, readonly [type: string, wish: string]>> = {
  string: ["string_type", "a valid string"],
  object: ["dict_type", "a valid dictionary"],
  record: ["dict_type", "a valid dictionary"],
  array: ["list_type", "a valid list"],
  boolean: ["bool_type", "a valid boolean"],
  number: ["float_type", "a valid number"],
  int: ["int_type", "a valid integer"],
};

/** Any JSON object. */
export const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), z.custom<JsonValue>());

/** Of a query: a whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): z.ZodType<number, string> {
  return z.string().transform((text, ctx) => {
    if (/^[+-]?\d{1,15}$/.test(text)) return Number(text);
    ctx.addIssue(
      custom("int_parsing", "Input should be a valid integer, unable to parse string as an integer"),
    );
    return z.NEVER;
  }).pipe(z.number().min(min).max(max));
}

const TRUTHS: Readonly<Record<string, boolean>> = {
  ...{ true: true, "1": true, yes: true, on: true, t: true, y: true },
  ...{ false: false, "0": false, no: false, off: false, f: false, n: false },
};

/** Of a query: a boolean in the words that the reference system takes. */
export const truth: z.ZodType<boolean, string> = z.string().transform((text, ctx) => {
  const value = TRUTHS[text.toLowerCase()];
  if (value !== undefined) return value;
  ctx.addIssue(custom("bool_parsing", "Input should be a valid boolean, unable to interpret input"));
  return z.NEVER;
});

/** Of a query: a time, ms since the epoch. */
export const time: z.ZodType<number, string> = z.string().transform((text, ctx) => {
  // A "+" that was not escaped came as a blank: before a zone it can be nothing else.
  const value = timeOf(text.replace(/(\d:\d{2}\S*) (\d{2}:?\d{2})$/, "$1+$2"), null);
  if (!Number.isNaN(value)) return value;
  ctx.addIssue(custom("datetime_from_date_parsing", "Input should be a valid datetime or date"));
  return z.NEVER;
});

function custom(
  type: string,
  message: string,
): { code: "custom"; message: string; params: { type: string } } {
  return { code: "custom", message, params: { type } };
}
