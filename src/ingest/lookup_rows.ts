/**
 * From an upload to the image of a lookup table: JSON (a list of objects, or {key, rows}) or CSV with a header
 * line. Every row needs a key of its own; the first fault is told, and nothing is half taken. Runs in a Worker
 * (actors/lookup_worker.ts): a million rows take seconds.
 */
import { parse } from "csv-parse/sync";
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { pointer } from "../base/problem.ts";
import { LookupImageBuilder } from "../batch/lookup_image.ts";
import { LOOKUP_BYTES_MAX, LOOKUP_ROWS_MAX, type LookupFormat } from "../model/lookup.ts";
import { decodeUtf8 } from "./decode.ts";
import { checkEvent, isWellFormed } from "./event_check.ts";

export interface LookupUpload {
  bytes: Uint8Array<ArrayBuffer>;
  format: LookupFormat;
  /** The column of the key; null: the document says it. */
  key: string | null;
}

export type LookupBuild =
  | { kind: "built"; image: Uint8Array<ArrayBuffer>; rows: number; key: string }
  | { kind: "refused"; status: 400 | 413; code: string; message: string; pointer: string };

class Refused extends Error {
  constructor(readonly build: LookupBuild & { kind: "refused" }) {
    super(build.message);
  }
}

export function buildLookup(upload: LookupUpload): LookupBuild {
  try {
    const { rows, key, path } = readRows(upload);
    if (rows.length > LOOKUP_ROWS_MAX) {
      throw refused("too_many_rows", `it has more than ${LOOKUP_ROWS_MAX} rows`, { status: 413 });
    }
    const builder = new LookupImageBuilder();
    const known = new Set<string>();
    for (const [i, row] of rows.entries()) {
      addRow(builder, known, {
        row,
        key,
        at: () => pointer(...path, i),
      });
    }
    return { kind: "built", image: builder.finish(), rows: builder.rows, key };
  } catch (error) {
    if (error instanceof Refused) return error.build;
    throw error;
  }
}

interface Rows {
  rows: readonly JsonValue[];
  key: string;
  /** Where they stand in the document. */
  path: readonly string[];
}

function readRows({ bytes, format, key }: LookupUpload): Rows {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw refused("invalid_utf8", "it is not UTF-8");
  return format === "csv" ? csvRows(text, key) : jsonRows(text, key);
}

function csvRows(text: string, key: string | null): Rows {
  if (key === null) throw refused("required", "say which column is the key by ?key=", { pointer: "/key" });
  try {
    const options = { columns: true, bom: true, skip_empty_lines: true, to: LOOKUP_ROWS_MAX + 1 } as const;
    const rows = parse<Record<string, string>>(text, options);
    return { rows: rows.map(withoutEmpty), key, path: [] };
  } catch (error) {
    throw refused("malformed_csv", error instanceof Error ? error.message : String(error));
  }
}

/** An empty cell says nothing. */
function withoutEmpty(row: Record<string, string>): JsonObject {
  return Object.fromEntries(Object.entries(row).filter(([, cell]) => cell !== ""));
}

function jsonRows(text: string, key: string | null): Rows {
  const value = parsed(text);
  const [rows, own] = Array.isArray(value)
    ? [value, undefined]
    : isObject(value)
    ? [value.rows, value.key]
    : [];
  if (!Array.isArray(rows)) {
    throw refused("invalid_type", 'expected a list of objects, or {"key": ..., "rows": [...]}');
  }
  if (isObject(value)) requireKnown(value);
  const said = own ?? key;
  if (typeof said !== "string" || said === "") {
    throw refused("required", 'say which member is the key, by ?key= or "key"', { pointer: "/key" });
  }
  if (key !== null && key !== said) {
    throw refused("conflict", `?key= says "${key}", the document "${said}"`, { pointer: "/key" });
  }
  return { rows, key: said, path: Array.isArray(value) ? [] : ["rows"] };
}

function requireKnown(document: JsonObject): void {
  const unknown = Object.keys(document).find((name) => name !== "key" && name !== "rows");
  if (unknown === undefined) return;
  throw refused("unknown_member", `there is no member "${unknown}"`, { pointer: pointer(unknown) });
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch (_notJson) {
    throw refused("malformed_json", "it is not JSON");
  }
}

function addRow(
  builder: LookupImageBuilder,
  known: Set<string>,
  { row, key, at }: { row: JsonValue; key: string; at: () => string },
): void {
  const flaw = checkEvent(row) ?? (isWellFormed(row) ? null : "lone_surrogate");
  if (!isObject(row) || flaw !== null) {
    throw refused(flaw ?? "invalid_type", "a row cannot be used", { pointer: at() });
  }
  const printed = keyOf(row, key);
  if (printed === null) {
    const wish = `a row has no text, number or boolean "${key}"`;
    throw refused("required", wish, { pointer: at() + pointer(key) });
  }
  if (known.has(printed)) {
    throw refused("duplicate", `two rows have the key "${printed.slice(0, 100)}"`, { pointer: at() });
  }
  known.add(printed);
  builder.add(printed, row);
  if (builder.textBytes <= 2 * LOOKUP_BYTES_MAX) return;
  throw refused("table_too_large", `its rows take more than ${2 * LOOKUP_BYTES_MAX} bytes`, { status: 413 });
}

function keyOf(row: JsonObject, key: string): string | null {
  const value = Object.hasOwn(row, key) ? row[key]! : null;
  return value === null || typeof value === "object" ? null : String(value);
}

function refused(
  code: string,
  why: string,
  { pointer = "", status = 400 }: { pointer?: string; status?: 400 | 413 } = {},
): Refused {
  return new Refused({ kind: "refused", status, code, message: `Cannot take the table: ${why}`, pointer });
}
