/** Reading and building columns of values, row by row; numbers and kinds need no allocation for a row. */
import type { JsonScalar, JsonValue } from "../../base/json.ts";
import { KIND } from "../../batch/batch.ts";
import { numberOf } from "../compare.ts";
import type { ValueColumn } from "../gathered.ts";
import { RESULT_CHARACTERS_MAX } from "./expression.ts";

/** A column that is being built; every row is null at first. */
export interface Draft extends ValueColumn {
  texts: string[] | null;
}

export const TRUTH = { no: 0, yes: 1, unknown: -1 } as const;

export function draft(count: number): Draft {
  return { numbers: new Float64Array(count).fill(NaN), kinds: new Uint8Array(count), texts: null };
}

/** Missing where the number is not finite. Takes over `numbers`. */
export function ofNumbers(numbers: Float64Array): ValueColumn {
  const kinds = new Uint8Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    if (Number.isFinite(numbers[i])) kinds[i] = KIND.number;
    else numbers[i] = NaN;
  }
  return { numbers, kinds, texts: null };
}

export function constantColumn(value: JsonScalar, count: number): ValueColumn {
  const column = draft(count);
  if (value === null || count === 0) return column;
  put(column, 0, value);
  column.numbers.fill(column.numbers[0]!);
  column.kinds.fill(column.kinds[0]!);
  column.texts?.fill(column.texts[0]!);
  return column;
}

/** A text that is too long is null. */
export function put(column: Draft, row: number, value: JsonScalar): void {
  if (value === null) return;
  if (typeof value !== "string") {
    const number = Number(value);
    if (!Number.isFinite(number)) return;
    column.numbers[row] = number;
    column.kinds[row] = typeof value === "number" ? KIND.number : KIND.boolean;
    return;
  }
  if (value.length > RESULT_CHARACTERS_MAX) return;
  column.numbers[row] = numberOf(value);
  column.kinds[row] = KIND.text;
  textsOf(column)[row] = value;
}

export function putTruth(column: Draft, row: number, truth: number): void {
  if (truth === TRUTH.unknown) return;
  column.numbers[row] = truth;
  column.kinds[row] = KIND.boolean;
}

/** Takes a row of another column over as it is. */
export function copyRow(to: Draft, row: number, from: ValueColumn): void {
  const kind = from.kinds[row]!;
  to.kinds[row] = kind;
  to.numbers[row] = from.numbers[row]!;
  if (kind === KIND.text || kind === KIND.json) textsOf(to)[row] = from.texts![row]!;
}

function textsOf(column: Draft): string[] {
  return column.texts ??= new Array<string>(column.kinds.length).fill("");
}

export function isNull(column: ValueColumn, row: number): boolean {
  return column.kinds[row] === KIND.missing;
}

export function valueAt(column: ValueColumn, row: number): JsonValue {
  switch (column.kinds[row]) {
    case KIND.number:
      return column.numbers[row]!;
    case KIND.boolean:
      return column.numbers[row] === 1;
    case KIND.text:
      return column.texts![row]!;
    case KIND.json:
      return JSON.parse(column.texts![row]!);
    default:
      return null;
  }
}

/** Numbers are true unless 0; of texts those that read as numbers, and "true" and "false". */
export function truthAt(column: ValueColumn, row: number): number {
  const kind = column.kinds[row];
  if (kind === KIND.missing || kind === KIND.json) return TRUTH.unknown;
  const number = column.numbers[row]!;
  if (!Number.isNaN(number)) return number === 0 ? TRUTH.no : TRUTH.yes;
  const text = column.texts![row];
  return text === "true" ? TRUTH.yes : text === "false" ? TRUTH.no : TRUTH.unknown;
}
