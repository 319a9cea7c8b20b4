/**
 * Runs one query over lookup tables, in a child process without permissions that ends with it. A query that takes too
 * long is ended from outside, by the end of the process: nothing else stops SQLite, which would go on in a Worker that
 * was terminated. The tables are copied into a database in memory that is then closed to writing; no file can be
 * attached, no extension loaded. Standard input is a line of JSON, then the bytes of the tables one after another.
 */
import { DatabaseSync } from "node:sqlite";
import type { JsonObject, JsonValue } from "../src/base/json.ts";
import { bareQuery, sqlName, withoutNoise } from "../src/model/sql_logic.ts";
import { LookupImage } from "../src/batch/lookup_image.ts";

/** The line; `bytes` of each table follow it. */
export interface SqlTask {
  sql: string;
  params: JsonObject;
  limit: number;
  /** Of the answer, as JSON. */
  charactersMax: number;
  tables: SqlTable[];
}

export interface SqlTable {
  name: string;
  /** The column of the key, which a table without rows has too. */
  key: string;
  bytes: number;
}

export type SqlAnswer =
  | { kind: "rows"; columns: string[]; rows: JsonObject[]; more: boolean }
  | { kind: "refused"; message: string };

/** Of one table. */
const ROWS_MAX = 200_000;
const COLUMNS_MAX = 500;
/** What SQLite may take for tables, sorting and texts, bytes. */
const SQLITE_BYTES_MAX = 256 * 1024 * 1024;

/** Whole numbers are integers to SQLite only as bigint. */
type SqlCell = string | number | bigint | null;

function run(
  { sql, params, limit, charactersMax, tables }: SqlTask,
  given: Uint8Array<ArrayBuffer>,
): SqlAnswer {
  const db = new DatabaseSync(":memory:", { allowExtension: false });
  try {
    (db as unknown as { limits: { attach: number } }).limits.attach = 0;
    db.exec(`PRAGMA hard_heap_limit = ${SQLITE_BYTES_MAX}`);
    let from = 0;
    for (const { name, key, bytes } of tables) {
      // A copy, which begins where words may begin.
      fill(db, { name, key }, given.slice(from, from + bytes).buffer);
      from += bytes;
    }
    db.exec("PRAGMA query_only = 1");
    // As a table of another query: what is no query is refused, and no more rows are made than are wanted. All at
    // once, since iterating over a statement of this platform tells no errors.
    const statement = db.prepare(`SELECT * FROM (\n${bareQuery(sql)}\n) LIMIT ${limit + 1}`);
    statement.setReadBigInts(true);
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

function fill(
  db: DatabaseSync,
  { name, key }: Pick<SqlTable, "name" | "key">,
  image: ArrayBuffer,
): void {
  const table = new LookupImage(image as unknown as SharedArrayBuffer);
  if (table.rows > ROWS_MAX) {
    throw new Error(
      `lookup table "${name}" has ${table.rows} rows: queries read tables of at most ${ROWS_MAX}`,
    );
  }
  const rows = Array.from({ length: table.rows }, (_, i) => JSON.parse(table.text(i)) as JsonObject);
  const columns = columnsOf(rows, key);
  const list = columns.map(([column]) => quoted(column!)).join(", ");
  db.exec(`CREATE TABLE ${quoted(name)} (${list})`);
  const insert = db.prepare(`INSERT INTO ${quoted(name)} VALUES (${columns.map(() => "?").join(", ")})`);
  db.exec("BEGIN");
  for (const row of rows) {
    insert.run(...columns.map((spellings) => {
      const member = spellings.find((spelling) => Object.hasOwn(row, spelling));
      return member === undefined ? null : cellOf(row[member]);
    }));
  }
  db.exec("COMMIT");
}

/** Every column by the spellings of its name, which are one to SQLite. The first one is shown, and counts first. */
function columnsOf(rows: readonly JsonObject[], key: string): string[][] {
  const byName = new Map<string, string[]>();
  for (const member of new Set(rows.length === 0 ? [key] : rows.flatMap(Object.keys))) {
    const name = sqlName(member);
    const spellings = byName.get(name);
    if (spellings === undefined) byName.set(name, [member]);
    else spellings.push(member);
  }
  return [...byName.values()].slice(0, COLUMNS_MAX);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function cellOf(value: JsonValue | undefined): SqlCell {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "object") return JSON.stringify(value);
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
}

function shown(row: Record<string, unknown>): JsonObject {
  return Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, jsonOf(cell)])) as JsonObject;
}

/** An integer that no JSON number holds is told as text. */
function jsonOf(cell: unknown): unknown {
  if (typeof cell === "bigint") return Number.isSafeInteger(Number(cell)) ? Number(cell) : String(cell);
  return cell instanceof Uint8Array ? cell.toHex() : cell;
}

if (import.meta.main) {
  const given = new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
  const end = given.indexOf("\n".charCodeAt(0));
  const task = JSON.parse(new TextDecoder().decode(given.subarray(0, end))) as SqlTask;
  const answer = new TextEncoder().encode(JSON.stringify(run(task, given.subarray(end + 1))));
  await new Response(answer).body!.pipeTo(Deno.stdout.writable);
}
