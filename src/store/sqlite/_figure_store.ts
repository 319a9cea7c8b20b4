/** Figures over SQLite: a row per kind, bucket and name, so that the span of a kind lies together. */
import {
  ERRORS_KEPT_MAX,
  type Figure,
  type FigureKind,
  type FigureStore,
  type StoredError,
} from "../figure_store.ts";
import type { Connection } from "./connection.ts";

export function createFigureStore(db: Connection): FigureStore {
  const add = db.prepare(
    `INSERT INTO figure (kind, bucket, name, n) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET n = n + excluded.n`,
  );
  const tell = db.prepare(
    "INSERT INTO error_log (at, kind, rule_id, ref, duration_ms, message) VALUES (?, ?, ?, ?, ?, ?)",
  );
  const forget = db.prepare(
    "DELETE FROM error_log WHERE id <= (SELECT max(id) FROM error_log) - ?",
  );
  const span = "kind = ? AND bucket >= ? AND bucket < ?";
  const byBucket = db.prepare<{ bucket: number; n: number }>(
    `SELECT bucket, sum(n) AS n FROM figure WHERE ${span} GROUP BY bucket ORDER BY bucket`,
  );
  const byName = db.prepare<{ name: string; n: number }>(
    `SELECT name, sum(n) AS n FROM figure WHERE ${span} GROUP BY name ORDER BY n DESC, name LIMIT ?`,
  );
  const errors = db.prepare<StoredError>(
    `SELECT id, at, kind, rule_id, message, ref, duration_ms FROM error_log
     WHERE at >= ? AND at < ? ORDER BY id DESC LIMIT ?`,
  );
  const trim = db.prepare(
    `DELETE FROM figure WHERE (kind, bucket, name) IN
     (SELECT kind, bucket, name FROM figure WHERE bucket < ? LIMIT ?)`,
  );
  const each = <T>(kinds: readonly FigureKind[], rows: (kind: FigureKind) => T[]) => kinds.flatMap(rows);
  return {
    add: (write) =>
      db.write("normal", () => {
        for (const { kind, bucket, name, n } of write.figures) add.run(kind, bucket, name, n);
        for (const { at, kind, rule_id, ref, duration_ms, message } of write.errors) {
          tell.run(at, kind, rule_id, ref, duration_ms, message);
        }
        if (write.errors.length > 0) forget.run(ERRORS_KEPT_MAX);
      }),
    byBucket: ({ kinds, from, to }) =>
      db.read(() => {
        const rows = each(kinds, (kind) => byBucket.all(kind, from, to).map((row) => ({ ...row, kind })));
        return rows.sort((a, b) => a.bucket - b.bucket);
      }),
    byName: ({ kinds, from, to, limit }) =>
      db.read(() => {
        const rows = each(
          kinds,
          (kind) => byName.all(kind, from, to, limit).map((row) => ({ ...row, kind })),
        );
        return rows.sort(largestFirst).slice(0, limit);
      }),
    errors: ({ from, to, limit }) => db.read(() => errors.all(from, to, limit).map((row) => ({ ...row }))),
    trim: (before, slice) => db.write("normal", () => Number(trim.run(before, slice).changes)),
  };
}

export function largestFirst(a: Omit<Figure, "bucket">, b: Omit<Figure, "bucket">): number {
  return b.n - a.n || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}
