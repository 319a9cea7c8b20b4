/** The log of executions in memory. */
import { boundedExec, type Exec } from "../../model/exec.ts";
import type { ExecFigures, ExecLog, ExecQuery, StoredExec } from "../exec_log.ts";

export interface MemoryExecLog extends ExecLog {
  put(exec: Exec): void;
}

export function createExecLog(): MemoryExecLog {
  let rows: StoredExec[] = [];
  let seq = 0;
  const put = (exec: Exec) => {
    if (rows.some(({ exec_id }) => exec_id === exec.exec_id)) return;
    rows.push({ ...structuredClone(boundedExec(exec)), seq: ++seq });
  };
  return {
    put,
    append: (execs) => Promise.resolve(execs.forEach(put)),
    get: (execId) => Promise.resolve(structuredClone(rows.find(({ exec_id }) => exec_id === execId))),
    list: (query) => {
      const found = rows.filter((row) => isAsked(row, query)).reverse();
      const items = found.slice(0, query.limit);
      const next = found.length > query.limit ? items.at(-1)?.seq ?? null : null;
      return Promise.resolve({ items: structuredClone(items), next });
    },
    figures: ({ kind, from, to }) => {
      const sums = new Map<string, ExecFigures>();
      for (const { subject, status, duration_ms } of between(rows, kind, from, to)) {
        const sum = sums.get(subject) ?? { subject, executions: 0, errors: 0, duration_ms: 0 };
        sum.executions++;
        sum.errors += status === "fail" ? 1 : 0;
        sum.duration_ms += duration_ms;
        sums.set(subject, sum);
      }
      const ordered = [...sums.values()].sort((a, b) =>
        b.executions - a.executions || (a.subject < b.subject ? -1 : 1)
      );
      return Promise.resolve(ordered);
    },
    failures: ({ kind, from, to, bucketMs }) => {
      const counts = new Map<number, number>();
      for (const { at, status } of between(rows, kind, from, to)) {
        if (status !== "fail") continue;
        const bucket = Math.floor((at - from) / bucketMs);
        counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
      }
      return Promise.resolve(counts);
    },
    trim: ({ before, rowsMax, slice }) => {
      const surplus = rows.length - rowsMax;
      const gone = rows.filter(({ at }, i) => at < before || i < surplus).slice(0, slice);
      rows = rows.filter((row) => !gone.includes(row));
      return Promise.resolve(gone.length);
    },
  };
}

function between(rows: readonly StoredExec[], kind: Exec["kind"], from: number, to: number): StoredExec[] {
  return rows.filter((row) => row.kind === kind && row.at >= from && row.at < to);
}

function isAsked(row: StoredExec, query: ExecQuery): boolean {
  const { kind, subject, status, from = -Infinity, to = Infinity, text, before = Infinity } = query;
  return (kind === undefined || row.kind === kind) && (subject === undefined || row.subject === subject) &&
    (status === undefined || row.status === status) && row.at >= from && row.at < to && row.seq < before &&
    (text === undefined || textOf(row).includes(text.toLowerCase()));
}

function textOf({ error, references }: StoredExec): string {
  return `${error ?? ""} ${JSON.stringify(references)}`.toLowerCase();
}
