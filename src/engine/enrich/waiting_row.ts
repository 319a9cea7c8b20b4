/**
 * A row that waits: all that its step will need, apart from the batch that it came in, and its binary form. A
 * rule may be resumed as a later version than the one that its state was written by: then a row is made over by
 * the names of what it holds, and its enrichments are computed again.
 */
import type { JsonScalar } from "../../base/json.ts";
import type { Gathered, ValueColumn } from "../gathered.ts";
import type { ByteReader, ByteWriter } from "../state_bytes.ts";
import { type ResultColumn, resultColumn } from "./result_column.ts";

const ROW_BYTES = 400;
const COLUMN_BYTES = 96;

/** One row; `earlier` is the latest time of what passed before its record while others waited. */
export function copiedRow(rows: Gathered, i: number, earlier: number): Gathered {
  const { before, keys } = rows;
  return {
    count: 1,
    offsets: Float64Array.of(rows.offsets[i]!),
    times: Float64Array.of(rows.times[i]!),
    time_flags: Uint8Array.of(rows.time_flags[i]!),
    keys: keys.length === 0 ? [] : [keys[i]!],
    columns: rows.columns.map((column) => column && copiedValue(column, i)),
    before: before && Float64Array.of(Math.max(before[i]!, earlier)),
    outcomes: rows.outcomes && Int32Array.of(rows.outcomes[i]!),
  };
}

function copiedValue({ numbers, kinds, texts }: ValueColumn, i: number): ResultColumn {
  return {
    numbers: Float64Array.of(numbers[i]!),
    kinds: Uint8Array.of(kinds[i]!),
    texts: texts && [texts[i]!],
  };
}

/** Counted bytes. Results that are still to come are not among them. */
export function rowBytes({ columns, keys }: Gathered): number {
  let bytes = ROW_BYTES + keyText(keys[0]).length;
  for (const column of columns) {
    if (column !== undefined) bytes += COLUMN_BYTES + 2 * (column.texts?.[0]?.length ?? 0);
  }
  return bytes;
}

export function writeRow(row: Gathered, out: ByteWriter): void {
  for (const value of [row.offsets[0]!, row.times[0]!, row.time_flags[0]!]) out.f64(value);
  out.u8(row.before === null ? 0 : 1);
  if (row.before !== null) out.f64(row.before[0]!);
  out.u8(row.outcomes === null ? 0 : 1);
  if (row.outcomes !== null) out.f64(row.outcomes[0]!);
  out.text(keyText(row.keys[0]));
  const columns = [...row.columns.entries()].filter(([, column]) => column !== undefined);
  out.u32(columns.length);
  for (const [index, column] of columns) {
    out.u32(index);
    out.f64(column!.numbers[0]!);
    out.u8(column!.kinds[0]!);
    out.text(column!.texts?.[0] ?? "");
  }
}

export function readRow(input: ByteReader): Gathered {
  const [offset, time, flag] = [input.f64(), input.f64(), input.f64()];
  const before = input.u8() === 0 ? null : Float64Array.of(input.f64());
  const outcomes = input.u8() === 0 ? null : Int32Array.of(input.f64());
  const key = input.text();
  const columns: (ValueColumn | undefined)[] = [];
  for (let n = input.u32(); n > 0; n--) {
    const index = input.u32();
    const [numbers, kinds] = [Float64Array.of(input.f64()), Uint8Array.of(input.u8())];
    columns[index] = { numbers, kinds, texts: [input.text()] };
  }
  return {
    count: 1,
    offsets: Float64Array.of(offset),
    times: Float64Array.of(time),
    time_flags: Uint8Array.of(flag),
    keys: key === "" ? [] : [JSON.parse(key) as JsonScalar[]],
    columns,
    before,
    outcomes,
  };
}

/** By what a row of a plan is understood. */
export interface RowShape {
  names: readonly string[];
  /** Names of the members of keys. */
  key: readonly string[];
  /** Indexes of what enrichments come to. */
  results: readonly number[];
  /** What is computed, as text. */
  enrichments: string;
}

/** A row of one shape as one of another, with nothing computed yet. */
export function madeOver(row: Gathered, from: RowShape, to: RowShape): Gathered {
  const column = (name: string) => row.columns[from.names.indexOf(name)];
  const columns = to.names.map((name, index) => to.results.includes(index) ? resultColumn(1) : column(name));
  const values = row.keys[0] ?? [];
  const key = to.key.map((name) => values[from.key.indexOf(name)] ?? null);
  return { ...row, columns, keys: key.length === 0 ? [] : [key] };
}

function keyText(key: readonly JsonScalar[] | undefined): string {
  return key === undefined ? "" : JSON.stringify(key);
}
