/**
 * Runs one query over lookup tables, in a child process without permissions that ends with it. A query that takes too
 * long is ended from outside, by the end of the process: nothing else stops SQLite, which would go on in a Worker that
 * was terminated. The tables are copied into a database in memory that is then closed to writing; no file can be
 * attached, no extension loaded. Standard input is a line of JSON, then the bytes of the tables one after another.
 */
import { DatabaseSync } from "node:sqlite";
import type { JsonObject, JsonValue } from "../src/base/json.ts";
import { withoutNoise } from "../src/model/sql_logic.ts";
import { LookupImage } from "../src/batch/lookup_image.ts";

/** The line; `bytes` of each table follow it. */
export interface SqlTask {
  sql: string;
  params: JsonObject;
  limit: number;
  /** Of the answer, as JSON. */
  charactersMax: number;
  tables: { name: string; bytes: number }[];
}

export type SqlAnswer =
  | { kind: "rows"; columns: string[]; rows: JsonObject[]; more: boolean }
  | { kind: "refused"; message: string };

/** Of one table. */
const ROWS_MAX = 200_000;
const COLUMNS_MAX = 500;
/** What SQLite may take for tables, sorting and texts, bytes. */
const SQLITE_BYTES_MAX = 256 * 1024 * 1024;

type SqlCell = string | number | null;

function run(
  { sql, params, limit, charactersMax, tables }: SqlTask,
  given: Uint8Array<ArrayBuffer>,
): SqlAnswer {
  const db = new DatabaseSync(":memory:", { allowExtension: false });
  try {
    (db as unknown as { limits: { attach: number } }).limits.attach = 0;
    db.exec(`PRAGMA hard_heap_limit = ${SQLITE_BYTES_MAX}`);
    let from = 0;
    for (const { name, bytes } of tables) {
      // A copy, which begins where words may begin.
      fill(db, name, given.slice(from, from + bytes).buffer);
      from += bytes;
    }
    db.exec("PRAGMA query_only = 1");
    // As a table of another query: what is no query is refused, and no more rows are made than are wanted. All at
    // once, since iterating over a statement of this platform tells no errors.
    const statement = db.prepare(`SELECT * FROM (\n${sql.trim().replace(/;$/, "")}\n) LIMIT ${limit + 1}`);
    const columns = statement.columns().map(({ name }) => name);
    const found = statement.all(named(sql, params));
    const rows = found.slice(0, limit).map((row) => shown(row as Record<string, unknown>));
    const more = found.length > limit;
    if (JSON.stringify(rows).length > charactersMax) {
      return { kind: "refused", message: `the answer exceeds the allowed ${charactersMax} bytes` };
    }
    return { kind: "rows", columns, rows, more };
  } catch (error) {
    return { kind: "refused", message: error instanceof Error ? error.message : String(error) };
  } finally {
    db.close();
  }
}

/** Those that the query names; one that is not given is null (compat). */
function named(sql: string, params: JsonObject): Record<string, SqlCell> {
  const names = new Set([...withoutNoise(sql).matchAll(/[:@$]([A-Za-z_]\w*)/g)].map(([, name]) => name!));
  const given = (name: string) => Object.hasOwn(params, name) ? params[name] : undefined;
  return Object.fromEntries([...names].map((name) => [name, cellOf(given(name))]));
}

function fill(db: DatabaseSync, name: string, image: ArrayBuffer): void {
  const table = new LookupImage(image as unknown as SharedArrayBuffer);
  if (table.rows > ROWS_MAX) {
    throw new Error(
      `lookup table "${name}" has ${table.rows} rows: queries read tables of at most ${ROWS_MAX}`,
    );
  }
  const rows = Array.from({ length: table.rows }, (_, i) => JSON.parse(table.text(i)) as JsonObject);
  // Names that differ only in their case are one column to SQLite: the first one counts.
  const byName = new Map(rows.flatMap(Object.keys).toReversed().map((name) => [name.toLowerCase(), name]));
  const columns = [...byName.values()].reverse().slice(0, COLUMNS_MAX);
  if (columns.length === 0) columns.push("key");
  const list = columns.map(quoted).join(", ");
  db.exec(`CREATE TABLE ${quoted(name)} (${list})`);
  const insert = db.prepare(`INSERT INTO ${quoted(name)} VALUES (${columns.map(() => "?").join(", ")})`);
  db.exec("BEGIN");
  for (const row of rows) insert.run(...columns.map((column) => cellOf(row[column])));
  db.exec("COMMIT");
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function cellOf(value: JsonValue | undefined): SqlCell {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "object" ? JSON.stringify(value) : value;
}

function shown(row: Record<string, unknown>): JsonObject {
  const cells = Object.entries(row).map(([name, value]) =>
    [
      name,
      typeof value === "bigint" ? Number(value) : value instanceof Uint8Array ? value.toHex() : value,
    ] as const
  );
  return Object.fromEntries(cells) as JsonObject;
}

if (import.meta.main) {
  const given = new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
  const end = given.indexOf("\n".charCodeAt(0));
  const task = JSON.parse(new TextDecoder().decode(given.subarray(0, end))) as SqlTask;
  const answer = new TextEncoder().encode(JSON.stringify(run(task, given.subarray(end + 1))));
  await new Response(answer).body!.pipeTo(Deno.stdout.writable);
}
