/** The log of executions over SQLite. */
import type { JsonObject } from "../../base/json.ts";
import { boundedExec, type Exec } from "../../model/exec.ts";
import type { ExecFigures, ExecLog, ExecQuery, StoredExec } from "../exec_log.ts";
import type { Connection, SqlValue } from "./connection.ts";

/** The log, and what is written to it within a transaction of somebody else. */
export interface SqliteExecLog extends ExecLog {
  put(exec: Exec): void;
}

interface Row extends Omit<StoredExec, "references"> {
  refs: string;
}

const COLUMNS = "seq, exec_id, kind, subject, at, duration_ms, status, executed_by, error, refs";

export function createExecLog(db: Connection): SqliteExecLog {
  const insert = db.prepare(
    `INSERT INTO exec_log (exec_id, kind, subject, at, duration_ms, status, executed_by, error, refs)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (exec_id) DO NOTHING`,
  );
  const one = db.prepare<Row>(`SELECT ${COLUMNS} FROM exec_log WHERE exec_id = ?`);
  const figures = db.prepare<ExecFigures>(
    `SELECT subject, count(*) AS executions, sum(status = 'fail') AS errors, sum(duration_ms) AS duration_ms
     FROM exec_log WHERE kind = ? AND at >= ? AND at < ? GROUP BY subject ORDER BY executions DESC, subject`,
  );
  const failures = db.prepare<{ bucket: number; n: number }>(
    `SELECT cast((at - ?) / ? AS INTEGER) AS bucket, count(*) AS n FROM exec_log
     WHERE kind = ? AND at >= ? AND at < ? AND status = 'fail' GROUP BY bucket`,
  );
  const aged = db.prepare(
    "DELETE FROM exec_log WHERE seq IN (SELECT seq FROM exec_log WHERE at < ? ORDER BY at LIMIT ?)",
  );
  const surplus = db.prepare(
    `DELETE FROM exec_log WHERE seq IN (SELECT seq FROM exec_log
       WHERE seq <= (SELECT max(seq) FROM exec_log) - ? ORDER BY seq LIMIT ?)`,
  );
  const put = (exec: Exec) => {
    const e = boundedExec(exec);
    insert.run(
      ...[e.exec_id, e.kind, e.subject, e.at, e.duration_ms, e.status, e.executed_by, e.error],
      JSON.stringify(e.references),
    );
  };
  return {
    put,
    append: (execs) => db.write("normal", () => execs.forEach(put)),
    get: (execId) =>
      db.read(() => {
        const row = one.get(execId);
        return row && execOf(row);
      }),
    list: (query) =>
      db.read(() => {
        const { sql, values } = conditionOf(query);
        const rows = db.prepare<Row>(
          `SELECT ${COLUMNS} FROM exec_log WHERE ${sql} ORDER BY seq DESC LIMIT ?`,
        ).all(...values, query.limit + 1);
        const items = rows.slice(0, query.limit).map(execOf);
        return { items, next: rows.length > query.limit ? items.at(-1)?.seq ?? null : null };
      }),
    figures: ({ kind, from, to }) => db.read(() => figures.all(kind, from, to).map((row) => ({ ...row }))),
    failures: ({ kind, from, to, bucketMs }) =>
      db.read(() => {
        const rows = failures.all(from, bucketMs, kind, from, to);
        return new Map(rows.map(({ bucket, n }) => [bucket, n]));
      }),
    trim: ({ before, rowsMax, slice }) =>
      db.write("normal", () => {
        const gone = Number(aged.run(before, slice).changes);
        return gone === slice ? gone : gone + Number(surplus.run(rowsMax, slice - gone).changes);
      }),
  };
}

function execOf({ refs, ...row }: Row): StoredExec {
  return { ...row, references: JSON.parse(refs) as JsonObject };
}

function conditionOf(query: ExecQuery): { sql: string; values: SqlValue[] } {
  const text = query.text && `%${query.text.replaceAll(/[\\%_]/g, "\\$&")}%`;
  const terms: readonly (readonly [string, SqlValue | undefined])[] = [
    ["kind = ?", query.kind],
    ["subject = ?", query.subject],
    ["status = ?", query.status],
    ["at >= ?", query.from],
    ["at < ?", query.to],
    [`(coalesce(error, '') || ' ' || refs) LIKE ? ESCAPE '\\'`, text],
    ["seq < ?", query.before],
  ];
  const used = terms.filter(([, value]) => value !== undefined);
  return {
    sql: ["seq > 0", ...used.map(([sql]) => sql)].join(" AND "),
    values: used.map(([, value]) => value!),
  };
}
