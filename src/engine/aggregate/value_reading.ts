/** How aggregates read a value of a gathered event. An absent column means that the field is nowhere. */
import { KIND } from "../../batch/batch.ts";
import type { Gathered } from "../gathered.ts";

/** The finite number that event `i` has in a field (a number, or numeric text), else NaN. -0 reads as 0. */
export function numberAt(gathered: Gathered, field: number, i: number): number {
  const column = gathered.columns[field];
  if (column === undefined) return NaN;
  const kind = column.kinds[i];
  if (kind !== KIND.number && kind !== KIND.text) return NaN;
  const x = column.numbers[i]! + 0;
  return x - x === 0 ? x : NaN;
}

export function isPresentAt(gathered: Gathered, field: number, i: number): boolean {
  const column = gathered.columns[field];
  return column !== undefined && column.kinds[i] !== KIND.missing;
}
