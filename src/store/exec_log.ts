/**
 * The log of executions, newest last. Kept for a time and up to a number of rows, whichever comes first.
 * Written at normal durability: a power loss may take the newest rows.
 */
import type { Exec, ExecStatus } from "../model/exec.ts";

/** Rows of the log; the oldest make room. */
export const EXEC_ROWS_MAX = 200_000;
/** How long rows are kept, ms. */
export const EXEC_LIFE_MS = 30 * 86_400_000;

export interface ExecQuery {
  kind?: Exec["kind"];
  subject?: string;
  status?: ExecStatus;
  /** Began at or after, and before, ms. */
  from?: number;
  to?: number;
  /** Part of the error or of the references, any case. */
  text?: string;
  limit: number;
  /** Sequence number of the last one seen; newest first. */
  before?: number;
}

export interface StoredExec extends Exec {
  seq: number;
}

/** What executions of one subject come to. */
export interface ExecFigures {
  subject: string;
  executions: number;
  errors: number;
  duration_ms: number;
}

export interface ExecLog {
  /** One whose id is there is left as it is. */
  append(execs: readonly Exec[]): Promise<void>;
  get(execId: string): Promise<StoredExec | undefined>;
  list(query: ExecQuery): Promise<{ items: StoredExec[]; next: number | null }>;
  /** Sums by subject of those that began in [from, to); those executed most often first. */
  figures(span: { kind: Exec["kind"]; from: number; to: number }): Promise<ExecFigures[]>;
  /** How many failed in each span of `bucketMs` from `from` on: counts by the number of the span. */
  failures(
    span: { kind: Exec["kind"]; from: number; to: number; bucketMs: number },
  ): Promise<Map<number, number>>;
  /** Deletes what began before `before`, and what is beyond `rowsMax`, at most `slice`; answers how many. */
  trim(limits: { before: number; rowsMax: number; slice: number }): Promise<number>;
}
