/** Lays all rows of a table down anew: secure_delete zeroes what is freed, but not the copies of rows that moved on. */
import type { Connection } from "./connection.ts";

/** @param columns all of them */
export function createRebuild(db: Connection, table: string, columns: readonly string[]): () => void {
  const names = columns.join(", ");
  const places = columns.map(() => "?").join(", ");
  const rows = db.prepare<Record<string, number | string>>(`SELECT ${names} FROM ${table}`);
  const clear = db.prepare(`DELETE FROM ${table}`);
  const restore = db.prepare(`INSERT INTO ${table} (${names}) VALUES (${places})`);
  return () => {
    const all = rows.all();
    clear.run();
    for (const row of all) restore.run(...columns.map((column) => row[column]!));
  };
}
