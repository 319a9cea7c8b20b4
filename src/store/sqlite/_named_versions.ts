/** Documents by name over SQLite: a row per version, in a table (name, version, doc). */
import {
  NAMED_VERSIONS_MAX,
  type NamedVersion,
  type NamedVersions,
  requireNextVersion,
} from "../named_versions.ts";
import type { Connection } from "./connection.ts";

interface Row {
  doc: string;
}

export function createNamedVersions<T extends NamedVersion>(
  db: Connection,
  table: "template" | "action_template" | "api_definition",
): NamedVersions<T> {
  const insert = db.prepare(`INSERT INTO ${table} (name, version, doc) VALUES (?, ?, ?)`);
  const newest = db.prepare<{ version: number | null }>(
    `SELECT max(version) AS version FROM ${table} WHERE name = ?`,
  );
  const trim = db.prepare(`DELETE FROM ${table} WHERE name = ? AND version <= ?`);
  const remove = db.prepare(`DELETE FROM ${table} WHERE name = ?`);
  const heads = db.prepare<Row>(
    `SELECT doc FROM ${table} WHERE (name, version) IN (SELECT name, max(version) FROM ${table} GROUP BY name)
     ORDER BY name`,
  );
  const all = db.prepare<Row>(`SELECT doc FROM ${table} WHERE name = ? ORDER BY version`);
  const documentOf = (row: Row) => JSON.parse(row.doc) as T;
  return {
    save: (document) =>
      db.write("full", () => {
        const { name, version } = document;
        requireNextVersion(document, newest.get(name)?.version ?? 0);
        insert.run(name, version, JSON.stringify(document));
        trim.run(name, version - NAMED_VERSIONS_MAX);
      }),
    delete: (name) => db.write("full", () => Number(remove.run(name).changes) > 0),
    list: () => db.read(() => heads.all().map(documentOf)),
    versions: (name) => db.read(() => all.all(name).map(documentOf)),
  };
}
