/**
 * Functions of texts. Other values are read as they are printed; lists and objects as JSON. Characters are
 * Unicode code points and counted from 1, from the end where negative. Nothing builds a text much longer
 * than a result may be.
 */
import { isObject, type JsonScalar, type JsonValue } from "../../base/json.ts";
import { equals, numberOf, printed } from "../compare.ts";
import { checkConstant } from "./_check_constant.ts";
import { RESULT_CHARACTERS_MAX } from "./expression.ts";
import type { Signature } from "./functions.ts";

type Body = (args: readonly JsonValue[]) => JsonScalar;

export const TEXT_FUNCTIONS: Readonly<Record<string, Signature>> = {
  length: values({ min: 1, max: 1 }, ([x]) => lengthOf(x!)),
  lower: values({ min: 1, max: 1 }, ([x]) => printed(x!).toLowerCase()),
  upper: values({ min: 1, max: 1 }, ([x]) => printed(x!).toUpperCase()),
  trim: values({ min: 1, max: 1 }, ([x]) => printed(x!).trim()),
  concat: values({ min: 1, max: Infinity }, concat),
  substring: { ...values({ min: 2, max: 3 }, substring), check: checkConstant(1, positionFault) },
  replace: values({ min: 3, max: 3 }, replace),
  contains: values({ min: 2, max: 2 }, contains),
  starts_with: values({ min: 2, max: 2 }, ([x, y]) => printed(x!).startsWith(printed(y!))),
  ends_with: values({ min: 2, max: 2 }, ([x, y]) => printed(x!).endsWith(printed(y!))),
  split_part: { ...values({ min: 3, max: 3 }, splitPart), check: checkConstant(2, positionFault) },
  number: { min: 1, max: 1, body: { kind: "numbers", apply: (args) => args[0]! } },
  string: values({ min: 1, max: 1 }, ([x]) => printed(x!)),
};

function values(count: { min: number; max: number }, apply: Body): Signature {
  return { ...count, body: { kind: "values", apply } };
}

function lengthOf(value: JsonValue): number | null {
  if (Array.isArray(value)) return value.length;
  return isObject(value) ? null : characters(printed(value)).length;
}

/** A text by code units where each is a character, else its code points. */
function characters(text: string): string | string[] {
  return /[\ud800-\udfff]/.test(text) ? [...text] : text;
}

function concat(args: readonly JsonValue[]): string | null {
  let text = "";
  for (const arg of args) {
    text += printed(arg);
    if (text.length > RESULT_CHARACTERS_MAX) return null;
  }
  return text;
}

function substring([value, start, length]: readonly JsonValue[]): string | null {
  const all = characters(printed(value!));
  const from = position(start!, all.length);
  const count = length === undefined ? Infinity : Math.trunc(numberOf(length));
  // Also when either is no number.
  if (from === null || !(count >= 0)) return null;
  const part = all.slice(Math.max(from, 0), Math.max(from + count, 0));
  return typeof part === "string" ? part : part.join("");
}

/** An index from 0 of a position counted from 1 (or from the end); null: there is no such position. */
function position(value: JsonValue, length: number): number | null {
  const at = Math.trunc(numberOf(value));
  if (Number.isNaN(at) || at === 0) return null;
  return at > 0 ? at - 1 : length + at;
}

function positionFault(value: JsonScalar): string | null {
  return position(value, 0) !== null
    ? null
    : `"${value}" is no position: they are counted from 1, or from -1 at the end`;
}

/** All occurrences. */
function replace([value, from, to]: readonly JsonValue[]): string | null {
  const [text, wanted, put] = [printed(value!), printed(from!), printed(to!)];
  if (wanted === "") return text;
  const parts = text.split(wanted);
  const length = text.length + (parts.length - 1) * (put.length - wanted.length);
  return length > RESULT_CHARACTERS_MAX ? null : parts.join(put);
}

/** As the operator of conditions: membership in a list, else part of the text. */
function contains([value, wanted]: readonly JsonValue[]): boolean {
  if (Array.isArray(value)) return value.some((item) => equals(item, wanted!, false));
  return printed(value!).includes(printed(wanted!));
}

function splitPart([value, separator, which]: readonly JsonValue[]): string | null {
  const by = printed(separator!);
  if (by === "") return null;
  const parts = printed(value!).split(by);
  const at = position(which!, parts.length);
  return at === null ? null : parts[at] ?? null;
}
