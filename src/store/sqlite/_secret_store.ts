/** Secrets over SQLite: a row is the document. What a write takes away is overwritten. */
import type { Secret } from "../../model/secret.ts";
import { requireNextVersion } from "../named_versions.ts";
import type { SecretRows } from "../secret_store.ts";
import type { Connection } from "./connection.ts";
import { createRebuild } from "./_rebuild.ts";

export function createSecretStore(db: Connection): SecretRows {
  const put = db.prepare(
    "INSERT INTO secret (name, version, doc) VALUES (?, ?, ?) " +
      "ON CONFLICT (name) DO UPDATE SET version = excluded.version, doc = excluded.doc",
  );
  const newest = db.prepare<{ version: number }>("SELECT version FROM secret WHERE name = ?");
  const remove = db.prepare("DELETE FROM secret WHERE name = ?");
  const all = db.prepare<{ doc: string }>("SELECT doc FROM secret ORDER BY name");
  const setValue = db.prepare(
    "UPDATE secret SET doc = json_set(doc, '$.value', ?) WHERE name = ? AND version = ?",
  );
  const write = <T>(body: () => T) => db.read(() => db.wiping(() => db.transact("full", body)));
  const rebuild = createRebuild(db, "secret", ["id", "name", "version", "doc"]);
  return {
    save: (secret) =>
      write(() => {
        const { name, version } = secret;
        requireNextVersion(secret, newest.get(name)?.version ?? 0);
        put.run(name, version, JSON.stringify(secret));
      }),
    delete: (name) => write(() => remove.run(name).changes === 1),
    list: () => db.read(() => all.all().map(({ doc }) => JSON.parse(doc) as Secret)),
    rewrite: (values) =>
      write(() =>
        values.filter(({ name, version, value }) => setValue.run(value, name, version).changes === 1).length
      ),
    async wipe() {
      await write(rebuild);
      return await db.read(() => db.emptyLog());
    },
  };
}
