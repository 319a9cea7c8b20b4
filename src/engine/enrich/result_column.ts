/** A column of results that is filled row by row. */
import type { JsonValue } from "../../base/json.ts";
import { KIND } from "../../batch/batch.ts";
import { numberOf } from "../compare.ts";
import type { ValueColumn } from "../gathered.ts";

export interface ResultColumn extends ValueColumn {
  texts: string[] | null;
}

/** Of `count` rows, all missing. */
export function resultColumn(count: number): ResultColumn {
  return { numbers: new Float64Array(count).fill(NaN), kinds: new Uint8Array(count), texts: null };
}

/** Null and undefined are missing; a number that is not finite is as well. */
export function put(column: ResultColumn, row: number, value: JsonValue | undefined): void {
  column.kinds[row] = KIND.missing;
  column.numbers[row] = NaN;
  if (value === null || value === undefined) return;
  if (typeof value === "number" && !Number.isFinite(value)) return;
  column.kinds[row] = kindOf(value);
  column.numbers[row] = numberOf(value);
  if (typeof value === "string") textsOf(column)[row] = value;
  else if (typeof value === "object") textsOf(column)[row] = JSON.stringify(value);
}

/** Takes rows over as they are: those of `from` begin at `row` of `column`. */
export function putRows(column: ResultColumn, row: number, from: ValueColumn): void {
  column.kinds.set(from.kinds, row);
  column.numbers.set(from.numbers, row);
  if (from.texts === null) return;
  const texts = textsOf(column);
  for (const [i, text] of from.texts.entries()) texts[row + i] = text;
}

function kindOf(value: Exclude<JsonValue, null>): number {
  if (typeof value === "number") return KIND.number;
  if (typeof value === "boolean") return KIND.boolean;
  return typeof value === "string" ? KIND.text : KIND.json;
}

function textsOf(column: ResultColumn): string[] {
  return column.texts ??= new Array<string>(column.kinds.length).fill("");
}
