/**
 * One column of a topic: how it is read, and who needs it. The last three members are scratch of the batch
 * that is being prepared.
 */
import { compileColumn, EVENT_TYPE_FIELD, SOURCE_FIELD } from "../base/field_path.ts";
import type { ColumnBuffer, ColumnSource } from "./column_buffer.ts";

export interface ColumnUse extends ColumnSource {
  readonly path: string;
  /** Rules that read it for every row, and index terms on it. */
  dense: number;
  /** Subscriptions that name it at all. */
  users: number;
  /** Where its values are in the batch at hand. */
  buffer: ColumnBuffer | null;
  /** Rows to encode, 1 = wanted; made at the first sparse use and all zero between batches. */
  marks: Uint8Array | null;
  marked: boolean;
}

export function columnUse(path: string, id: number): ColumnUse {
  const reserved = path === EVENT_TYPE_FIELD || path === SOURCE_FIELD;
  return {
    id,
    path,
    direct: reserved ? null : path,
    lookup: compileColumn(path),
    dense: 0,
    users: 0,
    buffer: null,
    marks: null,
    marked: false,
  };
}
