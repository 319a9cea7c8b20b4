/** Lays a batch out in one piece of memory. The layout is told in batch.ts, which reads it. */
import { align8, BATCH_MAGIC, HEADER_BYTES } from "./batch.ts";
import type { Candidates } from "./candidates.ts";
import type { ColumnBuffer } from "./column_buffer.ts";
import type { Dictionary } from "./dictionary.ts";
import type { TimeBuffer } from "./time_buffer.ts";

export interface BatchParts {
  rows: number;
  columns: readonly ColumnBuffer[];
  times: readonly TimeBuffer[];
  dictionary: Dictionary;
  candidates: Candidates;
}

/** Byte positions of the sections. */
interface Layout {
  columnsTable: number;
  timesTable: number;
  columns: number;
  times: number;
  dictionary: number;
  constants: number;
  candidates: number;
  end: number;
}

/** Exact size, a multiple of 8. */
export function batchBytes(parts: BatchParts): number {
  return layoutOf(parts).end;
}

export function writeBatch(parts: BatchParts, target: Uint8Array): void {
  const layout = layoutOf(parts);
  writeHeader(parts, layout, target);
  writeColumns(parts, layout, target);
  writeTimes(parts, layout, target);
  parts.dictionary.write(target, layout.dictionary);
  const { constants } = parts.dictionary;
  new Int32Array(target.buffer, target.byteOffset + layout.constants, constants.length).set(constants);
  parts.candidates.write(target, layout.candidates);
}

function layoutOf(parts: BatchParts): Layout {
  const columnsTable = align8(HEADER_BYTES);
  const timesTable = columnsTable + 16 * parts.columns.length;
  const columns = timesTable + 8 * parts.times.length;
  const times = columns + parts.columns.length * columnBytes(parts.rows);
  const dictionary = times + parts.times.length * timeBytes(parts.rows);
  const constants = dictionary + parts.dictionary.bytes;
  const candidates = constants + 4 * parts.dictionary.constants.length;
  const end = align8(candidates + parts.candidates.bytes);
  return { columnsTable, timesTable, columns, times, dictionary, constants, candidates, end };
}

function columnBytes(rows: number): number {
  return align8(13 * rows);
}

function timeBytes(rows: number): number {
  return align8(9 * rows);
}

function writeHeader(parts: BatchParts, layout: Layout, target: Uint8Array): void {
  new Int32Array(target.buffer, target.byteOffset, HEADER_BYTES / 4).set([
    BATCH_MAGIC,
    parts.rows,
    parts.columns.length,
    parts.times.length,
    parts.dictionary.size,
    parts.dictionary.constants.length / 2,
    parts.candidates.entries,
    layout.columnsTable,
    layout.timesTable,
    layout.dictionary,
    layout.constants,
    layout.candidates,
    parts.candidates.slots,
    0,
  ]);
}

function writeColumns({ rows, columns }: BatchParts, layout: Layout, target: Uint8Array): void {
  const { buffer, byteOffset } = target;
  const table = new Int32Array(buffer, byteOffset + layout.columnsTable, 4 * columns.length);
  columns.forEach((column, i) => {
    const numbers = layout.columns + i * columnBytes(rows);
    const codes = numbers + 8 * rows;
    table.set([column.id, numbers, codes, column.flags], 4 * i);
    new Float64Array(buffer, byteOffset + numbers, rows).set(column.numbers.subarray(0, rows));
    new Int32Array(buffer, byteOffset + codes, rows).set(column.codes.subarray(0, rows));
    new Uint8Array(buffer, byteOffset + codes + 4 * rows, rows).set(column.kinds.subarray(0, rows));
  });
}

function writeTimes({ rows, times }: BatchParts, layout: Layout, target: Uint8Array): void {
  const { buffer, byteOffset } = target;
  const table = new Int32Array(buffer, byteOffset + layout.timesTable, 2 * times.length);
  times.forEach((time, i) => {
    const at = layout.times + i * timeBytes(rows);
    table.set([time.id, at], 2 * i);
    new Float64Array(buffer, byteOffset + at, rows).set(time.times.subarray(0, rows));
    new Uint8Array(buffer, byteOffset + at + 8 * rows, rows).set(time.flags.subarray(0, rows));
  });
}
