/**
 * Runs one query over lookup tables, in a Worker that ends with it: a query that takes too long is ended from
 * outside. The tables are copied into a database in memory that is then closed to writing; no file can be attached,
 * no extension loaded.
 */
import { DatabaseSync } from "node:sqlite";
import { parentPort } from "node:worker_threads";
import type { JsonObject, JsonValue } from "../src/base/json.ts";
import { LookupImage } from "../src/batch/lookup_image.ts";

export interface SqlTask {
  sql: string;
  params: JsonObject;
  limit: number;
  tables: { name: string; image: SharedArrayBuffer | ArrayBuffer }[];
}

export type SqlAnswer =
  | { kind: "rows"; columns: string[]; rows: JsonObject[]; more: boolean }
  | { kind: "refused"; message: string };

/** Of one table. */
const ROWS_MAX = 200_000;
const COLUMNS_MAX = 500;

type SqlCell = string | number | null;

function run({ sql, params, limit, tables }: SqlTask): SqlAnswer {
  const db = new DatabaseSync(":memory:", { allowExtension: false });
  try {
    (db as unknown as { limits: { attach: number } }).limits.attach = 0;
    for (const table of tables) fill(db, table);
    db.exec("PRAGMA query_only = 1");
    // As a table of another query: what is no query is refused, and no more rows are made than are wanted. All at
    // once, since iterating over a statement of this platform tells no errors.
    const statement = db.prepare(`SELECT * FROM (\n${sql.trim().replace(/;$/, "")}\n) LIMIT ${limit + 1}`);
    const columns = statement.columns().map(({ name }) => name);
    const found = statement.all(named(sql, params));
    const rows = found.slice(0, limit).map((row) => shown(row as Record<string, unknown>));
    const more = found.length > limit;
    return { kind: "rows", columns, rows, more };
  } catch (error) {
    return { kind: "refused", message: error instanceof Error ? error.message : String(error) };
  } finally {
    db.close();
  }
}

/** Those that the query names; one that is not given is null (compat). */
function named(sql: string, params: JsonObject): Record<string, SqlCell> {
  const names = new Set([...sql.matchAll(/[:@$]([A-Za-z_]\w*)/g)].map(([, name]) => name!));
  return Object.fromEntries([...names].map((name) => [name, cellOf(params[name])]));
}

function fill(db: DatabaseSync, { name, image }: SqlTask["tables"][number]): void {
  const table = new LookupImage(image as SharedArrayBuffer);
  if (table.rows > ROWS_MAX) {
    throw new Error(
      `lookup table "${name}" has ${table.rows} rows: queries read tables of at most ${ROWS_MAX}`,
    );
  }
  const rows = Array.from({ length: table.rows }, (_, i) => JSON.parse(table.text(i)) as JsonObject);
  const columns = [...new Set(rows.flatMap(Object.keys))].slice(0, COLUMNS_MAX);
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

parentPort?.once("message", (task: SqlTask) => parentPort?.postMessage(run(task)));
