/** Templates over SQLite: a row per version, which is the document. */
import { type Template, TEMPLATE_VERSIONS_MAX } from "../../model/template.ts";
import { requireNextVersion, type TemplateStore } from "../template_store.ts";
import type { Connection } from "./connection.ts";

interface Row {
  doc: string;
}

export function createTemplateStore(db: Connection): TemplateStore {
  const insert = db.prepare("INSERT INTO template (name, version, doc) VALUES (?, ?, ?)");
  const newest = db.prepare<{ version: number | null }>(
    "SELECT max(version) AS version FROM template WHERE name = ?",
  );
  const trim = db.prepare("DELETE FROM template WHERE name = ? AND version <= ?");
  const remove = db.prepare("DELETE FROM template WHERE name = ?");
  const heads = db.prepare<Row>(
    "SELECT doc FROM template WHERE (name, version) IN (SELECT name, max(version) FROM template GROUP BY name) ORDER BY name",
  );
  const all = db.prepare<Row>("SELECT doc FROM template WHERE name = ? ORDER BY version");
  return {
    save: (template) =>
      db.write("full", () => {
        const { name, version } = template;
        requireNextVersion(template, newest.get(name)?.version ?? 0);
        insert.run(name, version, JSON.stringify(template));
        trim.run(name, version - TEMPLATE_VERSIONS_MAX);
      }),
    delete: (name) => db.write("full", () => Number(remove.run(name).changes) > 0),
    list: () => db.read(() => heads.all().map(templateOf)),
    versions: (name) => db.read(() => all.all(name).map(templateOf)),
  };
}

function templateOf(row: Row): Template {
  return JSON.parse(row.doc) as Template;
}
